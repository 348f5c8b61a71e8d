// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/error_code.hpp>
#include <coroutine>
#include <memory>
#include <tuple>
#include <utility>

namespace landfast {

/// One Asio operation as something a Task can await; yields (error_code, Values…).
///
/// The operation may outlive the frame that waits for it: what it writes to must belong to `keep`,
/// which lives until the operation has ended. A frame that is dropped while it waits cancels the
/// operation, and its completion is ignored. `start` gets the completion handler and must only
/// initiate; Asio never completes from inside the initiation.
template <class Start, class... Values>
class AsioOp {
  struct State {
    std::coroutine_handle<> waiter;
    std::tuple<boost::system::error_code, Values...> result;
    bool ended = false;
    boost::asio::cancellation_signal cancel;
    std::shared_ptr<void> keep;
  };

 public:
  struct Handler {
    std::shared_ptr<State> state;
    using cancellation_slot_type = boost::asio::cancellation_slot;
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
      return state->cancel.slot();
    }
    void operator()(boost::system::error_code error, Values... values) {
      const auto mine = std::move(state);
      mine->ended = true;
      mine->result = {error, std::move(values)...};
      if (mine->waiter) std::exchange(mine->waiter, nullptr).resume();
    }
  };

  AsioOp(std::shared_ptr<void> keep, Start start)
      : state_(std::make_shared<State>()), start_(std::move(start)) {
    state_->keep = std::move(keep);
  }
  AsioOp(const AsioOp&) = delete;
  AsioOp& operator=(const AsioOp&) = delete;
  ~AsioOp() {
    state_->waiter = nullptr;
    if (started_ && !state_->ended) state_->cancel.emit(boost::asio::cancellation_type::terminal);
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    state_->waiter = waiter;
    started_ = true;
    start_(Handler{state_});
  }
  std::tuple<boost::system::error_code, Values...> await_resume() {
    return std::move(state_->result);
  }

 private:
  std::shared_ptr<State> state_;
  Start start_;
  bool started_ = false;
};

/// `auto op = asio_op<std::size_t>(keep, start); const auto [error, size] = co_await op;`
template <class... Values, class Start>
AsioOp<Start, Values...> asio_op(std::shared_ptr<void> keep, Start start) {
  return AsioOp<Start, Values...>(std::move(keep), std::move(start));
}

}  // namespace landfast
