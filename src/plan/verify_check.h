// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/http_answer.h"
#include "model/project.h"
#include "model/world.h"

namespace landfast {

/// An http or https URL taken apart.
struct Url {
  bool tls = false;
  std::string host;
  std::uint16_t port = 0;
  std::string target;  ///< path and query, "/" where there is none
};
[[nodiscard]] Result<Url> parse_url(std::string_view text);

/// HOST:PORT, also [IPv6]:PORT.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
[[nodiscard]] Result<HostPort> parse_host_port(std::string_view text);

/// A check for people: "http://app:3000/health", "tcp db:5432", "pg_isready -U app in db".
[[nodiscard]] std::string check_text(const VerifyCheck& check);

/// What is wrong with the answer, "" where nothing is: status, headers, then JSON. JSON is a
/// subset: the answer may have more members; lists and plain values must be equal.
[[nodiscard]] std::string wrong_with(const VerifyCheck& check, const HttpAnswer& answer);

/// The same for what a command of the check has said.
[[nodiscard]] std::string wrong_with(const VerifyCheck& check, const std::string& output);

/// Where `host` is for one that asks from this host on behalf of the stack: the address of the
/// running container that bears the name in the stack's networks (a service, a container's name or
/// an alias; `localhost` with `in`: that service), best in a network that `in` is in too. Any other
/// name is returned as it is. `failed` where such a container has no address that can be reached.
[[nodiscard]] Result<std::string> address_of(const Project& project,
                                             const std::vector<Container>& containers,
                                             const std::string& host, const std::string& in);

/// The text without the values of the project's variables that are secrets by their name
/// (…PASSWORD…, …SECRET…, …TOKEN…, …KEY…).
[[nodiscard]] std::string without_secrets(std::string text, const Project& project);

}  // namespace landfast
