// SPDX-License-Identifier: Apache-2.0
#include "edge/caddy_parts.h"

#include <fmt/format.h>

#include "base/text.h"

namespace landfast::caddy {

array texts(const std::vector<std::string>& list) {
  array out;
  for (const auto& text : list) out.emplace_back(text);
  return out;
}

array one(object o) {
  array out;
  out.emplace_back(std::move(o));
  return out;
}

object handler(std::string_view name, object options) {
  options["handler"] = name;
  return options;
}

object passing(object match, array handle) {
  object out;
  if (!match.empty()) out["match"] = one(std::move(match));
  out["handle"] = std::move(handle);
  return out;
}

object route(object match, array handle) {
  auto out = passing(std::move(match), std::move(handle));
  out["terminal"] = true;
  return out;
}

object page(int status, std::string_view title, std::string_view text, bool retry) {
  // No braces: Caddy would take them for placeholders, so no style sheet.
  constexpr std::string_view body =
      "font-family:system-ui,sans-serif;max-width:32em;margin:20vh auto";
  object headers{{"Content-Type", texts({"text/html; charset=utf-8"})},
                 {"Cache-Control", texts({"no-store"})}};
  if (retry) headers["Retry-After"] = texts({"5"});
  object options{{"status_code", status}, {"headers", std::move(headers)}};
  options["body"] = fmt::format(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">{}<title>{}</title></head>"
      "<body style=\"{}\"><h1>{}</h1><p>{}</p></body></html>\n",
      retry ? "<meta http-equiv=\"refresh\" content=\"5\">" : "", title, body, title, text);
  return handler("static_response", std::move(options));
}

std::string duration(std::chrono::nanoseconds value) { return go_duration(value); }

std::string file_placeholder(const CaddyLayout& layout, const std::string& target,
                             const std::string& file) {
  return fmt::format("{{file.{}/{}/{}}}", layout.slots, target, file);
}

}  // namespace landfast::caddy

namespace landfast {

std::string address_file(SlotName slot, int replica) {
  return fmt::format("{}.{}", to_string(slot), replica);
}

std::string dial_of(const CaddyLayout& layout, const std::string& target, const std::string& file) {
  return caddy::file_placeholder(layout, target, file);
}

}  // namespace landfast
