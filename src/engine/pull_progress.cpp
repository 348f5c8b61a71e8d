// SPDX-License-Identifier: Apache-2.0
#include "engine/pull_progress.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"
#include "engine/json_read.h"

namespace landfast {
namespace json = boost::json;

std::optional<ImageProgress> PullProgress::take(const json::object& message) {
  const std::string error = text_at(object_at(message, "errorDetail"), "message");
  if (!error.empty() || message.contains("error")) {
    failure_ = printable(error.empty() ? text_at(message, "error") : error);
    return std::nullopt;
  }
  sum_.status = printable(text_at(message, "status"));
  const std::string id = text_at(message, "id");
  const auto& detail = object_at(message, "progressDetail");
  // Extracting counts the same bytes a second time: only the way over the network is added up.
  if (!id.empty() && sum_.status == "Downloading") {
    layers_[id].current = std::max<std::int64_t>(0, number_at(detail, "current"));
    layers_[id].total = std::max<std::int64_t>(0, number_at(detail, "total"));
  } else if (sum_.status == "Download complete" && layers_.contains(id)) {
    layers_[id].current = layers_[id].total;
  }
  sum_.current = sum_.total = 0;
  for (const auto& [name, layer] : layers_) {
    sum_.current += static_cast<std::uint64_t>(layer.current);
    sum_.total += static_cast<std::uint64_t>(layer.total);
  }
  return sum_;
}

std::string pull_hint(const std::string& text, const std::string& host) {
  const std::string login = host == "docker.io" ? "docker login" : "docker login " + host;
  const auto says = [&](std::string_view part) { return text.find(part) != std::string::npos; };
  if (says("manifest unknown") || says("not found: manifest"))
    return "the registry has no such tag: check it";
  if (says("no matching manifest"))
    return "the image is not made for this platform: set `platform` or choose another image";
  if (says("denied") || says("unauthorized") || says("authentication required") ||
      says("no basic auth"))
    return "check the name; if it is private: " + login;
  if (says("toomanyrequests") || says("rate limit"))
    return fmt::format("the registry limits pulls: {}, or wait", login);
  if (says("no such host") || says("server misbehaving"))
    return fmt::format("the name {} cannot be resolved from here: check DNS and the image's name",
                       host);
  if (says("no route") || says("i/o timeout") || says("Client.Timeout") || says("refused") ||
      says("unreachable"))
    return fmt::format("the registry {} cannot be reached from the engine: check network and proxy",
                       host);
  if (says("no space left")) return "free some disk space: docker system df";
  if (says("x509") || says("certificate"))
    return fmt::format("the engine does not trust {}: see /etc/docker/certs.d", host);
  return {};
}

SplitReference split_reference(const std::string& reference) {
  const auto at = reference.find('@');
  std::string name = reference.substr(0, at);
  const auto slash = name.rfind('/');
  const auto colon = name.rfind(':');
  const bool tagged = colon != std::string::npos && (slash == std::string::npos || colon > slash);
  std::string tag = tagged ? name.substr(colon + 1) : "latest";
  if (tagged) name.resize(colon);
  if (at != std::string::npos) tag = reference.substr(at + 1);
  return {std::move(name), std::move(tag)};
}

}  // namespace landfast
