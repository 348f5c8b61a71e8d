// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"
#include "base/text.h"
#include "plan/create_body_parts.h"

namespace landfast::body {

std::string digest_of(const FileObject& object) {
  if (!object.digest.empty() || !object.content) return object.digest;
  return sha256_hex(object.content->reveal());
}

namespace {

struct Collected {
  Array binds, mounts;
  std::vector<std::string> targets;  ///< taken by `volumes`, which win over configs and secrets
  [[nodiscard]] bool has(const std::string& target) const {
    for (const auto& taken : targets)
      if (taken == target) return true;
    return false;
  }
};

std::string volume_name(const Project& project, const std::string& key) {
  const auto it = project.volumes.find(key);
  return it == project.volumes.end() ? key : it->second.name;
}

/// Whether the short form `source:target:mode` can say all of this mount (compose.md §4.11).
bool fits_bind(const Object& mount, const std::string& type) {
  if (type == "volume") {
    if (text(mount, "source").empty()) return false;
    const auto* options = find_object(mount, "volume");
    return !options ||
           (!flag(*options, "nocopy") && !find(*options, "subpath") && !find(*options, "labels"));
  }
  if (type != "bind") return false;
  const auto* options = find_object(mount, "bind");
  return !options || (flag(*options, "create_host_path") && !find(*options, "propagation") &&
                      !find(*options, "recursive"));
}

std::string bind_text(const Object& mount, const std::string& source) {
  auto out = source + ":" + text(mount, "target") + ":" + (flag(mount, "read_only") ? "ro" : "rw");
  if (const auto* options = find_object(mount, "bind"))
    if (const auto label = text(*options, "selinux"); !label.empty()) out += "," + label;
  return out;
}

Object bind_options(const Object& options, const EngineFacts& engine) {
  Object out;
  put_text(out, "Propagation", text(options, "propagation"));
  if (api_at_least(engine, "1.42"))
    put_flag(out, "CreateMountpoint", flag(options, "create_host_path"));
  const auto recursive = text(options, "recursive");
  put_flag(out, "NonRecursive", recursive == "disabled");
  if (api_at_least(engine, "1.44")) {
    put_flag(out, "ReadOnlyNonRecursive", recursive == "writable");
    put_flag(out, "ReadOnlyForceRecursive", recursive == "readonly");
  }
  return out;
}

Object volume_options(const Object& options, const EngineFacts& engine) {
  Object out;
  put_flag(out, "NoCopy", flag(options, "nocopy"));
  if (api_at_least(engine, "1.45")) put_text(out, "Subpath", text(options, "subpath"));
  if (const auto* own = find_object(options, "labels")) {
    Object labels;
    for (const auto& [key, value] : *own) labels[key] = text(value);
    out["Labels"] = std::move(labels);
  }
  return out;
}

Object tmpfs_options(const Object& options) {
  Object out;
  put_integer(out, "SizeBytes", integer(options, "size"));
  put_integer(out, "Mode", integer(options, "mode"));
  return out;
}

Result<Object> long_mount(const Object& mount, const std::string& type, const std::string& source,
                          const EngineFacts& engine) {
  Object out{{"Type", type}, {"Target", text(mount, "target")}};
  put_text(out, "Source", source);
  put_flag(out, "ReadOnly", flag(mount, "read_only"));
  put_text(out, "Consistency", text(mount, "consistency"));
  const auto* options = find_object(mount, type);
  if (type == "bind" && options) out["BindOptions"] = bind_options(*options, engine);
  if (type == "volume" && options) {
    if (!text(*options, "subpath").empty() && !api_at_least(engine, "1.45"))
      return fail(Code::unsupported, "volumes: subpath at " + in_quotes(text(mount, "target")) +
                                         " needs Docker Engine 26");
    out["VolumeOptions"] = volume_options(*options, engine);
  }
  if (type == "tmpfs" && options) out["TmpfsOptions"] = tmpfs_options(*options);
  if (type == "image") {
    if (!api_at_least(engine, "1.48"))
      return fail(Code::unsupported, "volumes: an image mounted at " +
                                         in_quotes(text(mount, "target")) +
                                         " needs Docker Engine 28");
    Object image;
    if (options) put_text(image, "Subpath", text(*options, "subpath"));
    if (!image.empty()) out["ImageOptions"] = std::move(image);
  }
  return out;
}

Status add_volume(Collected& out, const Object& mount, const BodyContext& context) {
  const auto type = text(mount, "type"), target = text(mount, "target");
  auto source = text(mount, "source");
  if (type == "volume") source = volume_name(context.project, source);
  out.targets.push_back(target);
  if (fits_bind(mount, type)) {
    out.binds.emplace_back(bind_text(mount, source));
    return {};
  }
  if (type == "volume" && source.empty())
    if (const auto it = context.inherited_anonymous_volumes.find(target);
        it != context.inherited_anonymous_volumes.end())
      source = it->second;
  TRY(auto made, long_mount(mount, type, source, context.engine));
  out.mounts.push_back(std::move(made));
  return {};
}

/// Volumes that the image declares and the file does not name stay with the service too.
void add_inherited(Collected& out, const BodyContext& context) {
  for (const auto& [target, name] : context.inherited_anonymous_volumes) {
    if (out.has(target)) continue;
    out.targets.push_back(target);
    out.mounts.push_back(Object{{"Type", "volume"}, {"Source", name}, {"Target", target}});
  }
}

struct GrantKind {
  std::string_view attribute;  ///< configs, secrets
  std::string_view folder;     ///< of a relative target
  const std::map<std::string, FileObject>& objects;
};

std::uint32_t number_or(const Object& grant, std::string_view key, std::uint32_t otherwise) {
  return find(grant, key) ? static_cast<std::uint32_t>(integer(grant, key)) : otherwise;
}

FileToPut file_to_put(const Object& grant, const std::string& target, const FileObject& object) {
  FileToPut out;
  out.target = target;
  out.content = *object.content;
  out.mode = number_or(grant, "mode", 0444);
  out.uid = number_or(grant, "uid", 0);
  out.gid = number_or(grant, "gid", 0);
  return out;
}

Status add_grant(Collected& out, const Object& grant, const GrantKind& kind, bool read_only_root,
                 const BodyContext& context, std::vector<FileToPut>& files) {
  const auto key = text(grant, "source");
  const auto what = std::string{kind.attribute} + ": " + in_quotes(key);
  const auto it = kind.objects.find(key);
  if (it == kind.objects.end()) return fail(Code::invalid, what + " is not defined");
  const auto& object = it->second;
  if (object.external)
    return fail(Code::invalid, what + " is external, which needs a Swarm",
                "give it a file, an environment variable or content");
  auto target = text(grant, "target");
  if (target.empty()) target = key;
  if (!target.starts_with('/')) target = std::string{kind.folder} + target;
  if (out.has(target)) return {};
  out.targets.push_back(target);
  const auto copy = context.mounted_files.find(digest_of(object));
  const bool copied = copy != context.mounted_files.end();
  const bool mountable = !object.file.empty() || (read_only_root && copied);
  if (!mountable && !object.content) return fail(Code::invalid, what + " has no content");
  if (!mountable && read_only_root)
    return fail(Code::invalid, what + " cannot be put into a read_only service",
                "give it as a file");
  if (!mountable) {
    files.push_back(file_to_put(grant, target, object));
    return {};
  }
  Object mount{{"Type", "bind"},
               {"Source", copied ? copy->second : object.file},
               {"Target", target},
               {"ReadOnly", true}};
  if (kind.attribute == "secrets") mount["BindOptions"] = Object{};
  out.mounts.push_back(std::move(mount));
  return {};
}

Status add_grants(Collected& out, const Object& service, const GrantKind& kind,
                  const BodyContext& context, std::vector<FileToPut>& files) {
  const auto* grants = find_array(service, kind.attribute);
  if (!grants) return {};
  for (const auto& item : *grants)
    if (const auto* grant = item.if_object())
      TRY_VOID(add_grant(out, *grant, kind, flag(service, "read_only"), context, files));
  return {};
}

void put_tmpfs(Object& host, const Object& service) {
  Object out;
  for (const auto& entry : texts(service, "tmpfs")) {
    const auto colon = entry.find(':');
    out[entry.substr(0, colon)] = colon == std::string::npos ? "" : entry.substr(colon + 1);
  }
  if (!out.empty()) host["Tmpfs"] = std::move(out);
}

}  // namespace

Status put_mounts(Object& host, const Service& service, const BodyContext& context,
                  std::vector<FileToPut>& files) {
  const auto& canonical = service.canonical.reveal();
  Collected out;
  if (const auto* volumes = find_array(canonical, "volumes"))
    for (const auto& item : *volumes)
      if (const auto* mount = item.if_object()) TRY_VOID(add_volume(out, *mount, context));
  if (flag(canonical, "use_api_socket"))
    out.binds.emplace_back("/var/run/docker.sock:/var/run/docker.sock:rw");
  TRY_VOID(add_grants(out, canonical, {"secrets", "/run/secrets/", context.project.secrets},
                      context, files));
  TRY_VOID(add_grants(out, canonical, {"configs", "/", context.project.configs}, context, files));
  add_inherited(out, context);
  put_list(host, "Binds", std::move(out.binds));
  put_list(host, "Mounts", std::move(out.mounts));
  put_tmpfs(host, canonical);
  return {};
}

}  // namespace landfast::body

namespace landfast {

std::vector<FileToCopy> files_to_copy(const Project& project, const Service& service) {
  const auto& canonical = service.canonical.reveal();
  const bool all = body::flag(canonical, "read_only");
  std::map<std::string, Secret> found;
  const auto collect = [&](std::string_view attribute,
                           const std::map<std::string, FileObject>& objects) {
    const auto* grants = body::find_array(canonical, attribute);
    if (!grants) return;
    for (const auto& item : *grants) {
      const auto* grant = item.if_object();
      const auto it = grant ? objects.find(body::text(*grant, "source")) : objects.end();
      if (it == objects.end() || !it->second.content || (it->second.file.empty() && !all)) continue;
      found.emplace(body::digest_of(it->second), *it->second.content);
    }
  };
  collect("secrets", project.secrets);
  collect("configs", project.configs);
  std::vector<FileToCopy> out;
  for (auto& [digest, content] : found) out.push_back({digest, std::move(content)});
  return out;
}

}  // namespace landfast
