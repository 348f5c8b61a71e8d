// SPDX-License-Identifier: Apache-2.0
#include "simulation/clients.h"

#include <fmt/format.h>

#include <algorithm>

namespace landfast {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds retry{50};  // as the edge's own try_interval
constexpr std::chrono::seconds patience{55};

std::string_view word(Served how) {
  switch (how) {
  case Served::answered:
    return "answered";
  case Served::held:
    return "held too long";
  case Served::maintenance:
    return "503";
  case Served::unknown:
    return "404";
  case Served::refused:
    break;
  }
  return "refused";
}

}  // namespace

void Clients::fail(Served how) {
  ++failures_;
  if (failed_.size() < 20)
    failed_.push_back(fmt::format("{} at {} ms", word(how), stage_.clock.now() / milliseconds(1)));
}

Task<void> Clients::one() {
  while (!stopped_) {
    const auto begin = stage_.clock.now();
    auto served = stage_.edge.open(edge_, target_);
    while (served.how == Served::held && !stopped_ && stage_.clock.now() - begin < patience) {
      co_await stage_.clock.sleep(retry);
      served = stage_.edge.open(edge_, target_);
    }
    longest_ = std::max(longest_, stage_.clock.now() - begin);
    if (served.how != Served::answered) {
      if (!stopped_) fail(served.how);
      co_await stage_.clock.sleep(takes);
      continue;
    }
    ++answered_;
    if (const auto* c = stage_.engine.daemon.find(served.container)) ++by_[c->id];
    co_await stage_.clock.sleep(takes);
    stage_.edge.finish(served.id);
  }
}

}  // namespace landfast
