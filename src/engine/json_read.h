// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace landfast {

/// Reads of the engine's answers: a member that is absent, null or of another type is the empty
/// value, as in the engine's own clients.
[[nodiscard]] std::string text_at(const boost::json::object& object, std::string_view key);
[[nodiscard]] std::int64_t number_at(const boost::json::object& object, std::string_view key);
[[nodiscard]] bool flag_at(const boost::json::object& object, std::string_view key);
[[nodiscard]] const boost::json::object& object_at(const boost::json::object& object,
                                                   std::string_view key);
[[nodiscard]] const boost::json::array& array_at(const boost::json::object& object,
                                                 std::string_view key);
[[nodiscard]] std::vector<std::string> texts_at(const boost::json::object& object,
                                                std::string_view key);
[[nodiscard]] std::map<std::string, std::string> text_map_at(const boost::json::object& object,
                                                             std::string_view key);

/// The value of one JSON text (depth ≤ 128); `corrupt` names `what`.
[[nodiscard]] Result<boost::json::value> parse_json(std::string_view text, std::string_view what);
/// The same where the top must be an object or an array; null stands for an empty one.
[[nodiscard]] Result<boost::json::object> parse_object(std::string_view text,
                                                       std::string_view what);
[[nodiscard]] Result<boost::json::array> parse_array(std::string_view text, std::string_view what);

}  // namespace landfast
