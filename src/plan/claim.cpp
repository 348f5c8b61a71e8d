// SPDX-License-Identifier: Apache-2.0
#include "plan/claim.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "plan/names.h"

namespace landfast {
namespace {

boost::json::object mount(const std::string& volume, const std::string& target) {
  boost::json::object m;
  m["Type"] = "volume";
  m["Source"] = volume;
  m["Target"] = target;
  m["ReadOnly"] = true;
  m["VolumeOptions"] = boost::json::object{{"NoCopy", true}};
  return m;
}

std::string value_of(const VolumeState& volume, const char* key) {
  const auto it = volume.labels.find(key);
  return it == volume.labels.end() ? std::string{} : it->second;
}

}  // namespace

std::string claim_name(const std::string& stack) { return stack + "_landfast"; }
bool is_keep(const Container& c, const std::string& stack) {
  return c.label(label::role) == "keep" && c.label(label::stack) == stack;
}

std::string keep_name(const std::string& stack) { return stack + "-landfast-keep"; }

Result<std::optional<ClaimOwner>> claim_of(const std::vector<VolumeState>& volumes,
                                           const std::string& stack) {
  const auto name = claim_name(stack);
  const auto it = std::find_if(volumes.begin(), volumes.end(),
                               [&](const VolumeState& v) { return v.name == name; });
  if (it == volumes.end()) return std::optional<ClaimOwner>{};
  if (value_of(*it, label::role) != "claim")
    return fail(Code::conflict,
                fmt::format("the volume {} is not landfast's, and its name is the one that claims "
                            "the stack {}",
                            name, stack),
                "give that volume another name in the compose file, or the stack with -p");
  return std::optional(ClaimOwner{value_of(*it, label::journal), value_of(*it, label::state),
                                  value_of(*it, label::host)});
}

Status check_claim(const std::vector<VolumeState>& volumes, const std::string& stack,
                   const ClaimOwner& me) {
  TRY(const auto owner, claim_of(volumes, stack));
  if (!owner || owner->journal == me.journal) return {};
  return fail(
      Code::locked,
      fmt::format("stack {} belongs to another journal: the one in {} on {}; this one is in {} on "
                  "{}",
                  stack, printable(owner->state), printable(owner->host), me.state, me.host),
      fmt::format("Run landfast there, with that state. Nothing was touched. If that journal is "
                  "lost for good: docker rm {}; docker volume rm {}",
                  keep_name(stack), claim_name(stack)));
}

boost::json::object claim_body(const std::string& stack, const ClaimOwner& me) {
  boost::json::object labels;
  labels[label::role] = "claim";
  labels[label::stack] = stack;
  labels[label::journal] = me.journal;
  labels[label::state] = me.state;
  labels[label::host] = me.host;
  boost::json::object body;
  body["Name"] = claim_name(stack);
  body["Driver"] = "local";
  body["Labels"] = std::move(labels);
  return body;
}

boost::json::object keep_body(const std::string& stack, const Image& image,
                              const std::vector<std::string>& volumes) {
  boost::json::array mounts;
  mounts.push_back(mount(claim_name(stack), "/landfast/claim"));
  if (const auto* own = image.config.if_contains("Volumes"); own != nullptr && own->is_object())
    for (const auto& entry : own->as_object())
      mounts.push_back(mount(claim_name(stack), std::string(entry.key())));
  for (const auto& v : volumes) mounts.push_back(mount(v, "/landfast/kept/" + v));
  boost::json::object host;
  host["Mounts"] = std::move(mounts);
  host["NetworkMode"] = "none";
  boost::json::object labels;
  labels[label::role] = "keep";
  labels[label::stack] = stack;
  boost::json::object body;
  body["Image"] = image.id;
  // Should somebody start it: nothing of the image runs.
  body["Entrypoint"] = boost::json::array{"/landfast/never-started"};
  body["Labels"] = std::move(labels);
  body["HostConfig"] = std::move(host);
  return body;
}

std::vector<std::string> kept_volumes(const Container& keep, const std::string& stack) {
  std::set<std::string> names;
  for (const auto& item : keep.mounts) {
    if (!item.is_object()) continue;
    const auto* name = item.as_object().if_contains("Name");
    if (name != nullptr && name->is_string()) names.emplace(name->as_string());
  }
  names.erase(claim_name(stack));
  return {names.begin(), names.end()};
}

}  // namespace landfast
