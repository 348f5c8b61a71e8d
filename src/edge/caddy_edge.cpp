// SPDX-License-Identifier: Apache-2.0
#include "edge/caddy_edge.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "edge/edge_target.h"
#include "edge/given_certificates.h"
#include "edge/site_files.h"
#include "io/file.h"

namespace landfast {
namespace {

constexpr int load_tries = probe_sockets;
constexpr int rounds = 40;
constexpr int silent_rounds = 10;  ///< of them without any answer: nobody is there
constexpr std::chrono::milliseconds between{50};

Error not_so(std::string text) {
  Error e;
  e.code = Code::unavailable;
  e.text = std::move(text);
  e.retryable = true;
  return e;
}

/// The version that a placeholder for files came with.
Status check_version(const std::string& said) {
  if (said.find('{') == std::string::npos) return {};
  return fail(Code::unsupported, "the edge's Caddy is older than 2.8",
              "landfast edge image makes an image of a newer one");
}

Result<RouteTable> recorded_table(const EdgeFiles& files) {
  TRY(const auto recorded, files.recorded());
  return files.table(recorded);
}

/// A load that was refused has closed the newest copy of a socket, and Caddy copies only that one.
bool lost_its_socket(const Error& refused) {
  return refused.text.find("use of closed network connection") != std::string::npos;
}

}  // namespace

/// One edge: its files and its process.
struct CaddyEdge::One {
  One(EdgeFiles f, Loop& loop, CaddyLayout l)
      : files(std::move(f)), process(loop, files.folder() + "/run"), layout(std::move(l)) {}
  EdgeFiles files;
  CaddyProcess process;
  CaddyLayout layout;
};

CaddyEdge::CaddyEdge(Loop& loop, std::string state_dir, CaddyEdgeOptions options)
    : loop_(loop), state_dir_(std::move(state_dir)), options_(std::move(options)) {}

CaddyEdge::One CaddyEdge::one(const std::string& edge) const {
  return One(EdgeFiles(state_dir_, edge), loop_, options_.layout.value_or(CaddyLayout{}));
}

Task<Result<EdgeFacts>> CaddyEdge::facts(std::string edge) {
  auto self = one(edge);
  EdgeFacts facts;
  facts.folder = self.files.folder();
  facts.table.edge = edge;
  auto revision = co_await self.process.said("/rev");
  CO_TRY(facts.recorded, self.files.recorded());
  CO_TRY(facts.table, self.files.recorded_table(facts.recorded, revision ? *revision : ""));
  facts.table.edge = edge;
  for (const auto& target : facts.table.targets) {
    auto& slot = facts.slots[target.id] = self.files.slot_state(target);
    if (target.port != 0) continue;
    for (auto* addresses : {&slot.a, &slot.b})  // a site that somebody removed is none
      for (auto& address : *addresses)
        if (is_site_name(address) && !SiteFiles(self.files).has(address)) address.clear();
  }
  if (!revision) co_return facts;
  facts.running = true;
  facts.revision = std::move(*revision);
  auto version = co_await self.process.said("/version");
  if (version) facts.version = printable(*version);
  co_return facts;
}

Task<Result<RouteTable>> CaddyEdge::table(std::string edge, std::string revision) {
  co_return one(edge).files.table(revision);
}

Task<Status> CaddyEdge::apply(RouteTable table, std::string replaces) {
  auto self = one(table.edge);
  CO_TRY_VOID(self.files.prepare());
  CO_TRY(const auto lock, EdgeLock::take(self.files));
  CO_TRY(const auto recorded, self.files.recorded());
  CO_TRY_VOID(may_replace(table, recorded, replaces));
  CO_TRY(const auto given, copy_given(table, self.files, self.layout));
  CO_TRY(const auto config, caddy_config(table, self.layout, given));
  const auto text = caddy_text(config);
  CO_TRY_VOID(self.files.keep_table(table));
  for (const auto& target : table.targets) CO_TRY_VOID(self.files.prepare_target(target));
  CO_TRY_VOID(self.files.write(self.files.conf("next.json"), text));
  auto loaded = co_await load(self, table, given, text);
  if (!loaded) {
    ::unlink(self.files.conf("next.json").c_str());
    co_return loaded;
  }
  CO_TRY_VOID(self.files.write(self.files.conf("config.json"), text));
  ::unlink(self.files.conf("next.json").c_str());
  for (const auto& id : self.files.targets())
    if (table.target(id) == nullptr) CO_TRY_VOID(self.files.remove_target(id));
  const bool has_sites =
      std::ranges::any_of(table.targets, [](const EdgeTarget& t) { return t.port == 0; });
  if (!has_sites) CO_TRY_VOID(SiteFiles(self.files).drop_unused());
  co_return remove_old_copies(self.files);
}

/// Where no process runs there is nobody to be told: it starts with what is recorded.
Task<Status> CaddyEdge::load(One& edge, const RouteTable& table, const GivenCertificates& given,
                             std::string config) {
  const auto revision = revision_of(table);
  auto served = co_await edge.process.said("/rev");
  if (!served) co_return Status{};
  CO_TRY_VOID(co_await prove_same_folder(edge));
  const auto recorded = read_file(edge.files.conf("config.json"), std::size_t{16} << 20);
  if (*served == revision && recorded && *recorded == config) co_return Status{};
  co_return co_await load_until_known(edge, table, given, std::move(config));
}

/// The interface for changes restarts with each load, also with one that is refused, and a request
/// may come in between. Loading the same again is harmless; whether it was done, /rev tells.
Task<Status> CaddyEdge::load_until_known(One& edge, const RouteTable& table,
                                         const GivenCertificates& given, std::string config) {
  const auto revision = revision_of(table);
  auto layout = edge.layout;
  for (int n = 1;; ++n) {
    auto told = co_await edge.process.load(config);
    if (!told && told.error().code == Code::invalid) {
      if (n == load_tries || !lost_its_socket(told.error())) co_return told;
      layout.probe = probe_socket(n + 1);
      CO_TRY(const auto other, caddy_config(table, layout, given));
      config = caddy_text(other);
      continue;
    }
    if (told) co_return co_await acknowledge(edge, "/rev", revision);
    auto served = co_await edge.process.said("/rev");
    if (served && *served == revision) co_return Status{};
    const auto& cause = told.error().cause;
    const bool may_be_under_way = cause && cause->code == Code::timeout;
    if (n == load_tries || !served || may_be_under_way) co_return told;
    co_await sleep_for(loop_, between);
  }
}

/// A process of another folder, or one that cannot read files, would serve on and never switch.
Task<Status> CaddyEdge::prove_same_folder(One& edge) {
  const auto nonce = random_hex(16);
  CO_TRY_VOID(edge.files.write_nonce(nonce));
  auto read = co_await edge.process.said("/nonce");
  if (!read) co_return fail(std::move(read).error());
  CO_TRY_VOID(check_version(*read));
  if (*read == nonce) co_return Status{};
  co_return fail(Code::conflict,
                 fmt::format("the running edge does not read {}", edge.files.folder()),
                 "another folder is mounted in it: remove its container, then deploy again");
}

Task<Status> CaddyEdge::acknowledge(One& edge, const std::string& path, const std::string& wanted) {
  Result<std::string> said = std::string();
  int silent = 0;
  for (int n = 0; n < rounds && silent < silent_rounds; ++n) {
    said = co_await edge.process.said(path);
    if (said && *said == wanted) co_return Status{};
    silent = said ? 0 : silent + 1;
    co_await sleep_for(loop_, between);
  }
  if (!said) co_return fail(std::move(said).error());
  co_return fail(not_so(
      fmt::format("the edge reads {} where {} was written", in_quotes(*said), in_quotes(wanted))));
}

Task<Status> CaddyEdge::add_site(std::string edge, std::string site, std::string tar) {
  auto self = one(edge);
  CO_TRY_VOID(self.files.prepare());
  CO_TRY(const auto lock, EdgeLock::take(self.files));
  const SiteFiles sites(self.files);
  co_return sites.add(site, tar);
}

Task<Result<bool>> CaddyEdge::has_site(std::string edge, std::string site) {
  const auto self = one(edge);
  co_return SiteFiles(self.files).has(site);
}

Task<Status> CaddyEdge::set_address(std::string edge, std::string target, SlotName slot,
                                    std::vector<std::string> addresses) {
  auto self = one(edge);
  CO_TRY(const auto table, recorded_table(self.files));
  CO_TRY(const auto known, target_of(table, target));
  CO_TRY_VOID(check_addresses(known, addresses));
  CO_TRY_VOID(self.files.set_addresses(known, slot, addresses));
  if (known.port == 0) co_return keep_only_used(self, addresses.front());
  co_return Status{};
}

/// Behind the address, so whoever removes sites meanwhile sees it, or has removed this one before.
Status CaddyEdge::keep_only_used(const One& edge, const std::string& pointed) {
  const SiteFiles sites(edge.files);
  if (!sites.has(pointed))
    return fail(Code::not_found, fmt::format("the edge has no site {}", pointed));
  const auto lock = EdgeLock::take(edge.files);
  if (!lock) return {};  // whoever has it, or the next one, removes them
  return sites.drop_unused();
}

Task<Status> CaddyEdge::switch_to(std::string edge, std::string target, SlotWord word) {
  auto self = one(edge);
  if (word == SlotWord::hold) CO_TRY_VOID(self.files.set_address(target, "go", refused_address));
  CO_TRY_VOID(self.files.set_word(target, word));
  // The word first, then where held requests go: what comes now never queues behind them.
  if (const auto slot = serving_slot(word)) CO_TRY_VOID(release_held(self, target, *slot));
  co_return co_await acknowledge(self, "/slot/" + target, std::string(to_string(word)));
}

Status CaddyEdge::release_held(const One& edge, const std::string& target, SlotName slot) const {
  TRY(const auto goes, edge.files.address(target, "go"));
  if (goes != refused_address) return {};
  TRY(const auto address, edge.files.address(target, address_file(slot, 1)));
  return edge.files.set_address(target, "go", address);
}

Task<Result<int>> CaddyEdge::probe(std::string edge, std::string target, SlotName slot,
                                   std::string path) {
  auto self = one(edge);
  CO_TRY(const auto table, recorded_table(self.files));
  CO_TRY(const auto known, target_of(table, target));
  const auto host = probed_host(table, target);
  int status = 0;
  for (int n = 1; n <= known.replicas; ++n) {
    auto one_path = fmt::format("/via/{}/{}{}", target, address_file(slot, n), path);
    CO_TRY(status, co_await self.process.status_of(std::move(one_path), host));
    if (status >= 400) co_return status;
  }
  co_return status;
}

Task<Result<std::int64_t>> CaddyEdge::in_flight(std::string edge, std::string target,
                                                SlotName slot) {
  auto self = one(edge);
  CO_TRY(const auto table, recorded_table(self.files));
  CO_TRY(const auto known, target_of(table, target));
  CO_TRY(const auto counts, co_await self.process.in_flight());
  std::int64_t sum = 0;
  for (int n = 1; n <= known.replicas; ++n) {
    const auto it = counts.find(dial_of(self.layout, target, address_file(slot, n)));
    if (it == counts.end() && known.port != 0)
      co_return fail(not_so("the edge does not count the requests of this target"));
    if (it != counts.end()) sum += it->second;
  }
  co_return sum;
}

Task<Status> CaddyEdge::forget(std::string edge) {
  auto self = one(edge);
  if (::access(self.files.folder().c_str(), F_OK) != 0) co_return Status{};
  CO_TRY(const auto lock, EdgeLock::take(self.files));
  co_return self.files.forget();
}

}  // namespace landfast
