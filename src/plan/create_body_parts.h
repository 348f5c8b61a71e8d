// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/create_body.h"

// The parts of a create request, and how they read the canonical object of a service.
namespace landfast::body {

using Object = boost::json::object;
using Array = boost::json::array;
using Value = boost::json::value;

/// The member, nullptr where it is absent or null.
[[nodiscard]] const Value* find(const Object& object, std::string_view key);
[[nodiscard]] const Object* find_object(const Object& object, std::string_view key);
[[nodiscard]] const Array* find_array(const Object& object, std::string_view key);
/// A scalar as text, "" where it is absent.
[[nodiscard]] std::string text(const Object& object, std::string_view key);
[[nodiscard]] std::string text(const Value& value);
/// A number, also one written as text; 0 where it is absent.
[[nodiscard]] std::int64_t integer(const Object& object, std::string_view key);
[[nodiscard]] std::int64_t integer(const Value& value);
[[nodiscard]] double real(const Object& object, std::string_view key);
[[nodiscard]] bool flag(const Object& object, std::string_view key);
[[nodiscard]] std::vector<std::string> texts(const Object& object, std::string_view key);
/// A Go duration ("1m30s", "1.5s", "500ms"), nullopt where it is absent or none.
[[nodiscard]] std::optional<std::chrono::nanoseconds> duration(const Object& object,
                                                               std::string_view key);

/// Copies only what says something: no empty text, no zero, no empty list.
void put_text(Object& out, std::string_view key, std::string_view value);
void put_integer(Object& out, std::string_view key, std::int64_t value);
void put_flag(Object& out, std::string_view key, bool value);
void put_list(Object& out, std::string_view key, Array value);
[[nodiscard]] Array array_of(const std::vector<std::string>& values);

/// `service:X` as `container:<id>`; any other mode as it is.
[[nodiscard]] Result<std::string> shared_namespace(const BodyContext& context,
                                                   const std::string& attribute,
                                                   const std::string& mode);

/// SHA-256 of the content, "" where it was not read.
[[nodiscard]] std::string digest_of(const FileObject& object);
/// The service's `post_start` and `pre_stop` as one JSON text, "" where it has none.
[[nodiscard]] std::string hooks_text(const Object& service);
[[nodiscard]] Object labels(const Service& service, const BodyContext& context,
                            const std::vector<FileToPut>& files);
[[nodiscard]] Result<Object> healthcheck(const Object& check, const EngineFacts& engine);
void put_resources(Object& host, const Object& service);
[[nodiscard]] Status put_host(Object& host, const Object& service, const BodyContext& context);
[[nodiscard]] Status put_mounts(Object& host, const Service& service, const BodyContext& context,
                                std::vector<FileToPut>& files);
[[nodiscard]] Status put_networks(CreateRequest& request, Object& host, const Service& service,
                                  const BodyContext& context);
void put_ports(Object& config, Object& host, const Service& service, const BodyContext& context);
/// The endpoint in the stack's edge network, where the container is behind an edge.
void put_edge_network(CreateRequest& request, const BodyContext& context);

}  // namespace landfast::body
