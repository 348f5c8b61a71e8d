// SPDX-License-Identifier: Apache-2.0
#include "plan/verify_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "base/text.h"
#include "plan/names.h"

namespace landfast {
namespace {

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

tl::unexpected<Error> no_url(std::string_view text) {
  return fail(Code::invalid, fmt::format("{} is not a URL that can be asked", in_quotes(text)),
              "write http://HOST[:PORT][/PATH] or https://…");
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

bool serves(const Container& c) {
  return c.status == ContainerStatus::running && c.label(label::one_off) != "True" &&
         !generation_name(c.name);
}

bool has_alias(const Container& c, const std::string& name) {
  for (const auto& network : c.networks) {
    if (!network.value().is_object()) continue;
    const auto* aliases = network.value().as_object().if_contains("Aliases");
    if (aliases == nullptr || !aliases->is_array()) continue;
    for (const auto& alias : aliases->as_array())
      if (alias.is_string() && alias.as_string() == name) return true;
  }
  return false;
}

const Container* of_service(const std::vector<Container>& containers, const std::string& service) {
  const auto it = std::find_if(containers.begin(), containers.end(), [&](const auto& c) {
    return serves(c) && c.label(label::service) == service;
  });
  return it == containers.end() ? nullptr : &*it;
}

const Container* named(const std::vector<Container>& containers, const std::string& host) {
  if (const auto* found = of_service(containers, host)) return found;
  const auto it = std::find_if(containers.begin(), containers.end(), [&](const auto& c) {
    return serves(c) && (c.name == host || has_alias(c, host));
  });
  return it == containers.end() ? nullptr : &*it;
}

std::string network_mode(const Container& c) {
  const auto* mode = c.host_config.if_contains("NetworkMode");
  return mode != nullptr && mode->is_string() ? std::string(mode->as_string()) : std::string{};
}

/// Who owns the network namespace that it is in.
const Container* namespace_owner(const std::vector<Container>& containers, const Container& c) {
  constexpr std::string_view prefix = "container:";
  const auto mode = network_mode(c);
  if (!mode.starts_with(prefix)) return &c;
  const auto id = mode.substr(prefix.size());
  const auto it = std::find_if(containers.begin(), containers.end(),
                               [&](const auto& o) { return o.id == id || o.name == id; });
  return it == containers.end() ? &c : &*it;
}

std::string ip_in(const boost::json::value& network) {
  const auto* ip = network.is_object() ? network.as_object().if_contains("IPAddress") : nullptr;
  return ip != nullptr && ip->is_string() ? std::string(ip->as_string()) : std::string{};
}

std::string reachable_ip(const Container& c, const Container* asker) {
  std::string any;
  for (const auto& network : c.networks) {
    auto ip = ip_in(network.value());
    if (ip.empty()) continue;
    if (asker == nullptr || asker->networks.contains(network.key())) return ip;
    if (any.empty()) any = std::move(ip);
  }
  return any;
}

bool holds(const boost::json::value& answer, const boost::json::value& wanted) {
  if (wanted.is_number() && answer.is_number())
    return wanted.to_number<double>() == answer.to_number<double>();
  if (!wanted.is_object()) return wanted == answer;
  if (!answer.is_object()) return false;
  return std::all_of(wanted.as_object().begin(), wanted.as_object().end(), [&](const auto& member) {
    const auto* there = answer.as_object().if_contains(member.key());
    return there != nullptr && holds(*there, member.value());
  });
}

std::string wrong_json(const boost::json::value& wanted, const std::string& body) {
  boost::json::error_code error;
  const auto answer = boost::json::parse(body, error);
  if (error) return "the answer is not JSON";
  if (holds(answer, wanted)) return {};
  return fmt::format("the answer does not hold {}", boost::json::serialize(wanted));
}

bool is_secret_name(const std::string& name) {
  constexpr std::array words{"password", "passwd", "secret", "token", "key", "credential"};
  const auto small = lower(name);
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return small.find(word) != std::string::npos; });
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  Url url;
  auto rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return no_url(text);
  }
  const auto slash = rest.find_first_of("/?");
  auto place = std::string(rest.substr(0, slash));
  url.target = slash == std::string_view::npos ? "/" : std::string(rest.substr(slash));
  if (url.target.front() == '?') url.target.insert(0, "/");
  url.target = url.target.substr(0, url.target.find('#'));
  const bool has_port = place.rfind(':') != std::string::npos && !place.ends_with(']');
  if (!has_port) place += url.tls ? ":443" : ":80";
  auto where = parse_host_port(place);
  if (!where || place.find('@') != std::string::npos) return no_url(text);
  url.host = std::move(where->host);
  url.port = where->port;
  return url;
}

Result<HostPort> parse_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  auto host = std::string(text.substr(0, colon));
  if (host.size() > 2 && host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string::npos)
    host.clear();
  const auto port =
      colon == std::string_view::npos ? std::nullopt : port_number(text.substr(colon + 1));
  if (host.empty() || !port)
    return fail(Code::invalid, fmt::format("{} is not HOST:PORT", in_quotes(text)));
  return HostPort{std::move(host), *port};
}

std::string check_text(const VerifyCheck& check) {
  std::string text = check.target;
  if (check.kind == CheckKind::tcp) text = "tcp " + check.target;
  if (check.kind == CheckKind::run) text = join(check.command, " ");
  if (!check.in.empty()) text += " in " + check.in;
  return printable(text);
}

std::string wrong_with(const VerifyCheck& check, const HttpAnswer& answer) {
  const bool good =
      check.status ? answer.status == *check.status : answer.status >= 200 && answer.status < 300;
  if (!good)
    return fmt::format("status {}, not {}", answer.status,
                       check.status ? std::to_string(*check.status) : std::string("2xx"));
  for (const auto& [name, wanted] : check.headers) {
    const auto it = answer.headers.find(lower(name));
    if (it == answer.headers.end()) return fmt::format("no header {}", printable(name));
    if (it->second != wanted)
      return fmt::format("header {} is {}, not {}", printable(name), in_quotes(it->second),
                         in_quotes(wanted));
  }
  return check.json ? wrong_json(*check.json, answer.body) : std::string{};
}

std::string wrong_with(const VerifyCheck& check, const std::string& output) {
  return check.json ? wrong_json(*check.json, output) : std::string{};
}

Result<std::string> address_of(const Project& project, const std::vector<Container>& containers,
                               const std::string& host, const std::string& in) {
  const auto* asker = in.empty() ? nullptr : of_service(containers, in);
  if (!in.empty() && asker == nullptr)
    return fail(Code::failed, fmt::format("{} does not run", in));
  const auto* found = is_loopback(host) && asker != nullptr ? asker : named(containers, host);
  if (found == nullptr && project.services.contains(host))
    return fail(Code::failed, fmt::format("{} does not run", host));
  if (found == nullptr) return host;
  found = namespace_owner(containers, *found);
  if (network_mode(*found) == "host") return std::string("127.0.0.1");
  auto ip = reachable_ip(*found, asker);
  if (!ip.empty()) return ip;
  return fail(Code::failed, fmt::format("{} has no address in a network of the stack", host));
}

std::string without_secrets(std::string text, const Project& project) {
  constexpr std::size_t shortest = 4;
  for (const auto& [name, service] : project.services)
    for (const auto& [variable, value] : service.environment) {
      if (!value || !is_secret_name(variable) || value->reveal().size() < shortest) continue;
      const auto& secret = value->reveal();
      for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
        text.replace(at, secret.size(), "•••");
    }
  return text;
}

}  // namespace landfast
