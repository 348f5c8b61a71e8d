// SPDX-License-Identifier: Apache-2.0
#include "app/status_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <map>

#include "app/table.h"
#include "base/text.h"
#include "plan/names.h"

namespace landfast {
namespace {

namespace json = boost::json;

bool is_running(const Container& c) { return c.status == ContainerStatus::running; }

std::string_view status_word(ContainerStatus status) {
  switch (status) {
  case ContainerStatus::created:
    return "created";
  case ContainerStatus::running:
    return "running";
  case ContainerStatus::paused:
    return "paused";
  case ContainerStatus::restarting:
    return "restarting";
  case ContainerStatus::removing:
    return "removing";
  case ContainerStatus::exited:
    return "exited";
  case ContainerStatus::dead:
    return "dead";
  }
  return "";
}

std::string_view health_word(HealthStatus health) {
  switch (health) {
  case HealthStatus::none:
    return "none";
  case HealthStatus::starting:
    return "starting";
  case HealthStatus::healthy:
    return "healthy";
  case HealthStatus::unhealthy:
    return "unhealthy";
  }
  return "";
}

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

/// In the order in which a person reads: by service, then by number.
std::vector<const Container*> in_order(const std::vector<Container>& containers) {
  std::vector<const Container*> list;
  for (const auto& c : containers) list.push_back(&c);
  std::sort(list.begin(), list.end(), [](const Container* a, const Container* b) {
    return std::tuple(a->label(label::service), container_number(*a), a->name) <
           std::tuple(b->label(label::service), container_number(*b), b->name);
  });
  return list;
}

/// The service's name; the container's own where the two would not tell it apart.
std::string row_name(const Container& c, const std::map<std::string, int>& counts) {
  const auto service = c.label(label::service);
  const bool odd = generation_name(c.name) || c.label(label::one_off) == "True" || service.empty();
  if (odd) return printable(c.name);
  return counts.at(service) > 1 ? fmt::format("{}-{}", printable(service), container_number(c))
                                : printable(service);
}

std::string since_text(const Container& c, TimePoint now) {
  if (c.status == ContainerStatus::running) return age(c.started_at, now);
  const auto ended = age(c.finished_at, now);
  return ended.empty() ? ended : ended + " ago";
}

std::string header_text(const StackStatus& s, TimePoint now) {
  std::vector<std::string> parts{printable(s.name)};
  if (s.history.current && !s.history.closed) {
    const auto& release = *s.history.current;
    parts.push_back(release_name(release));
    parts.push_back(
        fmt::format("{} by {}", when_text(release.created, now), printable(release.user)));
  } else if (!s.containers.empty()) {
    parts.emplace_back("not deployed by landfast");
  }
  if (!s.folder.empty()) parts.push_back(printable(s.folder));
  return join(parts, "   ") + "\n";
}

std::string unfinished_text(const History& history) {
  if (!history.unfinished) return {};
  return fmt::format("\n  deployment {} was cut off while {}: landfast recover\n",
                     history.unfinished->number, to_string(history.unfinished->state));
}

std::string tunnel_text(const StackStatus& s, Style style) {
  if (!s.tunnel) return {};
  const auto& t = *s.tunnel;
  const auto state = !t.connected   ? LineState::waiting
                     : *t.connected ? LineState::done
                                    : LineState::failed;
  return fmt::format("\n  tunnel {}through {}: {}\n", t.name.empty() ? "" : printable(t.name) + " ",
                     t.service.empty() ? "this host" : printable(t.service),
                     coloured(printable(t.says), state, style));
}

json::value tunnel_json(const StackStatus& s) {
  if (!s.tunnel) return nullptr;
  const auto& t = *s.tunnel;
  return json::object{{"name", t.name},
                      {"service", t.service},
                      {"connected", t.connected ? json::value(*t.connected) : json::value(nullptr)},
                      {"says", t.says}};
}

std::string drift_text(const StackStatus& s) {
  std::string text;
  if (!s.drift.empty()) text += "\n  changed by others since; landfast deploy repairs it\n";
  for (const auto& line : s.drift) text += "    " + printable(line) + "\n";
  if (!s.notes.empty()) text += "\n";
  for (const auto& note : s.notes) text += "  note: " + printable(note) + "\n";
  return text;
}

json::object container_json(const Container& c, const History& history) {
  json::array ports;
  for (const auto& port : published_ports(c)) ports.emplace_back(port);
  return {{"service", c.label(label::service)},
          {"number", container_number(c)},
          {"name", c.name},
          {"id", c.id},
          {"image", c.image_ref},
          {"image_id", c.image_id},
          {"state", status_word(c.status)},
          {"health", health_word(c.health)},
          {"seen_healthy_by_landfast", seen_ready(c, history)},
          {"exit_code", c.exit_code},
          {"started_at", c.started_at},
          {"finished_at", c.finished_at},
          {"restarts", c.restart_count},
          {"ports", std::move(ports)},
          {"deployment", c.label(label::deployment)},
          {"one_off", c.label(label::one_off) == "True"}};
}

json::value optional_number(const std::optional<std::int64_t>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

}  // namespace

bool ran_to_its_end(const Container& c, const std::optional<std::set<std::string>>& one_shots) {
  if (c.status != ContainerStatus::exited || c.exit_code != 0) return false;
  if (one_shots) return one_shots->contains(c.label(label::service));
  return c.restart_policy.name.empty() || c.restart_policy.name == "no" ||
         c.restart_policy.name == "on-failure";
}

bool seen_ready(const Container& c, const History& history) {
  if (!is_running(c) || c.health != HealthStatus::starting || !history.current || history.closed)
    return false;
  const auto started = parse_rfc3339(c.started_at);
  const auto committed = parse_rfc3339(history.current->created);
  if (!started || !committed) return false;
  const auto began = *committed - std::chrono::milliseconds(history.current->duration_ms);
  return began <= *started && *started <= *committed;
}

std::string state_text(const Container& c, bool done, bool seen) {
  if (done) return "ran to its end";
  if (c.status == ContainerStatus::exited)
    return fmt::format("exited ({}){}", c.exit_code, c.oom_killed ? ", out of memory" : "");
  if (c.status == ContainerStatus::restarting)
    return fmt::format("restarting after exit {}", c.exit_code);
  if (seen) return "healthy (seen by landfast)";
  if (!is_running(c) || c.health == HealthStatus::none) return std::string(status_word(c.status));
  return std::string(health_word(c.health));
}

LineState line_state(const Container& c, bool done, bool seen) {
  if (done || seen) return LineState::done;
  if (is_running(c) && c.health == HealthStatus::starting) return LineState::active;
  if (is_running(c))
    return c.health == HealthStatus::unhealthy ? LineState::failed : LineState::done;
  if (c.status == ContainerStatus::created || c.status == ContainerStatus::paused)
    return LineState::waiting;
  return LineState::failed;
}

std::vector<std::string> published_ports(const Container& c) {
  std::vector<std::string> ports;
  for (const auto& entry : c.published) {
    if (!entry.value().is_array()) continue;
    for (const auto& binding : entry.value().as_array()) {
      if (!binding.is_object()) continue;
      const auto& b = binding.as_object();
      const auto ip = text_of(b, "HostIp");
      // An address for all is said by its absence, once for both families.
      const auto host = ip.empty() || ip == "0.0.0.0" || ip == "::" ? "" : ip + ":";
      auto text = fmt::format("{}{}→{}", host, text_of(b, "HostPort"), std::string(entry.key()));
      if (std::find(ports.begin(), ports.end(), text) == ports.end())
        ports.push_back(std::move(text));
    }
  }
  return ports;
}

std::string status_text(const StackStatus& s, TimePoint now, std::size_t width, Style style) {
  std::map<std::string, int> counts;
  for (const auto& c : s.containers) ++counts[c.label(label::service)];
  std::vector<TableRow> rows;
  for (const auto* c : in_order(s.containers)) {
    const bool done = ran_to_its_end(*c, s.one_shots);
    const bool seen = seen_ready(*c, s.history);
    rows.push_back({line_state(*c, done, seen),
                    {row_name(*c, counts), printable(c->image_ref), state_text(*c, done, seen),
                     since_text(*c, now), printable(join(published_ports(*c), ", "))}});
  }
  for (const auto& service : s.missing)
    rows.push_back({LineState::waiting, {printable(service), "", "not deployed"}});
  auto out = header_text(s, now);
  if (!rows.empty()) out += "\n" + table_text(rows, width, true, style);
  if (!s.note.empty()) out += fmt::format("\n  {}\n", printable(s.note));
  return out + tunnel_text(s, style) + drift_text(s) + unfinished_text(s.history);
}

json::object status_json(const StackStatus& s) {
  json::array containers, missing;
  for (const auto* c : in_order(s.containers))
    containers.emplace_back(container_json(*c, s.history));
  json::array drift, notes;
  for (const auto& line : s.drift) drift.emplace_back(line);
  for (const auto& note : s.notes) notes.emplace_back(note);
  for (const auto& service : s.missing) missing.emplace_back(service);
  const auto& h = s.history;
  std::optional<std::int64_t> release, unfinished;
  if (h.current && !h.closed) release = h.current->number;
  if (h.unfinished) unfinished = h.unfinished->number;
  return {{"stack", s.name},
          {"folder", s.folder},
          {"release", optional_number(release)},
          {"origin", s.history.current && s.history.current->origin != 0
                         ? json::value(s.history.current->origin)
                         : json::value(nullptr)},
          {"note", s.note},
          {"unfinished_deployment", optional_number(unfinished)},
          {"containers", std::move(containers)},
          {"not_deployed", std::move(missing)},
          {"drift", std::move(drift)},
          {"notes", std::move(notes)},
          {"tunnel", tunnel_json(s)}};
}

std::vector<StackLine> stack_lines(const std::vector<Container>& containers,
                                   const std::vector<StackInputs>& known) {
  std::map<std::string, StackLine> stacks;
  for (const auto& c : containers) {
    const auto name = c.label(label::project);
    if (name.empty()) continue;
    auto& line = stacks[name];
    line.name = name;
    if (line.folder.empty()) line.folder = c.label(label::working_dir);
    if (ran_to_its_end(c, std::nullopt))
      continue;  // a one-shot that is done says nothing about the stack
    ++line.containers;
    line.running += is_running(c) ? 1 : 0;
    line.unhealthy += c.health == HealthStatus::unhealthy ? 1 : 0;
  }
  for (const auto& inputs : known) {
    auto& line = stacks[inputs.name];
    line.name = inputs.name;
    line.ours = true;
    if (!inputs.working_dir.empty()) line.folder = inputs.working_dir;
  }
  std::vector<StackLine> lines;
  for (auto& [name, line] : stacks) lines.push_back(std::move(line));
  return lines;
}

std::string stacks_text(const std::vector<StackLine>& stacks, std::size_t width, Style style) {
  std::vector<TableRow> rows;
  for (const auto& s : stacks) {
    const bool whole = s.running == s.containers && s.unhealthy == 0;
    auto state = s.containers == 0 ? LineState::waiting
                 : whole           ? LineState::done
                                   : LineState::failed;
    auto running = s.containers == 0 ? std::string("nothing runs")
                                     : fmt::format("{} of {} running", s.running, s.containers);
    if (s.unhealthy > 0) running += fmt::format(", {} unhealthy", s.unhealthy);
    const auto whose = s.release ? fmt::format("release {}", *s.release)
                       : s.ours  ? std::string("no release yet")
                                 : std::string("not ours");
    rows.push_back({state, {printable(s.name), running, whose, printable(s.folder)}});
  }
  return rows.empty() ? "no compose stack on this engine\n" : table_text(rows, width, true, style);
}

json::object stacks_json(const std::vector<StackLine>& stacks) {
  json::array list;
  for (const auto& s : stacks)
    list.emplace_back(json::object{{"stack", s.name},
                                   {"ours", s.ours},
                                   {"release", optional_number(s.release)},
                                   {"folder", s.folder},
                                   {"containers", s.containers},
                                   {"running", s.running},
                                   {"unhealthy", s.unhealthy}});
  return {{"stacks", std::move(list)}};
}

}  // namespace landfast
