// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/digest.h"
#include "compose/load.h"
#include "model/config_hash.h"
#include "peer_body/canonical_project.h"
#include "plan/capabilities.h"
#include "plan/create_body.h"
#include "plan/difference.h"
#include "plan/network_body.h"
#include "plan/volume_body.h"

// The pure half of tests/peer_body/run: reads what the peer and the engine said, says what we
// would.
//   engine_peer_body differences CONFIG CONTAINERS IMAGES VERSION   what differs, one line each
//   engine_peer_body bodies CONFIG CONTAINERS IMAGES VERSION OUT    one request a container
// CONFIG is `config --format json` of the peer, or the compose file itself for our own loader.
//   engine_peer_body same CONTAINERS-A CONTAINERS-B                 what two sets show differently

namespace {

using namespace landfast;
namespace json = boost::json;

struct Inputs {
  Project project;
  EngineFacts engine;
  std::vector<Container> containers;
  std::map<std::string, Image> images;
  bool loaded = false;  ///< by our own loader
};

class Disk final : public Files {
 public:
  Result<std::string> read(const std::string& path) const override {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(Code::not_found, "cannot read " + path);
    return std::string{std::istreambuf_iterator<char>{file}, {}};
  }
  bool exists(const std::string& path) const override { return std::filesystem::exists(path); }
  bool is_directory(const std::string& path) const override {
    return std::filesystem::is_directory(path);
  }
};

/// The project as our own loader reads the file.
Project load_file(const std::string& path) {
  LoadRequest request;
  request.cwd = std::filesystem::path{path}.parent_path();
  request.files = {path};
  request.project_name = "lfpeer";
  if (const char* value = std::getenv("PATH")) request.environment["PATH"] = value;
  auto project = load(request, Disk{});
  if (!project) throw std::runtime_error(project.error().text);
  if (const auto read = attach_content(*project, Disk{}); !read)
    throw std::runtime_error(read.error().text);
  return std::move(*project);
}

void read_content(Project& project) {
  for (auto* objects : {&project.configs, &project.secrets})
    for (auto& [key, object] : *objects) {
      if (object.file.empty()) continue;
      std::ifstream file(object.file);
      const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
      object.content = Secret(bytes);
      object.digest = sha256_hex(bytes);
    }
}

Inputs read(char** argv) {
  Inputs in;
  const std::string config = argv[2];
  in.loaded = config.ends_with(".yaml");
  in.project = in.loaded ? load_file(config) : peer::project_of(peer::read_json(config));
  const auto containers = peer::read_json(argv[3]), images = peer::read_json(argv[4]);
  for (const auto& item : containers.as_array())
    in.containers.push_back(peer::container_of(item.as_object()));
  for (const auto& item : images.as_array()) {
    auto image = peer::image_of(item.as_object());
    in.images[image.id] = std::move(image);
  }
  const auto version = peer::read_json(argv[5]).as_object();
  in.engine.api_version = peer::text_of(version, "ApiVersion");
  in.engine.os = "linux";
  in.engine.cgroup_version = peer::text_of(version, "CgroupVersion");
  in.engine.logging_driver = peer::text_of(version, "LoggingDriver");
  in.engine.default_runtime = peer::text_of(version, "DefaultRuntime");
  if (in.loaded) return in;
  if (!in.containers.empty())
    in.project.working_dir = in.containers.front().label("com.docker.compose.project.working_dir");
  read_content(in.project);
  return in;
}

std::map<std::string, std::string> ids(const Inputs& in) {
  std::map<std::string, std::string> out;
  for (const auto& container : in.containers)
    if (const auto name = container.label("com.docker.compose.service"); !out.contains(name))
      out[name] = container.id;
  return out;
}

Result<CreateRequest> request_for(const Inputs& in, const Container& container) {
  const auto& service = in.project.services.at(container.label("com.docker.compose.service"));
  const int number = std::stoi(container.label("com.docker.compose.container-number"));
  BodyContext context{.project = in.project,
                      .engine = in.engine,
                      .container_name = container_name(in.project, service, number),
                      .number = number,
                      .image = service.image,
                      .image_id = container.image_id,
                      .config_hash = "another hash: nothing is taken on trust"};
  context.service_containers = ids(in);
  return create_request(service, context);
}

/// Whether our loader's service has the hash that the peer wrote down.
bool same_hash(const Inputs& in, const Container& container) {
  const auto& service = in.project.services.at(container.label("com.docker.compose.service"));
  return service_hash(service.canonical, ids(in)) ==
         container.label("com.docker.compose.config-hash");
}

int differences_of(const Inputs& in) {
  int count = 0;
  for (const auto& container : in.containers) {
    if (in.loaded && !same_hash(in, container)) {
      fmt::print("{}: another config hash\n", container.name);
      ++count;
    }
    const auto wanted = request_for(in, container);
    if (!wanted) {
      fmt::print("{}: {}\n", container.name, wanted.error().text);
      ++count;
      continue;
    }
    const auto image = in.images.find(container.image_id);
    for (const auto& one :
         differences(*wanted, container, image == in.images.end() ? nullptr : &image->second,
                     in.engine, file_digests(in.project))) {
      fmt::print("{}: {}\n", container.name, to_string(one));
      ++count;
    }
  }
  fmt::print("{} containers, {} differences\n", in.containers.size(), count);
  return count == 0 ? 0 : 1;
}

void write(const std::string& path, const json::value& value) {
  std::ofstream(path) << json::serialize(value);
}

int bodies_of(const Inputs& in, const std::string& folder) {
  json::array order, networks, volumes;
  for (const auto& [key, network] : in.project.networks)
    if (!network.external) networks.push_back(network_body(in.project, network, "hash"));
  for (const auto& [key, volume] : in.project.volumes)
    if (!volume.external) volumes.push_back(volume_body(in.project, volume, "hash"));
  for (const auto& container : in.containers) {
    auto made = request_for(in, container);
    if (!made) {
      fmt::print("{}: {}\n", container.name, made.error().text);
      return 1;
    }
    json::array connect;
    for (auto& one : made->connect)
      connect.push_back(json::object{{"network", one.network}, {"endpoint", one.endpoint}});
    order.push_back(json::object{{"name", container.name},
                                 {"platform", made->platform},
                                 {"body", made->body},
                                 {"connect", std::move(connect)}});
  }
  write(folder + "/networks.json", networks);
  write(folder + "/volumes.json", volumes);
  write(folder + "/containers.json", order);
  return 0;
}

/// What must not tell one container from another of the same request.
json::value plain(const json::value& value, std::string_view key = {}) {
  if (const auto* object = value.if_object()) {
    std::map<std::string, json::value> sorted;
    for (const auto& [name, item] : *object) {
      const bool own = name == "Hostname" || name == "Labels" || name == "NetworkID" ||
                       name == "EndpointID" || name == "IPAddress" || name == "IPv6Gateway" ||
                       name == "Annotations";
      auto made = plain(item, name);
      const bool empty = made.is_null() || made == json::value(json::array{}) ||
                         made == json::value(json::object{}) || made == json::value("");
      if (!own && !empty) sorted[std::string{name}] = std::move(made);
    }
    json::object out;
    for (auto& [name, item] : sorted) out[name] = std::move(item);
    return out;
  }
  const auto* array = value.if_array();
  if (!array) return value;
  std::vector<std::string> items;
  for (const auto& item : *array) {
    auto text = json::serialize(plain(item));
    const bool id = key == "Aliases" && text.size() == 14;
    if (!id) items.push_back(std::move(text));
  }
  if (key != "Cmd" && key != "Entrypoint" && key != "Dns") std::sort(items.begin(), items.end());
  json::array out;
  for (const auto& item : items) out.push_back(json::parse(item));
  return out;
}

int compare(const json::value& ours, const json::value& theirs, const std::string& path) {
  const auto *a = ours.if_object(), *b = theirs.if_object();
  if (!a || !b) {
    if (ours == theirs) return 0;
    fmt::print("  {}: ours {} peer {}\n", path, json::serialize(ours), json::serialize(theirs));
    return 1;
  }
  int count = 0;
  for (const auto& [key, value] : *a) {
    const auto* other = b->if_contains(key);
    count += compare(value, other ? *other : json::value(), path + "/" + std::string{key});
  }
  for (const auto& [key, value] : *b)
    if (!a->contains(key)) count += compare(nullptr, value, path + "/" + std::string{key});
  return count;
}

int same(const json::value& ours, const json::value& theirs) {
  int count = 0;
  for (const auto& one : ours.as_array())
    for (const auto& other : theirs.as_array()) {
      if (one.at("Name") != other.at("Name")) continue;
      const auto& networks = std::string{"NetworkSettings"};
      const auto name = std::string{one.at("Name").as_string()};
      // Ids of the other containers differ; what stands in their place is compared elsewhere.
      auto mine = plain(one).as_object(), its = plain(other).as_object();
      for (auto* object : {&mine, &its})
        for (const auto* key : {"NetworkMode", "PidMode", "IpcMode", "VolumesFrom"}) {
          auto* mode = (*object)["HostConfig"].as_object().if_contains(key);
          if (mode && json::serialize(*mode).find_first_of("0123456789") != std::string::npos &&
              json::serialize(*mode).size() > 64)
            *mode = "container";
        }
      count += compare(mine["Config"], its["Config"], name + "/Config");
      count += compare(mine["HostConfig"], its["HostConfig"], name + "/HostConfig");
      count += compare(mine[networks].as_object()["Networks"],
                       its[networks].as_object()["Networks"], name + "/Networks");
    }
  fmt::print("{} attributes differ\n", count);
  return count == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  try {
    if (verb == "differences" && argc == 6) return differences_of(read(argv));
    if (verb == "bodies" && argc == 7) return bodies_of(read(argv), argv[6]);
    if (verb == "same" && argc == 4)
      return same(peer::read_json(argv[2]), peer::read_json(argv[3]));
  } catch (const std::exception& error) {
    std::cerr << "engine_peer_body: " << error.what() << '\n';
    return 2;
  }
  std::cerr << "usage: tests/peer_body/run says how\n";
  return 2;
}
