// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "compose/short_syntax.h"

namespace landfast::compose {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// A path, and no name of a volume: `.`, `/`, `~`, `\\pipe`, or a drive such as `C:`.
bool is_path(std::string_view source) {
  if (source.empty()) return false;
  if (std::string_view("./~").find(source[0]) != std::string_view::npos) return true;
  if (source.starts_with("\\\\")) return true;
  return source.size() > 1 && is_letter(source[0]) && source[1] == ':';
}

/// Cuts at the colons that separate; those in `${…}` and after a drive letter do not.
std::vector<std::string_view> sections(std::string_view spec) {
  std::vector<std::string_view> out;
  int in_variable = 0;
  std::size_t from = 0;
  for (std::size_t i = 0; i < spec.size(); ++i) {
    if (spec[i] == '$' && i + 1 < spec.size() && spec[i + 1] == '{') {
      ++in_variable;
    } else if (spec[i] == '}' && in_variable > 0) {
      --in_variable;
    } else if (spec[i] == ':' && in_variable == 0 && !(i - from == 1 && is_letter(spec[from]))) {
      out.push_back(spec.substr(from, i - from));
      from = i + 1;
    }
  }
  out.push_back(spec.substr(from));
  return out;
}

void take_mode(ShortVolume& v, std::string_view modes) {
  for (const auto& mode : split(modes, ',')) {
    if (mode == "ro") v.read_only = true;
    if (mode == "rw") v.read_only = false;
    if (mode == "nocopy") v.nocopy = true;
    constexpr std::string_view propagations[] = {"rprivate", "private", "rshared",
                                                 "shared",   "rslave",  "slave"};
    const auto found = std::ranges::find(propagations, std::string_view(mode));
    if (found != std::end(propagations)) v.propagation = *found, v.bind_options = true;
    if (mode == "z") v.selinux = "z", v.bind_options = true;
    if (mode == "Z") v.selinux = "Z", v.bind_options = true;
  }
}

}  // namespace

Result<ShortVolume> parse_volume(std::string_view spec) {
  if (spec.empty()) return fail(Code::invalid, "an empty volume");
  ShortVolume v;
  if (spec.size() <= 2) {
    v.target = spec;
    v.bare = true;
    return v;
  }
  const auto parts = sections(spec);
  const std::string form = "the form is [SOURCE:]TARGET[:MODE]";
  if (std::ranges::any_of(parts, &std::string_view::empty))
    return fail(Code::invalid, in_quotes(spec) + " has an empty section between its colons",
                form + "; is a variable in it empty?");
  if (parts.size() > 3) return fail(Code::invalid, in_quotes(spec) + " has too many colons", form);
  v.target = parts.size() == 1 ? parts[0] : parts[1];
  if (parts.size() > 1) v.source = parts[0];
  if (parts.size() == 3) take_mode(v, parts[2]);
  v.bind = is_path(v.source);
  return v;
}

}  // namespace landfast::compose
