// SPDX-License-Identifier: Apache-2.0
// Containers of the fake engine: made, found, named, removed.
#include "fake/fake_engine_daemon.h"

#include <algorithm>

#include "base/digest.h"
#include "base/tar_read.h"
#include "base/text.h"
#include "base/ustar.h"
#include "fake/fake_engine_json.h"
#include "fake/tar_members.h"

namespace landfast {
namespace json = boost::json;
using namespace fake;

FakeDaemon::FakeDaemon(SimulatedClock& clock) : clock_(clock) {
  engine_facts.version = "20.10.24";
  engine_facts.api_version = "1.41";
  engine_facts.os = "linux";
  engine_facts.arch = "amd64";
  engine_facts.storage_driver = "overlay2";
  engine_facts.root_dir = "/var/lib/docker";
  engine_facts.cgroup_version = "2";
  engine_facts.runtimes = {"runc"};
  engine_facts.id = "FAKE";
  predefine("bridge", "bridge");
  predefine("host", "host");
  predefine("none", "null");
}

EngineFacts FakeDaemon::facts() const { return engine_facts; }

std::string FakeDaemon::new_id(std::string_view what) {
  return sha256_hex(std::string(what) + std::to_string(++sequence_));
}

void FakeDaemon::later(std::chrono::nanoseconds delay, std::function<void()> action) {
  clock_.after(delay, [alive = std::weak_ptr<int>(alive_), action = std::move(action)] {
    if (!alive.expired()) action();
  });
}

void FakeDaemon::emit(std::string type, std::string action, std::string id,
                      std::map<std::string, std::string> attributes) {
  EngineEvent event;
  event.type = std::move(type);
  event.action = std::move(action);
  event.id = std::move(id);
  event.attributes = std::move(attributes);
  event.time_nano = clock_.now().count();
  events_.push_back(event);
  const auto listeners = subscribers;  // one may end itself while it is told
  for (const auto& [number, tell] : listeners) tell(event);
}

void FakeDaemon::emit(const FakeContainer& c, std::string action,
                      std::map<std::string, std::string> extra) {
  extra.merge(labels_of(c.config, "Labels"));
  extra["image"] = text_of(c.config, "Image");
  extra["name"] = c.name;
  emit("container", std::move(action), c.id, std::move(extra));
}

FakeContainer* FakeDaemon::edit(const std::string& ref) {
  if (const auto it = containers_.find(ref); it != containers_.end()) return &it->second;
  for (auto& [id, c] : containers_)
    if (c.name == ref) return &c;
  if (ref.empty()) return nullptr;
  const auto it = containers_.lower_bound(ref);
  return it != containers_.end() && it->first.starts_with(ref) ? &it->second : nullptr;
}

const FakeContainer* FakeDaemon::find(const std::string& ref) const {
  return const_cast<FakeDaemon*>(this)->edit(ref);
}

const FakeContainer* FakeDaemon::by_pid(std::int64_t pid) const {
  for (const auto& [id, c] : containers_)
    if (c.pid == pid && c.up()) return &c;
  return nullptr;
}

namespace {

tl::unexpected<Error> no_container(const std::string& ref) {
  return fail(Code::not_found, "No such container: " + ref);
}

bool valid_name(const std::string& name) {
  return name.size() > 1 && std::isalnum(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), [](unsigned char ch) {
           return std::isalnum(ch) || ch == '_' || ch == '.' || ch == '-';
         });
}

tl::unexpected<Error> name_taken(const std::string& name, const std::string& by) {
  return fail(Code::conflict, "Conflict. The container name \"/" + name +
                                  "\" is already in use by container \"" + by +
                                  "\". You have to remove (or rename) that container to be able "
                                  "to reuse that name.");
}

std::vector<FakePort> bindings_of(const json::object& host_config) {
  std::vector<FakePort> bindings;
  for (const auto& [key, value] : object_of(host_config, "PortBindings")) {
    const auto parts = split(key, '/');
    if (!value.is_array()) continue;
    for (const auto& item : value.get_array()) {
      FakePort port;
      port.target = static_cast<std::uint16_t>(std::stoi(parts[0]));
      port.protocol = parts.size() > 1 ? parts[1] : "tcp";
      port.host_ip = text_of(item.as_object(), "HostIp");
      const auto host = text_of(item.as_object(), "HostPort");
      port.host = static_cast<std::uint16_t>(host.empty() ? 0 : std::stoi(host));
      bindings.push_back(std::move(port));
    }
  }
  return bindings;
}

FakeImageBehaviour behaviour_of(const FakeImage& image, const json::object& config) {
  auto words = words_of(config, "Entrypoint");
  for (auto& word : words_of(config, "Cmd")) words.push_back(std::move(word));
  const auto it = image.by_command.find(join(words, " "));
  return it == image.by_command.end() ? image.behaviour : it->second;
}

}  // namespace

Result<std::string> FakeDaemon::create(std::string name, json::object body) {
  const auto reference = text_of(body, "Image");
  const auto* image = image_of(reference);
  if (!image) return fail(Code::not_found, "No such image: " + full_reference(reference));
  FakeContainer c;
  c.id = new_id("container");
  c.sequence = sequence_;
  c.name = name.empty() ? "quiet_" + c.id.substr(0, 8) : std::move(name);
  if (!valid_name(c.name)) return fail(Code::invalid, "Invalid container name (" + c.name + ")");
  for (const auto& [id, other] : containers_)
    if (other.name == c.name) return name_taken(c.name, id);
  if (object_of(object_of(body, "NetworkingConfig"), "EndpointsConfig").size() > 1)
    return fail(Code::invalid,
                "Container cannot be connected to network endpoints: API 1.41 "
                "takes one at create");
  c.image_id = image->id;
  c.created = clock_.utc();
  c.config = merged_config(body, *image, c.id);
  c.host_config = merged_host_config(object_of(body, "HostConfig"));
  const auto& policy = object_of(c.host_config, "RestartPolicy");
  c.policy.name = text_of(policy, "Name");
  c.policy.maximum_retry_count =
      static_cast<int>(number_of(policy, "MaximumRetryCount").value_or(0));
  c.behaviour = behaviour_of(*image, c.config);
  c.bindings = bindings_of(c.host_config);
  TRY_VOID(make_mounts(c, *image));
  make_endpoints(c, body);
  const auto id = c.id;
  const auto& kept = containers_.emplace(id, std::move(c)).first->second;
  emit(kept, "create");
  changed();
  return id;
}

void FakeDaemon::make_endpoints(FakeContainer& c, const json::object& body) {
  auto mode = text_of(c.host_config, "NetworkMode");
  if (mode.starts_with("container:")) {
    if (const auto* owner = find(mode.substr(10))) {
      c.joined = owner->id;
      c.host_config["NetworkMode"] = "container:" + owner->id;
    } else {
      c.joined = mode.substr(10);
    }
    return;
  }
  if (mode == "default") mode = "bridge";
  c.endpoints[mode];
  for (const auto& [name, value] :
       object_of(object_of(body, "NetworkingConfig"), "EndpointsConfig")) {
    auto& endpoint = c.endpoints[name];
    if (!value.is_object()) continue;
    endpoint.config = value.get_object();
    endpoint.aliases = words_of(endpoint.config, "Aliases");
  }
}

Status FakeDaemon::rename(const std::string& ref, const std::string& name) {
  auto* c = edit(ref);
  if (!c) return no_container(ref);
  if (c->name == name)
    return fail(Code::invalid, "Renaming a container with the same name as its current name");
  if (!valid_name(name)) return fail(Code::invalid, "Invalid container name (" + name + ")");
  for (const auto& [id, other] : containers_)
    if (other.name == name) return name_taken(name, id);
  const auto old = std::exchange(c->name, name);
  emit(*c, "rename", {{"oldName", "/" + old}});
  changed();
  return {};
}

Status FakeDaemon::set_policy(const std::string& ref, RestartPolicy policy) {
  auto* c = edit(ref);
  if (!c) return no_container(ref);
  if (policy.name.empty()) policy.name = "no";
  const auto& n = policy.name;
  if (n != "no" && n != "always" && n != "unless-stopped" && n != "on-failure")
    return fail(Code::invalid, "invalid restart policy '" + n + "'");
  c->policy = std::move(policy);
  c->host_config["RestartPolicy"] =
      json::object{{"Name", c->policy.name}, {"MaximumRetryCount", c->policy.maximum_retry_count}};
  emit(*c, "update");
  changed();
  return {};
}

Status FakeDaemon::put_archive(const std::string& ref, std::string path, std::string tar) {
  auto* c = edit(ref);
  if (!c) return no_container(ref);
  c->archives[std::move(path)] = std::move(tar);
  emit(*c, "extract-to-dir");
  return {};
}

Result<std::string> FakeDaemon::get_archive(const std::string& ref, const std::string& path,
                                            std::size_t limit) const {
  const auto* c = find(ref);
  if (!c) return no_container(ref);
  auto files = c->behaviour.files;
  for (const auto& [folder, tar] : c->archives) {
    TRY(const auto members, read_tar(tar));
    for (const auto& member : members) files[folder + "/" + member.path] = member.content;
  }
  const auto parent = path.substr(0, path.rfind('/') + 1);
  std::string tar;
  if (!files.contains(path)) tar = test::tar_member(path.substr(parent.size()), "", '5');
  const auto folder = tar.size();
  for (const auto& [file, content] : files) {
    if (file != path && !file.starts_with(path + "/")) continue;
    const auto member = file.substr(parent.size());
    TRY(const auto whole, ustar_of({member, content}));
    tar += whole.substr(0, whole.size() - 1024);  // without its end
  }
  if (tar.size() == folder)
    return fail(Code::not_found, "Could not find the file " + path + " in container " + c->name);
  if (tar.size() + 1024 > limit) return fail(Code::failed, "the answer is larger than its limit");
  return tar + std::string(1024, '\0');
}

Result<std::vector<std::string>> FakeDaemon::processes(const std::string& ref) const {
  const auto* c = find(ref);
  if (!c) return no_container(ref);
  if (!c->up()) return fail(Code::conflict, "container " + c->id + " is not running");
  if (!c->behaviour.processes.empty()) return c->behaviour.processes;
  auto words = words_of(c->config, "Entrypoint");
  for (auto& word : words_of(c->config, "Cmd")) words.push_back(std::move(word));
  if (words.empty()) return std::vector<std::string>{};
  return std::vector<std::string>{words[0].substr(words[0].rfind('/') + 1)};
}

Status FakeDaemon::remove(const std::string& ref, bool force, bool anonymous_volumes) {
  auto* c = edit(ref);
  if (!c) return {};
  if (c->active() && !force)
    return fail(Code::conflict, "You cannot remove a running container " + c->id +
                                    ". Stop the container before attempting removal or force "
                                    "remove");
  const auto id = c->id;
  if (c->active()) {
    c->manually_stopped = true;
    emit(*c, "kill", {{"signal", "9"}});
    end_process(*c, 137);
  }
  destroy(id, anonymous_volumes);
  return {};
}

void FakeDaemon::destroy(const std::string& id, bool anonymous_volumes) {
  const auto it = containers_.find(id);
  if (it == containers_.end()) return;
  const auto gone = std::move(it->second);
  containers_.erase(it);
  for (const auto& mount : gone.mounts)
    if (anonymous_volumes && mount.anonymous) (void)remove_volume(mount.name);
  emit(gone, "destroy");
  changed();
}

namespace {
Container listed(const Container& inspected) {
  Container c;
  c.id = inspected.id;
  c.name = inspected.name;
  c.image_id = inspected.image_id;
  c.image_ref = inspected.image_ref;
  c.labels = inspected.labels;
  c.status = inspected.status;
  c.networks = inspected.networks;
  c.mounts = inspected.mounts;
  return c;
}
}  // namespace

std::vector<const FakeContainer*> FakeDaemon::all() const {
  std::vector<const FakeContainer*> found;
  for (const auto& [id, c] : containers_) found.push_back(&c);
  std::sort(found.begin(), found.end(),
            [](const auto* a, const auto* b) { return a->sequence > b->sequence; });
  return found;
}

std::vector<Container> FakeDaemon::list(const ContainerFilter& filter) const {
  std::vector<Container> out;
  for (const auto* c : all()) {
    const bool ours =
        filter.project.empty() || c->label("com.docker.compose.project") == filter.project;
    if (!ours || (!filter.all && !c->active())) continue;
    out.push_back(filter.brief ? listed(to_container(*c)) : to_container(*c));
  }
  return out;
}

std::string_view FakeContainer::label(std::string_view key) const {
  const auto* labels = config.if_contains("Labels");
  const auto* value =
      labels != nullptr && labels->is_object() ? labels->get_object().if_contains(key) : nullptr;
  return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                : std::string_view();
}

Result<Container> FakeDaemon::inspect(const std::string& ref) const {
  const auto* c = find(ref);
  if (!c) return no_container(ref);
  return to_container(*c);
}

}  // namespace landfast
