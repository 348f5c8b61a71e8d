// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/time_text.h"
#include "model/history.h"
#include "model/project.h"
#include "model/world.h"
#include "watch/style.h"

namespace landfast {

/// How the stack is reached without an open port.
struct TunnelStatus {
  std::string name;               ///< public, "" where it is not known
  std::string service;            ///< that runs it; "": it is on the host
  std::optional<bool> connected;  ///< nullopt: nothing can be asked
  std::string says;               ///< the tunnel itself, or what is known of it
};

/// What `status` shows of one stack.
struct StackStatus {
  std::string name;
  std::string folder;
  std::vector<Container> containers;
  std::vector<std::string> missing;                ///< services of the file that have no container
  std::optional<std::set<std::string>> one_shots;  ///< of the file; nullopt where it is not known
  History history;
  std::string note{};              ///< what the folder describes instead, after a rollback
  std::vector<std::string> drift;  ///< what others changed; deploy repairs it
  std::vector<std::string> notes;
  std::optional<TunnelStatus> tunnel{};
};

/// Whether Landfast saw it ready when it committed the current release, though the engine's own
/// check has not come round yet since the container started.
[[nodiscard]] bool seen_ready(const Container& container, const History& history);

/// Whether a container has ended well: a one-shot of the file with exit code 0; where the file is
/// not known, one that its policy does not restart.
[[nodiscard]] bool ran_to_its_end(const Container& container,
                                  const std::optional<std::set<std::string>>& one_shots);
/// How a container stands in words: "healthy", "healthy (seen by landfast)" with `seen`, "running",
/// "exited (1)", "ran to its end".
[[nodiscard]] std::string state_text(const Container& container, bool done, bool seen = false);
[[nodiscard]] LineState line_state(const Container& container, bool done, bool seen = false);
/// "127.0.0.1:3000→3000/tcp, 8080→80/tcp"; each once, in order of the container's ports.
[[nodiscard]] std::vector<std::string> published_ports(const Container& container);

[[nodiscard]] std::string status_text(const StackStatus& status, TimePoint now, std::size_t width,
                                      Style style);
[[nodiscard]] boost::json::object status_json(const StackStatus& status);

/// One stack of the list that bare `status` shows.
struct StackLine {
  std::string name;
  std::optional<std::int64_t> release;
  bool ours = false;
  std::string folder;
  std::size_t containers = 0, running = 0, unhealthy = 0;
};

/// All stacks that the containers and the journal tell of, by name.
[[nodiscard]] std::vector<StackLine> stack_lines(const std::vector<Container>& containers,
                                                 const std::vector<StackInputs>& known);
[[nodiscard]] std::string stacks_text(const std::vector<StackLine>& stacks, std::size_t width,
                                      Style style);
[[nodiscard]] boost::json::object stacks_json(const std::vector<StackLine>& stacks);

}  // namespace landfast
