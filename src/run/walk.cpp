// SPDX-License-Identifier: Apache-2.0
#include "run/walk.h"

#include <map>
#include <optional>

namespace landfast {
namespace {

/// The state of one walk; outlives its tasks because `walk` joins them.
class Walk {
 public:
  Walk(Session& session, std::vector<const Step*> steps, AroundStep around)
      : session_(session), steps_(std::move(steps)), around_(std::move(around)) {}

  Task<Status> run() {
    std::map<std::string, std::size_t> index;
    for (std::size_t i = 0; i < steps_.size(); ++i) index[steps_[i]->id] = i;
    open_.assign(steps_.size(), 0);
    followers_.assign(steps_.size(), {});
    for (std::size_t i = 0; i < steps_.size(); ++i)
      for (const auto& id : steps_[i]->after)
        if (const auto it = index.find(id); it != index.end()) {
          ++open_[i];
          followers_[it->second].push_back(i);
        }
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < steps_.size(); ++i)
      if (open_[i] == 0) ready.push_back(i);
    session_.halt = &halt_;
    for (const auto i : ready) start(i);
    if (session_.stop != nullptr) {
      const auto first = co_await race(joined(), session_.stop->wait());
      if (first.index() == 1) halt(interrupted());
    }
    co_await group_.join();
    session_.halt = nullptr;
    if (error_) co_return fail(std::move(*error_));
    co_return Status{};
  }

 private:
  void start(std::size_t i) {
    if (!error_) group_.spawn(one(i));
  }

  /// No further step starts, and gates that wait end now; changes under way end by themselves.
  void halt(Error why) {
    if (!error_) error_ = std::move(why);
    halt_.set();
  }

  Task<Done> joined() {
    co_await group_.join();
    co_return Done{};
  }

  static Error interrupted() {
    Error e;
    e.code = Code::cancelled;
    e.text = "interrupted";
    return e;
  }

  Task<void> one(std::size_t i) {
    auto status = co_await around_(session_, *steps_[i]);
    if (!status) {
      halt(std::move(status).error());
      co_return;
    }
    for (const auto f : followers_[i])
      if (--open_[f] == 0) start(f);
  }

  Session& session_;
  std::vector<const Step*> steps_;
  AroundStep around_;
  std::vector<std::size_t> open_;
  std::vector<std::vector<std::size_t>> followers_;
  std::optional<Error> error_;
  Signal halt_;
  TaskGroup group_;
};

}  // namespace

Task<Status> walk(Session& session, std::vector<const Step*> steps, AroundStep around) {
  Walk walk(session, std::move(steps), std::move(around));
  co_return co_await walk.run();
}

}  // namespace landfast
