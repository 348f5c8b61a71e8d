// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "compose/recorded_inputs.h"

namespace landfast {
namespace {

namespace json = boost::json;

constexpr std::int64_t format = 1;

json::array list(const std::vector<std::string>& texts) {
  json::array out;
  for (const auto& text : texts) out.emplace_back(text);
  return out;
}

json::object map(const std::map<std::string, std::string>& texts) {
  json::object out;
  for (const auto& [key, text] : texts) out[key] = text;
  return out;
}

json::object request_json(const LoadRequest& r) {
  json::object out{{"cwd", r.cwd},
                   {"home", r.home},
                   {"files", list(r.files)},
                   {"project_directory", r.project_directory},
                   {"env_files", list(r.env_files)},
                   {"profiles", list(r.profiles)},
                   {"services", list(r.services)},
                   {"environment", map(r.environment)},
                   {"standard_input", r.standard_input}};
  if (r.project_name) out["project_name"] = *r.project_name;
  return out;
}

json::object file_json(const RecordedFile& file) {
  json::object out{{"exists", file.exists}, {"directory", file.directory}, {"link", file.link}};
  if (file.bytes) out["bytes"] = file.bytes->reveal();
  return out;
}

/// Reads keys of an object; remembers whether one was missing or of another kind.
class Reader {
 public:
  Reader(const json::object& object, bool& whole) : object_(object), whole_(whole) {}

  std::string text(std::string_view key) {
    const auto* value = object_.if_contains(key);
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
    whole_ = false;
    return {};
  }
  bool flag(std::string_view key) {
    const auto* value = object_.if_contains(key);
    if (value != nullptr && value->is_bool()) return value->get_bool();
    whole_ = false;
    return false;
  }
  const json::object& object(std::string_view key) {
    static const json::object none;
    const auto* value = object_.if_contains(key);
    if (value != nullptr && value->is_object()) return value->get_object();
    whole_ = false;
    return none;
  }
  std::vector<std::string> list(std::string_view key) {
    std::vector<std::string> out;
    const auto* value = object_.if_contains(key);
    whole_ = whole_ && value != nullptr && value->is_array();
    if (!whole_) return out;
    for (const auto& item : value->get_array()) {
      whole_ = whole_ && item.is_string();
      if (item.is_string()) out.emplace_back(item.get_string());
    }
    return out;
  }
  std::map<std::string, std::string> map(std::string_view key) {
    std::map<std::string, std::string> out;
    for (const auto& entry : object(key)) {
      whole_ = whole_ && entry.value().is_string();
      if (entry.value().is_string())
        out.emplace(std::string(entry.key()), std::string(entry.value().get_string()));
    }
    return out;
  }
  bool has(std::string_view key) const { return object_.contains(key); }

 private:
  const json::object& object_;
  bool& whole_;
};

LoadRequest request_from(const json::object& object, bool& whole) {
  Reader in(object, whole);
  LoadRequest r;
  r.cwd = in.text("cwd");
  r.home = in.text("home");
  r.files = in.list("files");
  r.project_directory = in.text("project_directory");
  r.env_files = in.list("env_files");
  r.profiles = in.list("profiles");
  r.services = in.list("services");
  r.environment = in.map("environment");
  r.standard_input = in.text("standard_input");
  if (in.has("project_name")) r.project_name = in.text("project_name");
  return r;
}

RecordedFile file_from(const json::object& object, bool& whole) {
  Reader in(object, whole);
  RecordedFile file;
  file.exists = in.flag("exists");
  file.directory = in.flag("directory");
  file.link = in.text("link");
  if (in.has("bytes")) file.bytes = Secret(in.text("bytes"));
  return file;
}

}  // namespace

Secret record_bytes(const RecordedInputs& record) {
  json::object files;
  for (const auto& [path, file] : record.files) files[path] = file_json(file);
  const json::object all{{"format", format},
                         {"request", request_json(record.request)},
                         {"images", map(record.images)},
                         {"files", std::move(files)}};
  return Secret(json::serialize(all));
}

Result<RecordedInputs> record_from(const Secret& bytes) {
  json::parse_options options;
  options.allow_invalid_utf8 = true;  // a config or a secret is any bytes
  json::error_code error;
  const auto parsed = json::parse(bytes.reveal(), error, {}, options);
  const auto broken = [] { return fail(Code::corrupt, "the inputs of this release are damaged"); };
  if (error || !parsed.is_object()) return broken();
  const auto* version = parsed.get_object().if_contains("format");
  if (version == nullptr || !version->is_int64()) return broken();
  if (version->get_int64() != format)
    return fail(Code::unsupported, "a newer landfast wrote the inputs of this release",
                "use that one");
  bool whole = true;
  Reader in(parsed.get_object(), whole);
  RecordedInputs record;
  record.request = request_from(in.object("request"), whole);
  record.images = in.map("images");
  for (const auto& entry : in.object("files")) {
    if (!entry.value().is_object()) return broken();
    record.files.emplace(std::string(entry.key()), file_from(entry.value().get_object(), whole));
  }
  if (!whole) return broken();
  return record;
}

}  // namespace landfast
