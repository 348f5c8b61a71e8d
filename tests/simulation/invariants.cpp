// SPDX-License-Identifier: Apache-2.0
#include "simulation/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "plan/claim.h"
#include "plan/names.h"

namespace landfast {
namespace {

bool may_run_again(const FakeContainer& c) {
  return c.status == ContainerStatus::running || c.status == ContainerStatus::restarting ||
         c.policy.name == "always";
}

}  // namespace

Invariants::Invariants(FakeEngine& engine) : engine_(engine) {
  engine_.daemon.on_change = [this] { look(); };
}

Invariants::~Invariants() { engine_.daemon.on_change = nullptr; }

void Invariants::keep_volumes() {
  for (const auto& v : engine_.daemon.volumes()) kept_.insert(v.name);
}

void Invariants::look() {
  one_writer();
  one_generation();
  volumes_stay();
  asides_are_held();
}

/// A volume of a database has one writer at a time.
void Invariants::one_writer() {
  for (const auto& v : engine_.daemon.volumes())
    if (const auto writers = engine_.daemon.writers(v.name); writers.size() > 1)
      breach(fmt::format("{} containers write to {}", writers.size(), v.name));
}

/// The engine itself can restart at most one generation of a container.
void Invariants::one_generation() {
  std::map<std::string, int> slots;
  for (const auto* c : engine_.daemon.all()) {
    if (c->label(label::service).empty() || !may_run_again(*c)) continue;
    const bool has_policy = !c->policy.name.empty() && c->policy.name != "no";
    if (beside_.contains(std::string(c->label(label::service))) && !has_policy) continue;
    const auto slot = fmt::format("{}/{}", c->label(label::service), c->label(label::number));
    if (++slots[slot] > 1) breach(fmt::format("two generations of {} can run", slot));
  }
}

void Invariants::volumes_stay() {
  const auto now = engine_.daemon.volumes();
  for (const auto& name : kept_)
    if (std::none_of(now.begin(), now.end(), [&](const auto& v) { return v.name == name; }) &&
        !has_newer(name, now))
      breach(fmt::format("the volume {} is gone", name));
}

/// Between two containers that hold what is set aside there is no instant without one.
void Invariants::asides_are_held() {
  std::set<std::string> held;
  for (const auto* c : engine_.daemon.all())
    if (c->label(label::role) == "keep")
      for (auto& name :
           kept_volumes(engine_.daemon.inspect(c->id).value(), std::string(c->label(label::stack))))
        held.insert(std::move(name));
  const auto now = engine_.daemon.volumes();
  for (const auto& v : now) {
    if (!kept_.contains(v.name) || !v.labels.contains(label::of) || has_newer(v.name, now))
      continue;
    if (held.contains(v.name))
      held_.insert(v.name);
    else if (held_.contains(v.name))
      breach(fmt::format("nothing holds {} any longer", v.name));
  }
}

/// What was set aside makes way for what was set aside later, for the same volume.
bool Invariants::has_newer(const std::string& aside, const std::vector<VolumeState>& now) {
  const auto old = generation_name(aside);
  return old && std::any_of(now.begin(), now.end(), [&](const auto& v) {
           const auto name = generation_name(v.name);
           return name && name->serving == old->serving && name->deployment > old->deployment;
         });
}

void Invariants::breach(std::string text) {
  if (breaches_.size() < 5) breaches_.push_back(std::move(text));
}

}  // namespace landfast
