// SPDX-License-Identifier: Apache-2.0
#include "plan/difference.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "plan/difference_facts.h"
#include "plan/difference_rules.h"
#include "plan/names.h"

namespace landfast {

namespace {

using namespace body;
using facts::beyond_hash;
using facts::Fact;
using facts::Facts;
using facts::is_ambient;
using facts::may_be_of_image;

const Object& object_or_empty(const Object* object) {
  static const Object empty;
  return object ? *object : empty;
}

std::string label_of(const CreateRequest& wanted, const std::string& key) {
  return text(object_or_empty(find_object(wanted.body, "Labels")), key);
}

class Comparison {
 public:
  Comparison(const CreateRequest& wanted, const Container& actual, const Image* image,
             const EngineFacts& engine, const FileDigests& digests)
      : wanted_(wanted), actual_(actual), image_(image), engine_(engine), digests_(digests) {}

  std::vector<Difference> run() {
    add_image();
    add_name();
    add_files();
    add_hooks();
    compare(wanted_facts(), actual_facts());
    drop_parts_of_networks();
    add_swap();
    add_network_mode();
    add_policy();
    std::sort(found_.begin(), found_.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return std::move(found_);
  }

 private:
  [[nodiscard]] Facts side(const Object& config, const Object& host, const Object* image) const {
    const facts::Side one{config,  host,    image, image_ ? &image_->config : nullptr,
                          engine_, digests_};
    Facts out;
    facts::add_process(out, one);
    facts::add_health(out, one);
    facts::add_ports(out, one);
    facts::add_host(out, one);
    facts::add_resources(out, one);
    facts::add_mounts(out, one);
    return out;
  }
  [[nodiscard]] const Object& wanted_host() const {
    return object_or_empty(find_object(wanted_.body, "HostConfig"));
  }

  [[nodiscard]] Facts wanted_facts() const {
    auto out = side(wanted_.body, wanted_host(), image_ ? &image_->config : nullptr);
    out.merge(facts::wanted_networks(wanted_));
    facts::put(out, "mac_address", text(wanted_.body, "MacAddress"));
    return out;
  }

  [[nodiscard]] Facts actual_facts() const {
    auto out = side(actual_.config, actual_.host_config, nullptr);
    out.merge(facts::actual_networks(actual_, wanted_));
    facts::put(out, "mac_address", text(actual_.config, "MacAddress"));
    drop_own_hostname(out);
    return out;
  }

  /// Without one of its own a container is called by its id, or like the host whose names it has.
  void drop_own_hostname(Facts& out) const {
    if (!text(wanted_.body, "Hostname").empty()) return;
    const auto name = text(actual_.config, "Hostname");
    const bool of_host = text(actual_.host_config, "NetworkMode") == "host" ||
                         text(actual_.host_config, "UTSMode") == "host";
    if (of_host || facts::is_hex(name, 12)) out.erase("hostname");
    if (of_host) out.erase("domainname");
  }

  /// A value of the container that the file does not ask for, and that is no change for all that.
  [[nodiscard]] bool is_given(const std::string& path, const Fact& fact) const {
    if (path.starts_with("volumes[") && fact.values.front().starts_with("anonymous volume") &&
        declared_volume(path))
      return true;
    if (!image_ && may_be_of_image(path)) return true;
    if (path == "security_opt.systempaths" && flag(actual_.host_config, "Privileged")) return true;
    if (!is_ambient(path)) return false;
    const auto declared = actual_.labels.find("landfast.declared");
    if (declared != actual_.labels.end()) {
      const auto paths = split(declared->second, ',');
      return std::find(paths.begin(), paths.end(), path) == paths.end();
    }
    if (path == "logging.driver")
      return engine_.logging_driver.empty() || fact.values.front() == engine_.logging_driver;
    return path.starts_with("logging.") || path.starts_with("ulimits.") ||
           (path == "mac_address" && api_at_least(engine_, "1.44"));
  }

  [[nodiscard]] bool declared_volume(const std::string& path) const {
    const auto target = path.substr(8, path.size() - 9);
    const auto* volumes = image_ ? find_object(image_->config, "Volumes") : nullptr;
    return !image_ || (volumes && volumes->contains(target));
  }

  /// A wanted value that the container cannot show.
  [[nodiscard]] bool is_satisfied(const std::string& path, const Fact& fact) const {
    if (path.starts_with("volumes[") && fact.values.front().starts_with("anonymous volume"))
      return declared_volume(path);
    if (path == "security_opt.systempaths") return flag(actual_.host_config, "Privileged");
    return path.starts_with("blkio_config.weight") && engine_lacks("blkio weight");
  }

  [[nodiscard]] bool engine_lacks(std::string_view feature) const {
    return std::any_of(engine_.warnings.begin(), engine_.warnings.end(), [&](const auto& text) {
      return lower(text).find(feature) != std::string::npos;
    });
  }

  [[nodiscard]] bool same_hash() const {
    const auto hash = label_of(wanted_, label::config_hash);
    return !hash.empty() && hash == actual_.label(label::config_hash);
  }

  void compare(const Facts& wanted, const Facts& actual) {
    const bool same = same_hash();
    const auto counts = [&](const std::string& path) { return !same || beyond_hash(path); };
    for (const auto& [path, fact] : wanted) {
      if (!counts(path)) continue;
      const auto there = actual.find(path);
      if (there != actual.end())
        add_changed(path, there->second, fact);
      else if (!is_satisfied(path, fact))
        add(path, Change::added, {}, shown(fact, fact.values));
    }
    for (const auto& [path, fact] : actual)
      if (counts(path) && !wanted.contains(path) && !is_given(path, fact))
        add(path, Change::removed, shown(fact, fact.values), {});
  }

  void add_changed(const std::string& path, const Fact& from, const Fact& to) {
    if (from == to || only_lost_read_only(path, from, to)) return;
    if (!image_ && path == "expose" && without(to.values, from.values).empty()) return;
    auto gone = without(from.values, to.values), come = without(to.values, from.values);
    if (gone.empty() && come.empty()) {  // only the order changed
      gone = from.values;
      come = to.values;
    }
    const bool both = from.shown && to.shown;
    add(path, Change::changed, both ? shown(from, gone) : "", both ? shown(to, come) : "");
  }

  /// A network that comes or goes takes its aliases and addresses along.
  void drop_parts_of_networks() {
    std::vector<std::string> whole;
    for (const auto& one : found_)
      if (one.path.starts_with("networks.") && one.change != Change::changed)
        whole.push_back(one.path + ".");
    std::erase_if(found_, [&](const auto& one) {
      return std::any_of(whole.begin(), whole.end(),
                         [&](const auto& prefix) { return one.path.starts_with(prefix); });
    });
  }

  /// Without memswap_limit the engine allows as much swap as memory: twice mem_limit in all.
  void add_swap() {
    if (!engine_.swap_limit || !engine_.memory_limit) return;
    const auto wanted = integer(wanted_host(), "MemorySwap");
    const auto there = integer(actual_.host_config, "MemorySwap");
    const auto usual = 2 * integer(actual_.host_config, "Memory");
    if (wanted == there || (wanted == 0 && there == usual)) return;
    const auto words = [](std::int64_t bytes) {
      return bytes < 0 ? std::string{"unlimited"} : facts::exact_bytes(bytes);
    };
    const bool from_usual = there == 0 || there == usual;
    add("memswap_limit",
        from_usual    ? Change::added
        : wanted == 0 ? Change::removed
                      : Change::changed,
        from_usual ? "" : words(there), wanted == 0 ? "" : words(wanted));
  }

  /// Compose 2.40.3 forgets `:ro` of volumes_from: no reason to restart what it deployed.
  [[nodiscard]] bool only_lost_read_only(const std::string& path, const Fact& from,
                                         const Fact& to) const {
    if (path != "volumes_from" || actual_.labels.contains("landfast.declared")) return false;
    auto plain = to;
    for (auto& value : plain.values)
      if (value.ends_with(":ro")) value.resize(value.size() - 3);
    return plain == from;
  }

  static std::vector<std::string> without(const std::vector<std::string>& all,
                                          const std::vector<std::string>& minus) {
    std::vector<std::string> out;
    for (const auto& value : all)
      if (std::find(minus.begin(), minus.end(), value) == minus.end()) out.push_back(value);
    return out;
  }

  /// The values for a person; "" where they may hold secrets.
  static std::string shown(const Fact& fact, std::vector<std::string> values) {
    if (!fact.shown) return {};
    for (auto& value : values)
      if (value.starts_with('=')) value.erase(0, 1);
    return join(values, ", ");
  }

  void add(std::string path, Change change, std::string from, std::string to) {
    found_.push_back({std::move(path), change, std::move(from), std::move(to), false});
  }

  void add_image() {
    const auto wanted = text(wanted_.body, "Image");
    const auto id = label_of(wanted_, "com.docker.compose.image");
    const auto from = actual_.image_ref.empty() ? actual_.image_id : actual_.image_ref;
    if (!id.empty() && !actual_.image_id.empty() && id != actual_.image_id) {
      const auto brief = [](std::string text) {
        return text.starts_with("sha256:") ? text.substr(7, 12) : text;
      };
      const bool retagged = wanted == from;
      add("image", Change::changed, brief(retagged ? actual_.image_id : from),
          brief(retagged ? id : wanted));
    } else if (wanted != from && !wanted.starts_with("sha256:") && !from.starts_with("sha256:")) {
      add("image", Change::changed, from, wanted);
    }
  }

  /// container_name: the separators of older Compose versions are no change.
  void add_name() {
    const auto serving = [&] {
      const auto generation = generation_name(actual_.name);
      return generation ? generation->serving : actual_.name;
    }();
    const auto plain = [](std::string name) {
      if (name.size() > 13 && name[12] == '_' && facts::is_hex(name.substr(0, 12), 12))
        name.erase(0, 13);
      std::replace(name.begin(), name.end(), '_', '-');
      return name;
    };
    if (!wanted_.name.empty() && plain(serving) != plain(wanted_.name))
      add("container_name", Change::changed, serving, wanted_.name);
  }

  /// The content of configs and secrets that were put into the container; one that Compose made
  /// does not say what it got.
  void add_files() {
    const auto there = actual_.labels.find("landfast.files");
    const auto wanted = label_of(wanted_, "landfast.files");
    if (there != actual_.labels.end() && there->second != wanted)
      add("configs, secrets", Change::changed, {}, {});
  }

  /// What runs in it after its start and before its stop; one that Compose made does not say.
  void add_hooks() {
    const bool ours = actual_.labels.contains("landfast.declared");
    if (ours && actual_.label(label::hooks) != label_of(wanted_, label::hooks))
      add("post_start, pre_stop", Change::changed, {}, {});
  }

  [[nodiscard]] std::string actual_network_mode() const {
    auto mode = text(actual_.host_config, "NetworkMode");
    for (const auto& [name, value] : actual_.networks)
      if (const auto* endpoint = value.if_object();
          endpoint && !mode.empty() && text(*endpoint, "NetworkID") == mode)
        return std::string{name};
    return mode == "default" ? "bridge" : mode;
  }

  /// The primary network, unless networks came or went: then that is the difference.
  void add_network_mode() {
    const auto from = actual_network_mode(), to = text(wanted_host(), "NetworkMode");
    if (from == to) return;
    const bool told = std::any_of(found_.begin(), found_.end(), [](const auto& one) {
      return one.path.starts_with("networks.") && one.change != Change::changed;
    });
    if (!told) add("network_mode", Change::changed, from, to);
  }

  void add_policy() {
    const auto name = [](const RestartPolicy& policy) {
      auto out = policy.name.empty() ? std::string{"no"} : policy.name;
      if (policy.maximum_retry_count > 0) out += ":" + std::to_string(policy.maximum_retry_count);
      return out;
    };
    const auto from = name(actual_.restart_policy), to = name(wanted_.restart_policy);
    if (from != to) found_.push_back({"restart", Change::changed, from, to, true});
  }

  const CreateRequest& wanted_;
  const Container& actual_;
  const Image* image_;
  const EngineFacts& engine_;
  const FileDigests& digests_;
  std::vector<Difference> found_;
};

}  // namespace

std::string to_string(const Difference& difference) {
  const auto& [path, change, from, to, live] = difference;
  if (from.empty() && to.empty())
    return path + (change == Change::added     ? " added"
                   : change == Change::removed ? " removed"
                                               : " changed");
  if (from.empty()) return path + ": " + to + " added";
  if (to.empty()) return path + ": " + from + " removed";
  return path + ": " + from + " → " + to;
}

FileDigests file_digests(const Project& project) {
  FileDigests out;
  for (const auto* objects : {&project.configs, &project.secrets})
    for (const auto& [key, object] : *objects)
      if (!object.file.empty() && !object.digest.empty()) out[object.file] = object.digest;
  return out;
}

std::vector<Difference> differences(const CreateRequest& wanted, const Container& actual,
                                    const Image* image_of_container, const EngineFacts& engine,
                                    const FileDigests& digests) {
  return Comparison{wanted, actual, image_of_container, engine, digests}.run();
}

}  // namespace landfast
