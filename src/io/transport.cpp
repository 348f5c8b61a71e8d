// SPDX-License-Identifier: Apache-2.0
#include "io/transport.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "io/asio_task.h"

namespace landfast {
namespace asio = boost::asio;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;

SocketAddress SocketAddress::unix_at(std::string path) {
  SocketAddress address;
  address.path = std::move(path);
  return address;
}

SocketAddress SocketAddress::tcp_at(std::string host, std::uint16_t port) {
  SocketAddress address;
  address.kind = Kind::tcp;
  address.host = std::move(host);
  address.port = port;
  return address;
}

std::string SocketAddress::uri() const {
  return kind == Kind::unix_socket ? "unix://" + path : text();
}

std::string SocketAddress::text() const {
  return kind == Kind::unix_socket ? path : fmt::format("tcp://{}:{}", host, port);
}

namespace {

Error io_error(const char* what, const error_code& error) {
  Error e;
  e.code = Code::unavailable;
  e.text = fmt::format("{}: {}", what, error.message());
  return e;
}

bool is_end(const error_code& error) {
  return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

/// Plain bytes over a unix or TCP socket, or TLS over one.
template <class Stream>
class SocketTransport final : public Transport,
                              public std::enable_shared_from_this<SocketTransport<Stream>> {
 public:
  template <class... Args>
  explicit SocketTransport(Args&&... args) : stream(std::forward<Args>(args)...) {}

  Task<Result<std::string_view>> read() override {
    auto start = [this](auto handler) {
      stream.async_read_some(asio::buffer(in_), std::move(handler));
    };
    auto op = asio_op<std::size_t>(this->shared_from_this(), start);
    const auto [error, size] = co_await op;
    if (is_end(error)) co_return std::string_view{};
    if (error) co_return fail(io_error("the connection was lost", error));
    co_return std::string_view(in_.data(), size);
  }

  Task<Status> write(std::string bytes) override {
    out_ = std::move(bytes);
    auto start = [this](auto handler) {
      asio::async_write(stream, asio::buffer(out_), std::move(handler));
    };
    auto op = asio_op<std::size_t>(this->shared_from_this(), start);
    const auto [error, size] = co_await op;
    if (error) co_return fail(io_error("the connection was lost", error));
    co_return Status{};
  }

  void shutdown_write() override {
    error_code ignored;
    stream.lowest_layer().shutdown(Socket::shutdown_send, ignored);
  }
  void close() override {
    error_code ignored;
    stream.lowest_layer().close(ignored);
  }
  bool idle() override {
    char byte = 0;
    const int fd = stream.lowest_layer().native_handle();
    return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
  }

  Stream stream;

 private:
  std::array<char, 32768> in_{};
  std::string out_;
};

using Plain = SocketTransport<Socket>;
using Tls = SocketTransport<asio::ssl::stream<Socket>>;

Error connect_error(const SocketAddress& address, const error_code& error) {
  Error e;
  e.code =
      error == boost::system::errc::no_such_file_or_directory ? Code::not_found : Code::unavailable;
  e.text = fmt::format("cannot connect to {}: {}", address.text(), error.message());
  e.retryable = error != boost::system::errc::permission_denied;
  return e;
}

Task<error_code> connect_socket(Socket::lowest_layer_type& socket, std::shared_ptr<void> keep,
                                Socket::endpoint_type endpoint) {
  auto start = [&](auto handler) { socket.async_connect(endpoint, std::move(handler)); };
  auto op = asio_op<>(std::move(keep), start);
  const auto [error] = co_await op;
  co_return error;
}

Task<Result<std::vector<Socket::endpoint_type>>> resolve(Loop& loop, SocketAddress address) {
  std::vector<Socket::endpoint_type> endpoints;
  if (address.kind == SocketAddress::Kind::unix_socket) {
    if (address.path.size() >= sizeof(sockaddr_un::sun_path))
      co_return fail(Code::invalid, fmt::format("the socket path is too long: {}", address.path));
    endpoints.emplace_back(asio::local::stream_protocol::endpoint(address.path));
    co_return endpoints;
  }
  error_code numeric;
  const auto ip = asio::ip::make_address(address.host, numeric);
  if (!numeric) {
    endpoints.emplace_back(asio::ip::tcp::endpoint(ip, address.port));
    co_return endpoints;
  }
  auto resolver = std::make_shared<asio::ip::tcp::resolver>(loop.context());
  auto start = [&](auto handler) {
    resolver->async_resolve(address.host, std::to_string(address.port), std::move(handler));
  };
  auto op = asio_op<asio::ip::tcp::resolver::results_type>(resolver, start);
  const auto [error, found] = co_await op;
  if (error) co_return fail(connect_error(address, error));
  for (const auto& entry : found) endpoints.emplace_back(entry.endpoint());
  co_return endpoints;
}

template <class Connection>
Task<error_code> connect_first(std::shared_ptr<Connection> connection,
                               std::vector<Socket::endpoint_type> endpoints) {
  error_code last = asio::error::host_not_found;
  auto& socket = connection->stream.lowest_layer();
  for (const auto& endpoint : endpoints) {
    error_code ignored;
    socket.close(ignored);
    last = co_await connect_socket(socket, connection, endpoint);
    if (last) continue;
    if (endpoint.protocol().family() != AF_UNIX)
      socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    break;
  }
  co_return last;
}

Result<asio::ssl::context> make_tls_context(const TlsFiles& files) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  error_code error;
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  const auto load = [&](const std::string& path, auto use) -> Status {
    if (path.empty()) return {};
    use(path);
    if (!error) return {};
    return fail(Code::invalid, fmt::format("cannot use {}: {}", path, error.message()),
                "see DOCKER_CERT_PATH");
  };
  if (files.ca.empty()) context.set_default_verify_paths(error);
  TRY_VOID(load(files.ca, [&](const auto& p) { context.load_verify_file(p, error); }));
  TRY_VOID(load(files.certificate,
                [&](const auto& p) { context.use_certificate_chain_file(p, error); }));
  TRY_VOID(load(files.key, [&](const auto& p) {
    context.use_private_key_file(p, asio::ssl::context::pem, error);
  }));
  return context;
}

Task<Result<std::shared_ptr<Transport>>> connect_tls(Loop& loop, SocketAddress address,
                                                     std::vector<Socket::endpoint_type> endpoints) {
  CO_TRY(auto context, make_tls_context(address.tls));
  auto connection = std::make_shared<Tls>(Socket(loop.context()), context);
  error_code error = co_await connect_first(connection, std::move(endpoints));
  if (error) co_return fail(connect_error(address, error));
  if (address.tls.verify) {
    connection->stream.set_verify_mode(asio::ssl::verify_peer, error);
    connection->stream.set_verify_callback(asio::ssl::host_name_verification(address.host), error);
  }
  SSL_set_tlsext_host_name(connection->stream.native_handle(), address.host.c_str());
  auto start = [&](auto handler) {
    connection->stream.async_handshake(asio::ssl::stream_base::client, std::move(handler));
  };
  auto op = asio_op<>(connection, start);
  const auto [failed] = co_await op;
  if (failed) co_return fail(connect_error(address, failed));
  co_return std::shared_ptr<Transport>(connection);
}

Task<Result<std::shared_ptr<Transport>>> connect_any(Loop& loop, SocketAddress address) {
  CO_TRY(auto endpoints, co_await resolve(loop, address));
  if (address.kind == SocketAddress::Kind::tls)
    co_return co_await connect_tls(loop, std::move(address), std::move(endpoints));
  auto connection = std::make_shared<Plain>(loop.context());
  const error_code error = co_await connect_first(connection, std::move(endpoints));
  if (error) co_return fail(connect_error(address, error));
  co_return std::shared_ptr<Transport>(connection);
}

}  // namespace

Task<Result<std::shared_ptr<Transport>>> connect_transport(Loop& loop, SocketAddress address,
                                                           std::chrono::nanoseconds limit) {
  const std::string name = address.text();
  auto either = race(connect_any(loop, std::move(address)), sleep_for(loop, limit));
  auto winner = co_await either;
  if (winner.index() == 0) co_return std::get<0>(std::move(winner));
  const auto seconds = std::chrono::duration<double>(limit).count();
  Error e;
  e.code = Code::timeout;
  e.text = fmt::format("{} did not accept a connection within {:g} s", name, seconds);
  e.retryable = true;
  co_return fail(std::move(e));
}

Task<bool> tcp_accepts(Loop& loop, std::string host, std::uint16_t port,
                       std::chrono::nanoseconds limit) {
  const auto connected =
      co_await connect_transport(loop, SocketAddress::tcp_at(std::move(host), port), limit);
  co_return connected.has_value();
}

}  // namespace landfast
