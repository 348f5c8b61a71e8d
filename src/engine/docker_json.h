// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/world.h"
#include "port/engine.h"

namespace landfast {

/// The engine's answers as values of the model (Engine API v1.41, field names as there).
[[nodiscard]] Container container_from(const boost::json::object& inspected);
/// The part of it that `GET /containers/json` shows.
[[nodiscard]] Container listed_container_from(const boost::json::object& listed);
[[nodiscard]] NetworkState network_from(const boost::json::object& listed);
[[nodiscard]] VolumeState volume_from(const boost::json::object& listed);
[[nodiscard]] Image image_from(const boost::json::object& inspected);
/// `version` is GET /version, `info` is GET /info.
[[nodiscard]] EngineFacts facts_from(const boost::json::object& version,
                                     const boost::json::object& info, std::string api_version);
[[nodiscard]] EngineEvent event_from(const boost::json::object& message);

/// The engine's text of a failed call: its `message`, else the body itself, made printable.
[[nodiscard]] std::string failure_text(std::string_view body);

/// A create body for an engine below API 1.44, which accepts one endpoint: that endpoint stays, the
/// others are returned to be connected one by one before the start.
using Endpoints = std::vector<std::pair<std::string, boost::json::object>>;
[[nodiscard]] Endpoints take_further_endpoints(boost::json::object& body);

/// Fits a create body to an API version: removes what it ignores, moves what stood elsewhere.
/// `unsupported` where leaving something out would change what is mounted.
[[nodiscard]] Status fit_create_body(boost::json::object& body, int api_minor);

/// Objects of a stream, one per line. `corrupt` for a line that is none or is above 1 MiB.
class JsonLines {
 public:
  /// `on_object` returns false to stop; then `feed` returns false.
  Result<bool> feed(std::string_view bytes,
                    const std::function<bool(const boost::json::object&)>& on_object);

 private:
  std::string pending_;
};

}  // namespace landfast
