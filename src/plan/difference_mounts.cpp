// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "plan/difference_facts.h"

namespace landfast::facts {

namespace {

using namespace body;

/// A mount, however it was asked for.
struct Mount {
  std::string type, source, target;
  std::vector<std::string> options;
};

std::string clean(const std::string& path) {
  auto out = std::filesystem::path{path}.lexically_normal().string();
  if (out.size() > 1 && out.ends_with('/')) out.pop_back();
  return out;
}

/// The digest of a file that a copy or the project names; "" for any other path.
std::string digest_of(const std::string& path, const FileDigests& digests) {
  const auto parts = split(path, '/');
  if (parts.size() > 3 && parts[parts.size() - 3] == "mounted" && is_hex(parts.back(), 64))
    return parts.back();
  const auto it = digests.find(path);
  return it == digests.end() ? std::string{} : it->second;
}

/// `source:target[:mode]`; what neither is an access mode nor changes the mount is left out.
Mount from_bind(const std::string& bind) {
  const auto parts = split(bind, ':');
  Mount out;
  out.source = parts[0];
  out.type = out.source.starts_with('/') ? "bind" : "volume";
  if (parts.size() > 1) out.target = parts[1];
  if (parts.size() > 2)
    for (const auto& mode : split(parts[2], ','))
      if (mode == "ro" || mode == "z" || mode == "Z" || mode == "nocopy" ||
          mode.ends_with("shared") || mode.ends_with("slave") || mode == "private")
        out.options.push_back(mode);
  return out;
}

void add_bind_options(Mount& out, const Object& options) {
  if (const auto propagation = text(options, "Propagation"); propagation != "rprivate")
    if (!propagation.empty()) out.options.push_back(propagation);
  for (const auto* key : {"NonRecursive", "ReadOnlyNonRecursive", "ReadOnlyForceRecursive"})
    if (flag(options, key)) out.options.emplace_back(key);
}

void add_volume_options(Mount& out, const Object& options) {
  if (flag(options, "NoCopy")) out.options.emplace_back("nocopy");
  if (const auto part = text(options, "Subpath"); !part.empty())
    out.options.push_back("subpath " + part);
}

void add_tmpfs_options(Mount& out, const Object& options) {
  for (const auto* key : {"SizeBytes", "Mode"})
    if (const auto value = integer(options, key); value != 0)
      out.options.push_back(fmt::format("{} {}", lower(key), value));
}

Mount from_mount(const Object& mount) {
  Mount out{text(mount, "Type"), text(mount, "Source"), text(mount, "Target"), {}};
  if (flag(mount, "ReadOnly")) out.options.emplace_back("ro");
  if (const auto* options = find_object(mount, "BindOptions")) add_bind_options(out, *options);
  if (const auto* options = find_object(mount, "VolumeOptions")) add_volume_options(out, *options);
  if (const auto* options = find_object(mount, "TmpfsOptions")) add_tmpfs_options(out, *options);
  if (const auto* options = find_object(mount, "ImageOptions"))
    if (const auto part = text(*options, "Subpath"); !part.empty())
      out.options.push_back("subpath " + part);
  return out;
}

void add_mount(Facts& out, const Mount& mount, const FileDigests& digests) {
  const auto target = clean(mount.target);
  const bool anonymous = mount.type == "volume" && is_anonymous_name(mount.source);
  const auto digest = mount.type == "bind" ? digest_of(mount.source, digests) : std::string{};
  std::vector<std::string> options = mount.options;
  std::sort(options.begin(), options.end());
  const auto tail = options.empty() ? std::string{} : " (" + join(options, ", ") + ")";
  std::string source = mount.source;
  if (anonymous)
    source = "anonymous volume";
  else if (mount.type == "bind")
    source = digest.empty() ? clean(mount.source) : "content " + digest;
  else if (mount.type == "tmpfs")
    source = "tmpfs";
  // A digest would let a weak secret be guessed.
  put(out, "volumes[" + target + "]", source + tail, digest.empty());
}

}  // namespace

void add_mounts(Facts& out, const Side& side) {
  for (const auto& bind : texts(side.host, "Binds")) add_mount(out, from_bind(bind), side.digests);
  if (const auto* mounts = find_array(side.host, "Mounts"))
    for (const auto& item : *mounts)
      if (const auto* mount = item.if_object()) add_mount(out, from_mount(*mount), side.digests);
  if (const auto* tmpfs = find_object(side.host, "Tmpfs"))
    for (const auto& [target, options] : *tmpfs)
      put(out, "tmpfs[" + clean(std::string{target}) + "]", "=" + text(options));
}

}  // namespace landfast::facts
