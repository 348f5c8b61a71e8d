# SPDX-License-Identifier: Apache-2.0
"""The rules that tests/mutations/run breaks, one at a time: name → [(file, what stands there, what it becomes)]."""

RULES = {
    "intent after effect": [
        (
            "src/run/journaled.cpp",
            "  CO_TRY_VOID(co_await journal.intend(std::move(intent)));\n"
            "  auto status = co_await told_step(session, step);\n",
            "  auto status = co_await told_step(session, step);\n"
            "  CO_TRY_VOID(co_await journal.intend(std::move(intent)));\n",
        )
    ],
    "commit before verify": [
        (
            "src/run/deployment.cpp",
            "  co_return co_await walk(session, std::move(verify), around);\n",
            "  co_return Status{};\n",
        )
    ],
    "commit lost": [
        (
            "src/run/deployment.cpp",
            "  auto release = co_await journal.commit(number, ",
            "  auto release = Result<std::int64_t>(number);\n"
            "  if (number < 0) release = co_await journal.commit(number, ",
        )
    ],
    "undo in forward order": [
        (
            "src/plan/undo.cpp",
            "    take(edges_.drains, {}, drained_);\n    remove_new();\n",
            "    restore_old();\n    take(edges_.drains, {}, drained_);\n    remove_new();\n",
        ),
        ("src/plan/undo.cpp", "    leave_fence();\n    restore_old();\n", "    leave_fence();\n"),
    ],
    "drain skipped": [
        ("src/run/edge_slots.cpp", "    if (quiet == 2) co_return 0;\n", "    if (quiet <= 2) co_return 0;\n")
    ],
    "switch before probe": [
        ("src/plan/edge_steps.cpp", "    s.after = probes;\n", "    s.after = {m.prefix + \":point\"};\n")
    ],
    "slot written in place": [
        (
            "src/edge/edge_files.cpp",
            "  if (::rename(next.c_str(), slot.c_str()) != 0) return failed(\"replace\", slot, errno);\n",
            "  std::ofstream(slot) << to_string(word);\n",
        ),
        ("src/edge/edge_files.cpp", "#include <filesystem>\n", "#include <filesystem>\n#include <fstream>\n"),
    ],
    "hold left": [
        (
            "src/plan/edge_steps.cpp",
            "      steps.push_back(std::move(probe));\n      steps.push_back(std::move(s));\n",
            "      steps.push_back(std::move(probe));\n",
        )
    ],
    "hold of a dead deployer left": [
        (
            "src/run/recover.cpp",
            "  if (!has_held_slot(world, plan.stack)) co_return Status{};\n",
            "  if (!has_held_slot(world, plan.stack) || !plan.empty()) co_return Status{};\n",
        )
    ],
    "old address kept": [
        (
            "src/run/edge_slots.cpp",
            "  if (!step.addresses.empty()) {  // a straggler",
            "  if (step.addresses.size() > 99) {  // a straggler",
        )
    ],
    "restart policy left on": [
        (
            "src/run/steps.cpp",
            "  CO_TRY_VOID(co_await engine.set_restart_policy(step.container_id, none));\n",
            "",
        )
    ],
    "lock not checked": [
        (
            "src/run/watcher.cpp",
            "  CO_TRY(const auto lock, co_await ports.host.lock_when_free(stack, std::move(me)));\n",
            "",
        )
    ],
    "lost answer taken as failure": [
        (
            "src/run/deployment.cpp",
            "  if (release) co_return release;\n",
            "  co_return release;\n",
        ),
        (
            "src/run/undo_deployment.cpp",
            "marked.error().code == Code::conflict",
            "marked.error().code == Code::locked",
        ),
    ],
    "old removed before commit": [
        (
            "src/plan/deploy_steps.cpp",
            "        s.state = DeploymentState::committed;\n        s.container_id = c.old->id;\n",
            "        s.state = DeploymentState::rolling;\n        s.container_id = c.old->id;\n",
        )
    ],
    "new given its policy too early": [
        ("src/run/steps.cpp", '  context.restart_override = "no";\n', "")
    ],
    "anonymous volume not inherited": [
        (
            "src/plan/deploy_steps.cpp",
            "        if (!d.one_shot) s.inherited_volumes = anonymous_volumes(*c.old);\n",
            "        static_cast<void>(anonymous_volumes);\n",
        )
    ],
    "one-shot run twice": [
        (
            "src/plan/decide.cpp",
            "      if (run.image_id == image->second.id && run.model_hash == model) return true;\n",
            "      if (run.image_id.empty() && run.model_hash == model) return true;\n",
        )
    ],
    "namespace sharer not replaced": [
        (
            "src/plan/decide.cpp",
            "      if (renews(owner))\n        c.causes.push_back(",
            "      if (renews(owner) && owner.empty())\n        c.causes.push_back(",
        )
    ],
    "ended after its gate and not seen": [
        (
            "src/run/deployment.cpp",
            "  CO_TRY_VOID(co_await await_standing(session));\n",
            "",
        )
    ],
    "late creation not waited for": [
        (
            "src/run/settle_calls.cpp",
            "  CO_TRY_VOID(co_await await_creations(ports, request, records));\n",
            "  if (records.empty()) CO_TRY_VOID(co_await await_creations(ports, request, records));\n",
        ),
        (
            "src/run/steps.cpp",
            "    if (n.name == step.name && n.id != id && ",
            "    if (n.name.empty() && n.id != id && ",
        ),
    ],
    "exchange twice": [
        (
            "src/run/guard.cpp",
            '  if (now == wanted) co_return back ? "the original is in its place" : "exchanged";\n',
            "  static_cast<void>(wanted);\n",
        ),
        (
            "src/plan/undo.cpp",
            "    return exchanged(e, volume->second, aside->second) != Exchanged::no;\n",
            "    return exchanged(e, volume->second, aside->second) != Exchanged::neither;\n",
        ),
        (
            "src/run/guard.cpp",
            "    if (now != recorded->copy)\n",
            "    if (now != recorded->copy && now != recorded->original)\n",
        ),
    ],
    "copy before the clean stop": [
        (
            "src/plan/guard_steps.cpp",
            "    copy.after.insert(copy.after.end(), stores_stopped_.begin(), stores_stopped_.end());\n",
            "",
        ),
        (
            "src/run/guard.cpp",
            "    if (has_processes(c) && (mounts(c, volume) || mounts(c, aside)))\n",
            "    if (c.id.empty() && (mounts(c, volume) || mounts(c, aside)))\n",
        ),
    ],
    "what changed since the first copy left out": [
        (
            "src/run/guard.cpp",
            "    CO_TRY(bytes, co_await unless_halted(session, std::move(copying)));\n",
            "    if (bytes == 0) {\n      CO_TRY(bytes, co_await unless_halted(session, std::move(copying)));\n    }\n",
        )
    ],
    "fence left": [
        (
            "src/run/recover.cpp",
            "  CO_TRY_VOID(co_await add_unfencing(ports, world, plan));\n",
            "  if (stack.empty()) CO_TRY_VOID(co_await add_unfencing(ports, world, plan));\n",
        )
    ],
    "users let in before the commit": [
        (
            "src/run/guard.cpp",
            '  if (step.keeps_networks) co_return "joined the fence";\n',
            '  if (step.number != 0) co_return "joined the fence";\n',
        )
    ],
    "original not given back": [
        (
            "src/plan/undo.cpp",
            "      if (!may_be_exchanged(e)) continue;\n",
            "      if (may_be_exchanged(e)) continue;\n",
        )
    ],
    "original removed before the commit": [
        (
            "src/plan/guard_steps.cpp",
            "                  DeploymentState::committed,\n                  fmt::format(\"{} is set aside now",
            "                  DeploymentState::rolling,\n                  fmt::format(\"{} is set aside now",
        )
    ],
    "old holder goes first": [
        (
            "src/run/claim.cpp",
            "  const auto body = keep_body(stack, image, volumes);\n",
            "  const auto body = keep_body(stack, image, volumes);\n"
            "  for (const auto& old : there)\n"
            "    CO_TRY_VOID(co_await ports.engine.remove_container(old.id, false, false));\n",
        )
    ],
    "undo after commit": [
        (
            "src/run/recover.cpp",
            "  if (!history.unfinished) {\n",
            "  if (!history.unfinished && !history.current) {\n",
        ),
        (
            "src/run/recover.cpp",
            "  request.deployment = history.unfinished->number;\n",
            "  request.deployment = history.unfinished ? history.unfinished->number : history.current->deployment;\n",
        ),
        (
            "src/run/recover.cpp",
            "to_string(history.unfinished->state)",
            "to_string(DeploymentState::committed)",
        ),
    ],
    "writer of another stack missed": [
        (
            "src/plan/guard.cpp",
            "        users != world_.foreign_volume_users.end() && !users->second.empty())\n",
            "        users != world_.foreign_volume_users.end() && users->second.empty())\n",
        )
    ],
}

# Rules that no simulation can see, or only one seed in thousands: the program and the case that hunts them.
CASES = {
    "slot written in place": ("test_edge", "the word of a slot is whole for every reader"),
    "hold of a dead deployer left": ("simulation_run", "what was committed behind its fence serves*"),
    "fence left": ("simulation_run", "what was committed behind its fence serves*"),
    "lost answer taken as failure": ("simulation_run", "a commit whose answer is lost*"),
    "exchange twice": ("simulation_run", "an undo that is killed anywhere*"),
    "writer of another stack missed": ("simulation_run", "a container of another stack*"),
}
