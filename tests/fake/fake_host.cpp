// SPDX-License-Identifier: Apache-2.0
#include "fake/fake_host.h"

#include <fmt/format.h>

#include <algorithm>

namespace landfast {

class FakeHost::Held : public StackLock {
 public:
  Held(std::shared_ptr<Locks> locks, std::string stack)
      : locks_(std::move(locks)), stack_(std::move(stack)) {}
  ~Held() override {
    locks_->held.erase(stack_);
    const auto waiting = locks_->freed.extract(stack_);
    if (!waiting.empty()) waiting.mapped()->set();
  }

 private:
  std::shared_ptr<Locks> locks_;
  std::string stack_;
};

class FakeHost::Watching : public Watcher {
 public:
  Watching(std::shared_ptr<OnOrphaned> on_orphaned, std::string stack)
      : on_orphaned_(std::move(on_orphaned)), stack_(std::move(stack)) {}
  ~Watching() override {
    if (!dismissed_ && *on_orphaned_) (*on_orphaned_)(stack_);
  }
  void dismiss() override { dismissed_ = true; }

 private:
  std::shared_ptr<OnOrphaned> on_orphaned_;
  std::string stack_;
  bool dismissed_ = false;
};

namespace {

tl::unexpected<Error> held_by(const std::string& stack, const LockOwner& owner) {
  Error e;
  e.code = Code::locked;
  e.text = fmt::format("stack {} is held: {} by {} (pid {})", stack, owner.command, owner.user,
                       owner.pid);
  e.retryable = owner.command == watcher_name;
  return fail(std::move(e));
}

}  // namespace

Result<std::unique_ptr<Watcher>> FakeHost::start_watcher(std::string stack) {
  if (watcher_error) return fail(*watcher_error);
  return std::make_unique<Watching>(on_orphaned_, std::move(stack));
}

Result<std::uint64_t> FakeHost::free_disk(std::string) { return disk; }
Result<std::uint64_t> FakeHost::free_memory() { return memory; }

Result<std::vector<PortHolder>> FakeHost::listening_ports() {
  auto list = ports;
  for (auto& port : list) port.holder.clear();
  return list;
}

void FakeHost::name_holders(std::vector<PortHolder>& list) {
  for (auto& asked : list)
    for (const auto& port : ports)
      if (port.port == asked.port && port.protocol == asked.protocol &&
          port.host_ip == asked.host_ip)
        asked.holder = port.holder;
}

Result<std::unique_ptr<StackLock>> FakeHost::lock(std::string stack, LockOwner me) {
  const auto [it, free] = locks_->held.emplace(stack, me);
  if (!free) return held_by(stack, it->second);
  return std::make_unique<Held>(locks_, std::move(stack));
}

Task<Result<std::unique_ptr<StackLock>>> FakeHost::lock_when_free(std::string stack, LockOwner me) {
  for (;;) {
    auto now = lock(stack, me);
    if (now || now.error().code != Code::locked) co_return now;
    auto& freed = locks_->freed[stack];
    if (!freed) freed = std::make_shared<Signal>();
    const auto mine = freed;
    co_await mine->wait();
    co_await clock_.sleep(std::chrono::nanoseconds(0));  // the kernel wakes it a moment later
  }
}

LockOwner FakeHost::self(std::string command) {
  return {812, "4711", "boot-1", "anna", std::move(command), clock_.utc()};
}

Status FakeHost::reserve_disk() {
  if (reserve_error) return fail(*reserve_error);
  reserved = true;
  return {};
}

Result<std::string> FakeHost::keep_mounted_file(std::string stack, std::string digest,
                                                std::string bytes) {
  if (mount_error) return fail(*mount_error);
  auto path = fmt::format("/state/mounted/{}/{}", stack, digest);
  mounted[path] = std::move(bytes);
  return path;
}

Result<Secret> FakeHost::mounted_file(std::string stack, std::string digest) {
  const auto it = mounted.find(fmt::format("/state/mounted/{}/{}", stack, digest));
  if (it == mounted.end()) return fail(Code::not_found, "there is no such file");
  return Secret(it->second);
}

Status FakeHost::drop_mounted_files(std::string stack, std::vector<std::string> keep) {
  const auto folder = fmt::format("/state/mounted/{}/", stack);
  std::erase_if(mounted, [&](const auto& file) {
    return file.first.starts_with(folder) &&
           std::find(keep.begin(), keep.end(), file.first.substr(folder.size())) == keep.end();
  });
  return {};
}

}  // namespace landfast
