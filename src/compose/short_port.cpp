// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "compose/go_text.h"
#include "compose/short_syntax.h"

namespace landfast::compose {
namespace {

struct Range {
  unsigned first = 0, last = 0;
  [[nodiscard]] unsigned length() const { return last - first; }
};

std::optional<unsigned> port_number(std::string_view text) {
  const auto value = parse_uint(text, 10);
  if (!value || *value > 65535 || text[0] == '+') return {};
  return static_cast<unsigned>(*value);
}

std::optional<Range> port_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = port_number(text.substr(0, dash));
  if (!first) return {};
  if (dash == std::string_view::npos) return Range{*first, *first};
  auto rest = text.substr(dash + 1);
  const auto last = port_number(rest.substr(0, rest.find('-')));
  if (!last || *last < *first) return {};
  return Range{*first, *last};
}

tl::unexpected<Error> bad(std::string_view spec, std::string_view what) {
  return fail(Code::invalid, fmt::format("{} in the port {}", what, in_quotes(spec)),
              "the form is [[IP:]HOST:]CONTAINER[/PROTOCOL]; ports are 0 to 65535");
}

struct Parts {
  std::string_view ip, host, container, protocol;
};

Parts cut(std::string_view spec) {
  Parts p;
  const auto last = spec.rfind(':');
  p.container = last == std::string_view::npos ? spec : spec.substr(last + 1);
  if (last != std::string_view::npos) {
    const auto front = spec.substr(0, last);
    const auto middle = front.rfind(':');
    p.host = middle == std::string_view::npos ? front : front.substr(middle + 1);
    p.ip = middle == std::string_view::npos ? std::string_view{} : front.substr(0, middle);
  }
  p.protocol = "tcp";
  const auto slash = p.container.find('/');
  if (slash != std::string_view::npos) {
    auto word = p.container.substr(slash + 1);
    word = word.substr(0, word.find('/'));
    if (!word.empty()) p.protocol = word;
    p.container = p.container.substr(0, slash);
  }
  return p;
}

/// net.SplitHostPort: brackets around IPv6, and no bare colons.
std::optional<std::string_view> unbracket(std::string_view ip) {
  if (ip.starts_with('[')) {
    if (!ip.ends_with(']') || ip.find('[', 1) != std::string_view::npos) return {};
    return ip.substr(1, ip.size() - 2);
  }
  if (ip.find_first_of(":[]") != std::string_view::npos) return {};
  return ip;
}

}  // namespace

bool is_ip_address(std::string_view text) {
  const std::string copy(text);
  unsigned char bytes[16];
  if (text.find(':') != std::string_view::npos)
    return inet_pton(AF_INET6, copy.c_str(), bytes) == 1;
  if (inet_pton(AF_INET, copy.c_str(), bytes) != 1) return false;
  for (const auto& part : split(text, '.'))
    if (part.size() > 1 && part[0] == '0') return false;
  return true;
}

Result<std::vector<ShortPort>> parse_port(std::string_view spec) {
  const auto p = cut(spec);
  const auto ip = unbracket(p.ip);
  if (!ip || (!ip->empty() && !is_ip_address(*ip)))
    return bad(spec, fmt::format("{} is not an IP address", in_quotes(p.ip)));
  if (p.container.empty()) return bad(spec, "no container port");
  const auto container = port_range(p.container);
  if (!container)
    return bad(spec, fmt::format("{} is not a container port", in_quotes(p.container)));
  std::optional<Range> host;
  if (!p.host.empty()) {
    host = port_range(p.host);
    if (!host) return bad(spec, fmt::format("{} is not a host port", in_quotes(p.host)));
    if (host->length() != container->length() && container->length() != 0)
      return bad(spec, "ranges of different length");
  }
  const auto protocol = lower(p.protocol);
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp")
    return bad(spec, fmt::format("unknown protocol {}", in_quotes(p.protocol)));
  std::vector<ShortPort> ports;
  for (unsigned i = 0; i <= container->length(); ++i) {
    ShortPort port{
        std::string(*ip), {}, protocol, static_cast<std::uint16_t>(container->first + i)};
    if (host) port.published = std::to_string(host->first + i);
    if (host && container->length() == 0 && host->length() != 0)
      port.published += "-" + std::to_string(host->last);
    ports.push_back(std::move(port));
  }
  std::ranges::sort(ports, {}, [](const ShortPort& q) { return std::to_string(q.target) + "/"; });
  return ports;
}

}  // namespace landfast::compose
