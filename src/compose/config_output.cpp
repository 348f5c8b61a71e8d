// SPDX-License-Identifier: Apache-2.0
#include "compose/config_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/digest.h"
#include "base/text.h"
#include "compose/merge.h"
#include "compose/session.h"
#include "compose/yaml_text.h"
#include "model/json_text.h"

namespace landfast {
namespace {

using compose::Session;
using compose::Shape;

std::string lines(const auto& items) {
  std::string out;
  for (const auto& item : items) out += std::string(item) + "\n";
  return out;
}

std::string doubled_dollars(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (const char c : text) {
    if (c == '$') out += '$';
    out += c;
  }
  return out;
}

/// Services with what they depend on before them, by name where nothing decides.
void in_order(Session& session, const std::string& name, std::set<std::string>& seen,
              std::vector<std::string>& out) {
  const auto it = session.enabled().find(name);
  if (it == session.enabled().end() || !seen.insert(name).second) return;
  if (const auto* all = it->second.node->find("depends_on")) {
    std::vector<std::string> before;
    for (const auto& e : all->entries()) before.emplace_back(e.key);
    std::ranges::sort(before);
    for (const auto& b : before) in_order(session, b, seen, out);
  }
  out.push_back(name);
}

std::vector<std::string> services(Session& session) {
  std::set<std::string> seen;
  std::vector<std::string> out;
  for (const auto& [name, service] : session.enabled()) in_order(session, name, seen, out);
  return out;
}

std::vector<std::string> images(Session& session) {
  std::vector<std::string> out;
  for (const auto& [name, service] : session.enabled()) {
    const auto image = service.node->text_of("image");
    out.push_back(image.empty() ? session.name() + "-" + name : std::string(image));
  }
  return out;
}

std::vector<std::string> models(Session& session) {
  std::vector<std::string> out;
  for (const auto& key : session.used("models"))
    out.emplace_back(session.root().find("models")->find(key)->text_of("model"));
  return out;
}

std::set<std::string> profiles(Session& session) {
  std::set<std::string> out;
  for (const auto* all : {&session.enabled(), &session.disabled()})
    for (const auto& [name, service] : *all)
      if (const auto* own = service.node->find("profiles"))
        for (const auto* item : own->items()) out.emplace(item->text);
  return out;
}

/// `config --hash` of Compose: of the service as written, env files not read.
Result<std::string> hashes(Session& session, const std::vector<std::string>& wanted) {
  std::string out;
  auto names = wanted;
  if (names.empty())
    for (const auto& [name, service] : session.enabled()) names.push_back(name);
  std::ranges::sort(names);
  for (const auto& name : names) {
    const auto it = session.enabled().find(name);
    if (it == session.enabled().end())
      return fail(Code::invalid, fmt::format("there is no service {}", in_quotes(name)));
    auto copy = it->second.json;
    for (const std::string_view key : {"build", "pull_policy", "scale", "depends_on", "profiles"})
      copy.stable_erase(key);
    if (auto* deploy = copy.if_contains("deploy")) deploy->get_object().stable_erase("replicas");
    out += fmt::format("{} {}\n", name, sha256_hex(compact_json(copy)));
  }
  return out;
}

std::string environment(Session& session) {
  std::string out;
  for (const auto& [name, value] : session.inputs().environment)
    out += fmt::format("{}={}\n", name, value);
  return out;
}

void collect(const compose::Node& node, std::map<std::string, compose::VariableUse>& out) {
  if (node.is_string())
    for (auto& use : compose::variables_of(node.text)) {
      auto& known = out[use.name];
      known.required = known.required || use.required;
      if (known.fallback.empty()) known.fallback = use.fallback;
      if (known.alternative.empty()) known.alternative = use.alternative;
    }
  for (const auto* item : node.items()) collect(*item, out);
  for (const auto& e : node.entries()) collect(*e.value, out);
}

/// Columns of at least 20 with 3 between, as Go's tabwriter sets them.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows[0].size(), 20);
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size() + 3);
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      out += i + 1 < row.size() ? fmt::format("{:<{}}", row[i], widths[i]) : row[i];
    out += '\n';
  }
  return out;
}

std::string variables(Session& session) {
  std::map<std::string, compose::VariableUse> uses;
  collect(session.root(), uses);
  std::vector<std::vector<std::string>> rows{
      {"NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE"}};
  for (const auto& [name, use] : uses)
    rows.push_back({name, use.required ? "true" : "false", use.fallback, use.alternative});
  return table(rows);
}

/// The model as it is, before anything is bound (`--no-interpolate`).
std::string raw_model(Session& session, ConfigForm form) {
  const auto shape = form == ConfigForm::json ? Shape::json : Shape::yaml;
  if (shape == Shape::json) compose::nullify_empty_lists(session.edit_root());
  auto value = compose::Encoder(session.arena(), session.findings(), shape).any(session.root());
  if (auto* secrets = value.get_object().if_contains("secrets"))
    for (auto& [key, secret] : secrets->get_object())
      if (secret.is_object()) secret.get_object().stable_erase(compose::secret_value_key);
  return form == ConfigForm::json ? indented_json(value) : compose::yaml_text(value);
}

/// JSON has no infinity.
bool is_finite(const boost::json::value& value) {
  if (value.is_double()) return std::isfinite(value.get_double());
  if (value.is_array()) return std::ranges::all_of(value.get_array(), is_finite);
  return !value.is_object() || std::ranges::all_of(value.get_object(), [](const auto& entry) {
    return is_finite(entry.value());
  });
}

Result<std::string> json_form(Session& session) {
  const boost::json::value all(session.encode_all(Shape::json, true));
  if (!is_finite(all))
    return fail(Code::invalid, "an `x-` key holds .inf or .nan, which JSON cannot say",
                "ask for YAML, or write it as a text");
  return doubled_dollars(indented_json(all));
}

Result<std::string> bound(Session& session, const ConfigRequest& request) {
  switch (request.form) {
  case ConfigForm::json:
    return json_form(session);
  case ConfigForm::yaml:
    return doubled_dollars(compose::yaml_text(session.encode_all(Shape::yaml)));
  case ConfigForm::services:
    return lines(services(session));
  case ConfigForm::images:
    return lines(images(session));
  case ConfigForm::volumes:
    return lines(session.used("volumes"));
  case ConfigForm::networks:
    return lines(session.used("networks"));
  case ConfigForm::models:
    return lines(models(session));
  case ConfigForm::profiles:
    return lines(profiles(session));
  case ConfigForm::hash:
    return hashes(session, request.hash_services);
  case ConfigForm::environment:
    return environment(session);
  case ConfigForm::quiet:
  case ConfigForm::variables:
    break;
  }
  return std::string();
}

/// Whether the form reads env files: the short lists and the hash do not, as in Compose.
bool reads_env_files(ConfigForm form) {
  return form == ConfigForm::json || form == ConfigForm::yaml || form == ConfigForm::quiet ||
         form == ConfigForm::environment;
}

/// Whether the services of the command line count: the lists of names are of all, as in Compose.
bool selects_services(ConfigForm form) {
  return reads_env_files(form) || form == ConfigForm::profiles || form == ConfigForm::images;
}

}  // namespace

Result<ConfigText> config_text(const ConfigRequest& request, const Files& files) {
  auto wanted = request.load;
  const bool raw = request.form == ConfigForm::variables || !wanted.interpolate;
  if (request.form == ConfigForm::variables) wanted.interpolate = false;
  if (!reads_env_files(request.form)) wanted.resolve_environment = false;
  if (!selects_services(request.form)) wanted.services.clear();
  Session session(wanted, files);
  ConfigText out;
  if (session.model() == nullptr) return fail(session.findings().take_error());
  if (raw) {
    if (session.findings().failed()) return fail(session.findings().take_error());
    out.text = request.form == ConfigForm::variables ? variables(session)
                                                     : raw_model(session, request.form);
  } else {
    if (!session.bind()) return fail(session.findings().take_error());
    TRY(out.text, bound(session, request));
    if (session.findings().failed()) return fail(session.findings().take_error());
  }
  out.warnings = session.findings().take_warnings();
  return out;
}

}  // namespace landfast
