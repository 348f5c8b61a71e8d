// SPDX-License-Identifier: Apache-2.0
#include "engine/dockerfile.h"

#include <fmt/core.h>

#include <array>
#include <vector>

#include "base/text.h"

namespace landfast {

namespace {

/// An instruction with its continuation lines joined.
struct Instruction {
  int line = 0;
  std::string first;  // its first line as written
  std::string text;
};

struct Directives {
  char escape = '\\';
  std::string syntax;
  int syntax_line = 0;
  std::string syntax_source;
};

std::string upper_word(std::string_view text) {
  std::string word(text.substr(0, text.find_first_of(" \t")));
  for (char& c : word)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return word;
}

// Directives stand before everything else: "# name = value".
Directives read_directives(const std::vector<std::string>& lines) {
  Directives found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto line = trim(lines[i]);
    if (!line.starts_with('#')) break;
    const auto equals = line.find('=');
    if (equals == line.npos) break;
    const std::string name = lower(trim(line.substr(1, equals - 1)));
    const auto value = trim(line.substr(equals + 1));
    if (name == "escape" && value == "`") found.escape = '`';
    if (name != "syntax") continue;
    found.syntax = std::string(value);
    found.syntax_line = static_cast<int>(i) + 1;
    found.syntax_source = lines[i];
  }
  return found;
}

std::vector<Instruction> read_instructions(const std::vector<std::string>& lines, char escape) {
  std::vector<Instruction> found;
  bool open = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto line = trim(lines[i]);
    if (line.empty() || line.starts_with('#')) continue;
    if (!open) found.push_back({static_cast<int>(i) + 1, lines[i], {}});
    open = line.ends_with(escape);
    if (open) line.remove_suffix(1);
    found.back().text += line;
    found.back().text += ' ';
  }
  return found;
}

// The flags stand between the word and its arguments.
std::string first_flag(std::string_view text, const std::vector<std::string_view>& wanted) {
  auto rest = trim(text.substr(text.find_first_of(" \t")));
  while (rest.starts_with("--")) {
    const auto word = rest.substr(0, rest.find_first_of(" \t"));
    for (const auto flag : wanted)
      if (word == flag || (word.starts_with(flag) && word.substr(flag.size()).starts_with('=')))
        return std::string(flag);
    rest = trim(rest.substr(word.size()));
  }
  return {};
}

// "<<EOF", "<<-EOF", "<<'EOF'"; "<<<" and a shift by a number are none.
bool has_heredoc(std::string_view text) {
  for (auto at = text.find("<<"); at != text.npos; at = text.find("<<", at + 2)) {
    if (at > 0 && text[at - 1] != ' ' && text[at - 1] != '\t' && text[at - 1] != ')' &&
        !(text[at - 1] >= '0' && text[at - 1] <= '9'))
      continue;
    auto word = text.substr(at + 2);
    if (word.starts_with('-')) word.remove_prefix(1);
    if (word.starts_with('"') || word.starts_with('\'')) word.remove_prefix(1);
    const char c = word.empty() ? ' ' : word.front();
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_') return true;
  }
  return false;
}

std::string need_of(const Instruction& instruction) {
  const std::string word = upper_word(instruction.text);
  if (word == "RUN") {
    const auto flag = first_flag(instruction.text, {"--mount", "--network", "--security"});
    if (!flag.empty()) return "RUN " + flag;
  }
  if (word == "COPY" || word == "ADD") {
    const auto flag = first_flag(instruction.text, {"--link", "--chmod", "--parents", "--exclude",
                                                    "--checksum", "--keep-git-dir"});
    if (!flag.empty()) return word + " " + flag;
  }
  if ((word == "RUN" || word == "COPY" || word == "ADD") && has_heredoc(instruction.text))
    return "a here-document";
  const bool uses_platform = instruction.text.find("BUILDPLATFORM") != std::string::npos ||
                             instruction.text.find("TARGETPLATFORM") != std::string::npos;
  if (word == "FROM" && uses_platform) return "a platform argument in FROM";
  return {};
}

bool usual_frontend(std::string_view syntax) {
  for (const std::string_view usual :
       {"docker/dockerfile", "docker.io/docker/dockerfile", "docker/dockerfile-upstream"}) {
    if (!syntax.starts_with(usual)) continue;
    const auto rest = syntax.substr(usual.size());
    if (rest.empty() || rest.starts_with(':') || rest.starts_with('@')) return true;
  }
  return false;
}

}  // namespace

std::optional<BuildkitNeed> needs_buildkit(std::string_view dockerfile) {
  const auto lines = split(dockerfile, '\n');
  const auto directives = read_directives(lines);
  // The usual front end adds nothing by being named; any other one reads its own language.
  if (!directives.syntax.empty() && !usual_frontend(directives.syntax))
    return BuildkitNeed{directives.syntax_line, directives.syntax_source,
                        fmt::format("the syntax {}", printable(directives.syntax))};
  for (const auto& instruction : read_instructions(lines, directives.escape)) {
    const std::string need = need_of(instruction);
    if (!need.empty()) return BuildkitNeed{instruction.line, instruction.first, need};
  }
  return std::nullopt;
}

}  // namespace landfast
