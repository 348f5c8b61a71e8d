// SPDX-License-Identifier: Apache-2.0
#include "app/command_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "app/args.h"
#include "base/text.h"

namespace landfast {
namespace {

using Text = const std::string&;

OptionSpec flag(const char* names, const char* help, bool Arguments::*field, bool value = true) {
  return {names, "", help, [field, value](Arguments& a, Text) -> Status {
            a.*field = value;
            return {};
          }};
}

OptionSpec text(const char* names, const char* value, const char* help,
                std::string Arguments::*field) {
  return {names, value, help, [field](Arguments& a, Text v) -> Status {
            a.*field = v;
            return {};
          }};
}

OptionSpec list(const char* names, const char* value, const char* help,
                std::vector<std::string> Arguments::*field) {
  return {names, value, help, [field](Arguments& a, Text v) -> Status {
            (a.*field).push_back(v);
            return {};
          }};
}

/// A habit of Compose that is true anyway.
OptionSpec accepted(const char* names) {
  return {names, "", "", [](Arguments&, Text) -> Status { return {}; }};
}

OptionSpec refused(const char* names, const char* reason, const char* hint) {
  return {names, "", "",
          [reason, hint](Arguments&, Text) -> Status { return fail(Code::invalid, reason, hint); }};
}

Status set_image(Arguments& a, Text value) {
  const auto at = value.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == value.size())
    return fail(Code::invalid,
                fmt::format("--image {} is not SERVICE=REFERENCE", in_quotes(value)));
  a.images[value.substr(0, at)] = value.substr(at + 1);
  return {};
}

Status set_timeout(Arguments& a, Text value) {
  TRY(a.timeout, parse_duration(value));
  return {};
}

Status set_index(Arguments& a, Text value) {
  const auto* end = value.data() + value.size();
  const auto [rest, error] = std::from_chars(value.data(), end, a.index);
  if (error != std::errc{} || rest != end || a.index < 1)
    return fail(
        Code::invalid,
        fmt::format("--index {} is not a container number: they begin with 1", in_quotes(value)));
  return {};
}

Status set_deployment(Arguments& a, Text value) {
  const auto* end = value.data() + value.size();
  const auto [rest, error] = std::from_chars(value.data(), end, a.deployment);
  if (error != std::errc{} || rest != end || a.deployment < 1)
    return fail(Code::invalid,
                fmt::format("--deployment {} is not the number of a deployment", in_quotes(value)));
  return {};
}

Status set_tail(Arguments& a, Text value) {
  const bool number =
      !value.empty() && value.size() < 10 && value.find_first_not_of("0123456789") == value.npos;
  if (value != "all" && !number)
    return fail(Code::invalid, fmt::format("--tail {} is neither a number of lines nor \"all\"",
                                           in_quotes(value)));
  a.tail = value;
  return {};
}

std::function<Status(Arguments&, Text)> form(ConfigForm value) {
  return [value](Arguments& a, Text) -> Status {
    a.form = value;
    return {};
  };
}

Status set_format(Arguments& a, Text value) {
  if (value != "json" && value != "yaml")
    return fail(Code::invalid,
                fmt::format("--format {} is neither yaml nor json", in_quotes(value)));
  a.form = value == "json" ? ConfigForm::json : ConfigForm::yaml;
  return {};
}

Status set_hash(Arguments& a, Text value) {
  a.form = ConfigForm::hash;
  if (value != "*") a.hash_services = split(value, ',');
  return {};
}

std::vector<OptionSpec> deploy_options(bool images_too) {
  std::vector<OptionSpec> out{
      flag("--build", "build images again", &Arguments::build),
      flag("--pull", "resolve tags again, as update does", &Arguments::pull),
      flag("--force-recreate", "replace containers that have not changed too",
           &Arguments::force_recreate),
      flag("--no-deps", "only the services that are named", &Arguments::no_deps),
      flag("--remove-orphans", "remove containers of services that the file no longer has",
           &Arguments::remove_orphans),
      {"--image", "SERVICE=REF", "another image for a service, for this time", set_image},
      list("--new-volume", "NAME", "accept an empty volume where a known one has vanished",
           &Arguments::new_volumes),
      accepted("-d,--detach"),
      accepted("--wait"),
  };
  if (!images_too) out.erase(out.begin(), out.begin() + 2);
  return out;
}

std::vector<OptionSpec> operator+(std::vector<OptionSpec> a, std::vector<OptionSpec> b) {
  a.insert(a.end(), std::make_move_iterator(b.begin()), std::make_move_iterator(b.end()));
  return a;
}

std::vector<OptionSpec> guarding_options() {
  return {
      flag("-y,--yes", "do not ask", &Arguments::yes),
      text("--plan", "HASH", "run only if the plan is still this one", &Arguments::plan_hash),
      flag("--queue", "wait while another deployer works", &Arguments::queue),
      {"--timeout", "TIME", "limit of each wait for readiness, such as 90s", set_timeout},
  };
}

std::vector<OptionSpec> queue_options() {
  return {flag("--queue", "wait while another deployer works", &Arguments::queue)};
}

std::vector<OptionSpec> rollback_options() {
  return {
      flag("--keep-data", "go on with today's data where a migration ran since",
           &Arguments::keep_data),
      flag("--data", "bring the data of then back from what was set aside", &Arguments::data),
  };
}

std::vector<OptionSpec> logs_options() {
  return {
      flag("-f,--follow", "go on as lines come", &Arguments::follow),
      {"-n,--tail", "LINES", "only the last lines of each container", set_tail},
      flag("-t,--timestamps", "show when", &Arguments::timestamps),
      text("--since", "TIME", "only later lines: RFC 3339, or a span such as 10m",
           &Arguments::since),
      text("--until", "TIME", "only earlier lines", &Arguments::until),
      {"--deployment", "N", "what containers said that the undo of a deployment removed",
       set_deployment},
      accepted("--no-color"),
  };
}

std::vector<OptionSpec> process_options() {
  return {
      flag("-T,--no-tty", "no terminal for the command", &Arguments::no_tty),
      list("-e,--env", "NAME[=VALUE]", "set a variable", &Arguments::environment),
      text("-u,--user", "USER", "run as this user", &Arguments::user),
      text("-w,--workdir", "DIR", "run in this folder", &Arguments::working_dir),
      accepted("-i,--interactive"),
      accepted("-t,--tty"),
  };
}

std::vector<OptionSpec> run_options() {
  return {
      {"--entrypoint", "COMMAND", "instead of the image's entrypoint",
       [](Arguments& a, Text v) -> Status {
         a.entrypoint = v;
         return {};
       }},
      list("-v,--volume", "SOURCE:TARGET", "mount this too", &Arguments::volumes),
      flag("--no-deps", "do not look at the services that it needs", &Arguments::no_deps),
      flag("--keep", "leave the container when it has ended", &Arguments::keep),
      accepted("--rm"),
  };
}

std::vector<OptionSpec> config_options() {
  return {
      {"--format", "yaml|json", "how to print it", set_format},
      {"-q", "", "only say whether the files are valid", form(ConfigForm::quiet)},
      {"--services", "", "only the names of the services", form(ConfigForm::services)},
      {"--images", "", "only the images", form(ConfigForm::images)},
      {"--volumes", "", "only the volumes", form(ConfigForm::volumes)},
      {"--networks", "", "only the networks", form(ConfigForm::networks)},
      {"--models", "", "", form(ConfigForm::models)},
      {"--profiles", "", "only the profiles", form(ConfigForm::profiles)},
      {"--environment", "", "only the variables of interpolation", form(ConfigForm::environment)},
      {"--variables", "", "only the variables that the files name", form(ConfigForm::variables)},
      {"--hash", "SERVICE,…|*", "only the hashes of services", set_hash},
      flag("--no-interpolate", "leave variables as they are written", &Arguments::interpolate,
           false),
      flag("--no-normalize", "add no defaults", &Arguments::normalise, false),
      flag("--no-path-resolution", "leave paths as they are written", &Arguments::resolve_paths,
           false),
      flag("--no-consistency", "do not check references", &Arguments::check_consistency, false),
      flag("--no-env-resolution", "do not read the services' env files",
           &Arguments::resolve_environment, false),
      text("-o,--output", "FILE", "write it there", &Arguments::output),
  };
}

std::vector<OptionSpec> down_options() {
  return {
      flag("--remove-orphans", "containers of services that the file no longer has too",
           &Arguments::remove_orphans),
      refused("-v,--volumes", "down never removes volumes: they are the user's data",
              "remove a volume that you no longer want by its name: landfast volumes rm NAME"),
      flag("-y,--yes", "", &Arguments::yes),
  };
}

std::vector<CommandSpec> make_table() {
  using enum Command;
  return {
      {deploy, "deploy", "up", "make the stack what its compose file says, or leave it as it was",
       Operands::services, deploy_options(true) + guarding_options()},
      {update, "update", "", "resolve image tags again, show old → new, then deploy",
       Operands::services, deploy_options(false) + guarding_options()},
      {rollback, "rollback", "", "deploy an earlier release again, the one before by default",
       Operands::release, rollback_options() + guarding_options()},
      {status,
       "status",
       "ps",
       "what runs, since when; all stacks of the engine where none is meant",
       Operands::services,
       {}},
      {logs, "logs", "", "what the containers say", Operands::services, logs_options()},
      {exec, "exec", "", "run a command in a running container", Operands::service_and_words,
       process_options() +
           std::vector<OptionSpec>{
               {"--index", "N", "which container of the service", set_index},
               flag("--privileged", "with all capabilities", &Arguments::privileged)}},
      {restart, "restart", "", "restart containers and wait until they are ready",
       Operands::services, queue_options()},
      {plan, "plan", "", "what deploy would do, step by step, and why", Operands::services,
       deploy_options(true)},
      {history, "history", "", "releases, and deployments that failed", Operands::release, {}},
      {recover, "recover", "", "finish or undo a deployment that was cut off", Operands::none,
       queue_options() +
           std::vector<OptionSpec>{flag("--all", "every stack, as at boot", &Arguments::all)}},
      {verify,
       "verify",
       "",
       "ask the checks of x-landfast.verify; 3 where one does not pass",
       Operands::none,
       {{"--timeout", "TIME", "how long each check may take to pass, 30s", set_timeout}}},
      {run, "run", "", "run a command in a new container of a service",
       Operands::service_then_words, process_options() + run_options()},
      {stop, "stop", "", "stop containers", Operands::services, queue_options()},
      {start, "start", "", "start stopped containers", Operands::services, queue_options()},
      {down, "down", "", "remove containers and networks, never volumes", Operands::none,
       down_options() + queue_options()},
      {adopt, "adopt", "", "record stacks of docker compose as they run; nothing is touched",
       Operands::stacks,
       std::vector<OptionSpec>{
           flag("--all", "every compose stack of this engine", &Arguments::all)} +
           queue_options()},
      {leave, "leave", "", "turn the stack back into plain Compose", Operands::none,
       guarding_options()},
      {volumes,
       "volumes",
       "",
       "what holds data, its kind and size; rm removes a volume by name",
       Operands::removal,
       {flag("-y,--yes", "rm: do not ask", &Arguments::yes),
        flag("--queue", "wait while another deployer works", &Arguments::queue)}},
      {migrate,
       "migrate",
       "",
       "status: which migrations are applied, and which wait in the images",
       Operands::status,
       {}},
      {route,
       "route",
       "",
       "what the edges serve, and which container answers now",
       Operands::none,
       {}},
      {cert,
       "cert",
       "",
       "certificates and their end; reload: take renewed files over; trust: the edge's own "
       "authority",
       Operands::certificates,
       {}},
      {edge,
       "edge",
       "",
       "image: make the edge's image, from the registry or a caddy at hand; upgrade: change to it",
       Operands::edge_image,
       {flag("-y,--yes", "upgrade: do not ask", &Arguments::yes),
        flag("--queue", "upgrade: wait while another deployer works", &Arguments::queue)}},
      {export_proxy,
       "export",
       "",
       "the block that leads your own proxy to the edge",
       Operands::proxy,
       {}},
      {config, "config", "", "the compose files as landfast understands them", Operands::services,
       config_options()},
      {init, "init", "", "look at the compose file and begin a landfast.yaml", Operands::none, {}},
      {schema, "schema", "", "the JSON Schema of landfast.yaml", Operands::none, {}},
      {version, "version", "", "versions of landfast and of the engine", Operands::none, {}},
      {watcher, "watcher", "", "", Operands::none, {}},
  };
}

constexpr std::array later_commands{"backup", "restore",  "check", "secrets", "build",
                                    "push",   "outdated", "host",  "ci",      "serve"};

std::string operands_text(Operands operands) {
  switch (operands) {
  case Operands::none:
    return "";
  case Operands::release:
    return " [RELEASE]";
  case Operands::services:
    return " [SERVICE…]";
  case Operands::stacks:
    return " [NAME…]";
  case Operands::removal:
    return " [rm NAME…]";
  case Operands::status:
    return " status";
  case Operands::certificates:
    return " [trust|reload]";
  case Operands::edge_image:
    return " image [PROGRAM]|upgrade [EDGE]";
  case Operands::proxy:
    return " nginx [CERTIFICATE KEY]|caddy|traefik";
  case Operands::service_and_words:
    return " SERVICE COMMAND…";
  case Operands::service_then_words:
    return " SERVICE [COMMAND…]";
  }
  return "";
}

void add_row(std::string& out, const std::string& left, std::string_view right) {
  const std::size_t width = 26;
  // Every left side is ASCII but for "…", which takes three bytes for one column.
  auto columns = left.size();
  for (auto at = left.find("…"); at != std::string::npos; at = left.find("…", at + 3)) columns -= 2;
  const auto gap = columns + 2 > width ? 2 : width - columns;
  out += fmt::format("  {}{}{}\n", left, std::string(gap, ' '), right);
}

void add_options(std::string& out, const std::vector<OptionSpec>& options) {
  for (const auto& option : options) {
    if (*option.help == '\0') continue;
    std::string names = option.names;
    if (const auto comma = names.find(','); comma != std::string::npos)
      names.insert(comma + 1, " ");
    add_row(out, *option.value == '\0' ? names : names + " " + option.value, option.help);
  }
}

std::string program_help() {
  std::string out = "landfast: a deploy is a transaction, data included\n\n";
  out += "usage: " + usage_line(nullptr) + "\n\ncommands\n";
  for (const auto& c : command_table())
    if (*c.summary != '\0') add_row(out, c.name, c.summary);
  out += "\noptions of every command\n";
  add_options(out, common_options());
  return out + "\nlandfast COMMAND --help tells the options of one command\n";
}

}  // namespace

const std::vector<OptionSpec>& common_options() {
  static const std::vector<OptionSpec> options{
      list("-f,--file", "FILE", "compose file; may be given again", &Arguments::files),
      list("--env-file", "FILE", "file with values of variables", &Arguments::env_files),
      list("--profile", "NAME", "profile to switch on", &Arguments::profiles),
      {"-p,--project-name", "NAME", "the stack's name",
       [](Arguments& a, Text v) -> Status {
         if (v.empty()) return fail(Code::invalid, "-p needs a name");
         a.project = v;
         return {};
       }},
      text("--project-directory", "DIR", "folder that relative paths start from",
           &Arguments::project_directory),
      flag("--json", "JSON instead of text (docs/json.md)", &Arguments::json),
      flag("--quiet", "nothing but errors", &Arguments::quiet),
      refused("-H,--host", "-H: not in this version yet", ""),
  };
  return options;
}

const std::vector<CommandSpec>& command_table() {
  static const std::vector<CommandSpec> table = make_table();
  return table;
}

const CommandSpec* find_command(std::string_view name) {
  for (const auto& c : command_table())
    if (name == c.name || (*c.alias != '\0' && name == c.alias)) return &c;
  return nullptr;
}

bool is_later_command(std::string_view name) {
  return std::any_of(later_commands.begin(), later_commands.end(),
                     [name](std::string_view later) { return later == name; });
}

std::string usage_line(const CommandSpec* command) {
  if (command == nullptr) return "landfast [OPTION…] COMMAND [ARGUMENT…]";
  return fmt::format("landfast {} [OPTION…]{}", command->name, operands_text(command->operands));
}

std::string help_text(const CommandSpec* command) {
  if (command == nullptr) return program_help();
  std::string out = fmt::format("landfast {}: {}\n\nusage: {}\n", command->name, command->summary,
                                usage_line(command));
  if (*command->alias != '\0') out += fmt::format("       also known as {}\n", command->alias);
  if (!command->options.empty()) {
    out += "\noptions\n";
    add_options(out, command->options);
  }
  out += "\noptions of every command\n";
  add_options(out, common_options());
  return out;
}

}  // namespace landfast
