// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/project.h"
#include "model/world.h"
#include "plan/decide.h"

namespace landfast {

/// `deploy.update_config`, as far as one engine and a transaction can honour it.
struct UpdateConfig {
  std::size_t parallelism = 1;        ///< containers of the service replaced at a time; 0: all
  std::chrono::nanoseconds delay{0};  ///< between one batch and the next
  std::string order;                  ///< "", stop-first, start-first
};
[[nodiscard]] UpdateConfig update_config(const Service& service);

/// Why `overlap: true` cannot be: two containers of the service would clash or write to the same
/// data. One error for each reason, with its place.
[[nodiscard]] std::vector<Error> overlap_refused(const Project& project, const Service& service);

/// Which services are started beside their old containers, and why the others are not.
struct ReplacementOrder {
  std::set<std::string> beside;
  std::map<std::string, std::string> stop_first;  ///< service → why, for those that are replaced
  std::vector<std::string> notes;                 ///< where the file asked for something else
};
/// Beside goes what says `overlap: true`, and what an edge carries: unless two of it would write to
/// the same data, hold the same port or name, or a peer would reach both.
[[nodiscard]] ReplacementOrder replacement_order(const Project& project, const World& world,
                                                 const Decisions& decisions);

/// Whether `peer` uses `service`: it depends on it, or names it in its environment or command.
[[nodiscard]] bool uses(const Service& peer, const std::string& service);

/// Services that keep running and have to resolve `service` again once it is replaced: they depend
/// on it, or name it in their environment or command, and share a network with it.
[[nodiscard]] std::vector<std::string> peers_of(const Project& project, const std::string& service,
                                                const Decisions& decisions);

}  // namespace landfast
