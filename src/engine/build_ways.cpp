// SPDX-License-Identifier: Apache-2.0
// The two ways to build: the CLI's BuildKit, and the engine's own endpoint.
#include <fmt/core.h>

#include "base/digest.h"
#include "base/text.h"
#include "engine/build_context.h"
#include "engine/build_log.h"
#include "engine/builder.h"
#include "engine/json_read.h"
#include "io/file.h"
#include "io/process.h"

namespace landfast {
namespace json = boost::json;

Task<Status> DockerBuilder::build_by_cli(BuildkitCli cli, BuildPlan plan, std::string service,
                                         OnImageProgress progress) {
  auto command = build_command(plan, cli.program, cli.buildx, cli_environment());
  const auto log = std::make_shared<BuildLog>(plan.tags.front(), std::move(progress));
  ProcessRequest request(std::move(command.argv));
  request.environment = std::move(command.environment);
  request.input = std::move(command.input);
  request.output_limit = 64 * 1024;
  request.on_output = [log](std::string_view bytes, bool) { log->take(bytes); };
  const auto done = co_await run_process(loop_, std::move(request));
  if (!done) co_return fail(wrap(done.error(), fmt::format("cannot build service {}", service)));
  if (done->exit_code == 0) co_return Status{};
  co_return fail(log->failure(service, fmt::format("docker build ended with {}", done->exit_code)));
}

namespace {

std::string optional_file(const std::string& path) {
  constexpr std::size_t largest = 1u << 20;
  return read_file(path, largest).value_or(std::string{});
}

// Where the Dockerfile is within the context, "" where it is outside.
std::string inside(const BuildPlan& plan) {
  if (!plan.dockerfile_inline.empty()) return {};
  const std::string path = plan.dockerfile_path();
  const std::string folder = plan.context.ends_with('/') ? plan.context : plan.context + "/";
  std::string_view name = path;
  if (!name.starts_with(folder)) return {};
  name.remove_prefix(folder.size());
  while (name.starts_with("./")) name.remove_prefix(2);
  return name.find("..") == name.npos ? std::string(name) : std::string{};
}

struct Upload {
  std::string dockerfile;  // its name in the archive
  BuildContext context;
};

Result<Upload> prepare_upload(const BuildPlan& plan) {
  Upload upload;
  upload.dockerfile = inside(plan);
  // As BuildKit does: a file named after the Dockerfile wins.
  std::string ignore;
  const std::string path = plan.dockerfile_path();
  if (!path.empty()) ignore = optional_file(path + ".dockerignore");
  if (ignore.empty()) ignore = optional_file(plan.context + "/.dockerignore");
  TRY(upload.context, list_context(plan.context, ignore, {upload.dockerfile, ".dockerignore"}));
  if (!upload.dockerfile.empty()) return upload;
  std::string text = plan.dockerfile_inline;
  if (text.empty()) {
    TRY(text, read_file(path, 4u << 20));
  }
  upload.dockerfile = ".dockerfile." + random_hex(8);
  upload.context.extra.emplace_back(upload.dockerfile, std::move(text));
  return upload;
}

Task<Status> follow_build(Loop& loop, HttpStream stream, std::shared_ptr<BuildLog> log,
                          std::string service) {
  JsonLines lines;
  std::string failure, text;
  const std::function<bool(const json::object&)> take = [&](const json::object& message) {
    text += text_at(message, "stream");
    if (const auto status = text_at(message, "status"); !status.empty())
      text += fmt::format("{} {}\n", text_at(message, "id"), status);
    failure = text_at(object_at(message, "errorDetail"), "message");
    if (failure.empty()) failure = text_at(message, "error");
    return failure.empty();
  };
  for (;;) {
    CO_TRY(const std::string bytes, co_await stream.read());
    if (bytes.empty()) co_return Status{};
    CO_TRY(const bool more, lines.feed(bytes, take));
    std::function<bool()> tell = [log, said = std::exchange(text, {})] {
      log->take(said);
      return true;
    };
    co_await call_aside(loop, std::move(tell));
    if (!more) co_return fail(log->failure(service, printable(failure)));
  }
}

}  // namespace

Task<Result<Secret>> DockerBuilder::registry_config() {
  CO_TRY(const auto hosts, credentials_.hosts());
  std::vector<RegistryCredentials> all;
  for (const auto& host : hosts) {
    auto found = co_await credentials_.find(loop_, host);
    // A helper that fails for one registry must not forbid a build that does not need it.
    if (found && *found) all.push_back(std::move(**found));
  }
  co_return all.empty() ? Secret() : registry_config_header(all);
}

Task<Status> DockerBuilder::build_by_engine(BuildPlan plan, std::string service,
                                            OnImageProgress progress) {
  Upload upload;
  if (plan.remote()) {
    upload.dockerfile = plan.dockerfile;
  } else {
    CO_TRY(upload, prepare_upload(plan));
  }
  CO_TRY(const auto proxies, credentials_.proxies(api_.endpoint().address.uri()));
  plan.args.insert(proxies.begin(), proxies.end());
  HttpRequest request("POST", build_query(plan, upload.dockerfile));
  CO_TRY(const auto secret, co_await registry_config());
  if (!secret.empty())
    request.headers.emplace_back("X-Registry-Config", std::string(secret.reveal()));
  if (!plan.remote()) {
    request.content_type = "application/x-tar";
    request.source = context_archive(std::move(upload.context));
  }
  const auto log = std::make_shared<BuildLog>(plan.tags.front(), std::move(progress));
  DockerApi::Purpose purpose(fmt::format("cannot build service {}", service));
  CO_TRY(auto stream, co_await api_.stream(std::move(request), std::move(purpose)));
  co_return co_await follow_build(loop_, std::move(stream), log, service);
}

}  // namespace landfast
