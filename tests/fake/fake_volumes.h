// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fake/fake_engine_daemon.h"
#include "fake/simulated_clock.h"
#include "port/volumes.h"

namespace landfast {

/// The disk below a FakeDaemon: each volume's `_data` is a directory with an inode of its own.
/// A container writes to the directory that it had when it started, whatever the path names now.
///
/// A copy takes time and grows file by file, each by halves: a caller that is dropped, or a full
/// disk, leaves a torn copy; one of a directory in use holds each half of a file as it was when
/// that half was copied. `identity` and `exchange` happen at one moment.
class FakeVolumes : public Volumes {
 public:
  FakeVolumes(SimulatedClock& clock, FakeDaemon& daemon);
  FakeVolumes(const FakeVolumes&) = delete;
  FakeVolumes& operator=(const FakeVolumes&) = delete;
  ~FakeVolumes() override;

  double rate = 500e6;  ///< bytes per second of a copy
  bool reflink = false;
  std::uint64_t scale = 1;  ///< bytes on this disk for each byte of a file
  std::uint64_t capacity = std::uint64_t{100} << 30;
  std::chrono::nanoseconds latency = std::chrono::milliseconds(1);
  std::map<std::string, std::string> cannot_exchange;  ///< by path: what facts() says
  /// Asked before each effect with the method's name: an error is returned, nothing is done.
  std::function<std::optional<Error>(std::string_view call)> refuse;
  /// Asked after each effect: an error is returned although it is done.
  std::function<std::optional<Error>(std::string_view call)> lose_answer;
  std::vector<std::string> calls;  ///< "copy FROM TO", in order

  /// From now on a call is a violation: the process is dead, and what it knew of copies with it.
  void freeze() {
    frozen_ = true;
    seen_.clear();
  }
  void thaw() { frozen_ = false; }
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

  // What a test or a container does on this disk. Paths as the port's.
  [[nodiscard]] static std::string path_of(const std::string& volume) {
    return "/var/lib/docker/volumes/" + volume + "/_data";
  }
  void add_folder(const std::string& path);
  void write(const std::string& path, const std::string& file, std::string bytes);
  void remove(const std::string& path, const std::string& file);
  /// File → bytes of what the path names now; empty where nothing has that name.
  [[nodiscard]] std::map<std::string, std::string> tree(const std::string& path) const;
  /// The container's process writes into the volume as it was mounted at its start; false where it
  /// does not run or does not mount it.
  bool write_as(const std::string& container, const std::string& volume, const std::string& file,
                std::string bytes);
  /// Called after each change of a tree or a name.
  std::function<void()> on_change;
  /// Called in the middle of each file that is copied while its store runs: time for its writers.
  std::function<void()> while_copying;

  Result<VolumeIdentity> identity(std::string path) override;
  Task<Result<VolumeFacts>> facts(VolumeState volume) override;
  Task<Result<VolumeContent>> content(VolumeState volume) override;
  Task<Result<double>> copy_rate(std::string path) override;
  Task<Status> copy(std::string from, std::string to, OnCopied progress) override;
  Task<Status> copy_in_use(std::string from, std::string to, OnCopied progress) override;
  Task<Result<std::uint64_t>> finish_copy(std::string from, std::string to,
                                          OnCopied progress) override;
  Status exchange(std::string a, std::string b) override;
  Task<Result<TreeDigest>> digest(std::string path) override;
  Status make_folder(std::string path) override;
  Task<Status> remove_folder(std::string path) override;
  Task<Status> empty(std::string path) override;

 private:
  struct Folder {
    std::uint64_t inode = 0;
    std::map<std::string, std::string> files;
    std::map<std::string, std::uint64_t> changed{};  ///< when each was last written to
  };
  using FolderRef = std::shared_ptr<Folder>;
  /// Files of a first copy and when they had changed; by both inodes.
  using Pair = std::pair<std::uint64_t, std::uint64_t>;
  using Seen = std::map<std::string, std::uint64_t>;
  struct Copying {
    FolderRef from, to;
    OnCopied progress;
    std::uint64_t copied = 0;
  };
  Result<FolderRef> folder(const std::string& path) const;
  Status begin(std::string_view call, const std::string& what);
  Status end(std::string_view call);
  Result<Copying> begin_copy(std::string_view call, const std::string& from, const std::string& to,
                             OnCopied progress);
  Task<Status> copy_file(Copying& copying, std::string name, bool in_use);
  Status put(const FolderRef& folder, const std::string& file, std::string bytes);
  void set(Folder& folder, const std::string& file, std::string bytes);
  [[nodiscard]] std::chrono::nanoseconds half_of(const std::string& bytes) const;
  [[nodiscard]] std::uint64_t used() const;
  void on_event(const EngineEvent& event);
  void changed() const {
    if (on_change) on_change();
  }

  SimulatedClock& clock_;
  FakeDaemon& daemon_;
  std::map<std::string, FolderRef> folders_;                       ///< by path
  std::map<std::pair<std::string, std::string>, FolderRef> held_;  ///< container id, volume
  std::map<Pair, Seen> seen_;
  std::uint64_t next_inode_ = 100;
  std::uint64_t next_change_ = 1;
  bool frozen_ = false;
  std::vector<std::string> violations_;
};

}  // namespace landfast
