// SPDX-License-Identifier: Apache-2.0
#include "io/http_client.h"

#include <fmt/core.h>

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "base/text.h"

namespace landfast {
namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::response_parser<http::buffer_body>;

struct HttpClient::Impl {
  Impl(Loop& l, SocketAddress a) : loop(l), address(std::move(a)) {}
  Loop& loop;
  SocketAddress address;
  std::vector<std::shared_ptr<Transport>> idle;
  static constexpr std::size_t most_idle = 16;
  static constexpr std::chrono::seconds connect_limit{10};

  std::shared_ptr<Transport> take_idle() {
    while (!idle.empty()) {
      auto connection = std::move(idle.back());
      idle.pop_back();
      if (connection->idle()) return connection;
      connection->close();
    }
    return nullptr;
  }
};

namespace detail {

/// One request and its response on one connection. Destroying it closes the connection unless
/// `give_back` was called.
struct HttpExchange {
  Loop& loop;
  std::shared_ptr<Transport> transport;
  bool kept = false;     ///< the connection has carried an exchange before
  bool touched = false;  ///< a byte of the response has come
  std::string pending;   ///< bytes read and not yet parsed
  std::unique_ptr<Parser> parser;
  HttpHead head;

  HttpExchange(Loop& l, std::shared_ptr<Transport> t, bool was_kept)
      : loop(l), transport(std::move(t)), kept(was_kept) {}
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;
  ~HttpExchange() {
    if (transport) transport->close();
  }

  Task<Status> send(const HttpRequest& request, const SocketAddress& address, bool upgrade);
  Task<Status> send_source(const BodySource& source);
  Task<Status> read_head(bool is_head_request);
  Task<Result<std::string>> read_body();
  Task<Result<bool>> more();
  Result<std::string> parse_body();
  void note_head();
  [[nodiscard]] bool reusable() const {
    return parser->is_done() && parser->keep_alive() && pending.empty();
  }
};

namespace {

Error not_http(const error_code& error) {
  Error e;
  e.code = Code::corrupt;
  e.text = fmt::format("the answer is not HTTP: {}", error.message());
  return e;
}

std::string request_head(const HttpRequest& request, const SocketAddress& address, bool upgrade) {
  std::string host = request.host;
  if (host.empty())
    host = address.kind == SocketAddress::Kind::unix_socket ? "localhost" : address.host;
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: landfast\r\n",
                                 request.method, request.target, host);
  if (upgrade) head += "Connection: Upgrade\r\nUpgrade: tcp\r\n";
  for (const auto& [name, value] : request.headers) head += fmt::format("{}: {}\r\n", name, value);
  if (!request.content_type.empty())
    head += fmt::format("Content-Type: {}\r\n", request.content_type);
  if (request.source) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    head += fmt::format("Content-Length: {}\r\n", request.body.size());
  }
  return head + "\r\n";
}

bool has_line_break(const HttpRequest& request) {
  const auto bad = [](const std::string& text) {
    return text.find_first_of("\r\n\0", 0, 3) != std::string::npos;
  };
  if (bad(request.target) || request.target.find(' ') != std::string::npos) return true;
  for (const auto& [name, value] : request.headers)
    if (bad(name) || bad(value)) return true;
  return bad(request.content_type) || bad(request.host);
}

}  // namespace

Task<Status> HttpExchange::send(const HttpRequest& request, const SocketAddress& address,
                                bool upgrade) {
  if (has_line_break(request))
    co_return fail(Code::invalid, "a line break or a space in a request line or header");
  std::string bytes = request_head(request, address, upgrade);
  if (!request.source) {
    bytes += request.body;
    co_return co_await transport->write(std::move(bytes));
  }
  CO_TRY_VOID(co_await transport->write(std::move(bytes)));
  co_return co_await send_source(request.source);
}

Task<Status> HttpExchange::send_source(const BodySource& source) {
  for (;;) {
    CO_TRY(std::string piece, source());
    if (piece.empty()) co_return co_await transport->write("0\r\n\r\n");
    std::string chunk = fmt::format("{:x}\r\n", piece.size());
    chunk += piece;
    chunk += "\r\n";
    CO_TRY_VOID(co_await transport->write(std::move(chunk)));
  }
}

Task<Result<bool>> HttpExchange::more() {
  CO_TRY(const std::string_view bytes, co_await transport->read());
  pending.append(bytes);
  touched = touched || !bytes.empty();
  co_return !bytes.empty();
}

void HttpExchange::note_head() {
  const auto& message = parser->get();
  head.status = static_cast<int>(message.result_int());
  head.headers.clear();
  for (const auto& field : message)
    head.headers[lower(std::string(field.name_string()))] = std::string(field.value());
}

Task<Status> HttpExchange::read_head(bool is_head_request) {
  constexpr unsigned head_limit = 64 * 1024;
  for (;;) {
    parser = std::make_unique<Parser>();
    parser->header_limit(head_limit);
    parser->body_limit(boost::none);
    parser->skip(is_head_request);
    while (!parser->is_header_done()) {
      error_code error;
      const boost::asio::const_buffer received(pending.data(), pending.size());
      if (!pending.empty()) pending.erase(0, parser->put(received, error));
      if (error && error != http::error::need_more) co_return fail(not_http(error));
      if (parser->is_header_done()) break;
      CO_TRY(const bool got, co_await more());
      if (!got) co_return fail(Code::unavailable, "the connection was closed before the answer");
    }
    note_head();
    if (head.status / 100 != 1 || head.status == 101) co_return Status{};
  }
}

Result<std::string> HttpExchange::parse_body() {
  std::string out(std::max<std::size_t>(pending.size(), 1), '\0');
  auto& body = parser->get().body();
  body.data = out.data();
  body.size = out.size();
  body.more = true;
  error_code error;
  const boost::asio::const_buffer received(pending.data(), pending.size());
  pending.erase(0, parser->put(received, error));
  if (error && error != http::error::need_more && error != http::error::need_buffer)
    return fail(not_http(error));
  out.resize(out.size() - body.size);
  return out;
}

Task<Result<std::string>> HttpExchange::read_body() {
  parser->eager(true);
  for (;;) {
    if (parser->is_done()) co_return std::string{};
    while (!pending.empty() && !parser->is_done()) {
      const std::size_t before = pending.size();
      CO_TRY(std::string piece, parse_body());
      if (!piece.empty()) co_return piece;
      if (pending.size() == before) break;
    }
    if (parser->is_done()) co_return std::string{};
    CO_TRY(const bool got, co_await more());
    if (got) continue;
    error_code error;
    parser->put_eof(error);
    if (error) co_return fail(Code::unavailable, "the connection was closed within the answer");
    co_return std::string{};
  }
}

}  // namespace detail

using detail::HttpExchange;

namespace {

bool idempotent(const HttpRequest& request) {
  return !request.source && (request.method == "GET" || request.method == "HEAD" ||
                             request.method == "PUT" || request.method == "DELETE");
}

using Exchange = std::unique_ptr<HttpExchange>;

}  // namespace

// Sends the request and reads the head of its response.
template <class Impl>
static Task<Result<Exchange>> begin(std::shared_ptr<Impl> impl, const HttpRequest& request,
                                    bool upgrade) {
  for (bool fresh_only = false;; fresh_only = true) {
    auto transport = fresh_only || upgrade ? nullptr : impl->take_idle();
    const bool kept = transport != nullptr;
    if (!kept) {
      CO_TRY(transport, co_await connect_transport(impl->loop, impl->address, Impl::connect_limit));
    }
    auto exchange = std::make_unique<HttpExchange>(impl->loop, std::move(transport), kept);
    auto sent = co_await exchange->send(request, impl->address, upgrade);
    if (!sent && sent.error().code != Code::unavailable) co_return fail(std::move(sent.error()));
    // A server may answer and close before it has read the whole body: its answer counts.
    auto head = co_await exchange->read_head(request.method == "HEAD");
    if (head) co_return exchange;
    if (kept && !exchange->touched && idempotent(request)) continue;
    co_return fail(std::move(sent ? head.error() : sent.error()));
  }
}

template <class Impl>
static void give_back(Impl& impl, HttpExchange& exchange) {
  if (!exchange.reusable() || impl.idle.size() >= Impl::most_idle) return;
  impl.idle.push_back(std::exchange(exchange.transport, nullptr));
}

static Task<Result<std::string>> whole_body(HttpExchange& exchange, std::size_t limit) {
  std::string body;
  for (;;) {
    CO_TRY(const std::string piece, co_await exchange.read_body());
    if (piece.empty()) co_return body;
    if (body.size() + piece.size() > limit)
      co_return fail(Code::failed, fmt::format("the answer is larger than {}", human_bytes(limit)));
    body += piece;
  }
}

template <class Impl>
static Task<Result<HttpResponse>> exchange_whole(std::shared_ptr<Impl> impl, HttpRequest request) {
  CO_TRY(auto exchange, co_await begin(impl, request, false));
  HttpResponse response;
  CO_TRY(response.body, co_await whole_body(*exchange, request.body_limit));
  static_cast<HttpHead&>(response) = exchange->head;
  give_back(*impl, *exchange);
  co_return response;
}

static tl::unexpected<Error> too_slow(std::chrono::nanoseconds limit) {
  return fail(Code::timeout, fmt::format("no answer within {}", human_duration(limit)));
}

HttpClient::HttpClient(Loop& loop, SocketAddress address)
    : impl_(std::make_shared<Impl>(loop, std::move(address))) {}
HttpClient::~HttpClient() {
  for (const auto& connection : impl_->idle) connection->close();
  impl_->idle.clear();
}
const SocketAddress& HttpClient::address() const { return impl_->address; }
Loop& HttpClient::loop() const { return impl_->loop; }

Task<Result<HttpResponse>> HttpClient::request(HttpRequest request) {
  const auto limit = request.limit;
  auto impl = impl_;
  if (!limit) co_return co_await exchange_whole(impl, std::move(request));
  auto either = race(exchange_whole(impl, std::move(request)), sleep_for(impl->loop, *limit));
  auto winner = co_await either;
  if (winner.index() == 0) co_return std::get<0>(std::move(winner));
  co_return too_slow(*limit);
}

Task<Result<HttpStream>> HttpClient::open(HttpRequest request) {
  auto impl = impl_;
  CO_TRY(auto exchange, co_await begin(impl, request, false));
  co_return HttpStream(std::move(exchange));
}

Task<Result<HttpClient::Upgrade>> HttpClient::upgrade(HttpRequest request) {
  auto impl = impl_;
  CO_TRY(auto exchange, co_await begin(impl, request, true));
  Upgrade result;
  const auto& head = exchange->head;
  const bool raw = head.status == 200 && head.header("content-length").empty() &&
                   head.header("transfer-encoding").empty();
  if (head.status == 101 || raw) {
    result.duplex.emplace(std::move(exchange));
    co_return result;
  }
  CO_TRY(result.refused.body, co_await whole_body(*exchange, request.body_limit));
  static_cast<HttpHead&>(result.refused) = head;
  co_return result;
}

HttpStream::HttpStream(std::unique_ptr<HttpExchange> exchange) : exchange_(std::move(exchange)) {}
HttpStream::HttpStream(HttpStream&&) noexcept = default;
HttpStream& HttpStream::operator=(HttpStream&&) noexcept = default;
HttpStream::~HttpStream() = default;
const HttpHead& HttpStream::head() const { return exchange_->head; }

Task<Result<std::string>> HttpStream::read(std::optional<std::chrono::nanoseconds> limit) {
  if (!limit) co_return co_await exchange_->read_body();
  auto either = race(exchange_->read_body(), sleep_for(exchange_->loop, *limit));
  auto winner = co_await either;
  if (winner.index() == 0) co_return std::get<0>(std::move(winner));
  exchange_->transport->close();
  co_return too_slow(*limit);
}

HttpDuplex::HttpDuplex(std::unique_ptr<HttpExchange> exchange) : exchange_(std::move(exchange)) {}
HttpDuplex::HttpDuplex(HttpDuplex&&) noexcept = default;
HttpDuplex& HttpDuplex::operator=(HttpDuplex&&) noexcept = default;
HttpDuplex::~HttpDuplex() = default;
const HttpHead& HttpDuplex::head() const { return exchange_->head; }

Task<Result<std::string>> HttpDuplex::read() {
  if (exchange_->pending.empty()) CO_TRY_VOID(co_await exchange_->more());
  co_return std::exchange(exchange_->pending, {});
}

Task<Status> HttpDuplex::write(std::string bytes) {
  co_return co_await exchange_->transport->write(std::move(bytes));
}

void HttpDuplex::shutdown_write() { exchange_->transport->shutdown_write(); }

}  // namespace landfast
