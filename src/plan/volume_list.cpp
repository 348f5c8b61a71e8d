// SPDX-License-Identifier: Apache-2.0
#include "plan/volume_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "plan/claim.h"
#include "plan/names.h"

namespace landfast {
namespace {

namespace json = boost::json;

std::string label_of(const VolumeState& volume, const char* key) {
  const auto it = volume.labels.find(key);
  return it == volume.labels.end() ? std::string() : it->second;
}

std::string text_of(const json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

bool mounts(const Container& c, const std::string& volume) {
  return std::any_of(c.mounts.begin(), c.mounts.end(), [&](const json::value& item) {
    return item.is_object() && text_of(item.as_object(), "Name") == volume;
  });
}

class Listing {
 public:
  Listing(const std::string& stack, const Project* project, const World& world,
          const std::vector<Container>& all)
      : stack_(stack), project_(project), world_(world), all_(all) {}

  std::vector<VolumeLine> lines() {
    std::vector<VolumeLine> live, aside;
    for (const auto& volume : world_.volumes) {
      // A claim is no data; what is set aside is.
      const bool is_other = !label_of(volume, label::role).empty();
      if ((is_other && label_of(volume, label::of).empty()) || !is_ours(volume)) continue;
      auto line = line_of(volume);
      (line.of.empty() ? live : aside).push_back(std::move(line));
    }
    return put_together(std::move(live), std::move(aside));
  }

 private:
  [[nodiscard]] bool is_ours(const VolumeState& volume) const {
    if (label_of(volume, label::project) == stack_ || label_of(volume, label::stack) == stack_)
      return true;
    if (project_ != nullptr)
      for (const auto& [key, declared] : project_->volumes)
        if (declared.name == volume.name) return true;
    return std::any_of(world_.containers.begin(), world_.containers.end(),
                       [&](const auto& c) { return mounts(c, volume.name); });
  }

  VolumeLine line_of(const VolumeState& volume) {
    VolumeLine line;
    line.name = volume.name;
    line.path = volume.mountpoint;
    line.of = label_of(volume, label::of);
    line.why = label_of(volume, label::why);
    line.created = text_of(volume.raw, "CreatedAt");
    describe(line, line.of.empty() ? volume.name : line.of);
    for (const auto& c : all_)
      if (mounts(c, volume.name) && c.label(label::role).empty()) line.holders.push_back(c.name);
    std::sort(line.holders.begin(), line.holders.end());
    if (line.of.empty()) line.used_by = users(volume.name);
    return line;
  }

  void describe(VolumeLine& line, const std::string& volume) const {
    for (const auto& store : world_.stores)
      if (store.place() == volume) {
        line.kind = store.kind;
        line.version = store.version;
        line.why_kind = store.why;
      }
  }

  [[nodiscard]] std::vector<std::string> users(const std::string& volume) const {
    std::set<std::string> names;
    for (const auto& c : all_) {
      if (!mounts(c, volume) || !c.label(label::role).empty()) continue;
      const bool own = c.label(label::project) == stack_ && !c.label(label::service).empty();
      names.insert(own ? c.label(label::service) : "container " + c.name);
    }
    if (project_ != nullptr)
      for (const auto& [name, service] : project_->services)
        for (const auto& mount : service.mounts) {
          const auto declared = project_->volumes.find(mount.source);
          if (mount.kind == MountKind::volume && declared != project_->volumes.end() &&
              declared->second.name == volume)
            names.insert(name);
        }
    return {names.begin(), names.end()};
  }

  std::vector<VolumeLine> put_together(std::vector<VolumeLine> live,
                                       std::vector<VolumeLine> aside) const {
    const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
    std::sort(live.begin(), live.end(), by_name);
    std::stable_sort(aside.begin(), aside.end(),
                     [](const auto& a, const auto& b) { return a.created > b.created; });
    std::vector<VolumeLine> out;
    const auto add_copies_of = [&](const std::string& name) {
      bool first = true;
      for (auto& copy : aside)
        if (!copy.name.empty() && copy.of == name) {
          copy.newest = std::exchange(first, false);
          out.push_back(std::exchange(copy, {}));
        }
    };
    for (auto& line : live) {
      const auto name = line.name;
      out.push_back(std::move(line));
      add_copies_of(name);
    }
    const auto add_those_left = [&](bool folders) {  // what they were set aside of is gone
      for (const auto& copy : aside)
        if (!copy.name.empty() && copy.of.starts_with('/') == folders)
          add_copies_of(std::string(copy.of));
    };
    add_those_left(false);
    for (const auto& store : world_.stores) {
      if (!store.volume.empty() || store.path.empty()) continue;
      out.push_back(folder(store));
      add_copies_of(store.path);
    }
    add_those_left(true);
    return out;
  }

  static VolumeLine folder(const Store& store) {
    VolumeLine line;
    line.name = line.path = store.path;
    line.bind = true;
    line.kind = store.kind;
    line.version = store.version;
    line.why_kind = store.why;
    line.used_by = {store.service};
    return line;
  }

  const std::string& stack_;
  const Project* project_;
  const World& world_;
  const std::vector<Container>& all_;
};

Error not_there(const std::vector<VolumeLine>& lines, const std::string& stack,
                const std::string& name, const std::vector<VolumeState>& volumes) {
  Error error;
  error.code = Code::invalid;
  if (name == claim_name(stack)) {
    error.text = fmt::format("{} holds no data: it says whose the stack is", name);
    error.hint = "landfast leave removes it";
    return error;
  }
  for (const auto& volume : volumes)
    if (volume.name == name) {
      const auto owner = label_of(volume, label::project);
      error.text = owner.empty()
                       ? fmt::format("the volume {} is not of stack {}", name, in_quotes(stack))
                       : fmt::format("the volume {} is of stack {}", name, in_quotes(owner));
      error.hint = owner.empty() ? "docker volume rm removes it"
                                 : fmt::format("landfast -p {} volumes rm {}", owner, name);
      return error;
    }
  std::vector<std::string> names;
  for (const auto& line : lines) names.push_back(line.name);
  error.text = fmt::format("there is no volume {}", in_quotes(name));
  const auto near = nearest(name, names);
  error.hint = near ? fmt::format("did you mean {}?", *near) : "landfast volumes lists them";
  return error;
}

}  // namespace

std::vector<VolumeLine> volume_lines(const std::string& stack, const Project* project,
                                     const World& world, const std::vector<Container>& all) {
  return Listing(stack, project, world, all).lines();
}

Result<VolumeLine> removable(const std::vector<VolumeLine>& lines, const std::string& stack,
                             const std::string& name, const std::vector<VolumeState>& volumes) {
  const auto it =
      std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.name == name; });
  if (it == lines.end()) return fail(not_there(lines, stack, name, volumes));
  if (it->bind)
    return fail(Code::invalid, fmt::format("{} is a folder of this host, no volume", name),
                "Landfast removes no folders of yours");
  if (it->holders.empty()) return *it;
  return fail(Code::invalid,
              fmt::format("the volume {} is in use by {}", name, join(it->holders, ", ")),
              "landfast down removes the stack's containers; data goes last");
}

}  // namespace landfast
