// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <boost/json/serialize.hpp>
#include <chrono>

#include "engine/docker.h"
#include "engine/frames.h"
#include "engine/json_read.h"
#include "engine/query.h"
#include "engine/timestamp.h"

namespace landfast {
namespace json = boost::json;
using Purpose = DockerApi::Purpose;

namespace {

constexpr std::string_view multiplexed = "application/vnd.docker.multiplexed-stream";

// True where stdout and stderr come in frames. Below API 1.42 the engine does not say, but the
// container does.
Task<Result<bool>> is_framed(DockerEngine& engine, const HttpHead& head, std::string container) {
  const std::string type = head.header("content-type");
  if (type == multiplexed) co_return true;
  CO_TRY(const auto found, co_await engine.container(std::move(container)));
  co_return !flag_at(found.config, "Tty");
}

Task<Status> follow_log(HttpStream stream, bool framed, std::size_t limit, OnLog on_log) {
  FrameDecoder frames;
  std::size_t given = 0;
  const OnLog bounded = [&](const LogChunk& chunk) {
    LogChunk piece = chunk;
    if (limit != 0) piece.bytes = piece.bytes.substr(0, limit - std::min(given, limit));
    given += piece.bytes.size();
    if (!piece.bytes.empty()) on_log(piece);
  };
  while (limit == 0 || given < limit) {
    CO_TRY(const std::string bytes, co_await stream.read());
    if (bytes.empty()) break;
    LogChunk raw;
    raw.bytes = bytes;
    if (framed) {
      CO_TRY_VOID(frames.feed(bytes, bounded));
    } else {
      bounded(raw);
    }
  }
  co_return Status{};
}

}  // namespace

Task<Status> DockerEngine::logs(LogRequest request, OnLog on_log) {
  CO_TRY(const std::string since, log_time(request.since));
  CO_TRY(const std::string until, log_time(request.until));
  Query query(object_path("containers", request.container, "logs"));
  query.add("stdout", "1").add("stderr", "1").add("tail", request.tail);
  if (request.follow) query.add("follow", "1");
  if (request.timestamps) query.add("timestamps", "1");
  query.add_if("since", since).add_if("until", until);
  const std::string what =
      fmt::format("cannot read the log of container {}", request.container.substr(0, 64));
  CO_TRY(auto stream, co_await api_.stream(HttpRequest("GET", query.str()), Purpose(what)));
  CO_TRY(const bool framed, co_await is_framed(*this, stream.head(), request.container));
  co_return co_await follow_log(std::move(stream), framed, request.limit, std::move(on_log));
}

// The engine accepts the stream before it listens (moby, getEvents), so events in between would be
// lost; with `since` it gives what it has kept. Its own clock counts, which is ours on a socket.
Task<Result<std::string>> DockerEngine::events_from() {
  if (api_.endpoint().address.kind == SocketAddress::Kind::unix_socket)
    co_return unix_time(std::chrono::system_clock::now());
  CO_TRY(const auto response, co_await api_.get("/info", Purpose("cannot ask for the time")));
  CO_TRY(const auto info, parse_object(response.body, "the engine's information"));
  co_return log_time(text_at(info, "SystemTime"));
}

Task<Status> DockerEngine::events(std::string project, Signal* subscribed, OnEngineEvent on_event) {
  CO_TRY(const std::string since, co_await events_from());
  Query query("/events");
  query.add_if("since", since);
  if (!project.empty()) {
    json::object filters;
    filters["label"] = json::array{"com.docker.compose.project=" + project};
    query.add("filters", json::serialize(filters));
  }
  CO_TRY(auto stream, co_await api_.stream(HttpRequest("GET", query.str()),
                                           Purpose("cannot follow the engine's events")));
  if (subscribed) subscribed->set();
  JsonLines lines;
  const std::function<bool(const json::object&)> take = [&](const json::object& message) {
    return on_event(event_from(message));
  };
  for (;;) {
    CO_TRY(const std::string bytes, co_await stream.read());
    if (bytes.empty()) break;
    CO_TRY(const bool more, lines.feed(bytes, take));
    if (!more) co_return Status{};
  }
  co_return fail(Code::unavailable, "the engine ended its stream of events",
                 "it may have been restarted: systemctl status docker");
}

}  // namespace landfast
