// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "engine/docker.h"
#include "engine/json_read.h"
#include "engine/query.h"

namespace landfast {
namespace json = boost::json;

namespace {

using Purpose = DockerApi::Purpose;

Purpose purpose(const char* verb, const std::string& id, int also_fine = 0) {
  // A full id says nothing to a person.
  const bool is_id = id.size() == 64 && id.find_first_not_of("0123456789abcdef") == id.npos;
  return Purpose(fmt::format("cannot {} container {}", verb, is_id ? id.substr(0, 12) : id),
                 also_fine);
}

std::string container_path(const std::string& id, const char* verb = "") {
  return object_path("containers", id, verb);
}

std::string grace_query(const std::string& path, std::optional<std::chrono::seconds> grace) {
  Query query(path);
  if (grace) query.add("t", std::to_string(grace->count()));
  return query.str();
}

Status ignore_body(const Result<HttpResponse>& response) {
  if (response) return {};
  return fail(response.error());
}

std::vector<Container> listed_containers(const json::array& listed) {
  std::vector<Container> containers;
  for (const auto& entry : listed)
    if (entry.is_object()) containers.push_back(listed_container_from(entry.get_object()));
  return containers;
}

// A call that takes as long as the container needs.
HttpRequest patient_post(std::string target) { return HttpRequest("POST", std::move(target)); }

}  // namespace

Task<Result<Container>> DockerEngine::container(std::string id_or_name) {
  CO_TRY(const auto response,
         co_await api_.get(container_path(id_or_name, "json"), purpose("inspect", id_or_name)));
  CO_TRY(const auto object, parse_object(response.body, "the engine's container"));
  co_return container_from(object);
}

Task<void> DockerEngine::inspect_next(std::vector<std::string>& ids, std::size_t& next,
                                      std::vector<std::optional<Result<Container>>>& found) {
  while (next < ids.size()) {
    const std::size_t mine = next++;
    found[mine] = co_await container(ids[mine]);
  }
}

Task<Result<std::vector<Container>>> DockerEngine::containers(ContainerFilter filter) {
  Query query("/containers/json");
  if (filter.all) query.add("all", "1");
  if (!filter.project.empty()) {
    json::object filters;
    filters["label"] = json::array{"com.docker.compose.project=" + filter.project};
    query.add("filters", json::serialize(filters));
  }
  CO_TRY(const auto response, co_await api_.get(query.str(), Purpose("cannot list containers")));
  CO_TRY(const auto listed, parse_array(response.body, "the engine's list of containers"));
  if (filter.brief) co_return listed_containers(listed);
  std::vector<std::string> ids;
  for (const auto& entry : listed)
    if (entry.is_object()) ids.push_back(text_at(entry.get_object(), "Id"));

  constexpr std::size_t in_flight = 8;
  std::vector<std::optional<Result<Container>>> found(ids.size());
  std::size_t next = 0;
  TaskGroup group;
  for (std::size_t i = 0; i < std::min(in_flight, ids.size()); ++i)
    group.spawn(inspect_next(ids, next, found));
  co_await group.join();

  std::vector<Container> containers;
  for (auto& entry : found) {
    if (entry && *entry) {
      containers.push_back(std::move(**entry));
    } else if (entry && entry->error().code != Code::not_found) {
      co_return fail(std::move(entry->error()));
    }
  }
  co_return containers;
}

Task<Status> DockerEngine::connect_further(std::string container, Endpoints endpoints) {
  for (auto& [network, endpoint] : endpoints)
    CO_TRY_VOID(co_await connect_network(network, container, std::move(endpoint)));
  co_return Status{};
}

Task<Result<std::string>> DockerEngine::create_container(std::string name, json::object body,
                                                         std::string platform) {
  CO_TRY(const int minor, co_await api_.api_minor());
  CO_TRY_VOID(fit_create_body(body, minor));
  Endpoints further;
  if (minor < 44) further = take_further_endpoints(body);
  Query query("/containers/create");
  query.add("name", name).add_if("platform", platform);
  CO_TRY(const auto response,
         co_await api_.post(query.str(), json::serialize(body), purpose("create", name)));
  CO_TRY(const auto object, parse_object(response.body, "the engine's new container"));
  std::string id = text_at(object, "Id");
  auto connected = co_await connect_further(id, std::move(further));
  if (!connected) {
    // Half connected it must not be found by anybody; it never ran, so its volumes are new.
    (void)co_await remove_container(id, true, true);
    co_return fail(
        wrap(std::move(connected.error()), fmt::format("cannot create container {}", name)));
  }
  co_return id;
}

Task<Status> DockerEngine::start_container(std::string id) {
  co_return ignore_body(
      co_await api_.post(container_path(id, "start"), "", purpose("start", id, 304)));
}

Task<Status> DockerEngine::stop_container(std::string id,
                                          std::optional<std::chrono::seconds> grace) {
  auto request = patient_post(grace_query(container_path(id, "stop"), grace));
  co_return ignore_body(co_await api_.call(std::move(request), purpose("stop", id, 304)));
}

Task<Status> DockerEngine::kill_container(std::string id, std::string signal) {
  Query query(container_path(id, "kill"));
  query.add_if("signal", signal);
  co_return ignore_body(co_await api_.post(query.str(), "", purpose("kill", id)));
}

Task<Status> DockerEngine::restart_container(std::string id,
                                             std::optional<std::chrono::seconds> grace) {
  auto request = patient_post(grace_query(container_path(id, "restart"), grace));
  co_return ignore_body(co_await api_.call(std::move(request), purpose("restart", id)));
}

Task<Status> DockerEngine::unpause_container(std::string id) {
  co_return ignore_body(
      co_await api_.post(container_path(id, "unpause"), "", purpose("unpause", id)));
}

Task<Status> DockerEngine::remove_container(std::string id, bool force, bool anonymous_volumes) {
  Query query(container_path(id));
  if (force) query.add("force", "1");
  if (anonymous_volumes) query.add("v", "1");
  const auto removed = co_await api_.remove(query.str(), purpose("remove", id, 404));
  if (removed) co_return Status{};
  if (removed.error().text.find("already in progress") == std::string::npos)
    co_return fail(removed.error());
  co_return co_await wait_removed(id);
}

// Somebody else's removal is under way: ours is done when theirs is.
Task<Status> DockerEngine::wait_removed(std::string id) {
  Query query(container_path(id, "wait"));
  query.add("condition", "removed");
  auto request = patient_post(query.str());
  request.limit = std::chrono::minutes(10);
  co_return ignore_body(co_await api_.call(std::move(request), purpose("remove", id, 404)));
}

Task<Status> DockerEngine::rename_container(std::string id, std::string name) {
  Query query(container_path(id, "rename"));
  query.add("name", name);
  co_return ignore_body(co_await api_.post(query.str(), "", purpose("rename", id)));
}

Task<Status> DockerEngine::set_restart_policy(std::string id, RestartPolicy policy) {
  json::object body;
  json::object wanted;
  wanted["Name"] = policy.name.empty() ? "no" : policy.name;
  wanted["MaximumRetryCount"] = policy.maximum_retry_count;
  body["RestartPolicy"] = std::move(wanted);
  co_return ignore_body(co_await api_.post(container_path(id, "update"), json::serialize(body),
                                           purpose("set the restart policy of", id)));
}

Task<Result<int>> DockerEngine::wait_container(std::string id) {
  Query query(container_path(id, "wait"));
  query.add("condition", "not-running");
  CO_TRY(const auto response,
         co_await api_.call(patient_post(query.str()), purpose("wait for", id)));
  CO_TRY(const auto object, parse_object(response.body, "the engine's exit status"));
  const std::string error = text_at(object_at(object, "Error"), "Message");
  if (!error.empty())
    co_return fail(refusal(500, purpose("wait for", id).what, failure_text(error)));
  co_return static_cast<int>(number_at(object, "StatusCode"));
}

Task<Status> DockerEngine::put_archive(std::string id, std::string path, std::string tar) {
  Query query(container_path(id, "archive"));
  query.add("path", path);
  HttpRequest request("PUT", query.str());
  request.content_type = "application/x-tar";
  request.body = std::move(tar);
  request.limit = std::chrono::minutes(10);
  co_return ignore_body(co_await api_.call(std::move(request), purpose("write files into", id)));
}

Task<Result<std::string>> DockerEngine::get_archive(std::string id, std::string path,
                                                    std::size_t limit) {
  Query query(container_path(id, "archive"));
  query.add("path", path);
  HttpRequest request("GET", query.str());
  request.body_limit = limit;
  request.limit = std::chrono::minutes(10);
  CO_TRY(auto response, co_await api_.call(std::move(request), purpose("read files of", id)));
  co_return std::move(response.body);
}

Task<Result<std::vector<std::string>>> DockerEngine::processes(std::string id) {
  Query query(container_path(id, "top"));
  query.add("ps_args", "-o pid,comm");
  CO_TRY(const auto response, co_await api_.get(query.str(), purpose("list processes of", id)));
  CO_TRY(const auto object, parse_object(response.body, "the engine's list of processes"));
  std::vector<std::string> names;
  for (const auto& row : array_at(object, "Processes"))
    if (row.is_array() && row.as_array().size() == 2 && row.as_array()[1].is_string())
      names.emplace_back(row.as_array()[1].as_string());
  co_return names;
}

}  // namespace landfast
