// SPDX-License-Identifier: Apache-2.0
#include "app/program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>

#include "app/args.h"
#include "app/call.h"
#include "app/root.h"
#include "base/text.h"
#include "watch/render_error.h"

namespace landfast {
namespace {

Ending begin(const Call& call) {
  switch (call.arguments.command) {
  case Command::deploy:
  case Command::update:
    return deploy(call);
  case Command::rollback:
    return roll_back(call);
  case Command::plan:
    return show_plan(call);
  case Command::status:
    return show_status(call);
  case Command::logs:
    return show_logs(call);
  case Command::exec:
    return exec_in_container(call);
  case Command::run:
    return run_one_off(call);
  case Command::restart:
    return restart_containers(call);
  case Command::stop:
    return stop_containers(call);
  case Command::start:
    return start_containers(call);
  case Command::down:
    return take_down(call);
  case Command::config:
    return show_config(call);
  case Command::history:
    return show_history(call);
  case Command::recover:
    return recover_stack(call);
  case Command::init:
    return begin_landfast_file(call);
  case Command::verify:
    return verify_stack(call);
  case Command::schema:
    return show_schema(call);
  case Command::adopt:
    return adopt(call);
  case Command::leave:
    return leave(call);
  case Command::volumes:
    return volumes(call);
  case Command::migrate:
    return show_migrations(call);
  case Command::route:
    return show_routes(call);
  case Command::cert:
    return show_certificates(call);
  case Command::edge:
    return edge_command(call);
  case Command::export_proxy:
    return export_proxy(call);
  case Command::version:
    return show_version(call);
  case Command::watcher:
    return watch_stack(call);
  }
  return show_version(call);
}

/// Commands that read or write the state, which belongs to root.
bool needs_state(const Arguments& arguments) {
  const auto command = arguments.command;
  if (command == Command::logs) return arguments.deployment != 0;
  return command != Command::config && command != Command::schema && command != Command::init &&
         command != Command::version && command != Command::exec &&
         command != Command::export_proxy;
}

/// Commands whose work is undone, not cut, by Ctrl-C; a lost terminal does not stop them.
bool guards_signals(const Arguments& arguments) {
  const auto command = arguments.command;
  if (command == Command::edge) return arguments.words.front() == "upgrade";
  return command == Command::deploy || command == Command::update || command == Command::rollback ||
         command == Command::stop || command == Command::start || command == Command::restart ||
         command == Command::down || command == Command::recover || command == Command::adopt ||
         command == Command::leave;
}

void guard_signals(const Call& call) {
  call.wiring.loop().on_signal([&stop = call.stop, &output = call.output](int number) {
    if (number == SIGHUP) return;
    if (stop.is_set()) {
      write_errors("\nstopped at once; what is unfinished is being undone in the background\n");
      ::_exit(static_cast<int>(ExitStatus::failed));
    }
    if (!output.is_json() && !output.is_live())
      write_errors("stopping; what was begun is undone (again: stop at once)\n");
    stop.set();
  });
}

Result<ExitStatus> perform(const Arguments& arguments, const Surroundings& around,
                           const Output& output, const std::vector<std::string>& words) {
  Wiring wiring(around);
  if (needs_state(arguments)) {
    TRY(const auto endpoint, wiring.endpoint());
    TRY_VOID(become_root(around, endpoint.address.path, words));
  }
  Signal stop;
  const Call call{arguments, around, output, wiring, stop};
  if (guards_signals(arguments)) guard_signals(call);
  return wiring.loop().run(begin(call));
}

}  // namespace

int run_program(const std::vector<std::string>& words) {
  const auto around = look_around();
  const auto parsed = parse_arguments(words);
  if (parsed && std::holds_alternative<HelpText>(*parsed)) {
    write_out(std::get<HelpText>(*parsed).text);
    return 0;
  }
  const auto arguments = parsed ? std::get<Arguments>(*parsed) : Arguments{};
  const Output output(arguments, around);
  const auto ending =
      parsed ? perform(arguments, around, output, words) : Result<ExitStatus>(fail(parsed.error()));
  if (ending) return static_cast<int>(*ending);
  output.error(ending.error());
  return static_cast<int>(exit_status(ending.error()));
}

void report_defect(const std::string& what) {
  write_errors(fmt::format(
      "✗ this is a defect of landfast: {}\n"
      "what was begun is finished or undone by the next landfast command on this stack\n",
      printable(what)));
}

}  // namespace landfast
