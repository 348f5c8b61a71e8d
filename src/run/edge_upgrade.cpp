// SPDX-License-Identifier: Apache-2.0
#include "run/edge_upgrade.h"

#include <fmt/format.h>

#include "plan/edge_body.h"
#include "run/edges.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr seconds answer_limit{10};
constexpr milliseconds answer_pause{20};
constexpr seconds stop_grace{10};

std::string new_name(const std::string& edge) { return edge + ".lf-new"; }
std::string old_name(const std::string& edge) { return edge + ".lf-was"; }

Task<Status> remove_named(Engine& engine, std::string name) {
  CO_TRY(const auto there, co_await container_of(engine, std::move(name)));
  if (!there) co_return Status{};
  co_return co_await engine.remove_container(there->id, true, false);
}

Task<Result<bool>> answers(const Ports& ports, std::string edge) {
  CO_TRY(const auto facts, co_await ports.edge.facts(std::move(edge)));
  const bool answered = facts.running && facts.revision == facts.recorded;
  co_return answered;
}

/// Until the container's process serves what is recorded; an error as soon as it has ended.
Task<Status> await_answer(const Ports& ports, std::string edge, std::string id) {
  const auto begin = ports.clock.now();
  for (;;) {
    CO_TRY(const auto answered, co_await answers(ports, edge));
    CO_TRY(const auto now, co_await ports.engine.container(id));
    if (now.status != ContainerStatus::running || now.restart_count > 0)
      co_return fail(Code::failed, "its program ended");
    if (answered) co_return Status{};
    if (ports.clock.now() - begin >= answer_limit)
      co_return fail(Code::timeout, "it does not answer with its configuration");
    co_await ports.clock.sleep(answer_pause);
  }
}

Task<Result<std::string>> create_beside(const Ports& ports, std::string edge, std::string image) {
  CO_TRY(const auto facts, co_await ports.edge.facts(edge));
  auto body = edge_body(facts.table, facts.folder, image);
  CO_TRY(const auto id,
         co_await ports.engine.create_container(new_name(edge), std::move(body), ""));
  CO_TRY_VOID(co_await connect_served(ports.engine, id, facts.table));
  CO_TRY_VOID(co_await take_names(ports.engine, id, facts));
  co_return id;
}

/// From the stop of the old one on.
Task<Status> replace(const Ports& ports, std::string edge, std::string old, std::string made) {
  auto& engine = ports.engine;
  RestartPolicy never{"no", 0};  // the engine starts one of the two at most
  CO_TRY_VOID(co_await engine.set_restart_policy(old, std::move(never)));
  CO_TRY_VOID(co_await engine.stop_container(old, stop_grace));
  CO_TRY_VOID(co_await engine.rename_container(old, old_name(edge)));
  CO_TRY_VOID(co_await engine.rename_container(made, edge));
  CO_TRY_VOID(co_await engine.start_container(made));
  co_return co_await await_answer(ports, edge, made);
}

/// The old one has its name, runs and answers.
Task<Status> put_back(const Ports& ports, std::string edge) {
  auto& engine = ports.engine;
  CO_TRY_VOID(co_await remove_named(engine, new_name(edge)));
  CO_TRY(const auto old, co_await container_of(engine, old_name(edge)));
  if (old) {
    CO_TRY_VOID(co_await remove_named(engine, edge));
    CO_TRY_VOID(co_await engine.rename_container(old->id, edge));
  }
  CO_TRY(const auto there, co_await container_of(engine, edge));
  if (!there) co_return Status{};
  RestartPolicy always{"always", 0};  // as `edge_body` makes it
  CO_TRY_VOID(co_await engine.set_restart_policy(there->id, std::move(always)));
  CO_TRY_VOID(co_await engine.start_container(there->id));
  co_return co_await await_answer(ports, edge, there->id);
}

Error not_upgraded(const std::string& edge, Error why, const Status& back) {
  auto error = wrap(std::move(why), fmt::format("the new container of {} does not serve", edge));
  error.code = Code::failed;
  error.hint = "the old one serves again";
  if (back) return error;
  error.code = Code::stuck;
  error.trace.push_back("the old one does not come back: " + back.error().text);
  error.hint = fmt::format("docker logs {0}; then docker start {0}", edge);
  return error;
}

}  // namespace

Task<Result<nanoseconds>> upgrade_edge(const Ports& ports, std::string edge, std::string image) {
  CO_TRY_VOID(co_await settle_edge_upgrade(ports, edge));
  CO_TRY(const auto old, co_await ports.engine.container(edge));
  const auto made = co_await create_beside(ports, edge, image);
  if (!made) {
    CO_TRY_VOID(co_await remove_named(ports.engine, new_name(edge)));
    co_return fail(made.error());
  }
  const auto begin = ports.clock.now();
  auto replaced = co_await replace(ports, edge, old.id, *made);
  if (!replaced) {
    const auto back = co_await put_back(ports, edge);
    co_return fail(not_upgraded(edge, std::move(replaced).error(), back));
  }
  const auto gap = ports.clock.now() - begin;
  CO_TRY_VOID(co_await remove_named(ports.engine, old_name(edge)));
  co_return gap;
}

Task<Status> settle_edge_upgrade(const Ports& ports, std::string edge) {
  auto& engine = ports.engine;
  CO_TRY_VOID(co_await remove_named(engine, new_name(edge)));
  CO_TRY(const auto old, co_await container_of(engine, old_name(edge)));
  if (!old) co_return Status{};
  CO_TRY(const auto there, co_await container_of(engine, edge));
  CO_TRY(const auto answered, co_await answers(ports, edge));
  if (there && answered) co_return co_await engine.remove_container(old->id, true, false);
  co_return co_await put_back(ports, edge);
}

}  // namespace landfast
