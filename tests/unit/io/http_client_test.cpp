// SPDX-License-Identifier: Apache-2.0
#include "io/http_client.h"

#include <doctest/doctest.h>

#include "unit/io/scripted_server.h"

namespace landfast {
namespace {

using namespace std::chrono_literals;

struct Client {
  explicit Client(const ScriptedServer& server)
      : http(loop, SocketAddress::unix_at(server.path())) {}
  Loop loop;
  HttpClient http;
  Result<HttpResponse> get(const std::string& target) {
    return loop.run(http.request(HttpRequest("GET", target)));
  }
};

TEST_CASE("a response is read whole, its header names are lower case") {
  ScriptedServer server({[](ScriptedConnection& c) {
    CHECK(c.head().starts_with("GET /one HTTP/1.1\r\nHost: localhost\r\n"));
    c.send(response(404, "nothing here", "X-Thing: Yes\r\n"));
  }});
  Client client(server);
  const auto answer = client.get("/one");
  REQUIRE(answer);
  CHECK(answer->status == 404);
  CHECK(answer->body == "nothing here");
  CHECK(answer->header("x-thing") == "Yes");
}

TEST_CASE("a connection is kept, and a response that arrives byte by byte is the same") {
  ScriptedServer server({[](ScriptedConnection& c) {
    c.head();
    for (const char byte : response(200, "first")) c.send(std::string(1, byte));
    CHECK(c.head().starts_with("POST /two"));
    CHECK(c.read_until("!") == "body!");
    c.send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nsec\r\n3\r\nond\r\n0\r\n\r\n");
    c.head();
    c.send("HTTP/1.1 204 No Content\r\n\r\n");
    c.head();
    c.send("HTTP/1.1 304 Not Modified\r\n\r\n");
  }});
  Client client(server);
  CHECK(client.get("/one")->body == "first");
  HttpRequest post("POST", "/two");
  post.body = "body!";
  CHECK(client.loop.run(client.http.request(std::move(post)))->body == "second");
  CHECK(client.get("/three")->status == 204);
  CHECK(client.get("/four")->status == 304);
}

Task<std::pair<std::string, std::string>> both(HttpClient& http) {
  std::pair<std::string, std::string> bodies;
  const auto fetch = [](HttpClient& client, std::string target, std::string& body) -> Task<void> {
    const auto answer = co_await client.request(HttpRequest("GET", target));
    body = answer ? answer->body : answer.error().text;
  };
  TaskGroup group;
  group.spawn(fetch(http, "/a", bodies.first));
  group.spawn(fetch(http, "/b", bodies.second));
  co_await group.join();
  co_return bodies;
}

TEST_CASE("two requests at a time use two connections") {
  const auto echo = [](ScriptedConnection& c) {
    const auto head = c.head();
    c.send(response(200, head.substr(4, 2)));
  };
  ScriptedServer server({echo, echo});
  Client client(server);
  const auto bodies = client.loop.run(both(client.http));
  CHECK(bodies.first == "/a");
  CHECK(bodies.second == "/b");
}

// Closes after the request has come: what a server does that gave up the kept connection meanwhile.
void answer_once_then_hang_up(ScriptedConnection& c) {
  c.head();
  c.send(response(200, "one"));
  c.head();
}

TEST_CASE("a kept connection that dies is replaced once for GET") {
  ScriptedServer server({answer_once_then_hang_up, [](ScriptedConnection& c) {
                           c.head();
                           c.send(response(200, "two"));
                         }});
  Client client(server);
  CHECK(client.get("/")->body == "one");
  CHECK(client.get("/")->body == "two");
}

TEST_CASE("a lost POST is an error and not sent twice") {
  ScriptedServer server({answer_once_then_hang_up});
  Client client(server);
  CHECK(client.get("/")->body == "one");
  const auto lost = client.loop.run(client.http.request(HttpRequest("POST", "/")));
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == Code::unavailable);
  CHECK_FALSE(lost.error().retryable);
}

TEST_CASE("a body above the limit is an error, and its connection is not used again") {
  const auto large = [](ScriptedConnection& c) {
    c.head();
    c.send(response(200, std::string(10'000, 'x')));
    CHECK(c.head().empty());
  };
  ScriptedServer server({large, [](ScriptedConnection& c) {
                           c.head();
                           c.send(response(200, "fine"));
                         }});
  Client client(server);
  HttpRequest request("GET", "/");
  request.body_limit = 9'999;
  const auto answer = client.loop.run(client.http.request(std::move(request)));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().text.find("larger than") != std::string::npos);
  CHECK(client.get("/")->body == "fine");
}

TEST_CASE("what is not HTTP, ends early or does not come is an error that says so") {
  const auto end_early = [](ScriptedConnection& c) {
    c.head();
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  };
  ScriptedServer server({[](ScriptedConnection& c) {
                           c.head();
                           c.send("SSH-2.0-OpenSSH\r\n\r\n");
                         },
                         end_early, [](ScriptedConnection& c) { c.rest(); }});
  Client client(server);
  CHECK(client.get("/").error().code == Code::corrupt);
  CHECK(client.get("/").error().text.find("within the answer") != std::string::npos);
  HttpRequest slow("GET", "/");
  slow.limit = 20ms;
  CHECK(client.loop.run(client.http.request(std::move(slow))).error().code == Code::timeout);
}

TEST_CASE("no socket, and a socket nobody listens on") {
  Loop loop;
  HttpClient none(loop, SocketAddress::unix_at("/tmp/landfast-no-such-socket"));
  const auto missing = loop.run(none.request(HttpRequest("GET", "/")));
  CHECK(missing.error().code == Code::not_found);
  HttpClient refused(loop, SocketAddress::tcp_at("127.0.0.1", 1));
  const auto error = loop.run(refused.request(HttpRequest("GET", "/"))).error();
  CHECK(error.code == Code::unavailable);
  CHECK(error.retryable);
  CHECK_FALSE(loop.run(tcp_accepts(loop, "127.0.0.1", 1, 1s)));
}

TEST_CASE("a line break cannot get into a request") {
  ScriptedServer server({[](ScriptedConnection& c) { CHECK(c.rest().empty()); }});
  Client client(server);
  HttpRequest request("GET", "/");
  request.headers.emplace_back("X-A", "1\r\nX-B: 2");
  const auto answer = client.loop.run(client.http.request(std::move(request)));
  CHECK(answer.error().code == Code::invalid);
}

Task<std::vector<std::string>> pieces(HttpClient& http, std::size_t count) {
  std::vector<std::string> found;
  auto stream = co_await http.open(HttpRequest("GET", "/events"));
  while (stream && found.size() < count) {
    auto piece = co_await stream->read();
    found.push_back(piece ? *piece : piece.error().text);
  }
  co_return found;
}

TEST_CASE("a chunked stream gives its pieces, then the empty one") {
  ScriptedServer server({[](ScriptedConnection& c) {
    c.head();
    c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    c.send("0\r\n\r\n");
  }});
  Client client(server);
  CHECK(client.loop.run(pieces(client.http, 2)) == std::vector<std::string>{"hello", ""});
}

TEST_CASE("a stream that is dropped closes its connection") {
  ScriptedServer server({[](ScriptedConnection& c) {
    c.head();
    c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    CHECK(c.rest().empty());  // returns at all: the client has hung up
  }});
  Client client(server);
  CHECK(client.loop.run(pieces(client.http, 1)).front() == "hello");
  server.finish();
}

Task<int> abandon(Loop& loop, HttpClient& http) {
  const auto ask = [](HttpClient& client) -> Task<Done> {
    (void)co_await client.request(HttpRequest("GET", "/wait"));
    co_return Done{};
  };
  auto either = race(ask(http), sleep_for(loop, 5ms));
  const auto winner = co_await either;
  co_return static_cast<int>(winner.index());
}

TEST_CASE("a request that is dropped while it waits closes its connection") {
  ScriptedServer server({[](ScriptedConnection& c) {
                           c.head();
                           CHECK(c.rest().empty());
                         },
                         [](ScriptedConnection& c) {
                           c.head();
                           c.send(response(200, "next"));
                         }});
  Client client(server);
  CHECK(client.loop.run(abandon(client.loop, client.http)) == 1);
  CHECK(client.get("/")->body == "next");
  server.finish();
}

Task<std::string> talk(HttpClient& http) {
  auto upgraded = co_await http.upgrade(HttpRequest("POST", "/attach"));
  if (!upgraded || !upgraded->duplex) co_return "refused";
  auto& duplex = *upgraded->duplex;
  std::string heard;
  const auto early = co_await duplex.read();
  heard += *early;
  (void)co_await duplex.write("ping\n");
  duplex.shutdown_write();
  for (;;) {
    const auto bytes = co_await duplex.read();
    if (!bytes || bytes->empty()) break;
    heard += *bytes;
  }
  co_return heard;
}

void hijacked(ScriptedConnection& c, const std::string& head) {
  CHECK(c.head().find("Upgrade: tcp\r\n") != std::string::npos);
  c.send(head + "early ");  // in one packet with the head
  CHECK(c.read_until("\n") == "ping\n");
  CHECK(c.rest().empty());  // half-closed
  c.send("late");
}

TEST_CASE("a hijacked stream begins with the bytes that came with its head") {
  const std::string heads[] = {
      "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"};
  for (const auto& head : heads) {
    ScriptedServer server({[&](ScriptedConnection& c) { hijacked(c, head); }});
    Client client(server);
    CHECK(client.loop.run(talk(client.http)) == "early late");
  }
}

TEST_CASE("an upgrade that is refused gives the response") {
  ScriptedServer server({[](ScriptedConnection& c) {
    c.head();
    c.send(response(409, "not running"));
  }});
  Client client(server);
  const auto answer = client.loop.run(client.http.upgrade(HttpRequest("POST", "/attach")));
  REQUIRE(answer);
  CHECK_FALSE(answer->duplex);
  CHECK(answer->refused.status == 409);
  CHECK(answer->refused.body == "not running");
}

TEST_CASE("a body from a source is sent in chunks") {
  ScriptedServer server({[](ScriptedConnection& c) {
    CHECK(c.head().find("Transfer-Encoding: chunked") != std::string::npos);
    CHECK(c.read_until("0\r\n\r\n") == "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    c.send(response(200, "got it"));
  }});
  Client client(server);
  HttpRequest request("POST", "/build");
  std::vector<std::string> parts{"", "de", "abc"};
  request.source = [&]() -> Result<std::string> {
    auto part = parts.back();
    parts.pop_back();
    return part;
  };
  CHECK(client.loop.run(client.http.request(std::move(request)))->body == "got it");
}

}  // namespace
}  // namespace landfast
