// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <boost/json/serialize.hpp>
#include <chrono>

#include "engine/docker.h"
#include "engine/json_read.h"
#include "engine/query.h"

namespace landfast {
namespace json = boost::json;

namespace {

using Purpose = DockerApi::Purpose;

/// The engine answers that a container is removed before its endpoints have left their networks.
constexpr std::chrono::seconds let_go_limit{2};
constexpr std::chrono::milliseconds let_go_pause{50};

bool counts_endpoints(const Status& removed) {
  return !removed && removed.error().text.find("has active endpoints") != std::string::npos;
}

Error miscounted(const std::string& network) {
  Error e;
  e.code = Code::stuck;
  e.text = fmt::format("the engine counts containers in network {} that are gone", network);
  e.hint = "it can be removed once the engine is restarted, and is in nobody's way";
  return e;
}

Status ignore_body(const Result<HttpResponse>& response) {
  if (response) return {};
  return fail(response.error());
}

}  // namespace

Task<Result<std::vector<NetworkState>>> DockerEngine::networks() {
  CO_TRY(const auto response, co_await api_.get("/networks", Purpose("cannot list networks")));
  CO_TRY(const auto listed, parse_array(response.body, "the engine's list of networks"));
  std::vector<NetworkState> networks;
  for (const auto& entry : listed)
    if (entry.is_object()) networks.push_back(network_from(entry.get_object()));
  co_return networks;
}

Task<Result<std::vector<VolumeState>>> DockerEngine::volumes() {
  CO_TRY(const auto response, co_await api_.get("/volumes", Purpose("cannot list volumes")));
  CO_TRY(const auto listed, parse_object(response.body, "the engine's list of volumes"));
  std::vector<VolumeState> volumes;
  for (const auto& entry : array_at(listed, "Volumes"))
    if (entry.is_object()) volumes.push_back(volume_from(entry.get_object()));
  co_return volumes;
}

Task<Result<std::string>> DockerEngine::create_network(json::object body) {
  const std::string what = fmt::format("cannot create network {}", text_at(body, "Name"));
  CO_TRY(const auto response,
         co_await api_.post("/networks/create", json::serialize(body), Purpose(what)));
  CO_TRY(const auto object, parse_object(response.body, "the engine's new network"));
  co_return text_at(object, "Id");
}

/// Whether a container that runs is in the network: then it stays.
Task<Result<bool>> DockerEngine::is_in_use(std::string network) {
  CO_TRY(const auto response, co_await api_.get(object_path("networks", network),
                                                Purpose("cannot look at a network", 404)));
  if (response.status == 404) co_return false;
  CO_TRY(const auto object, parse_object(response.body, "the engine's network"));
  for (const auto& entry : object_at(object, "Containers")) {
    const auto found = co_await container(entry.key());
    if (found && has_processes(*found)) co_return true;
  }
  co_return false;
}

Task<Status> DockerEngine::remove_network(std::string id) {
  const auto end = std::chrono::steady_clock::now() + let_go_limit;
  while (true) {
    auto removed = ignore_body(co_await api_.remove(
        object_path("networks", id), Purpose(fmt::format("cannot remove network {}", id), 404)));
    if (!counts_endpoints(removed)) co_return removed;
    CO_TRY(const bool stays, co_await is_in_use(id));
    if (stays) co_return removed;
    if (std::chrono::steady_clock::now() >= end) co_return fail(miscounted(id));
    co_await sleep_for(api_.loop(), let_go_pause);
  }
}

Task<Status> DockerEngine::connect_network(std::string network, std::string container,
                                           json::object endpoint) {
  json::object body;
  body["Container"] = container;
  body["EndpointConfig"] = std::move(endpoint);
  const std::string what =
      fmt::format("cannot connect container {} to network {}", container.substr(0, 64), network);
  co_return ignore_body(co_await api_.post(object_path("networks", network, "connect"),
                                           json::serialize(body), Purpose(what)));
}

Task<Status> DockerEngine::disconnect_network(std::string network, std::string container,
                                              bool force) {
  json::object body;
  body["Container"] = container;
  body["Force"] = force;
  const std::string what =
      fmt::format("cannot disconnect container {} from network {}", container, network);
  co_return ignore_body(co_await api_.post(object_path("networks", network, "disconnect"),
                                           json::serialize(body), Purpose(what)));
}

Task<Status> DockerEngine::create_volume(json::object body) {
  const std::string what = fmt::format("cannot create volume {}", text_at(body, "Name"));
  co_return ignore_body(
      co_await api_.post("/volumes/create", json::serialize(body), Purpose(what)));
}

Task<Status> DockerEngine::remove_volume(std::string name) {
  co_return ignore_body(co_await api_.remove(
      object_path("volumes", name), Purpose(fmt::format("cannot remove volume {}", name), 404)));
}

}  // namespace landfast
