// SPDX-License-Identifier: Apache-2.0
#include "base/redact.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace landfast {
namespace {

constexpr std::array<std::string_view, 10> secret_parts{
    "pass", "secret", "token", "key", "credential", "private", "auth", "pwd", "salt", "dsn"};
constexpr std::string_view hidden = "***";

/// The password in scheme://user:password@host; "" where there is none.
std::string_view password_of(std::string_view address) {
  const auto scheme = address.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto user = address.substr(scheme + 3);
  const auto authority = user.substr(0, user.find_first_of("/?#"));
  const auto at = authority.rfind('@');
  const auto colon = authority.find(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon > at) return {};
  return authority.substr(colon + 1, at - colon - 1);
}

}  // namespace

bool is_secret_name(std::string_view name) {
  const auto plain = lower(name);
  if (plain.ends_with("_file")) return false;
  return std::any_of(secret_parts.begin(), secret_parts.end(),
                     [&](std::string_view part) { return plain.find(part) != std::string::npos; });
}

void Redactor::add_word(std::string_view word) {
  word = trim(word);
  if (word.size() < shortest || std::find(words_.begin(), words_.end(), word) != words_.end())
    return;
  const auto longer = [](const std::string& a, const std::string& b) {
    return a.size() > b.size();
  };
  const std::string text(word);
  words_.insert(std::upper_bound(words_.begin(), words_.end(), text, longer), text);
}

void Redactor::add(const Secret& value) {
  for (const auto& line : split(value.reveal(), '\n')) add_word(line);
}

void Redactor::add_variable(std::string_view name, std::string_view value) {
  if (is_secret_name(name)) add(Secret(std::string(value)));
  add_word(password_of(value));
}

std::string Redactor::apply(std::string_view text) const {
  std::string out(text);
  for (const auto& word : words_) {
    std::string next;
    std::size_t from = 0;
    for (auto at = out.find(word); at != std::string::npos; at = out.find(word, from)) {
      next.append(out, from, at - from).append(hidden);
      from = at + word.size();
    }
    if (from == 0) continue;
    out = next.append(out, from);
  }
  return out;
}

void Redactor::apply(Error& error) const {
  for (auto& line : error.trace) line = apply(line);
}

}  // namespace landfast
