// SPDX-License-Identifier: Apache-2.0
#include "engine/builder.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <charconv>

#include "base/text.h"
#include "engine/build_context.h"
#include "engine/dockerfile.h"
#include "io/file.h"
#include "io/process.h"

namespace landfast {

namespace {

constexpr std::size_t largest_dockerfile = 4u << 20;
constexpr std::chrono::seconds question_limit{15};

std::string value_of(const Environment& environment, const std::string& key) {
  const auto it = environment.find(key);
  return it == environment.end() ? std::string{} : it->second;
}

// The answer of a short question to a program; nothing where it fails or takes too long.
Task<std::optional<std::string>> ask(Loop& loop, std::vector<std::string> argv,
                                     Environment environment) {
  ProcessRequest request(std::move(argv));
  request.environment = std::move(environment);
  auto either = race(run_process(loop, std::move(request)), sleep_for(loop, question_limit));
  auto winner = co_await either;
  if (winner.index() != 0) co_return std::nullopt;
  const auto& done = std::get<0>(winner);
  if (!done || done->exit_code != 0) co_return std::nullopt;
  co_return done->output;
}

Result<std::string> dockerfile_text(const BuildPlan& plan) {
  if (!plan.dockerfile_inline.empty()) return plan.dockerfile_inline;
  const std::string path = plan.dockerfile_path();
  if (path.empty()) return std::string{};
  auto text = read_file(path, largest_dockerfile);
  if (text) return text;
  Error error = std::move(text.error());
  if (error.code == Code::not_found) {
    error.code = Code::invalid;
    error.text = fmt::format("there is no Dockerfile {}", path);
    error.hint = "correct `build.context` or `build.dockerfile`";
  }
  return fail(std::move(error));
}

Status check_context(const BuildPlan& plan) {
  struct stat status {};
  if (plan.remote()) return {};
  if (::stat(plan.context.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
  return fail(Code::invalid, fmt::format("there is no folder {} to build", plan.context),
              "correct `build.context`");
}

constexpr auto install_buildkit =
    "install a docker CLI with BuildKit: apt install docker.io on Debian 12, docker-buildx on "
    "newer";

Status check_classic(const BuildPlan& plan, const std::string& dockerfile) {
  if (const auto key = beyond_classic(plan); !key.empty())
    return fail(Code::unsupported, fmt::format("{} needs BuildKit, which is not here", key),
                install_buildkit);
  const auto need = needs_buildkit(dockerfile);
  if (!need) return {};
  Error error;
  error.code = Code::unsupported;
  error.text =
      fmt::format("the Dockerfile uses {}, which needs BuildKit, which is not here", need->what);
  error.hint = install_buildkit;
  Mark mark;
  mark.file = plan.dockerfile_path().empty() ? "dockerfile_inline" : plan.dockerfile_path();
  mark.line = need->line;
  mark.column = 1;
  mark.source_line = need->source_line;
  error.mark = std::move(mark);
  return fail(std::move(error));
}

}  // namespace

bool has_builtin_buildkit(const std::string& version_line) {
  constexpr std::string_view before = "Docker version ";
  const auto at = version_line.find(before);
  if (at == std::string::npos) return false;
  const char* from = version_line.data() + at + before.size();
  int major = 0;
  const auto parsed = std::from_chars(from, version_line.data() + version_line.size(), major);
  return parsed.ec == std::errc{} && major >= 19 && major < 23;
}

DockerBuilder::DockerBuilder(Loop& loop, DockerEndpoint endpoint, CredentialsSource credentials,
                             Environment environment)
    : loop_(loop),
      api_(loop, std::move(endpoint)),
      credentials_(std::move(credentials)),
      environment_(std::move(environment)) {}

// The CLI talks to the engine that we talk to, with the caller's credentials.
Environment DockerBuilder::cli_environment() const {
  Environment environment = environment_;
  const auto& address = api_.endpoint().address;
  environment.erase("DOCKER_CONTEXT");
  environment["DOCKER_HOST"] = address.uri();
  const auto& tls = address.tls;
  const std::string& file = tls.ca.empty() ? tls.certificate : tls.ca;
  environment.erase("DOCKER_TLS_VERIFY");
  if (address.kind == SocketAddress::Kind::tls) {
    environment[tls.verify ? "DOCKER_TLS_VERIFY" : "DOCKER_TLS"] = "1";
    if (!file.empty()) environment["DOCKER_CERT_PATH"] = file.substr(0, file.rfind('/'));
  }
  const auto& caller = credentials_.caller();
  if (caller.docker_config.empty()) return environment;
  environment["DOCKER_CONFIG"] = caller.docker_config;
  // Under sudo root must leave no files of its own in the caller's folder.
  if (!caller.user.empty() && !environment.contains("BUILDX_CONFIG"))
    environment["BUILDX_CONFIG"] = value_of(environment, "HOME") + "/.docker/buildx";
  return environment;
}

Task<std::optional<BuildkitCli>> DockerBuilder::find_cli() {
  if (cli_) co_return *cli_;
  std::string path = value_of(environment_, "PATH");
  if (path.empty()) path = "/usr/local/bin:/usr/bin";
  std::optional<BuildkitCli> found;
  const Environment environment = cli_environment();
  for (const auto& program : find_programs("docker", path)) {
    std::vector<std::string> buildx{program, "buildx", "version"};
    std::vector<std::string> version{program, "--version"};
    BuildkitCli cli;
    cli.program = program;
    const auto plugin = co_await ask(loop_, std::move(buildx), environment);
    cli.buildx = plugin.has_value();
    if (!cli.buildx) {
      const auto answer = co_await ask(loop_, std::move(version), environment);
      if (!answer || !has_builtin_buildkit(*answer)) continue;
    }
    found = std::move(cli);
    break;
  }
  cli_ = found;
  co_return found;
}

Task<Status> DockerBuilder::check(BuildRequest request) {
  CO_TRY(const auto plan, read_build(request, environment_));
  CO_TRY_VOID(check_context(plan));
  CO_TRY(const auto dockerfile, dockerfile_text(plan));
  if (co_await find_cli()) co_return Status{};
  co_return check_classic(plan, dockerfile);
}

Task<Status> DockerBuilder::build(BuildRequest request, OnImageProgress progress) {
  CO_TRY(auto plan, read_build(request, environment_));
  CO_TRY_VOID(check_context(plan));
  const auto cli = co_await find_cli();
  if (cli) co_return co_await build_by_cli(*cli, std::move(plan), request.service, progress);
  CO_TRY(const auto dockerfile, dockerfile_text(plan));
  CO_TRY_VOID(check_classic(plan, dockerfile));
  co_return co_await build_by_engine(std::move(plan), request.service, progress);
}

std::unique_ptr<Builder> make_docker_builder(Loop& loop, DockerEndpoint endpoint,
                                             CredentialsSource credentials) {
  return std::make_unique<DockerBuilder>(loop, std::move(endpoint), std::move(credentials),
                                         process_environment());
}

}  // namespace landfast
