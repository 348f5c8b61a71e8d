// SPDX-License-Identifier: Apache-2.0
#include "run/pending_command.h"

#include <fmt/format.h>

#include "base/text.h"
#include "plan/decide.h"
#include "plan/names.h"
#include "run/creation.h"
#include "run/mounted_files.h"

namespace landfast {
namespace {

constexpr std::chrono::seconds longest{60};
constexpr std::size_t most_output = 2048;

Service asking_service(const Service& service) {
  Service out = service;
  auto& canonical = out.canonical.edit();
  boost::json::array command;
  for (const auto& word : service.landfast.pending) command.emplace_back(word);
  // The entrypoint of many images migrates before it runs anything.
  canonical["entrypoint"] = std::move(command);
  canonical["command"] = boost::json::array{};
  canonical["healthcheck"] = boost::json::object{{"disable", true}};
  canonical.erase("container_name");
  out.container_name.clear();
  return out;
}

Task<Result<std::string>> create(const Ports& ports, const Project& project, const World& world,
                                 const Service& service, const Image& image) {
  const auto name = fmt::format("{}-landfast-pending", project.name);
  BodyContext context{.project = project, .engine = world.engine, .container_name = name};
  context.image = image.id;
  context.image_id = image.id;
  for (const auto& [other, list] : service_containers(world))
    if (!list.empty()) context.service_containers[other] = list.front()->id;
  CO_TRY(context.mounted_files, keep_mounted_files(ports.host, project, service));
  context.one_off = true;
  context.restart_override = "no";
  context.extra_labels[label::role] = "look";
  context.extra_labels[label::stack] = project.name;
  CO_TRY(const auto request, create_request(service, context));
  CO_TRY(auto id, co_await create_to_look(ports.engine, name, request));
  auto finished = co_await finish_creation(ports.engine, id, request);
  if (finished) co_return id;
  CO_TRY_VOID(co_await ports.engine.remove_container(id, true, true));
  co_return fail(std::move(finished).error());
}

Task<std::string> last_line(const Ports& ports, std::string id) {
  std::string output;
  const OnLog keep = [&output](const LogChunk& chunk) { output.append(chunk.bytes); };
  LogRequest request;
  request.container = std::move(id);
  request.tail = "3";
  request.limit = most_output;
  const auto read = co_await ports.engine.logs(std::move(request), keep);
  if (!read) co_return std::string();  // its exit code is all that is known
  const auto lines = split(trim(output), '\n');
  co_return lines.empty() ? std::string() : printable(trim(lines.back()).substr(0, 200));
}

Task<Result<int>> run_to_end(const Ports& ports, std::string id) {
  CO_TRY_VOID(co_await ports.engine.start_container(id));
  auto ended = co_await race(ports.engine.wait_container(id), ports.clock.sleep(longest));
  if (ended.index() == 1)
    co_return fail(Code::timeout, fmt::format("no answer within {}", human_duration(longest)));
  co_return std::get<0>(std::move(ended));
}

}  // namespace

Task<PendingMigrations> ask_pending_command(const Ports& ports, const Project& project,
                                            const World& world, std::string service) {
  const auto& asked = project.services.at(service);
  const auto what = printable(join(asked.landfast.pending, " "));
  PendingMigrations answer;
  const auto image = world.images.find(asked.image);
  if (image == world.images.end()) {
    answer.why = fmt::format("{} cannot be asked before its image is here", what);
    co_return answer;
  }
  const auto with_command = asking_service(asked);
  const auto id = co_await create(ports, project, world, with_command, image->second);
  if (!id) {
    answer.why = fmt::format("{}: {}", what, id.error().text);
    co_return answer;
  }
  const auto code = co_await run_to_end(ports, *id);
  const auto said = co_await last_line(ports, *id);
  const auto removed = co_await ports.engine.remove_container(*id, true, true);
  if (!code)
    answer.why = fmt::format("{}: {}", what, code.error().text);
  else if (!removed)
    answer.why = fmt::format("{}: {}", what, removed.error().text);
  else
    answer.why = fmt::format("{} ended with {}{}{}", what, *code, said.empty() ? "" : ": ", said);
  answer.none = code && *code == 0 && removed;
  co_return answer;
}

}  // namespace landfast
