// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "compose/session.h"

namespace landfast::compose {
namespace {

namespace json = boost::json;
using Services = std::map<std::string, LoadedService>;

const json::object* object_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value == nullptr ? nullptr : value->if_array();
}

std::string_view text_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value == nullptr || !value->is_string() ? std::string_view{}
                                                 : std::string_view(value->get_string());
}

std::optional<std::int64_t> integer_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  if (value == nullptr || !value->is_int64()) return {};
  return value->get_int64();
}

/// Checks one enabled service against the whole.
class ServiceCheck {
 public:
  ServiceCheck(Findings& findings, const Node& root, const Services& enabled,
               const Services& disabled, const std::string& name, const LoadedService& service)
      : findings_(findings),
        root_(root),
        enabled_(enabled),
        disabled_(disabled),
        name_(name),
        service_(service),
        json_(service.json) {}

  void run() {
    source();
    build();
    references();
    dependencies();
    health();
    limits();
    scale();
    watch();
    targets();
  }

 private:
  /// An error at an attribute of the service, or at its key where the attribute is implied.
  void error(std::string_view attribute, std::string text, std::string hint = {}) {
    const auto* node = service_.node->find(attribute);
    const bool placed = node != nullptr && node->place.source != 0;
    findings_.error(placed ? node->place : service_.place,
                    attribute.empty() ? fmt::format("services.{}", name_)
                                      : fmt::format("services.{}.{}", name_, attribute),
                    std::move(text), std::move(hint));
  }

  void error_at(const Place& place, std::string_view attribute, std::string text,
                std::string hint = {}) {
    findings_.error(place.source == 0 ? service_.place : place,
                    fmt::format("services.{}.{}", name_, attribute), std::move(text),
                    std::move(hint));
  }

  void source() {
    if (json_.contains("build") || json_.contains("provider") || !text_at(json_, "image").empty())
      return;
    error("", "the service has neither `image` nor `build`",
          "name an image, or a folder to build it from");
  }

  void build() {
    const auto* build = object_at(json_, "build");
    if (build == nullptr) return;
    if (!text_at(*build, "dockerfile_inline").empty() && !text_at(*build, "dockerfile").empty())
      error("build", "`dockerfile` and `dockerfile_inline` exclude each other");
    if (const auto* contexts = object_at(*build, "additional_contexts"))
      for (const auto& [key, value] : *contexts) context(key, value.get_string());
    const auto* platforms = array_at(*build, "platforms");
    const auto platform = text_at(json_, "platform");
    if (platforms != nullptr && !platform.empty() &&
        std::ranges::none_of(*platforms, [&](const auto& p) {
          return std::string_view(p.get_string()) == platform;
        }))
      error("platform", fmt::format("build.platforms must name {} too", in_quotes(platform)));
  }

  void context(std::string_view key, std::string_view value) {
    if (!value.starts_with("service:")) return;
    const std::string target(value.substr(8));
    const auto it = enabled_.find(target);
    if (it == enabled_.end())
      error("build", fmt::format("the context {} names the unknown service {}", in_quotes(key),
                                 in_quotes(target)));
    else if (!it->second.json.contains("build"))
      error("build", fmt::format("the context {} names the service {}, which is not built",
                                 in_quotes(key), in_quotes(target)));
  }

  bool declared(std::string_view kind, std::string_view key) const {
    const auto* all = root_.find(kind);
    return all != nullptr && all->has(key);
  }

  void undeclared(std::string_view kind, std::string_view attribute, std::string_view key,
                  const Place& place) {
    std::vector<std::string> names;
    if (const auto* all = root_.find(kind))
      for (const auto& e : all->entries()) names.emplace_back(e.key);
    const auto near = nearest(key, names);
    error_at(place, attribute,
             fmt::format("{} is not declared under `{}:` at the top", in_quotes(key), kind),
             near ? fmt::format("did you mean `{}`?", *near)
                  : fmt::format("add `{}:` with `{}:` in it", kind, key));
  }

  void references() {
    if (!text_at(json_, "network_mode").empty() && object_at(json_, "networks") != nullptr)
      error("networks", "`network_mode` and `networks` exclude each other");
    for (const std::string_view kind : {"networks", "models"})
      if (const auto* used = service_.node->find(kind))
        for (const auto& e : used->entries())
          if (!declared(kind, e.key)) undeclared(kind, kind, e.key, e.place);
    if (const auto* mounts = service_.node->find("volumes"))
      for (const auto* mount : mounts->items()) {
        const auto source = mount->text_of("source");
        if (mount->text_of("type") == "volume" && !source.empty() && !declared("volumes", source))
          undeclared("volumes", "volumes", source, mount->place);
      }
    grants("configs", service_.node->find("configs"));
    grants("secrets", service_.node->find("secrets"));
    if (const auto* build = service_.node->find("build")) grants("secrets", build->find("secrets"));
  }

  void grants(std::string_view kind, const Node* list) {
    if (list == nullptr) return;
    for (const auto* item : list->items())
      if (const auto source = item->text_of("source"); !declared(kind, source))
        undeclared(kind, kind, source, item->place);
  }

  void dependencies() {
    if (const auto* all = service_.node->find("depends_on"))
      for (const auto& e : all->entries()) dependency(e);
    const auto mode = text_at(json_, "network_mode");
    if (mode.starts_with("service:") && !enabled_.contains(std::string(mode.substr(8))))
      error("network_mode", fmt::format("there is no service {}", in_quotes(mode.substr(8))));
  }

  void dependency(const Entry& e) {
    const std::string on(e.key);
    if (enabled_.contains(on)) return;
    const auto* needed = e.value->find("required");
    const bool required = needed == nullptr || !needed->is(Kind::boolean) || needed->boolean;
    if (disabled_.contains(on)) {
      if (required)
        error_at(e.place, "depends_on",
                 fmt::format("the service {} is needed here, but it is not enabled", in_quotes(on)),
                 "enable its profile with --profile, or write `required: false`");
      return;
    }
    std::vector<std::string> names;
    for (const auto& [name, service] : enabled_) names.push_back(name);
    const auto near = nearest(on, names);
    error_at(e.place, "depends_on", fmt::format("there is no service {}", in_quotes(on)),
             near ? fmt::format("did you mean `{}`?", *near) : "");
  }

  void health() {
    const auto* check = object_at(json_, "healthcheck");
    const auto* test = check == nullptr ? nullptr : array_at(*check, "test");
    if (test == nullptr || test->empty()) return;
    const auto& first = (*test)[0];
    if (first != "CMD" && first != "CMD-SHELL" && first != "NONE")
      error("healthcheck", "the list `test` must start with CMD, CMD-SHELL or NONE",
            "or write the command as one string");
  }

  void distinct(std::string_view attribute, const json::object& limits, std::string_view key,
                std::string_view where) {
    const auto* own = json_.if_contains(attribute);
    if (own == nullptr) return;
    const auto* other = limits.if_contains(key);
    if (other != nullptr && *own == *other) return;
    error(attribute, fmt::format("`{}` and `deploy.resources.{}.{}` differ", attribute, where, key),
          "keep one of them");
  }

  void limits() {
    const auto* deploy = object_at(json_, "deploy");
    const auto* resources = deploy == nullptr ? nullptr : object_at(*deploy, "resources");
    if (resources == nullptr) return;
    if (const auto* limits = object_at(*resources, "limits")) {
      distinct("cpus", *limits, "cpus", "limits");
      distinct("mem_limit", *limits, "memory", "limits");
      distinct("pids_limit", *limits, "pids", "limits");
    }
    if (const auto* reserved = object_at(*resources, "reservations"))
      distinct("mem_reservation", *reserved, "memory", "reservations");
  }

  void scale() {
    const auto own = integer_at(json_, "scale");
    const auto* deploy = object_at(json_, "deploy");
    const auto replicas = deploy == nullptr ? std::nullopt : integer_at(*deploy, "replicas");
    if (own && replicas && *own != *replicas)
      error("scale", "`scale` and `deploy.replicas` differ", "keep one of them");
    if (own.value_or(0) < 0) error("scale", "`scale` cannot be below 0");
    if (replicas.value_or(0) < 0) error("deploy", "`deploy.replicas` cannot be below 0");
    const auto count = own ? *own : replicas.value_or(1);
    if (count > 1 && !text_at(json_, "container_name").empty())
      error("container_name", fmt::format("{} containers cannot share one `container_name`", count),
            "remove `container_name`, or run one container");
  }

  void watch() {
    const auto* develop = object_at(json_, "develop");
    const auto* triggers = develop == nullptr ? nullptr : array_at(*develop, "watch");
    if (triggers == nullptr) return;
    for (const auto& trigger : *triggers) {
      const auto& t = trigger.get_object();
      const auto action = text_at(t, "action");
      if (text_at(t, "target").empty() && action != "rebuild" && action != "restart")
        error("develop", fmt::format("the action {} needs a `target`", in_quotes(action)));
    }
  }

  void targets() {
    std::map<std::string, std::string, std::less<>> seen;
    const auto claim = [&](std::string_view target, std::string_view attribute,
                           const Place& place) {
      const auto [it, fresh] = seen.try_emplace(std::string(target), attribute);
      if (!fresh)
        error_at(
            place, attribute,
            fmt::format("{} is mounted twice, also under `{}`", in_quotes(target), it->second));
    };
    if (const auto* tmpfs = array_at(json_, "tmpfs"))
      for (const auto& item : *tmpfs) {
        const std::string_view text = item.get_string();
        claim(text.substr(0, text.find(':')), "tmpfs", service_.place);
      }
    if (const auto* mounts = service_.node->find("volumes"))
      for (const auto* mount : mounts->items())
        claim(mount->text_of("target"), "volumes", mount->place);
  }

  Findings& findings_;
  const Node& root_;
  const Services& enabled_;
  const Services& disabled_;
  const std::string& name_;
  const LoadedService& service_;
  const json::object& json_;
};

/// Looks for a way from a service back to itself, without recursion: chains may be long.
class CycleCheck {
 public:
  CycleCheck(Findings& findings, const Services& services)
      : findings_(findings), services_(services) {}

  void run() {
    for (const auto& [name, service] : services_) {
      enter(name, service);
      while (!way_.empty()) step();
    }
  }

 private:
  struct Visit {
    const std::string* name;
    std::span<Entry> dependencies;
    std::size_t next = 0;
  };

  void enter(const std::string& name, const LoadedService& service) {
    if (!on_way_.emplace(name, true).second) return;
    const auto* all = service.node->find("depends_on");
    way_.push_back({&name, all == nullptr ? std::span<Entry>() : all->entries()});
  }

  void step() {
    auto& top = way_.back();
    if (top.next == top.dependencies.size()) {
      on_way_[*top.name] = false;
      way_.pop_back();
      return;
    }
    const auto& e = top.dependencies[top.next++];
    const auto it = services_.find(std::string(e.key));
    if (it == services_.end()) return;
    const auto seen = on_way_.find(it->first);
    if (seen == on_way_.end()) return enter(it->first, it->second);
    if (seen->second) report(e, *top.name);
  }

  void report(const Entry& e, const std::string& name) {
    std::vector<std::string> cycle;
    for (const auto& visit : way_)
      if (!cycle.empty() || *visit.name == e.key) cycle.push_back(*visit.name);
    cycle.emplace_back(e.key);
    findings_.error(e.place.source == 0 ? services_.at(name).place : e.place,
                    fmt::format("services.{}.depends_on", name),
                    "the services wait for each other: " + join(cycle, " → "),
                    "remove one of the dependencies");
  }

  Findings& findings_;
  const Services& services_;
  std::map<std::string, bool> on_way_;  ///< false: done
  std::vector<Visit> way_;
};

void check_secrets(Findings& findings, const Node& root) {
  const auto* secrets = root.find("secrets");
  if (secrets == nullptr) return;
  for (const auto& e : secrets->entries()) {
    const auto* external = e.value->find("external");
    if (external != nullptr && external->is(Kind::boolean) && external->boolean) continue;
    if (e.value->text_of("file").empty() && e.value->text_of("environment").empty())
      findings.error(e.place, fmt::format("secrets.{}", e.key),
                     "a secret needs `file` or `environment`");
  }
}

}  // namespace

void check_consistency(Findings& findings, const Node& root, const Services& enabled,
                       const Services& disabled) {
  for (const auto& [name, service] : enabled)
    ServiceCheck(findings, root, enabled, disabled, name, service).run();
  check_secrets(findings, root);
  CycleCheck(findings, enabled).run();
}

void check_container_names(Findings& findings, const Services& enabled) {
  std::map<std::string, std::string, std::less<>> names;
  for (const auto& [name, service] : enabled) {
    const auto own = text_at(service.json, "container_name");
    if (own.empty()) continue;
    const auto [it, fresh] = names.try_emplace(std::string(own), name);
    if (!fresh)
      findings.error(service.place, fmt::format("services.{}.container_name", name),
                     fmt::format("the service {} has the container_name {} already",
                                 in_quotes(it->second), in_quotes(own)));
  }
}

}  // namespace landfast::compose
