// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <coroutine>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace landfast {

template <class T>
class Task;

namespace detail {

struct FinalAwaiter {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> h) noexcept {
    const auto next = h.promise().continuation;
    return next ? next : std::noop_coroutine();
  }
  void await_resume() const noexcept {}
};

template <class T>
struct PromiseBase {
  std::coroutine_handle<> continuation;
  std::exception_ptr exception;
  std::suspend_always initial_suspend() noexcept { return {}; }
  FinalAwaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() { exception = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase<T> {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& v) {
    value.emplace(std::forward<U>(v));
  }
  T take() {
    if (this->exception) std::rethrow_exception(this->exception);
    return std::move(*value);
  }
};

template <>
struct Promise<void> : PromiseBase<void> {
  Task<void> get_return_object();
  void return_void() {}
  void take() const {
    if (exception) std::rethrow_exception(exception);
  }
};

}  // namespace detail

/// A lazy coroutine that yields one T. It runs when awaited, on the thread of whoever resumes it,
/// and knows no event loop: the real ports resume it from Asio, the simulated ones from a virtual
/// clock. Destroying a Task that is suspended drops its frame and everything it waits for.
template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  struct Awaiter {
    std::coroutine_handle<promise_type> handle;
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) noexcept {
      handle.promise().continuation = waiter;
      return handle;
    }
    T await_resume() { return handle.promise().take(); }
  };
  Awaiter operator co_await() const noexcept { return Awaiter{handle_}; }

 private:
  friend promise_type;
  explicit Task(std::coroutine_handle<promise_type> h) : handle_(h) {}
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

/// A coroutine that starts at once and calls back when it ends; owns what it runs.
class Runner {
 public:
  struct promise_type {
    Runner get_return_object() {
      return Runner(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Final {
      [[nodiscard]] bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> h) noexcept {
        const auto follower = h.promise().next;
        return follower ? follower : std::noop_coroutine();
      }
      void await_resume() const noexcept {}
    };
    Final final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }  // bodies catch what they run
    std::coroutine_handle<> next;                     // resumed after the end, may be null
  };
  Runner(Runner&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Runner& operator=(Runner&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner() {
    if (handle_) handle_.destroy();
  }
  void start() { handle_.resume(); }
  [[nodiscard]] bool done() const { return !handle_ || handle_.done(); }
  [[nodiscard]] promise_type& promise() const { return handle_.promise(); }

 private:
  explicit Runner(std::coroutine_handle<promise_type> h) : handle_(h) {}
  std::coroutine_handle<promise_type> handle_;
};

/// The handle of the coroutine that awaits this: lets a Runner's body set who comes next.
struct SelfPromise {
  Runner::promise_type* promise = nullptr;
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<Runner::promise_type> h) noexcept {
    promise = &h.promise();
    return false;
  }
  [[nodiscard]] Runner::promise_type* await_resume() const noexcept { return promise; }
};

}  // namespace detail

/// Runs tasks side by side. `spawn` starts a task at once; `co_await group.join()` returns when all
/// have ended and rethrows the first exception. Destroying the group drops what still runs.
class TaskGroup {
 public:
  TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  void spawn(Task<void> task) {
    std::erase_if(runners_, [](const auto& r) { return r->done(); });
    ++live_;
    runners_.push_back(std::make_unique<detail::Runner>(body(std::move(task))));
    runners_.back()->start();
  }
  [[nodiscard]] std::size_t live() const { return live_; }

  struct Join {
    explicit Join(TaskGroup& g) : group(g) {}
    Join(const Join&) = delete;
    Join& operator=(const Join&) = delete;
    ~Join() {
      if (waiting) group.joiner_ = nullptr;  // dropped by a race
    }
    [[nodiscard]] bool await_ready() const noexcept { return group.live_ == 0; }
    void await_suspend(std::coroutine_handle<> h) noexcept {
      group.joiner_ = h;
      waiting = true;
    }
    void await_resume() {
      waiting = false;
      if (group.first_) std::rethrow_exception(group.first_);
    }
    TaskGroup& group;
    bool waiting = false;
  };
  Join join() { return Join(*this); }

 private:
  detail::Runner body(Task<void> task) {
    auto* self = co_await detail::SelfPromise{};
    try {
      co_await task;
    } catch (...) {
      if (!first_) first_ = std::current_exception();
    }
    if (--live_ == 0 && joiner_) self->next = std::exchange(joiner_, nullptr);
  }
  std::list<std::unique_ptr<detail::Runner>> runners_;
  std::size_t live_ = 0;
  std::coroutine_handle<> joiner_;
  std::exception_ptr first_;
};

/// Runs two tasks; the first to end wins and the other is dropped where it stands.
template <class A, class B>
class Race {
 public:
  Race(Task<A> a, Task<B> b) : a_(std::move(a)), b_(std::move(b)) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> h) {
    starting_ = true;
    waiter_ = h;
    first_.emplace(run_a());
    first_->start();
    if (!finished_) {
      second_.emplace(run_b());
      second_->start();
    }
    starting_ = false;
    return !finished_;
  }
  std::variant<A, B> await_resume() {
    first_.reset();
    second_.reset();
    // The loser must not outlive the runner that it would resume, even where this Race has a name.
    { const Task<A> a = std::move(a_); }
    { const Task<B> b = std::move(b_); }
    if (exception_) std::rethrow_exception(exception_);
    return std::move(*result_);
  }

 private:
  detail::Runner run_a() {
    auto* self = co_await detail::SelfPromise{};
    std::optional<A> value;
    std::exception_ptr error;
    try {
      value.emplace(co_await a_);
    } catch (...) {
      error = std::current_exception();
    }
    if (finished_) co_return;
    finished_ = true;
    exception_ = error;
    if (value) result_.emplace(std::in_place_index<0>, std::move(*value));
    if (!starting_) self->next = waiter_;
  }
  detail::Runner run_b() {
    auto* self = co_await detail::SelfPromise{};
    std::optional<B> value;
    std::exception_ptr error;
    try {
      value.emplace(co_await b_);
    } catch (...) {
      error = std::current_exception();
    }
    if (finished_) co_return;
    finished_ = true;
    exception_ = error;
    if (value) result_.emplace(std::in_place_index<1>, std::move(*value));
    if (!starting_) self->next = waiter_;
  }
  Task<A> a_;
  Task<B> b_;
  std::optional<detail::Runner> first_, second_;
  std::optional<std::variant<A, B>> result_;
  std::exception_ptr exception_;
  std::coroutine_handle<> waiter_;
  bool starting_ = false;
  bool finished_ = false;
};

/// `co_await race(a, b)`: a variant by index; the loser's frame is gone when it returns.
template <class A, class B>
Race<A, B> race(Task<A> a, Task<B> b) {
  return Race<A, B>(std::move(a), std::move(b));
}

/// A value for tasks in `race` that have none.
struct Done {};

/// One-shot signal: `wait()` returns once `set()` was called, at once where it already was.
class Signal {
 public:
  void set() {
    if (set_) return;
    set_ = true;
    // A resumed waiter may drop another one's frame: each node outlives its frame.
    const auto nodes = std::move(nodes_);
    for (const auto& node : nodes)
      if (node->handle) std::exchange(node->handle, nullptr).resume();
  }
  [[nodiscard]] bool is_set() const { return set_; }
  Task<Done> wait() {
    co_await Waiter(*this);
    co_return Done{};
  }

 private:
  struct Node {
    std::coroutine_handle<> handle;
  };
  struct Waiter {
    explicit Waiter(Signal& s) : signal(s) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
      if (node) node->handle = nullptr;
    }
    [[nodiscard]] bool await_ready() const noexcept { return signal.set_; }
    void await_suspend(std::coroutine_handle<> h) {
      node = std::make_shared<Node>(Node{h});
      signal.nodes_.push_back(node);
    }
    void await_resume() const noexcept {}
    Signal& signal;
    std::shared_ptr<Node> node;
  };
  bool set_ = false;
  std::vector<std::shared_ptr<Node>> nodes_;
};

}  // namespace landfast
