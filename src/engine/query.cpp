// SPDX-License-Identifier: Apache-2.0
#include "engine/query.h"

#include <fmt/core.h>

namespace landfast {

std::string percent_encode(std::string_view text, std::string_view keep) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos ||
                       keep.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Query& Query::add(std::string_view key, std::string_view value) {
  text_ += any_ ? '&' : '?';
  any_ = true;
  text_ += percent_encode(key);
  text_ += '=';
  text_ += percent_encode(value);
  return *this;
}

Query& Query::add_if(std::string_view key, std::string_view value) {
  return value.empty() ? *this : add(key, value);
}

std::string object_path(std::string_view kind, std::string_view id, std::string_view verb) {
  std::string path = fmt::format("/{}/{}", kind, percent_encode(id, "/:@"));
  if (!verb.empty()) path += fmt::format("/{}", verb);
  return path;
}

}  // namespace landfast
