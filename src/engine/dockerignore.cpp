// SPDX-License-Identifier: Apache-2.0
#include "engine/dockerignore.h"

#include "base/text.h"

namespace landfast {

namespace {

/// One element of a glob and where the next begins.
struct Element {
  bool matches = false;  // the character at hand
  std::size_t next = 0;
};

// "[a-z]", "[^x]"; an unclosed one matches nothing.
Element match_class(std::string_view glob, std::size_t at, char c) {
  std::size_t i = at + 1;
  const bool negated = i < glob.size() && glob[i] == '^';
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < glob.size() && (first || glob[i] != ']'); first = false) {
    if (glob[i] == '\\' && i + 1 < glob.size()) ++i;
    const char low = glob[i++];
    char high = low;
    if (i + 1 < glob.size() && glob[i] == '-' && glob[i + 1] != ']') {
      high = glob[i + 1];
      i += 2;
    }
    found = found || (low <= c && c <= high);
  }
  if (i >= glob.size()) return {false, glob.size()};
  return {found != negated && c != '/', i + 1};
}

Element match_one(std::string_view glob, std::size_t at, char c) {
  if (glob[at] == '?') return {c != '/', at + 1};
  if (glob[at] == '[') return match_class(glob, at, c);
  if (glob[at] == '\\' && at + 1 < glob.size()) return {glob[at + 1] == c, at + 2};
  return {glob[at] == c, at + 1};
}

// Which states (places in the glob) are reached without a character: past stars.
void close_over(std::string_view glob, std::vector<bool>& states, bool name_begins) {
  for (std::size_t at = 0; at < glob.size(); ++at) {
    if (!states[at] || glob[at] != '*') continue;
    const bool deep = glob.substr(at).starts_with("**");
    const std::size_t after = at + (deep ? 2 : 1);
    states[after] = true;
    // "**/" may stand for no folder at all, but only where a name begins.
    if (name_begins && deep && after < glob.size() && glob[after] == '/') states[after + 1] = true;
  }
}

std::string clean(std::string_view path) {
  std::vector<std::string> parts;
  for (auto& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else {
      parts.push_back(std::move(part));
    }
  }
  return join(parts, "/");
}

}  // namespace

// Runs all ways through the glob side by side, so that no glob takes more than glob × path steps.
bool glob_matches(std::string_view glob, std::string_view path) {
  constexpr std::size_t longest = 4096;
  if (path.size() > longest || glob.size() > longest) return false;
  std::vector<bool> states(glob.size() + 1, false);
  states[0] = true;
  close_over(glob, states, true);
  for (const char c : path) {
    std::vector<bool> next(glob.size() + 1, false);
    for (std::size_t at = 0; at < glob.size(); ++at) {
      if (!states[at]) continue;
      if (glob[at] == '*') {
        if (c != '/' || glob.substr(at).starts_with("**")) next[at] = true;
        continue;
      }
      const Element element = match_one(glob, at, c);
      if (element.matches) next[element.next] = true;
    }
    close_over(glob, next, c == '/');
    states = std::move(next);
  }
  return states[glob.size()];
}

Dockerignore::Dockerignore(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (const auto& raw : split(text, '\n')) {
    if (raw.starts_with('#')) continue;
    auto line = trim(raw);
    Pattern pattern;
    pattern.exception = line.starts_with('!');
    if (pattern.exception) line = trim(line.substr(1));
    pattern.glob = clean(line);
    if (pattern.glob.empty()) continue;
    exceptions_ = exceptions_ || pattern.exception;
    patterns_.push_back(std::move(pattern));
  }
}

bool Dockerignore::ignores(std::string_view path) const {
  bool ignored = false;
  for (const auto& pattern : patterns_) {
    if (ignored != pattern.exception) continue;  // it could change nothing
    bool matches = glob_matches(pattern.glob, path);
    for (auto slash = path.find('/'); !matches && slash != path.npos;
         slash = path.find('/', slash + 1))
      matches = glob_matches(pattern.glob, path.substr(0, slash));
    if (matches) ignored = !pattern.exception;
  }
  return ignored;
}

}  // namespace landfast
