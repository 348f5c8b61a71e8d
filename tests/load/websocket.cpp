// SPDX-License-Identifier: Apache-2.0
#include "load/websocket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <memory>

#include "load/load.h"

namespace landfast::load {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Stream = websocket::stream<tcp::socket>;

constexpr std::size_t most_of_a_message = 4096;

std::unique_ptr<Stream> open(asio::io_context& io, const LoadPlan& plan) {
  auto stream = std::make_unique<Stream>(io);
  error_code error;
  const auto address = asio::ip::make_address(plan.address, error);
  if (!error) stream->next_layer().connect({address, plan.port}, error);
  if (!error) stream->next_layer().set_option(tcp::no_delay(true), error);
  if (!error) stream->handshake(plan.host, "/socket", error);
  return error ? nullptr : std::move(stream);
}

}  // namespace

void echo_messages(int fd, const std::string& head, const std::string& name) {
  error_code error;
  beast::http::request_parser<beast::http::empty_body> request;
  const auto text = head + "\r\n";
  request.put(asio::buffer(text), error);
  if (error) return;
  asio::io_context io;
  tcp::socket socket(io, tcp::v4(), ::dup(fd));
  websocket::stream<tcp::socket&> stream(socket);
  stream.read_message_max(most_of_a_message);
  stream.accept(request.get(), error);
  for (beast::flat_buffer buffer; !error; buffer.clear()) {
    stream.read(buffer, error);
    if (error) return;
    const auto answer = name + ' ' + beast::buffers_to_string(buffer.data());
    stream.write(asio::buffer(answer), error);
  }
}

void say_goodbye(int fd) {
  constexpr std::array<unsigned char, 4> going_away{0x88, 0x02, 0x03, 0xe9};
  ::send(fd, going_away.data(), going_away.size(), MSG_NOSIGNAL);
}

WebSocketClient::WebSocketClient(const LoadPlan& plan) {
  thread_ = std::thread([this, plan] { run(plan); });
}

void WebSocketClient::finish() {
  ending_ = true;
  if (thread_.joinable()) thread_.join();
}

void WebSocketClient::run(const LoadPlan& plan) {
  asio::io_context io;
  std::unique_ptr<Stream> stream;
  beast::flat_buffer buffer;
  for (int number = 0; !ending_; ++number) {
    if (!stream) stream = open(io, plan);
    if (!stream) {
      ++cut;
      std::this_thread::sleep_for(plan.think);
      continue;
    }
    error_code error;
    const auto began = Clock::now();
    const auto text = std::to_string(number);
    stream->write(asio::buffer(text), error);
    buffer.clear();
    if (!error || error == websocket::error::closed) stream->read(buffer, error);
    if (!error) {
      const auto took = Clock::now() - began;
      longest_us = std::max<std::int64_t>(longest_us, took / std::chrono::microseconds(1));
      ++messages;
      std::this_thread::sleep_for(plan.think);
      continue;
    }
    ++(error == websocket::error::closed ? goodbyes : cut);
    stream.reset();
  }
  if (!stream) return;
  error_code ignored;
  stream->close(websocket::close_code::normal, ignored);
}

}  // namespace landfast::load
