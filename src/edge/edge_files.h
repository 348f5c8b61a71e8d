// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/owned_fd.h"
#include "model/route_table.h"

namespace landfast {

/// The user that an edge's container runs as; it reads `conf` and `slots` through its group.
inline constexpr uid_t edge_user = 65532;

/// The files of one edge below `<state>/edge/<edge>` (docs/decisions/030):
///
///     conf/config.json        what the process starts with; next.json while a change is under way
///     slots/<target>/slot     one word, and a.1 … b.N go: where each slot and held requests go
///     data/                   the process's own: certificates, copies of given ones
///     run/                    its two sockets
///     tables/<revision>.json  the tables that were applied, for us alone
///
/// Words and addresses are replaced by rename, so a reader sees a whole one. As root the first four
/// belong to the edge's user or group; otherwise to the caller.
class EdgeFiles {
 public:
  EdgeFiles(const std::string& state_dir, const std::string& edge);

  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::string conf(const std::string& name) const;
  [[nodiscard]] std::string slot_file(const std::string& target, const std::string& name) const;
  [[nodiscard]] std::string socket(const std::string& name) const;
  [[nodiscard]] std::string data(const std::string& name) const;

  /// Makes the folders where they are absent.
  [[nodiscard]] Status prepare() const;
  /// Writes `slots/nonce`, which the process must be able to read back.
  [[nodiscard]] Status write_nonce(const std::string& nonce) const;

  /// The files of a target that is not there yet: `down`, with addresses that refuse. Adds what a
  /// grown number of replicas lacks, and leaves the rest alone.
  [[nodiscard]] Status prepare_target(const EdgeTarget& target) const;
  [[nodiscard]] std::vector<std::string> targets() const;
  [[nodiscard]] Status remove_target(const std::string& target) const;
  [[nodiscard]] SlotState slot_state(const EdgeTarget& target) const;
  /// The word as a reader finds it; nullopt where it is missing or none.
  [[nodiscard]] std::optional<SlotWord> word(const std::string& target) const;
  /// One rename: needs no space on the disk, since each word lies ready as a file.
  [[nodiscard]] Status set_word(const std::string& target, SlotWord word) const;
  [[nodiscard]] Status set_address(const std::string& target, const std::string& file,
                                   const std::string& address) const;
  /// Where a slot points to, one address for each of the target's containers; makes again the files
  /// of a target that somebody has removed.
  [[nodiscard]] Status set_addresses(const EdgeTarget& target, SlotName slot,
                                     const std::vector<std::string>& addresses) const;
  [[nodiscard]] Result<std::string> address(const std::string& target,
                                            const std::string& file) const;

  /// Keeps a table by its revision, with the 31 before it.
  [[nodiscard]] Status keep_table(const RouteTable& table) const;
  [[nodiscard]] Result<RouteTable> table(const std::string& revision) const;
  /// Revision of what the edge starts with; "" where there is none, or where it is damaged: then it
  /// is written anew.
  [[nodiscard]] Result<std::string> recorded() const;
  /// The table of that; of a damaged configuration the one that is served, else the newest kept.
  [[nodiscard]] Result<RouteTable> recorded_table(const std::string& recorded,
                                                  const std::string& served) const;
  /// Removes conf, slots, run and sites; certificates and the tables that were applied stay.
  [[nodiscard]] Status forget() const;

  /// Replaces a file that the edge's process reads.
  [[nodiscard]] Status write(const std::string& path, std::string_view bytes) const;

 private:
  /// Files of the kept tables, the newest first.
  [[nodiscard]] std::vector<std::string> tables() const;
  std::string folder_;
};

/// The edges that have files below a state folder, by name.
[[nodiscard]] std::vector<std::string> edges_in(const std::string& state_dir);

/// Removes a folder of an edge and all that is in it; one that is absent is none.
[[nodiscard]] Status remove_tree(const std::string& path);

/// Held while an edge's configuration changes; freed when it goes, or by the kernel at death.
class EdgeLock {
 public:
  /// `conflict`, retryable, where another process has it.
  static Result<EdgeLock> take(const EdgeFiles& files);

 private:
  explicit EdgeLock(OwnedFd file) : file_(std::move(file)) {}
  OwnedFd file_;
};

}  // namespace landfast
