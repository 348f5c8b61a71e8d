// SPDX-License-Identifier: Apache-2.0
#include "plan/create_body.h"

#include <charconv>

#include "base/text.h"
#include "plan/create_body_parts.h"

namespace landfast {

namespace body {

namespace {

int version_part(std::string_view& rest) {
  int number = 0;
  const auto dot = std::min(rest.find('.'), rest.size());
  std::from_chars(rest.data(), rest.data() + dot, number);
  rest.remove_prefix(std::min(dot + 1, rest.size()));
  return number;
}

/// null takes the image's, [] clears it: the two are different for the engine.
void put_argv(Object& config, std::string_view to, const Object& service, std::string_view from) {
  if (const auto* list = find_array(service, from)) config[to] = *list;
}

/// K=V, or K alone, which unsets the image's variable.
Array environment(const Object& service, const BodyContext& context) {
  std::map<std::string, Value> all;
  for (const auto& [key, value] : context.engine.proxy_environment) all[key] = Value(value);
  if (const auto* own = find_object(service, "environment"))
    for (const auto& [key, value] : *own) all[key] = value;
  if (flag(service, "use_api_socket")) all["DOCKER_CONFIG"] = "/run/secrets/docker";
  Array out;
  for (const auto& [key, value] : all)
    out.emplace_back(value.is_null() ? key : key + "=" + text(value));
  return out;
}

void put_process(Object& config, const Object& service, const BodyContext& context) {
  put_text(config, "Hostname", text(service, "hostname"));
  put_text(config, "Domainname", text(service, "domainname"));
  put_text(config, "User", text(service, "user"));
  put_text(config, "WorkingDir", text(service, "working_dir"));
  put_text(config, "StopSignal", text(service, "stop_signal"));
  put_flag(config, "Tty", flag(service, "tty"));
  put_flag(config, "OpenStdin", flag(service, "stdin_open"));
  // Without it the engine drops what the command still says once its input has ended.
  put_flag(config, "StdinOnce", context.one_off && flag(service, "stdin_open"));
  put_argv(config, "Cmd", service, "command");
  put_argv(config, "Entrypoint", service, "entrypoint");
  put_list(config, "Env", environment(service, context));
  put_flag(config, "NetworkDisabled", text(service, "network_mode") == "disabled");
  if (const auto grace = duration(service, "stop_grace_period"))
    config["StopTimeout"] = std::chrono::duration_cast<std::chrono::seconds>(*grace).count();
}

}  // namespace

Result<Object> healthcheck(const Object& check, const EngineFacts& engine) {
  Object out;
  if (flag(check, "disable"))
    out["Test"] = array_of({"NONE"});
  else
    put_list(out, "Test", array_of(texts(check, "test")));
  const auto put = [&](std::string_view to, std::string_view from) {
    if (const auto time = duration(check, from)) put_integer(out, to, time->count());
  };
  put("Interval", "interval");
  put("Timeout", "timeout");
  put("StartPeriod", "start_period");
  put_integer(out, "Retries", integer(check, "retries"));
  if (!find(check, "start_interval")) return out;
  if (!find(check, "start_period"))
    return fail(Code::invalid, "healthcheck.start_interval needs start_period",
                "say how long the start may take: start_period: 30s");
  if (api_at_least(engine, "1.44")) put("StartInterval", "start_interval");
  return out;
}

}  // namespace body

bool api_at_least(const EngineFacts& engine, std::string_view version) {
  std::string_view have = engine.api_version;
  const int major = body::version_part(have), wanted = body::version_part(version);
  if (major != wanted) return major > wanted;
  return body::version_part(have) >= body::version_part(version);
}

std::string container_name(const Project& project, const Service& service, int number) {
  if (!service.container_name.empty()) return service.container_name;
  return project.name + "-" + service.name + "-" + std::to_string(number);
}

Result<CreateRequest> create_request(const Service& service, const BodyContext& context) {
  const auto& canonical = service.canonical.reveal();
  CreateRequest out;
  out.name = context.container_name;
  out.platform = body::text(canonical, "platform");
  out.restart_policy = restart_policy(service);
  body::Object host;
  const auto in_service = [&](Error error) {
    error.path = "services." + service.name;
    error.text = "service " + in_quotes(service.name) + ": " + error.text;
    return fail(std::move(error));
  };
  if (const auto* check = body::find_object(canonical, "healthcheck")) {
    auto made = body::healthcheck(*check, context.engine);
    if (!made) return in_service(std::move(made).error());
    out.body["Healthcheck"] = std::move(*made);
  }
  auto status = body::put_host(host, canonical, context);
  if (status) status = body::put_mounts(host, service, context, out.files);
  if (status) status = body::put_networks(out, host, service, context);
  if (!status) return in_service(std::move(status).error());
  body::put_process(out.body, canonical, context);
  body::put_edge_network(out, context);
  body::put_ports(out.body, host, service, context);
  body::put_resources(host, canonical);
  const auto policy = context.restart_override.empty() ? out.restart_policy
                                                       : RestartPolicy{context.restart_override};
  host["RestartPolicy"] =
      body::Object{{"Name", policy.name}, {"MaximumRetryCount", policy.maximum_retry_count}};
  out.body["Image"] = context.image;
  out.body["AttachStdout"] = true;
  out.body["AttachStderr"] = true;
  out.body["Labels"] = body::labels(service, context, out.files);
  out.body["HostConfig"] = std::move(host);
  return out;
}

}  // namespace landfast
