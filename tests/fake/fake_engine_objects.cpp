// SPDX-License-Identifier: Apache-2.0
// Networks, volumes and images of the fake engine.
#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "fake/fake_engine_daemon.h"
#include "fake/fake_engine_json.h"

namespace landfast {
namespace json = boost::json;
using namespace fake;

// ---- networks

void FakeDaemon::predefine(const std::string& name, const std::string& driver) {
  (void)create_network({{"Name", name}, {"Driver", driver}});
  networks_.back().predefined = true;
  events_.clear();
}

const FakeNetwork* FakeDaemon::network(const std::string& ref) const {
  for (const auto& n : networks_)
    if (n.id == ref || n.name == ref) return &n;
  return nullptr;
}
FakeNetwork* FakeDaemon::network(const std::string& ref) {
  return const_cast<FakeNetwork*>(std::as_const(*this).network(ref));
}

Result<FakeNetwork*> FakeDaemon::one_network(const std::string& ref) {
  std::vector<FakeNetwork*> found;
  for (auto& n : networks_) {
    if (n.id == ref) return &n;
    if (n.name == ref) found.push_back(&n);
  }
  if (found.empty()) return fail(Code::not_found, "network " + ref + " not found");
  if (found.size() > 1)
    return fail(Code::invalid, "network " + ref + " is ambiguous (" + std::to_string(found.size()) +
                                   " matches found on name)");
  return found[0];
}

Result<std::string> FakeDaemon::create_network(const json::object& body) {
  FakeNetwork n;
  n.name = text_of(body, "Name");
  n.driver = text_of(body, "Driver");
  if (n.driver.empty()) n.driver = "bridge";
  if (flag_of(body, "CheckDuplicate") && network(n.name))
    return fail(Code::conflict, "network with name " + n.name + " already exists");
  static const std::vector<std::string> drivers = {"bridge",  "host",    "null",
                                                   "overlay", "macvlan", "ipvlan"};
  if (std::find(drivers.begin(), drivers.end(), n.driver) == drivers.end())
    return fail(Code::not_found, "plugin \"" + n.driver + "\" not found");
  n.id = new_id("network");
  n.internal = flag_of(body, "Internal");
  n.labels = labels_of(body, "Labels");
  n.subnet = next_subnet_++;
  const auto net = "172." + std::to_string(n.subnet);
  json::object config{{"Subnet", net + ".0.0/16"}, {"Gateway", net + ".0.1"}};
  n.raw = {{"Name", n.name},
           {"Id", n.id},
           {"Created", clock_.utc()},
           {"Scope", "local"},
           {"Driver", n.driver},
           {"EnableIPv6", flag_of(body, "EnableIPv6")},
           {"IPAM", {{"Driver", "default"}, {"Options", nullptr}, {"Config", {config}}}},
           {"Internal", n.internal},
           {"Attachable", flag_of(body, "Attachable")},
           {"Ingress", false},
           {"ConfigFrom", {{"Network", ""}}},
           {"ConfigOnly", false},
           {"Containers", json::object{}},
           {"Options", object_of(body, "Options")},
           {"Labels", object_of(body, "Labels")}};
  if (!array_of(object_of(body, "IPAM"), "Config").empty()) n.raw["IPAM"] = body.at("IPAM");
  const auto id = n.id;
  networks_.push_back(std::move(n));
  emit("network", "create", id,
       {{"name", networks_.back().name}, {"type", networks_.back().driver}});
  return id;
}

Status FakeDaemon::remove_network(const std::string& ref) {
  auto found = one_network(ref);
  if (!found && found.error().code == Code::not_found) return {};
  TRY(auto* n, std::move(found));
  if (n->predefined)
    return fail(Code::failed, n->name + " is a pre-defined network and cannot be removed");
  for (const auto& [id, c] : containers_)
    for (const auto& [name, e] : c.endpoints)
      if (c.up() && e.network_id == n->id)
        return fail(Code::failed, "error while removing network: network " + n->name + " id " +
                                      n->id + " has active endpoints");
  if (miscounted.contains(n->name))
    return fail(Code::stuck, "network " + n->name + " has active endpoints");
  const auto gone = *n;
  std::erase_if(networks_, [&](const FakeNetwork& x) { return x.id == gone.id; });
  emit("network", "destroy", gone.id, {{"name", gone.name}, {"type", gone.driver}});
  return {};
}

Status FakeDaemon::connect(const std::string& ref, const std::string& container,
                           json::object endpoint) {
  TRY(auto* n, one_network(ref));
  auto* c = edit(container);
  if (!c) return fail(Code::not_found, "No such container: " + container);
  if (!c->joined.empty() || c->endpoints.contains("host"))
    return fail(Code::invalid,
                "container sharing network namespace with another container or "
                "host cannot be connected to any other network");
  if (c->endpoints.contains("none"))
    return fail(Code::invalid,
                "container cannot be connected to multiple networks with one of "
                "the networks in private (none) mode");
  if (c->up() && c->endpoints.contains(n->name))
    return fail(Code::failed,
                "endpoint with name " + c->name + " already exists in network " + n->name);
  FakeEndpoint e;
  e.aliases = words_of(endpoint, "Aliases");
  e.aliases.push_back(c->id.substr(0, 12));
  e.config = std::move(endpoint);
  c->endpoints[n->name] = std::move(e);
  if (c->up()) attach(*c, n->name);
  changed();
  return {};
}

Status FakeDaemon::disconnect(const std::string& ref, const std::string& container, bool force) {
  TRY(auto* n, one_network(ref));
  auto* c = edit(container);
  if (!c) return fail(Code::not_found, "No such container: " + container);
  (void)force;  // forces a stale endpoint of another host only: the answer is the same here
  const auto it = c->endpoints.find(n->name);
  if (it == c->endpoints.end())
    return fail(Code::failed, "container " + c->id + " is not connected to network " + n->name);
  c->endpoints.erase(it);
  emit("network", "disconnect", n->id,
       {{"container", c->id}, {"name", n->name}, {"type", n->driver}});
  changed();
  return {};
}

void FakeDaemon::attach(FakeContainer& c, const std::string& name) {
  auto* n = network(name);
  if (!n) return;
  auto& e = c.endpoints[name];
  e.network_id = n->id;
  const auto short_id = c.id.substr(0, 12);
  if (!n->predefined && std::find(e.aliases.begin(), e.aliases.end(), short_id) == e.aliases.end())
    e.aliases.push_back(short_id);
  const auto fixed = text_of(object_of(e.config, "IPAMConfig"), "IPv4Address");
  if (n->driver != "host" && n->driver != "null") {
    const int host = n->next_host++;
    e.ip = !fixed.empty() ? fixed
                          : "172." + std::to_string(n->subnet) + "." + std::to_string(host / 256) +
                                "." + std::to_string(host % 256);
  }
  emit("network", "connect", n->id, {{"container", c.id}, {"name", name}, {"type", n->driver}});
}

std::vector<NetworkState> FakeDaemon::networks() const {
  std::vector<NetworkState> out;
  for (const auto& n : networks_)
    out.push_back({n.id, n.name, n.driver, n.internal, n.labels, n.raw});
  return out;
}

// ---- volumes

Status FakeDaemon::create_volume(const json::object& body) {
  FakeVolume v;
  v.name = text_of(body, "Name");
  v.anonymous = v.name.empty();
  if (v.anonymous) v.name = new_id("volume");
  if (const auto driver = text_of(body, "Driver"); !driver.empty() && driver != "local")
    return fail(Code::not_found, "create " + v.name + ": error looking up volume plugin " + driver +
                                     ": plugin \"" + driver + "\" not found");
  if (volumes_.contains(v.name)) return {};
  v.labels = labels_of(body, "Labels");
  const auto* options = body.if_contains("DriverOpts");
  v.raw = {{"CreatedAt", clock_.utc()},
           {"Driver", v.driver},
           {"Labels", body.contains("Labels") ? body.at("Labels") : json::value(nullptr)},
           {"Mountpoint", "/var/lib/docker/volumes/" + v.name + "/_data"},
           {"Name", v.name},
           {"Options", options ? *options : json::value(nullptr)},
           {"Scope", "local"}};
  const auto name = v.name;
  volumes_.emplace(name, std::move(v));
  emit("volume", "create", name, {{"driver", "local"}});
  return {};
}

Status FakeDaemon::remove_volume(const std::string& name) {
  if (!volumes_.contains(name)) return {};
  for (const auto& [id, c] : containers_)
    for (const auto& m : c.mounts)
      if (m.type == "volume" && m.name == name)
        return fail(Code::conflict, "remove " + name + ": volume is in use - [" + id + "]");
  volumes_.erase(name);
  emit("volume", "destroy", name, {{"driver", "local"}});
  return {};
}

std::vector<VolumeState> FakeDaemon::volumes() const {
  std::vector<VolumeState> out;
  for (const auto& [name, v] : volumes_)
    out.push_back({name, v.driver, text_of(v.raw, "Mountpoint"), v.labels, v.raw});
  return out;
}

std::vector<std::string> FakeDaemon::writers(const std::string& source) const {
  std::vector<std::string> found;
  for (const auto& [id, c] : containers_)
    for (const auto& m : c.mounts)
      if (c.up() && !m.read_only && (m.type == "volume" ? m.name : m.source) == source) {
        found.push_back(id);
        break;
      }
  return found;
}

Status FakeDaemon::add_mount(FakeContainer& c, FakeMount mount) {
  for (const auto& m : c.mounts)
    if (m.target == mount.target)
      return fail(Code::invalid, "Duplicate mount point: " + mount.target);
  if (mount.type == "volume" && mount.name.empty()) {
    mount.name = new_id("volume");
    mount.anonymous = true;
  }
  if (mount.type == "volume") {
    TRY_VOID(create_volume({{"Name", mount.name}}));
    if (mount.anonymous) volumes_.at(mount.name).anonymous = true;
  }
  c.mounts.push_back(std::move(mount));
  return {};
}

Status FakeDaemon::inherit_mounts(FakeContainer& c) {
  for (const auto& entry : words_of(c.host_config, "VolumesFrom")) {
    const auto parts = split(entry, ':');
    const auto* from = find(parts[0]);
    if (!from) return fail(Code::not_found, "No such container: " + parts[0]);
    for (auto mount : from->mounts) {
      mount.anonymous = false;
      if (parts.size() > 1 && parts[1] == "ro") mount.read_only = true;
      c.mounts.push_back(std::move(mount));
    }
  }
  return {};
}

Status FakeDaemon::make_mounts(FakeContainer& c, const FakeImage& image) {
  TRY_VOID(inherit_mounts(c));
  for (const auto& bind : words_of(c.host_config, "Binds")) {
    const auto parts = split(bind, ':');
    FakeMount m;
    m.type = parts[0].starts_with('/') ? "bind" : "volume";
    (m.type == "bind" ? m.source : m.name) = parts[0];
    m.target = parts.size() > 1 ? parts[1] : parts[0];
    m.read_only = parts.size() > 2 && (parts[2] == "ro" || parts[2].starts_with("ro,"));
    TRY_VOID(add_mount(c, std::move(m)));
  }
  for (const auto& item : array_of(c.host_config, "Mounts")) {
    FakeMount m;
    m.type = text_of(item.as_object(), "Type");
    (m.type == "volume" ? m.name : m.source) = text_of(item.as_object(), "Source");
    m.target = text_of(item.as_object(), "Target");
    m.read_only = flag_of(item.as_object(), "ReadOnly");
    if (m.type != "tmpfs") TRY_VOID(add_mount(c, std::move(m)));
  }
  (void)image;  // its volumes are in the merged config
  for (const auto& [target, ignored] : object_of(c.config, "Volumes")) {
    const bool covered = std::any_of(c.mounts.begin(), c.mounts.end(),
                                     [&](const auto& m) { return m.target == target; });
    FakeMount m;
    m.type = "volume";
    m.target = std::string(target);
    if (!covered) TRY_VOID(add_mount(c, std::move(m)));
  }
  return {};
}

// ---- images

const FakeImage* FakeDaemon::image_of(const std::string& reference) const {
  const auto full = full_reference(reference);
  for (const auto& [id, image] : images_) {
    if (id == reference || id == "sha256:" + reference) return &image;
    for (const auto& tag : image.tags)
      if (tag == full) return &image;
  }
  const auto prefix = reference.starts_with("sha256:") ? reference : "sha256:" + reference;
  const bool hex = reference.size() >= 12 &&
                   prefix.find_first_not_of("0123456789abcdef", 7) == std::string::npos;
  const auto it = hex ? images_.lower_bound(prefix) : images_.end();
  return it != images_.end() && it->first.starts_with(prefix) ? &it->second : nullptr;
}

std::string FakeDaemon::publish(const std::string& reference, FakeImage image) {
  image.id = "sha256:" + new_id("image");
  image.created = clock_.utc();
  image.tags.clear();
  const auto id = image.id;
  registry_.insert_or_assign(full_reference(reference), std::move(image));
  return id;
}

std::string FakeDaemon::load(const std::string& reference, FakeImage image) {
  image.id = "sha256:" + new_id("image");
  image.created = clock_.utc();
  image.tags.clear();
  const auto id = image.id;
  images_.emplace(id, std::move(image));
  (void)tag(id, reference);
  return id;
}

Task<Status> FakeDaemon::pull(std::string reference, OnImageProgress progress) {
  const auto full = full_reference(reference);
  const auto it = registry_.find(full);
  if (it == registry_.end())
    co_return fail(Code::not_found, "manifest for " + full + " not found: manifest unknown");
  const auto image = it->second;
  const int began = epoch_;
  ImageProgress at;
  at.image = reference;
  at.status = "Downloading";
  at.total = image.size;
  for (int part = 1; part <= 4; ++part) {
    co_await clock_.sleep(image.pull_duration / 4);
    if (epoch_ != began) co_return fail(Code::unavailable, "the engine went away");
    at.current = image.size * static_cast<std::uint64_t>(part) / 4;
    if (progress) progress(at);
  }
  images_.try_emplace(image.id, image);
  (void)tag(image.id, full);
  emit("image", "pull", full, {{"name", full}});
  co_return Status{};
}

void FakeDaemon::untag(const std::string& reference) {
  for (auto& [id, image] : images_) std::erase(image.tags, reference);
}

Status FakeDaemon::tag(const std::string& ref, const std::string& reference) {
  const auto* image = image_of(ref);
  if (!image) return fail(Code::not_found, "No such image: " + full_reference(ref));
  const auto id = image->id;
  const auto full = full_reference(reference);
  untag(full);
  images_.at(id).tags.push_back(full);
  emit("image", "tag", id, {{"name", full}});
  return {};
}

Status FakeDaemon::remove_image(const std::string& reference) {
  const auto* image = image_of(reference);
  if (!image) return {};
  const auto id = image->id;
  if (image->tags.size() <= 1)
    for (const auto& [container, c] : containers_)
      if (c.image_id == id)
        return fail(Code::conflict, "conflict: unable to remove repository reference \"" +
                                        reference + "\" (must force) - container " +
                                        container.substr(0, 12) +
                                        " is using its referenced image " + id.substr(7, 12));
  untag(full_reference(reference));
  emit("image", "untag", id, {{"name", id}});
  if (!images_.at(id).tags.empty()) return {};
  images_.erase(id);
  emit("image", "delete", id, {{"name", id}});
  return {};
}

Result<Image> FakeDaemon::image(const std::string& reference) const {
  const auto* found = image_of(reference);
  if (!found) return fail(Code::not_found, "No such image: " + full_reference(reference));
  Image out;
  out.id = found->id;
  out.tags = found->tags;
  out.created = found->created;
  out.os = engine_facts.os;
  out.architecture = engine_facts.arch;
  out.size = found->size;
  out.config = found->config;
  return out;
}

}  // namespace landfast
