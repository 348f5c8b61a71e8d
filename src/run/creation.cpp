// SPDX-License-Identifier: Apache-2.0
#include "run/creation.h"

#include "base/ustar.h"
#include "plan/names.h"

namespace landfast {

Task<Status> finish_creation(Engine& engine, std::string id, const CreateRequest& request) {
  for (const auto& c : request.connect)
    CO_TRY_VOID(co_await engine.connect_network(c.network, id, c.endpoint));
  for (const auto& file : request.files) {
    UstarEntry entry;
    entry.path = std::string_view(file.target).substr(file.target.find_first_not_of('/'));
    entry.content = file.content.reveal();
    entry.mode = file.mode;
    entry.uid = file.uid;
    entry.gid = file.gid;
    CO_TRY(auto tar, ustar_of(entry));
    CO_TRY_VOID(co_await engine.put_archive(id, "/", std::move(tar)));
  }
  co_return Status{};
}

CreateRequest never_started(const std::string& stack, const std::string& image_id) {
  boost::json::object host;
  host["NetworkMode"] = "none";
  boost::json::object labels;
  labels[label::role] = "look";
  labels[label::stack] = stack;
  CreateRequest request;
  auto& body = request.body;
  body["Image"] = image_id;
  body["Entrypoint"] = boost::json::array{"/landfast/never-started"};
  body["Labels"] = std::move(labels);
  body["HostConfig"] = std::move(host);
  return request;
}

Task<Result<std::string>> create_to_look(Engine& engine, std::string name, CreateRequest request) {
  const auto left = co_await engine.container(name);
  if (left && left->label(label::role) == "look")
    CO_TRY_VOID(co_await engine.remove_container(left->id, true, true));
  co_return co_await engine.create_container(std::move(name), std::move(request.body),
                                             std::move(request.platform));
}

}  // namespace landfast
