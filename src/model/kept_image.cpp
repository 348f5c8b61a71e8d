// SPDX-License-Identifier: Apache-2.0
#include "model/kept_image.h"

#include <fmt/format.h>

#include "base/digest.h"

namespace landfast {
namespace {

constexpr std::size_t longest = 80;  // a repository's whole name has at most 255

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// One component of a repository's name: plain characters, joined by single separators.
std::string component(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (is_plain(c)) {
      out += c;
    } else if (!out.empty() && is_plain(out.back())) {
      out += c == '.' || c == '_' ? c : '-';
    }
  }
  while (!out.empty() && !is_plain(out.back())) out.pop_back();
  if (out == name && out.size() <= longest) return out;
  constexpr std::size_t digest = 12;
  out.resize(std::min(out.size(), longest - digest - 1));
  while (!out.empty() && !is_plain(out.back())) out.pop_back();
  return fmt::format("{}{}{}", out, out.empty() ? "" : "-", sha256_hex(name).substr(0, digest));
}

}  // namespace

std::string kept_image_name(const std::string& stack, const std::string& service,
                            std::int64_t release) {
  return fmt::format("landfast/{}/{}:{}", component(stack), component(service), release);
}

}  // namespace landfast
