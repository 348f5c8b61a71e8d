// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "engine/docker.h"
#include "engine/json_read.h"
#include "engine/pull_progress.h"
#include "engine/query.h"

namespace landfast {
namespace json = boost::json;
using Purpose = DockerApi::Purpose;

Task<Result<Image>> DockerEngine::image(std::string reference) {
  CO_TRY(const auto response,
         co_await api_.get(object_path("images", reference, "json"),
                           Purpose(fmt::format("cannot inspect image {}", reference))));
  CO_TRY(const auto object, parse_object(response.body, "the engine's image"));
  co_return image_from(object);
}

namespace {

Error pull_error(const std::string& reference, const std::string& text) {
  Error error;
  const bool missing = text.find("not found") != std::string::npos ||
                       text.find("manifest unknown") != std::string::npos ||
                       text.find("does not exist") != std::string::npos;
  error.code = missing ? Code::not_found : Code::failed;
  error.text = fmt::format("cannot pull {}: {}", reference, text);
  error.hint = pull_hint(text, registry_host(reference));
  return error;
}

Task<Status> follow_pull(Loop& loop, HttpStream stream, std::string reference,
                         std::shared_ptr<const OnImageProgress> progress) {
  PullProgress sum(reference);
  JsonLines lines;
  std::optional<ImageProgress> latest;
  const std::function<bool(const json::object&)> take = [&](const json::object& message) {
    if (auto now = sum.take(message)) latest = std::move(now);
    return sum.failure().empty();
  };
  for (;;) {
    CO_TRY(const std::string piece, co_await stream.read());
    if (piece.empty()) co_return Status{};
    CO_TRY(const bool more, lines.feed(piece, take));
    if (!more) co_return fail(pull_error(reference, sum.failure()));
    if (!latest || !*progress) continue;
    std::function<bool()> tell = [progress, now = *std::exchange(latest, std::nullopt)] {
      (*progress)(now);
      return true;
    };
    co_await call_aside(loop, std::move(tell));
  }
}

}  // namespace

Task<Status> DockerEngine::pull(std::string reference, std::string platform,
                                OnImageProgress progress) {
  const auto parts = split_reference(reference);
  Query query("/images/create");
  query.add("fromImage", parts.name).add("tag", parts.tag).add_if("platform", platform);
  HttpRequest request("POST", query.str());
  CO_TRY(const auto found, co_await credentials_.find(api_.loop(), registry_host(reference)));
  if (found)
    request.headers.emplace_back("X-Registry-Auth",
                                 std::string(registry_auth_header(*found).reveal()));
  const std::string what = fmt::format("cannot pull {}", reference);
  auto stream = co_await api_.stream(std::move(request), Purpose(what));
  if (!stream) {
    Error error = std::move(stream.error());
    if (error.code != Code::unavailable)
      error.hint = pull_hint(error.text, registry_host(reference));
    co_return fail(std::move(error));
  }
  auto tell = std::make_shared<const OnImageProgress>(std::move(progress));
  co_return co_await follow_pull(api_.loop(), std::move(*stream), std::move(reference),
                                 std::move(tell));
}

Task<Status> DockerEngine::tag_image(std::string id, std::string reference) {
  const auto parts = split_reference(reference);
  Query query(object_path("images", id, "tag"));
  query.add("repo", parts.name).add("tag", parts.tag);
  const auto response = co_await api_.post(
      query.str(), "", Purpose(fmt::format("cannot tag image {} as {}", id, reference)));
  if (!response) co_return fail(response.error());
  co_return Status{};
}

Task<Status> DockerEngine::remove_image(std::string reference) {
  const auto response =
      co_await api_.remove(object_path("images", reference),
                           Purpose(fmt::format("cannot remove image {}", reference), 404));
  if (!response) co_return fail(response.error());
  co_return Status{};
}

}  // namespace landfast
