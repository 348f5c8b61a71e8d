// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace landfast {

/// A place in a text that the user wrote: 1-based line and column, 0 where unknown.
struct Mark {
  std::string file;
  int line = 0;
  int column = 0;
  std::string source_line;  ///< the whole line, for the caret; empty where not at hand
  friend bool operator==(const Mark&, const Mark&) = default;
};

/// What kind of failure it is; decides the exit code (see `exit_status`) and whether to retry.
enum class Code : std::uint8_t {
  failed,       ///< the work was tried and did not succeed
  invalid,      ///< bad usage or a bad file: nothing was touched
  not_found,    ///< the engine or the disk does not have it
  conflict,     ///< exists already, or is in a state that forbids it
  unavailable,  ///< the other side does not answer or refuses
  unsupported,  ///< this engine or this version cannot do it
  timeout,      ///< a limit of time was reached
  cancelled,    ///< the user interrupted
  locked,       ///< another deployer holds the stack
  corrupt,      ///< what was read is damaged
  stuck,        ///< a person is needed
};

/// One error, as a value: what, where, why it matters, what to do next.
struct Error {
  Code code = Code::failed;
  std::string text;                ///< what happened, one sentence without a final stop
  std::optional<Mark> mark;        ///< where, in a file of the user
  std::string path;                ///< attribute path, such as services.app.ports[0]
  std::string hint;                ///< the next step, empty where there is none
  std::vector<std::string> trace;  ///< how we came here: include and extends chains, log lines
  bool retryable = false;
  std::shared_ptr<const Error> cause;  ///< the error underneath
  std::vector<Error> more;             ///< further errors of the same file
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// Makes the failure side of a Result.
[[nodiscard]] inline tl::unexpected<Error> fail(Code code, std::string text,
                                                std::string hint = {}) {
  Error e;
  e.code = code;
  e.text = std::move(text);
  e.hint = std::move(hint);
  return tl::unexpected<Error>(std::move(e));
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error e) {
  return tl::unexpected<Error>(std::move(e));
}

/// The same error under a sentence that says what was being done.
[[nodiscard]] inline Error wrap(Error inner, std::string text) {
  Error e;
  e.code = inner.code;
  e.retryable = inner.retryable;
  e.hint = inner.hint;
  e.text = std::move(text);
  e.cause = std::make_shared<const Error>(std::move(inner));
  return e;
}

}  // namespace landfast

#define LF_CAT2(a, b) a##b
#define LF_CAT(a, b) LF_CAT2(a, b)

/// `TRY(auto x, expr)`: x = the value, or returns the error. `TRY_VOID(expr)` for Status.
#define LF_TRY_(tmp, decl, ret, ...)                      \
  auto tmp = (__VA_ARGS__);                               \
  if (!tmp) ret ::landfast::fail(std::move(tmp).error()); \
  decl = std::move(*tmp)
#define TRY(decl, ...) LF_TRY_(LF_CAT(lf_try_, __LINE__), decl, return, __VA_ARGS__)
#define TRY_VOID(...)                                                      \
  do {                                                                     \
    auto lf_status = (__VA_ARGS__);                                        \
    if (!lf_status) return ::landfast::fail(std::move(lf_status).error()); \
  } while (false)
/// The same in a coroutine: `CO_TRY(auto x, co_await f())`.
#define CO_TRY(decl, ...) LF_TRY_(LF_CAT(lf_try_, __LINE__), decl, co_return, __VA_ARGS__)
#define CO_TRY_VOID(...)                                                      \
  do {                                                                        \
    auto lf_status = (__VA_ARGS__);                                           \
    if (!lf_status) co_return ::landfast::fail(std::move(lf_status).error()); \
  } while (false)
