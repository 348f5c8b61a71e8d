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

/// A piece of a log that owns its bytes.
struct Piece {
  LogChunk::Stream stream = LogChunk::Stream::out;
  std::string bytes;
};

Result<std::vector<Piece>> take_apart(FrameDecoder& frames, bool framed, std::string bytes) {
  std::vector<Piece> pieces;
  if (!framed) {
    pieces.emplace_back().bytes = std::move(bytes);
    return pieces;
  }
  const OnLog keep = [&](const LogChunk& chunk) {
    if (pieces.empty() || pieces.back().stream != chunk.stream)
      pieces.emplace_back().stream = chunk.stream;
    pieces.back().bytes += chunk.bytes;
  };
  TRY_VOID(frames.feed(bytes, keep));
  return pieces;
}

Task<Status> follow_log(Loop& loop, HttpStream stream, bool framed, std::size_t limit,
                        std::shared_ptr<const OnLog> on_log) {
  FrameDecoder frames;
  for (std::size_t given = 0; limit == 0 || given < limit;) {
    CO_TRY(std::string bytes, co_await stream.read());
    if (bytes.empty()) break;
    CO_TRY(auto pieces, take_apart(frames, framed, std::move(bytes)));
    for (auto& piece : pieces) {
      if (limit != 0) piece.bytes.resize(std::min(piece.bytes.size(), limit - given));
      given += piece.bytes.size();
      if (piece.bytes.empty()) break;
      std::function<bool()> tell = [on_log, mine = std::move(piece)] {
        LogChunk chunk;
        chunk.stream = mine.stream;
        chunk.bytes = mine.bytes;
        (*on_log)(chunk);
        return true;
      };
      co_await call_aside(loop, std::move(tell));
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
  auto tell = std::make_shared<const OnLog>(std::move(on_log));
  co_return co_await follow_log(api_.loop(), std::move(stream), framed, request.limit,
                                std::move(tell));
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
  std::function<bool()> accepted = [subscribed] {
    if (subscribed) subscribed->set();
    return true;
  };
  co_await call_aside(api_.loop(), std::move(accepted));
  const auto shared = std::make_shared<const OnEngineEvent>(std::move(on_event));
  JsonLines lines;
  std::vector<EngineEvent> batch;
  const std::function<bool(const json::object&)> take = [&](const json::object& message) {
    batch.push_back(event_from(message));
    return true;
  };
  for (;;) {
    CO_TRY(const std::string bytes, co_await stream.read());
    if (bytes.empty()) break;
    CO_TRY_VOID(lines.feed(bytes, take));
    auto events = std::exchange(batch, {});
    for (auto& event : events) {
      std::function<bool()> tell = [shared, mine = std::move(event)] { return (*shared)(mine); };
      const bool more = co_await call_aside(api_.loop(), std::move(tell));
      if (!more) co_return Status{};
    }
  }
  co_return fail(Code::unavailable, "the engine ended its stream of events",
                 "it may have been restarted: systemctl status docker");
}

}  // namespace landfast
