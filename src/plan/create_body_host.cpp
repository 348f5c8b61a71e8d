// SPDX-License-Identifier: Apache-2.0
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <set>

#include "base/text.h"
#include "plan/create_body_parts.h"

namespace landfast::body {

namespace {

std::string upper(std::string text) {
  for (auto& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

/// Capabilities as the engine names them: upper case, CAP_ in front, sorted, each once.
Array capabilities(const Object& service, std::string_view key) {
  std::set<std::string> names;
  for (const auto& name : texts(service, key)) {
    const auto full = upper(name);
    names.insert(full == "ALL" || full.starts_with("CAP_") ? full : "CAP_" + full);
  }
  return array_of({names.begin(), names.end()});
}

/// The profile as one line; the engine takes its text, not its path.
Result<std::string> seccomp(const BodyContext& context, const std::string& path) {
  if (path == "unconfined" || path == "builtin") return path;
  const auto it = context.project.seccomp_profiles.find(path);
  if (it == context.project.seccomp_profiles.end())
    return fail(Code::invalid,
                "security_opt: the seccomp profile " + in_quotes(path) + " could not be read");
  boost::system::error_code error;
  const auto parsed = boost::json::parse(it->second, error);
  if (error)
    return fail(Code::invalid,
                "security_opt: the seccomp profile " + in_quotes(path) + " is not valid JSON");
  return boost::json::serialize(parsed);
}

Status put_security(Object& host, const Object& service, const BodyContext& context) {
  Array options;
  for (const auto& option : texts(service, "security_opt")) {
    if (option == "systempaths=unconfined") {
      host["MaskedPaths"] = Array{};
      host["ReadonlyPaths"] = Array{};
      continue;
    }
    const auto split = option.find_first_of("=:");
    if (split == std::string::npos && option != "no-new-privileges")
      return fail(Code::invalid, "security_opt: " + in_quotes(option) + " is not KEY=VALUE");
    if (option.substr(0, split) == "seccomp" && split != std::string::npos) {
      TRY(const auto profile, seccomp(context, option.substr(split + 1)));
      options.emplace_back("seccomp=" + profile);
      continue;
    }
    options.emplace_back(option);
  }
  put_list(host, "SecurityOpt", std::move(options));
  return {};
}

void put_logging(Object& host, const Object& service) {
  const auto* logging = find_object(service, "logging");
  if (!logging) return;
  Object out;
  put_text(out, "Type", text(*logging, "driver"));
  Object options;
  if (const auto* own = find_object(*logging, "options"))
    for (const auto& [key, value] : *own) options[key] = text(value);
  if (!options.empty()) out["Config"] = std::move(options);
  if (!out.empty()) host["LogConfig"] = std::move(out);
}

Array extra_hosts(const Object& service) {
  Array out;
  for (const auto& entry : texts(service, "extra_hosts")) {
    const auto split = entry.find('=');
    out.emplace_back(split == std::string::npos
                         ? entry
                         : entry.substr(0, split) + ":" + entry.substr(split + 1));
  }
  return out;
}

/// A service becomes its container's id. Compose 2.40.3 forgets `:ro`; the file's word is kept.
Status put_volumes_from(Object& host, const Object& service, const BodyContext& context) {
  Array out;
  for (const auto& entry : texts(service, "volumes_from")) {
    if (entry.starts_with("container:")) {
      out.emplace_back(entry.substr(10));
      continue;
    }
    const auto colon = entry.find(':');
    const auto name = entry.substr(0, colon);
    const auto it = context.service_containers.find(name);
    if (it == context.service_containers.end())
      return fail(Code::not_found,
                  "volumes_from: service " + in_quotes(name) + " has no container");
    const bool read_only = colon != std::string::npos && entry.substr(colon + 1) == "ro";
    out.emplace_back(it->second + (read_only ? ":ro" : ""));
  }
  put_list(host, "VolumesFrom", std::move(out));
  return {};
}

Status put_namespaces(Object& host, const Object& service, const BodyContext& context) {
  TRY(const auto ipc, shared_namespace(context, "ipc", text(service, "ipc")));
  TRY(const auto pid, shared_namespace(context, "pid", text(service, "pid")));
  TRY(const auto uts, shared_namespace(context, "uts", text(service, "uts")));
  put_text(host, "IpcMode", ipc);
  put_text(host, "PidMode", pid);
  put_text(host, "UTSMode", uts);
  put_text(host, "UsernsMode", text(service, "userns_mode"));
  put_text(host, "CgroupnsMode", text(service, "cgroup"));
  return {};
}

void put_texts(Object& host, std::string_view to, const Object& service, std::string_view from) {
  const auto* own = find_object(service, from);
  if (!own || own->empty()) return;
  Object out;
  for (const auto& [key, value] : *own) out[key] = text(value);
  host[to] = std::move(out);
}

}  // namespace

Result<std::string> shared_namespace(const BodyContext& context, const std::string& attribute,
                                     const std::string& mode) {
  if (!mode.starts_with("service:")) return mode;
  const auto name = mode.substr(8);
  const auto it = context.service_containers.find(name);
  if (it == context.service_containers.end())
    return fail(Code::not_found, attribute + ": service " + in_quotes(name) + " has no container");
  return "container:" + it->second;
}

Status put_host(Object& host, const Object& service, const BodyContext& context) {
  if (api_at_least(context.engine, "1.43")) put_texts(host, "Annotations", service, "annotations");
  put_list(host, "CapAdd", capabilities(service, "cap_add"));
  put_list(host, "CapDrop", capabilities(service, "cap_drop"));
  if (const auto* init = find(service, "init")) host["Init"] = *init;
  put_flag(host, "ReadonlyRootfs", flag(service, "read_only"));
  put_flag(host, "Privileged", flag(service, "privileged"));
  put_integer(host, "ShmSize", integer(service, "shm_size"));
  put_texts(host, "Sysctls", service, "sysctls");
  put_texts(host, "StorageOpt", service, "storage_opt");
  put_list(host, "Dns", array_of(texts(service, "dns")));
  put_list(host, "DnsSearch", array_of(texts(service, "dns_search")));
  put_list(host, "DnsOptions", array_of(texts(service, "dns_opt")));
  put_list(host, "ExtraHosts", extra_hosts(service));
  put_list(host, "GroupAdd", array_of(texts(service, "group_add")));
  put_text(host, "Isolation", text(service, "isolation"));
  put_text(host, "Runtime", text(service, "runtime"));
  put_logging(host, service);
  TRY_VOID(put_security(host, service, context));
  TRY_VOID(put_volumes_from(host, service, context));
  return put_namespaces(host, service, context);
}

}  // namespace landfast::body

namespace landfast {

namespace {

std::string policy_name(const std::string& condition) {
  if (condition == "none" || condition == "no") return "no";
  if (condition == "any" || condition == "always") return "always";
  return condition;
}

}  // namespace

RestartPolicy restart_policy(const Service& service) {
  const auto& canonical = service.canonical.reveal();
  const auto* deploy = body::find_object(canonical, "deploy");
  if (const auto* policy = deploy ? body::find_object(*deploy, "restart_policy") : nullptr) {
    const auto name = policy_name(body::text(*policy, "condition"));
    // The engine refuses a count with any other policy, and so does `docker compose up`.
    const auto attempts = name == "on-failure" ? body::integer(*policy, "max_attempts") : 0;
    return {name, static_cast<int>(attempts)};
  }
  const auto written = body::text(canonical, "restart");
  const auto colon = written.find(':');
  RestartPolicy out{policy_name(written.substr(0, colon)), 0};
  if (colon != std::string::npos)
    std::from_chars(written.data() + colon + 1, written.data() + written.size(),
                    out.maximum_retry_count);
  return out;
}

}  // namespace landfast
