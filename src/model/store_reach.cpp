// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "base/path.h"
#include "base/text.h"
#include "model/project.h"
#include "model/store.h"

namespace landfast {
namespace {

bool in_a_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

/// Whether the text holds one of the names as a word of its own: "@db:5432", not "mydb".
bool names_one(std::string_view text, const std::set<std::string>& names) {
  for (const auto& name : names) {
    for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
      const auto end = at + name.size();
      if ((at == 0 || !in_a_word(text[at - 1])) && (end == text.size() || !in_a_word(text[end])))
        return true;
    }
  }
  return false;
}

const boost::json::object& canonical(const Service& service) { return service.canonical.reveal(); }

std::string text_of(const boost::json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::vector<std::string> texts_of(const boost::json::object& object, const char* key) {
  std::vector<std::string> out;
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_array()) return out;
  for (const auto& item : value->as_array())
    if (item.is_string()) out.emplace_back(item.as_string());
  return out;
}

/// By which names others find the service on a network.
std::set<std::string> names_of(const Service& service) {
  std::set<std::string> names{service.name};
  names.insert(service.container_name);
  names.insert(text_of(canonical(service), "hostname"));
  if (const auto* networks = canonical(service).if_contains("networks");
      networks != nullptr && networks->is_object())
    for (const auto& entry : networks->as_object())
      if (entry.value().is_object()) {
        const auto& endpoint = entry.value().as_object();
        names.merge([&] {
          const auto aliases = texts_of(endpoint, "aliases");
          return std::set<std::string>(aliases.begin(), aliases.end());
        }());
        names.insert(text_of(endpoint, "ipv4_address"));
        names.insert(text_of(endpoint, "ipv6_address"));
      }
  names.erase("");
  return names;
}

class Reach {
 public:
  Reach(const Project& project, const Store& store) : project_(project), store_(store) {
    if (const auto* service = find(store.service)) names_ = names_of(*service);
  }

  std::vector<std::string> services() const {
    std::set<std::string> out;
    if (find(store_.service) != nullptr) out.insert(store_.service);
    for (const auto& [name, service] : project_.services)
      if (mounts(service, 0) || (is_server(store_.kind) && speaks(service))) out.insert(name);
    return {out.begin(), out.end()};
  }

 private:
  static constexpr int longest_chain = 20;  // of volumes_from and of shared namespaces

  [[nodiscard]] const Service* find(const std::string& name) const {
    const auto it = project_.services.find(name);
    return it == project_.services.end() ? nullptr : &it->second;
  }

  [[nodiscard]] bool is_place(const ServiceMount& mount) const {
    if (mount.kind == MountKind::bind) {
      return is_inside(mount.source, store_.path) || is_inside(store_.path, mount.source);
    }
    const auto volume = project_.volumes.find(mount.source);
    return mount.kind == MountKind::volume && !store_.volume.empty() &&
           volume != project_.volumes.end() && volume->second.name == store_.volume;
  }

  [[nodiscard]] bool mounts(const Service& service, int depth) const {
    if (std::any_of(service.mounts.begin(), service.mounts.end(),
                    [&](const auto& mount) { return !mount.read_only && is_place(mount); }))
      return true;
    if (depth > longest_chain) return true;
    for (const auto& from : texts_of(canonical(service), "volumes_from")) {
      const auto words = split(from, ':');
      if (words.back() == "ro") continue;
      const auto* other = find(words.front());
      if (other != nullptr && other != &service && mounts(*other, depth + 1)) return true;
    }
    return false;
  }

  /// The networks whose names and addresses the service sees.
  [[nodiscard]] std::set<std::string> networks(const Service& service, int depth) const {
    constexpr std::string_view sharing = "service:";
    if (depth <= longest_chain && service.network_mode.starts_with(sharing))
      if (const auto* other = find(service.network_mode.substr(sharing.size())))
        return networks(*other, depth + 1);
    return {service.networks.begin(), service.networks.end()};
  }

  [[nodiscard]] bool meets(const Service& service, const Service& store) const {
    const auto theirs = networks(store, 0);
    const auto own = networks(service, 0);
    if (std::any_of(own.begin(), own.end(), [&](const auto& n) { return theirs.contains(n); }))
      return true;
    // A published port is reached from everywhere, and so is what runs on the host's network.
    return !store.ports.empty() || service.network_mode == "host" || store.network_mode == "host";
  }

  [[nodiscard]] bool speaks(const Service& service) const {
    const auto* store = find(store_.service);
    if (store == nullptr || &service == store || !meets(service, *store)) return false;
    return std::any_of(service.depends_on.begin(), service.depends_on.end(),
                       [&](const auto& d) { return d.service == store_.service; }) ||
           names_it(service);
  }

  [[nodiscard]] bool names_it(const Service& service) const {
    for (const auto& [key, value] : service.environment)
      if (value && names_one(value->reveal(), names_)) return true;
    for (const auto* key : {"command", "entrypoint"})
      for (const auto& word : texts_of(canonical(service), key))
        if (names_one(word, names_)) return true;
    return granted(service.configs, project_.configs) || granted(service.secrets, project_.secrets);
  }

  [[nodiscard]] bool granted(const std::vector<FileGrant>& grants,
                             const std::map<std::string, FileObject>& files) const {
    return std::any_of(grants.begin(), grants.end(), [&](const FileGrant& grant) {
      const auto file = files.find(grant.source);
      return file != files.end() && file->second.content &&
             names_one(file->second.content->reveal(), names_);
    });
  }

  const Project& project_;
  const Store& store_;
  std::set<std::string> names_;
};

}  // namespace

std::vector<std::string> reaches(const Project& project, const Store& store) {
  return Reach(project, store).services();
}

}  // namespace landfast
