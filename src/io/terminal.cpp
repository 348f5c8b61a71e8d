// SPDX-License-Identifier: Apache-2.0
#include "io/terminal.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "io/asio_task.h"

namespace landfast {
namespace asio = boost::asio;

struct Terminal::Impl : std::enable_shared_from_this<Terminal::Impl> {
  Impl(Loop& loop, Streams s)
      : streams(s), input(loop.context()), resizes(loop.context()), signals(loop.context()) {}
  Streams streams;
  asio::posix::stream_descriptor input;
  asio::signal_set resizes, signals;
  std::function<void()> on_resize;
  std::function<void(int)> on_signal;
  std::optional<termios> before;
  int flags_before = -1;
  std::array<char, 16384> buffer{};

  void open_input();
  void await_resize();
  void await_signal();
  void restore();
};

// A description of our own, so that O_NONBLOCK does not reach the caller's shell; where the system
// gives none (a socket), the shared one is changed and put back.
void Terminal::Impl::open_input() {
  const std::string self = fmt::format("/proc/self/fd/{}", streams.input);
  int fd = ::open(self.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    flags_before = ::fcntl(streams.input, F_GETFL);
    fd = ::fcntl(streams.input, F_DUPFD_CLOEXEC, 3);
  }
  boost::system::error_code error;
  if (fd >= 0) input.assign(fd, error);
}

void Terminal::Impl::await_resize() {
  resizes.async_wait([self = shared_from_this()](boost::system::error_code error, int) {
    if (error) return;
    const auto call = self->on_resize;  // it may end the terminal that holds it
    if (call) call();
    if (self->on_resize) self->await_resize();
  });
}

void Terminal::Impl::await_signal() {
  signals.async_wait([self = shared_from_this()](boost::system::error_code error, int number) {
    if (error) return;
    const auto call = self->on_signal;
    if (call) call(number);
    if (self->on_signal) self->await_signal();
  });
}

void Terminal::Impl::restore() {
  if (before) ::tcsetattr(streams.input, TCSADRAIN, &*before);
  before.reset();
  if (flags_before >= 0) ::fcntl(streams.input, F_SETFL, flags_before);
  flags_before = -1;
}

Terminal::Terminal(Loop& loop, Streams streams) : impl_(std::make_shared<Impl>(loop, streams)) {
  impl_->open_input();
}

Terminal::~Terminal() {
  impl_->restore();
  impl_->on_resize = nullptr;
  impl_->on_signal = nullptr;
  boost::system::error_code ignored;
  impl_->resizes.cancel(ignored);
  impl_->resizes.clear(ignored);
  impl_->signals.cancel(ignored);
  impl_->signals.clear(ignored);
  impl_->input.close(ignored);
}

bool Terminal::interactive() const {
  return ::isatty(impl_->streams.input) == 1 && ::isatty(impl_->streams.output) == 1;
}

void Terminal::raw() {
  termios now{};
  if (impl_->before || ::tcgetattr(impl_->streams.input, &now) != 0) return;
  impl_->before = now;
  ::cfmakeraw(&now);
  ::tcsetattr(impl_->streams.input, TCSADRAIN, &now);
}

std::optional<Terminal::Size> Terminal::size() const {
  winsize window{};
  if (::ioctl(impl_->streams.output, TIOCGWINSZ, &window) != 0) return std::nullopt;
  Size size;
  size.rows = window.ws_row;
  size.columns = window.ws_col;
  return size;
}

Task<Result<std::string>> Terminal::read() {
  auto impl = impl_;
  if (!impl->input.is_open()) co_return std::string{};
  auto start = [&](auto handler) {
    impl->input.async_read_some(asio::buffer(impl->buffer), std::move(handler));
  };
  auto op = asio_op<std::size_t>(impl, start);
  const auto [error, size] = co_await op;
  // EIO: the terminal has gone.
  if (error == asio::error::eof || error == boost::system::errc::io_error) co_return std::string{};
  if (error) co_return fail(Code::failed, fmt::format("cannot read input: {}", error.message()));
  co_return std::string(impl->buffer.data(), size);
}

Status Terminal::write(std::string_view bytes, bool errors) {
  const int fd = errors ? impl_->streams.errors : impl_->streams.output;
  while (!bytes.empty()) {
    const ssize_t size = ::write(fd, bytes.data(), bytes.size());
    if (size >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return fail(Code::failed, fmt::format("cannot write output: {}", std::strerror(errno)));
    }
  }
  return {};
}

void Terminal::on_resize(std::function<void()> callback) {
  impl_->on_resize = std::move(callback);
  boost::system::error_code ignored;
  impl_->resizes.add(SIGWINCH, ignored);
  impl_->await_resize();
}

void Terminal::on_signal(std::function<void(int)> callback) {
  impl_->on_signal = std::move(callback);
  boost::system::error_code ignored;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) impl_->signals.add(number, ignored);
  impl_->await_signal();
}

}  // namespace landfast
