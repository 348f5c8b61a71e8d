// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "plan/capabilities.h"
#include "plan/create_body_parts.h"

namespace landfast {

namespace {

using namespace body;

Error refused(const Mark& mark, std::string path, Code code, std::string text,
              std::string hint = {}) {
  Error out;
  out.code = code;
  out.text = path + ": " + std::move(text);
  out.path = std::move(path);
  out.hint = std::move(hint);
  if (mark.line > 0) out.mark = mark;
  return out;
}

struct Refusal {
  const char* attribute;
  const char* text;
  const char* hint;
};

constexpr Refusal refusals[] = {
    {"provider", "a service that another program provides cannot be deployed",
     "run it beside the stack and give its address to the others"},
    {"models", "AI models of Docker's model runner cannot be deployed",
     "run a model server as a service of its own"},
};

void check_grants(std::vector<Error>& out, const Service& service, const std::string& attribute,
                  const Project& project, const std::map<std::string, FileObject>& objects) {
  const auto* grants = find_array(service.canonical.reveal(), attribute);
  const auto* all = find_object(project.canonical.reveal(), attribute);
  if (!grants) return;
  for (const auto& item : *grants) {
    const auto* grant = item.if_object();
    const auto key = grant ? text(*grant, "source") : std::string{};
    const auto it = objects.find(key);
    if (it == objects.end()) continue;
    const auto path = attribute + "." + key;
    if (it->second.external)
      out.push_back(refused(it->second.mark, path, Code::unsupported,
                            "an external one is kept by Swarm, which one engine has not",
                            "give it as file, environment or content"));
    const auto* object = all ? find_object(*all, key) : nullptr;
    for (const auto* driver : {"driver", "template_driver"})
      if (object && find(*object, driver))
        out.push_back(refused(it->second.mark, path + "." + driver, Code::unsupported,
                              "only Swarm has drivers for this",
                              "give it as file, environment or content"));
  }
}

void check_mounts(std::vector<Error>& out, const Service& service, const std::string& base,
                  const EngineFacts& engine) {
  const auto* volumes = find_array(service.canonical.reveal(), "volumes");
  if (!volumes) return;
  for (std::size_t i = 0; i < volumes->size(); ++i) {
    const auto* mount = (*volumes)[i].if_object();
    if (!mount) continue;
    const auto type = text(*mount, "type"), path = fmt::format("{}.volumes[{}]", base, i);
    const auto* options = find_object(*mount, "volume");
    if (type == "volume" && options && find(*options, "subpath") && !api_at_least(engine, "1.45"))
      out.push_back(refused(service.mark, path + ".volume.subpath", Code::unsupported,
                            "needs Docker Engine 26", "mount the whole volume"));
    if (type == "image" && !api_at_least(engine, "1.48"))
      out.push_back(refused(service.mark, path, Code::unsupported,
                            "mounting an image needs Docker Engine 28"));
    if (type == "cluster")
      out.push_back(refused(service.mark, path, Code::unsupported, "only Swarm has these volumes"));
    if (type == "npipe" && engine.os != "windows")
      out.push_back(refused(service.mark, path, Code::unsupported, "only Windows has named pipes"));
  }
}

void check_mac_addresses(std::vector<Error>& out, const Service& service, const std::string& base,
                         const EngineFacts& engine) {
  const auto* networks = find_object(service.canonical.reveal(), "networks");
  if (!networks || api_at_least(engine, "1.44")) return;
  const auto count = std::count_if(networks->begin(), networks->end(), [](const auto& entry) {
    const auto* options = entry.value().if_object();
    return options && find(*options, "mac_address");
  });
  if (count > 1)
    out.push_back(refused(service.mark, base + ".networks", Code::unsupported,
                          "mac_address on more than one network needs Docker Engine 25",
                          "keep it on the network with the highest priority"));
}

void check_runtime(std::vector<Error>& out, const Service& service, const std::string& base,
                   const EngineFacts& engine) {
  const auto& canonical = service.canonical.reveal();
  const auto runtime = text(canonical, "runtime");
  const auto& known = engine.runtimes;
  if (!runtime.empty() && !known.empty() && !runtime.starts_with("io.containerd.") &&
      !runtime.starts_with('/') && std::find(known.begin(), known.end(), runtime) == known.end())
    out.push_back(refused(service.mark, base + ".runtime", Code::unsupported,
                          "this engine has no runtime " + in_quotes(runtime),
                          "it has: " + join(known, ", ")));
  const auto isolation = text(canonical, "isolation");
  if (!isolation.empty() && isolation != "default" && engine.os != "windows")
    out.push_back(refused(service.mark, base + ".isolation", Code::unsupported,
                          in_quotes(isolation) + " is only for Windows containers",
                          "leave it out, or say default"));
}

void check_health(std::vector<Error>& out, const Service& service, const std::string& base) {
  const auto* check = find_object(service.canonical.reveal(), "healthcheck");
  if (check && find(*check, "start_interval") && !find(*check, "start_period"))
    out.push_back(refused(service.mark, base + ".healthcheck.start_interval", Code::invalid,
                          "needs start_period as well",
                          "say how long the start may take: start_period: 30s"));
}

}  // namespace

std::vector<Error> what_engine_refuses(const Project& project, const EngineFacts& engine) {
  std::vector<Error> out;
  for (const auto& [name, service] : project.services) {
    const auto base = "services." + name;
    for (const auto& refusal : refusals)
      if (find(service.canonical.reveal(), refusal.attribute))
        out.push_back(refused(service.mark, base + "." + refusal.attribute, Code::unsupported,
                              refusal.text, refusal.hint));
    check_grants(out, service, "configs", project, project.configs);
    check_grants(out, service, "secrets", project, project.secrets);
    check_mounts(out, service, base, engine);
    check_mac_addresses(out, service, base, engine);
    check_runtime(out, service, base, engine);
    check_health(out, service, base);
  }
  for (const auto& [key, network] : project.networks)
    if (text(network.canonical, "driver") == "overlay" && !network.external && !engine.swarm)
      out.push_back(refused(network.mark, "networks." + key + ".driver", Code::unsupported,
                            "overlay networks need Swarm", "use the driver bridge"));
  return out;
}

}  // namespace landfast
