// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "plan/difference_facts.h"

namespace landfast::facts {

namespace {

using namespace body;

constexpr std::int64_t default_stop_seconds = 10;  // the engine's, when StopTimeout is absent

/// Variable → value; one that is only named is unset and leaves no trace.
std::map<std::string, std::string> environment(const Side& side) {
  std::map<std::string, std::string> out;
  if (side.image)
    for (const auto& entry : texts(*side.image, "Env"))
      if (const auto at = entry.find('='); at != std::string::npos)
        out[entry.substr(0, at)] = entry.substr(at + 1);
  for (const auto& entry : texts(side.config, "Env")) {
    const auto at = entry.find('=');
    if (at == std::string::npos)
      out.erase(entry);
    else
      out[entry.substr(0, at)] = entry.substr(at + 1);
  }
  return out;
}

bool is_foreign_label(std::string_view key) {
  return key.starts_with("com.docker.compose.") || key.starts_with("landfast.") ||
         key.starts_with("desktop.docker.io/");
}

std::map<std::string, std::string> labels(const Side& side) {
  std::map<std::string, std::string> out;
  for (const auto* from : {side.image, &side.config})
    if (const auto* own = from ? find_object(*from, "Labels") : nullptr)
      for (const auto& [key, value] : *own)
        if (!is_foreign_label(key)) out[std::string{key}] = text(value);
  return out;
}

/// An empty text or list of the request takes the image's.
std::string text_or_image(const Side& side, std::string_view key) {
  auto own = text(side.config, key);
  return own.empty() && side.image ? text(*side.image, key) : own;
}

void put_argv(Facts& out, const std::string& path, const std::vector<std::string>& argv) {
  if (!argv.empty()) put(out, path, boost::json::serialize(array_of(argv)), false);
}

// As the engine merges (moby:daemon/commit.go): an entrypoint of one's own drops the image's
// command; [] clears the image's entrypoint, null keeps it.
void add_argv(Facts& out, const Side& side) {
  auto entrypoint = texts(side.config, "Entrypoint"), command = texts(side.config, "Cmd");
  if (entrypoint.empty() && side.image) {
    if (command.empty()) command = texts(*side.image, "Cmd");
    if (!find(side.config, "Entrypoint")) entrypoint = texts(*side.image, "Entrypoint");
  }
  put_argv(out, "entrypoint", entrypoint);
  put_argv(out, "command", command);
}

std::string signal_name(std::string name) {
  for (auto& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (name == "15" || name == "SIGTERM" || name == "TERM") return {};
  return name.starts_with("SIG") || (name[0] >= '0' && name[0] <= '9') ? name : "SIG" + name;
}

/// "9100-9101/udp" one by one; a port without a protocol is TCP.
void add_expanded(std::set<std::string>& out, std::string_view written) {
  const auto slash = written.find('/');
  const auto range = written.substr(0, slash);
  const auto protocol =
      slash == std::string_view::npos ? std::string{"tcp"} : lower(written.substr(slash + 1));
  const auto dash = range.find('-');
  int first = 0, last = 0;
  std::from_chars(range.data(), range.data() + std::min(dash, range.size()), first);
  last = first;
  if (dash != std::string_view::npos)
    std::from_chars(range.data() + dash + 1, range.data() + range.size(), last);
  for (int port = first; port <= last && port - first < 65536; ++port)
    out.insert(fmt::format("{}/{}", port, protocol));
}

std::set<std::string> port_set(const Object* object) {
  std::set<std::string> out;
  if (object)
    for (const auto& [key, value] : *object) add_expanded(out, key);
  return out;
}

std::string binding_text(const Object& binding, std::string_view target) {
  auto address = text(binding, "HostIp"), port = text(binding, "HostPort");
  if (port == "0") port.clear();
  auto out = address.empty() ? std::string{} : address + ":";
  if (!port.empty() || !address.empty()) out += port + ":";
  return out + std::string{target};
}

}  // namespace

void put(Facts& out, const std::string& path, std::string value, bool shown) {
  if (!value.empty()) out[path] = Fact{{std::move(value)}, shown};
}
void put_sorted(Facts& out, const std::string& path, std::vector<std::string> values, bool shown) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  if (!values.empty()) out[path] = Fact{std::move(values), shown};
}

std::string exact_bytes(std::int64_t bytes) {
  const auto size = static_cast<std::uint64_t>(bytes);
  return size % (1U << 20) == 0 ? human_bytes(size) : fmt::format("{} B", bytes);
}

bool is_hex(std::string_view text, std::size_t length) {
  return text.size() == length &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}
bool is_anonymous_name(std::string_view name) { return name.empty() || is_hex(name, 64); }

void add_process(Facts& out, const Side& side) {
  // A fact has a text, also for a variable or label whose value is empty.
  for (const auto& [key, value] : environment(side))
    put(out, "environment." + key, "=" + value, false);
  for (const auto& [key, value] : labels(side)) put(out, "labels." + key, "=" + value, false);
  add_argv(out, side);
  put(out, "hostname", text(side.config, "Hostname"));
  put(out, "domainname", text(side.config, "Domainname"));
  put(out, "user", text_or_image(side, "User"));
  if (const auto folder = text_or_image(side, "WorkingDir"); !folder.empty() && folder != "/")
    put(out, "working_dir", std::filesystem::path{folder + "/."}.lexically_normal().string());
  if (const auto signal = text_or_image(side, "StopSignal"); !signal.empty())
    put(out, "stop_signal", signal_name(signal));
  if (const auto* seconds = find(side.config, "StopTimeout");
      seconds && integer(*seconds) != default_stop_seconds)
    put(out, "stop_grace_period", fmt::format("{}s", integer(*seconds)));
  if (flag(side.config, "Tty")) put(out, "tty", "true");
  if (flag(side.config, "OpenStdin")) put(out, "stdin_open", "true");
}

void add_health(Facts& out, const Side& side) {
  const auto* own = find_object(side.config, "Healthcheck");
  const auto* image = side.image ? find_object(*side.image, "Healthcheck") : nullptr;
  auto test = own ? texts(*own, "Test") : std::vector<std::string>{};
  if (test.empty() && image) test = texts(*image, "Test");
  put_argv(out, "healthcheck.test", test);
  if (!test.empty() && test.front() == "NONE") return;
  const auto number = [&](std::string_view key) {
    const auto mine = own ? integer(*own, key) : 0;
    return mine == 0 && image ? integer(*image, key) : mine;
  };
  const auto time = [&](const char* path, std::string_view key) {
    if (const auto value = number(key); value != 0)
      put(out, path, go_duration(std::chrono::nanoseconds{value}));
  };
  time("healthcheck.interval", "Interval");
  time("healthcheck.timeout", "Timeout");
  time("healthcheck.start_period", "StartPeriod");
  time("healthcheck.start_interval", "StartInterval");
  if (const auto retries = number("Retries"); retries != 0)
    put(out, "healthcheck.retries", std::to_string(retries));
}

void add_ports(Facts& out, const Side& side) {
  std::vector<std::string> published;
  std::set<std::string> bound;
  if (const auto* bindings = find_object(side.host, "PortBindings"))
    for (const auto& [key, value] : *bindings) {
      std::set<std::string> target;
      add_expanded(target, key);
      bound.insert(target.begin(), target.end());
      const auto* list = value.if_array();
      if (!list || target.empty()) continue;
      for (const auto& item : *list)
        if (const auto* binding = item.if_object())
          published.push_back(binding_text(*binding, *target.begin()));
    }
  put_sorted(out, "ports", published);
  std::vector<std::string> exposed;
  const auto given = port_set(side.base ? find_object(*side.base, "ExposedPorts") : nullptr);
  for (const auto& port : port_set(find_object(side.config, "ExposedPorts")))
    if (!bound.contains(port) && !given.contains(port)) exposed.push_back(port);
  put_sorted(out, "expose", exposed);
}

}  // namespace landfast::facts
