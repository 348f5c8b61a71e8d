// SPDX-License-Identifier: Apache-2.0
#include "engine/docker.h"

#include <fmt/core.h>

#include "engine/json_read.h"

namespace landfast {

DockerEngine::DockerEngine(Loop& loop, DockerEndpoint endpoint, CredentialsSource credentials)
    : api_(loop, std::move(endpoint)), credentials_(std::move(credentials)) {}

namespace {

// Two answers side by side, each in its place.
Task<void> fetch(DockerApi& api, std::string target, std::string what,
                 Result<HttpResponse>& place) {
  place = co_await api.get(std::move(target), DockerApi::Purpose(std::move(what)));
}

}  // namespace

Task<Result<EngineFacts>> DockerEngine::facts() {
  CO_TRY(const int minor, co_await api_.api_minor());
  Result<HttpResponse> version, info;
  TaskGroup group;
  group.spawn(fetch(api_, "/version", "cannot ask the engine for its version", version));
  group.spawn(fetch(api_, "/info", "cannot ask the engine for its abilities", info));
  co_await group.join();
  CO_TRY(const auto version_answer, std::move(version));
  CO_TRY(const auto info_answer, std::move(info));
  CO_TRY(const auto version_object, parse_object(version_answer.body, "the engine's version"));
  CO_TRY(const auto info_object, parse_object(info_answer.body, "the engine's information"));
  auto facts = facts_from(version_object, info_object, fmt::format("1.{}", minor));
  // A broken config.json is said by a pull, which needs it; it must not stop a recovery.
  auto proxies = credentials_.proxies(api_.endpoint().address.uri());
  if (proxies) facts.proxy_environment = *std::move(proxies);
  co_return facts;
}

std::unique_ptr<Engine> make_docker_engine(Loop& loop, DockerEndpoint endpoint,
                                           CredentialsSource credentials) {
  return std::make_unique<DockerEngine>(loop, std::move(endpoint), std::move(credentials));
}

}  // namespace landfast
