// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/loop.h"
#include "io/task.h"

namespace landfast {

/// The caller's streams. In raw mode the terminal is put back when this goes, on every way out that
/// unwinds; signals that would end the process end the session instead.
class Terminal {
 public:
  struct Streams {
    int input = 0, output = 1, errors = 2;
  };
  struct Size {
    std::uint16_t rows = 0, columns = 0;
  };
  explicit Terminal(Loop& loop) : Terminal(loop, Streams()) {}
  Terminal(Loop& loop, Streams streams);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// True when input and output are terminals.
  [[nodiscard]] bool interactive() const;
  /// Keys go through as they are typed; nothing where there is no terminal.
  void raw();
  [[nodiscard]] std::optional<Size> size() const;
  /// The next bytes of input; empty at its end.
  Task<Result<std::string>> read();
  /// Writes all of it, waiting for the reader where it must.
  Status write(std::string_view bytes, bool errors);
  void on_resize(std::function<void()> callback);
  /// Called with SIGINT, SIGTERM, SIGHUP or SIGQUIT, which then do not end the process.
  void on_signal(std::function<void(int)> callback);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace landfast
