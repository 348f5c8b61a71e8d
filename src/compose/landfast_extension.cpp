// SPDX-License-Identifier: Apache-2.0
#include "compose/landfast_extension.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "compose/landfast_rules.h"
#include "compose/schema.h"

namespace landfast::compose {
namespace {

constexpr std::string_view key = "x-landfast";

/// Keys whose work exists; the others are checked and then said to be without effect.
bool works(std::string_view name) { return name == "migrate" || name == "when"; }

class Reader {
 public:
  explicit Reader(Findings& findings) : findings_(findings) {}

  Extension run(const Node& model, const Node* beside) {
    stack(model.find(key), false);
    services(model.find("services"), false);
    if (beside != nullptr && !beside->is_null()) {
      validate(findings_, *beside, landfast_file_rule());
      stack(beside->find(key), true);
      services(beside->find("services"), true);
      unknown_services(model, *beside);
    }
    return std::move(out_);
  }

 private:
  void stack(const Node* node, bool beside) {
    if (node == nullptr) return;
    if (!beside) validate(findings_, *node, landfast_stack_rule(), Path{key});
    for (const auto& e : node->entries()) not_yet(e, fmt::format("{}.{}", key, e.key));
  }

  void services(const Node* services, bool beside) {
    if (services == nullptr) return;
    for (const auto& e : services->entries()) {
      const auto* node = e.value->find(key);
      if (node == nullptr) continue;
      if (!beside)
        validate(findings_, *node, landfast_service_rule(), Path{"services", e.key, key});
      decode(*node, out_.services[std::string(e.key)], e);
    }
  }

  void not_yet(const Entry& e, const std::string& path) {
    findings_.warn(fmt::format("{}: not there yet in this version", path), e.place, path);
  }

  void decode(const Node& node, ServiceExtension& into, const Entry& service) {
    for (const auto& e : node.entries()) {
      const auto path = fmt::format("services.{}.{}.{}", service.key, key, e.key);
      if (e.key == "migrate") {
        migrate(*e.value, e, path, into);
      } else if (e.key == "when" && e.value->is_string()) {
        into.when = std::string(e.value->text);
        into.mark = findings_.mark(e.place);
      } else if (!works(e.key)) {
        not_yet(e, fmt::format("{}.{}", key, e.key));
      }
    }
  }

  void migrate(const Node& value, const Entry& e, const std::string& path, ServiceExtension& into) {
    into.migrate = value.is(Kind::boolean) && value.boolean;
    into.mark = findings_.mark(e.place);
    if (value.is(Kind::boolean)) return;
    findings_.warn(fmt::format("{}.migrate: only `true` is there yet in this version", key),
                   e.place, path);
  }

  void unknown_services(const Node& model, const Node& beside) {
    const auto* known = model.find("services");
    const auto* named = beside.find("services");
    if (known == nullptr || named == nullptr) return;
    std::vector<std::string> names;
    for (const auto& e : known->entries()) names.emplace_back(e.key);
    for (const auto& e : named->entries()) {
      if (known->has(e.key)) continue;
      const auto near = nearest(e.key, names);
      findings_.error(e.place, fmt::format("services.{}", e.key),
                      fmt::format("the compose file has no service {}", quoted(e.key)),
                      near ? fmt::format("did you mean `{}`?", *near) : "");
    }
  }

  Findings& findings_;
  Extension out_;
};

}  // namespace

Extension read_landfast(Findings& findings, const Node& model, const Node* beside) {
  return Reader(findings).run(model, beside);
}

}  // namespace landfast::compose
