// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "edge/caddy_parts.h"

namespace landfast::caddy {
namespace {

object only_when(std::string_view variable, std::string_view value) {
  object wanted{{variable, texts({std::string(value)})}};
  return object{{"vars", std::move(wanted)}};
}

/// Requests from elsewhere end here.
object allowed_only(const std::vector<std::string>& blocks) {
  object inside{{"client_ip", object{{"ranges", texts(blocks)}}}};
  object outside{{"not", one(std::move(inside))}};
  auto refusal =
      page(403, "Not from here", "This address may not be reached from where you are.", false);
  object options{{"routes", one(route(std::move(outside), one(std::move(refusal))))}};
  return handler("subroute", std::move(options));
}

object password_check(const std::map<std::string, Secret>& users) {
  array accounts;
  bool argon = false;
  for (const auto& [user, hash] : users) {
    argon = hash.reveal().starts_with("$argon2id$");
    accounts.emplace_back(object{{"username", user}, {"password", hash.reveal()}});
  }
  object basic{{"accounts", std::move(accounts)},
               {"hash", object{{"algorithm", argon ? "argon2id" : "bcrypt"}}},
               {"hash_cache", object{}}};
  return handler("authentication", object{{"providers", object{{"http_basic", std::move(basic)}}}});
}

/// The user's headers of the answer, set once the app has given its own.
object answer_headers(const std::map<std::string, std::optional<std::string>>& headers) {
  object set;
  array removed;
  for (const auto& [name, value] : headers) {
    if (value)
      set[name] = texts({*value});
    else
      removed.emplace_back(name);
  }
  object response{{"deferred", true}};
  if (!set.empty()) response["set"] = std::move(set);
  if (!removed.empty()) response["delete"] = std::move(removed);
  return handler("headers", object{{"response", std::move(response)}});
}

/// Text that packs well; never text/event-stream, which must not wait in a buffer.
object compression() {
  array types =
      texts({"application/javascript*", "application/json*", "application/manifest+json*",
             "application/wasm*", "application/xhtml+xml*", "application/xml*", "image/svg+xml*",
             "text/css*", "text/html*", "text/javascript*", "text/plain*", "text/xml*"});
  object options{{"encodings", object{{"gzip", object{}}, {"zstd", object{}}}},
                 {"prefer", texts({"zstd", "gzip"})},
                 {"minimum_length", 512}};
  options["match"] = object{{"headers", object{{"Content-Type", std::move(types)}}}};
  return handler("encode", std::move(options));
}

object transport(const Route& r) {
  object options{{"protocol", "http"}, {"compression", false}, {"dial_timeout", "2s"}};
  // Below what every app closes its own idle connections after: gunicorn waits 2 s, Node 5 s.
  options["keep_alive"] = object{{"idle_timeout", "1s"}};
  if (r.timeout) options["response_header_timeout"] = duration(*r.timeout);
  return options;
}

/// Only what could not be dialled is tried again, so nothing runs twice.
object proxy(const Route& r, array upstreams, std::string_view tries_for, std::string_view every) {
  object balancing;
  if (!tries_for.empty()) balancing = {{"try_duration", tries_for}, {"try_interval", every}};
  balancing["selection_policy"] = object{{"policy", "round_robin"}};
  object options{{"upstreams", std::move(upstreams)},
                 {"load_balancing", std::move(balancing)},
                 {"transport", transport(r)},
                 {"stream_close_delay", "24h"}};
  return handler("reverse_proxy", std::move(options));
}

object held(const EdgeRoute& r, const EdgeTarget& target, const CaddyLayout& layout) {
  object upstream{{"dial", dial_of(layout, target.id, "go")}};
  return proxy(r.route, one(std::move(upstream)), duration(r.hold), "250ms");
}

/// Files of the image, of the release that the slot names: dotfiles hidden, names with a digest
/// cached for ever.
object site(const Route& r, const EdgeTarget& target, SlotName slot, const CaddyLayout& layout) {
  const auto root = fmt::format("{}/site/{}", layout.data,
                                file_placeholder(layout, target.id, address_file(slot, 1)));
  array steps;
  if (r.spa) {
    object file{{"root", root}};
    file["try_files"] = texts({"{http.request.uri.path}", "/index.html"});
    auto rewrite = handler("rewrite", object{{"uri", "{http.matchers.file.relative}"}});
    steps.emplace_back(passing(object{{"file", std::move(file)}}, one(std::move(rewrite))));
  }
  const auto cached = [&](object match, std::string_view words) {
    object response{{"set", object{{"Cache-Control", texts({std::string(words)})}}}};
    auto headers = handler("headers", object{{"response", std::move(response)}});
    steps.emplace_back(passing(std::move(match), one(std::move(headers))));
  };
  constexpr const char* digested = "[.-][0-9A-Za-z_-]{8,}\\.[a-z0-9]+$";
  cached(object{{"path_regexp", object{{"pattern", digested}}}},
         "public, max-age=31536000, immutable");
  cached(object{{"path", texts({"/", "*/", "*.html"})}}, "no-cache");
  auto files = handler("file_server", object{{"root", root}, {"hide", texts({".*"})}});
  steps.emplace_back(passing(object{}, one(std::move(files))));
  return handler("subroute", object{{"routes", std::move(steps)}});
}

object by_slot(const EdgeRoute& r, const EdgeTarget& target, const CaddyLayout& layout) {
  array cases;
  for (const auto slot : {SlotName::a, SlotName::b}) {
    auto serve = slot_handler(r, target, slot, 0, layout);
    cases.emplace_back(route(only_when("slot", to_string(slot)), one(std::move(serve))));
  }
  cases.emplace_back(route(only_when("slot", "hold"), one(held(r, target, layout))));
  cases.emplace_back(route(object{}, one(handler("invoke", object{{"name", closed_page}}))));
  return handler("subroute", object{{"routes", std::move(cases)}});
}

}  // namespace

object slot_handler(const EdgeRoute& r, const EdgeTarget& target, SlotName slot, int replica,
                    const CaddyLayout& layout) {
  if (!r.route.static_dir.empty()) return site(r.route, target, slot, layout);
  array upstreams;
  for (int n = 1; n <= target.replicas; ++n)
    if (replica == 0 || replica == n)
      upstreams.emplace_back(object{{"dial", dial_of(layout, target.id, address_file(slot, n))}});
  return replica == 0 ? proxy(r.route, std::move(upstreams), "5s", "50ms")
                      : proxy(r.route, std::move(upstreams), "", "");
}

array route_handlers(const EdgeRoute& r, const EdgeTarget& target, const CaddyLayout& layout) {
  array out;
  if (!r.route.allow.empty()) out.emplace_back(allowed_only(r.route.allow));
  if (!r.route.auth.empty()) out.emplace_back(password_check(r.route.auth));
  if (r.route.body) out.emplace_back(handler("request_body", object{{"max_size", *r.route.body}}));
  if (!r.route.headers.empty()) out.emplace_back(answer_headers(r.route.headers));
  if (r.route.compress.value_or(false)) out.emplace_back(compression());
  if (r.route.strip && r.route.path != "/")
    out.emplace_back(handler("rewrite", object{{"strip_path_prefix", r.route.path}}));
  // Read once: one read decides, and no request sees two words.
  object slot{{"slot", file_placeholder(layout, target.id, "slot")}};
  out.emplace_back(handler("vars", std::move(slot)));
  out.emplace_back(by_slot(r, target, layout));
  return out;
}

}  // namespace landfast::caddy
