// SPDX-License-Identifier: Apache-2.0
#include "edge/nginx_edge.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/text.h"
#include "edge/caddy_config.h"
#include "edge/edge_files.h"
#include "edge/edge_target.h"
#include "edge/nginx_config.h"
#include "edge/nginx_process.h"
#include "io/file.h"
#include "io/http_client.h"
#include "model/driven_nginx.h"

namespace landfast {
namespace {

constexpr std::chrono::seconds serve_limit{10};
constexpr std::chrono::milliseconds between{20};
constexpr std::chrono::seconds probe_limit{10};
constexpr std::size_t probe_body_limit = std::size_t{4} << 20;
constexpr std::size_t file_limit = std::size_t{16} << 20;
constexpr mode_t read_by_nginx = 0644;  // its container may run as anybody
constexpr int bad_gateway = 502;

using Slots = std::map<std::string, SlotState>;

bool is_silent(const Error& e) { return e.code == Code::unavailable; }

std::string text_in(const std::string& path) {
  return read_file(path, file_limit, Links::refuse).value_or(std::string());
}

Slots slots_of(const EdgeFiles& files, const RouteTable& table) {
  Slots slots;
  for (const auto& target : table.targets) slots[target.id] = files.slot_state(target);
  return slots;
}

Status check_folder(const std::string& folder) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
  return fail(Code::invalid, fmt::format("the folder {} of edge.nginx does not exist", folder),
              "make it, mount it into your nginx, and include its *.conf in the http block once");
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return fail(Code::failed, fmt::format("cannot remove {}: {}", path, std::strerror(errno)));
}

Status put_back(const std::string& path, const std::string& text) {
  return text.empty() ? remove_file(path) : write_file(path, text, read_by_nginx);
}

/// nginx only warns where another of its servers has the name, and heeds the first of the two.
Status check_names(const RouteTable& table, const std::string& said) {
  for (const auto& r : table.routes)
    if (said.find(fmt::format("conflicting server name \"{}\"", r.route.host)) != said.npos)
      return fail(Code::invalid,
                  fmt::format("your nginx serves {} by another server block", r.route.host),
                  "remove that block, or give the service another host");
  return {};
}

Error not_served(const std::string& path) {
  Error e;
  e.code = Code::invalid;
  e.text = fmt::format("nginx does not serve what {} says, {} s after its reload", path,
                       serve_limit.count());
  e.hint = "it must include the *.conf of that folder in its http block, and listen on port 80";
  return e;
}

bool has_new_workers_only(const NginxWorkers& before, const NginxWorkers& now) {
  return !now.serving.empty() && std::ranges::none_of(now.serving, [&](const auto& worker) {
    return before.serving.contains(worker);
  });
}

Task<int> status_of(Loop& loop, std::string address, std::uint16_t port, std::string host,
                    std::string path) {
  HttpClient client(loop, SocketAddress::tcp_at(std::move(address), port));
  HttpRequest request("GET", std::move(path));
  request.host = std::move(host);
  request.limit = probe_limit;
  request.body_limit = probe_body_limit;
  auto stream = co_await client.open(std::move(request));
  co_return stream ? stream->head().status : bad_gateway;
}

}  // namespace

/// The edge of one stack, as it is recorded.
struct NginxEdge::One {
  EdgeFiles files;
  std::string edge, recorded;
  RouteTable table;
  std::string path;  ///< of the file that nginx includes; "" where nothing is recorded
  NginxProcess process;

  [[nodiscard]] std::string revision_file() const { return files.conf("revision"); }
};

namespace {

std::string path_of(const RouteTable& table, const std::string& edge) {
  const auto folder = driven_nginx(table).folder;
  return folder.empty() ? folder : folder + "/" + nginx_file(edge);
}

}  // namespace

Result<NginxEdge::One> NginxEdge::one(const std::string& edge) const {
  EdgeFiles files(state_dir_, edge);
  auto recorded = read_file(files.conf("revision"), file_limit, Links::refuse);
  if (!recorded && recorded.error().code != Code::not_found) return fail(recorded.error());
  RouteTable table;
  if (recorded) {
    TRY(table, files.table(*recorded));
  }
  table.edge = edge;
  NginxProcess process(loop_, engine_, driven_nginx(table).container);
  return One{files, edge, recorded.value_or(""), table, path_of(table, edge), process};
}

Task<Result<EdgeFacts>> NginxEdge::facts(std::string edge) {
  CO_TRY(auto self, one(edge));
  EdgeFacts facts;
  facts.folder = self.files.folder();
  facts.recorded = self.recorded;
  facts.table = self.table;
  if (self.table.empty()) co_return facts;
  facts.slots = slots_of(self.files, self.table);
  CO_TRY(const auto wanted, nginx_config(self.table, facts.slots));
  auto served = co_await self.process.said(nginx_asked_as(edge), nginx_generation_path);
  facts.running = served.has_value();
  const bool is_so = text_in(self.path) == wanted.text && (!served || *served == wanted.generation);
  if (served) facts.revision = is_so ? self.recorded : "other";
  // A deployer was killed within a switch: which of the two serves is not known.
  if (!is_so)
    for (auto& [id, slot] : facts.slots)
      if (slot.word != SlotWord::hold) slot.word = SlotWord::down;
  co_return facts;
}

Task<Result<RouteTable>> NginxEdge::table(std::string edge, std::string revision) {
  co_return EdgeFiles(state_dir_, edge).table(revision);
}

/// Writes the file of the stack; one that nginx refuses is gone again when this returns.
Task<Status> NginxEdge::put(One& self, const RouteTable& table, const Slots& slots) {
  CO_TRY(const auto config, nginx_config(table, slots));
  const auto before = text_in(self.path);
  if (before != config.text) CO_TRY_VOID(write_file(self.path, config.text, read_by_nginx));
  auto said = co_await self.process.test();
  Status taken;
  if (!said)
    taken = fail(said.error());
  else
    taken = check_names(table, *said);
  if (taken || is_silent(taken.error())) co_return taken;
  CO_TRY_VOID(put_back(self.path, before));
  co_return taken;
}

/// Returns once new workers alone accept connections, with this generation.
Task<Status> NginxEdge::serve(One& self, std::string generation) {
  const auto name = nginx_asked_as(self.edge);
  CO_TRY(auto said, co_await self.process.said(name, nginx_generation_path));
  if (said == generation) co_return Status{};
  CO_TRY(const auto before, co_await self.process.workers());
  CO_TRY_VOID(co_await self.process.reload());
  const auto end = std::chrono::steady_clock::now() + serve_limit;
  while (std::chrono::steady_clock::now() < end) {
    CO_TRY(said, co_await self.process.said(name, nginx_generation_path));
    if (said == generation) {
      CO_TRY(const auto now, co_await self.process.workers());
      if (has_new_workers_only(before, now)) co_return Status{};
    }
    co_await sleep_for(loop_, between);
  }
  co_return fail(not_served(self.path));
}

/// nginx serves nothing of the stack any more.
Task<Status> NginxEdge::withdraw(One& self) {
  if (self.path.empty() || ::access(self.path.c_str(), F_OK) != 0) co_return Status{};
  CO_TRY_VOID(remove_file(self.path));
  auto reloaded = co_await self.process.reload();
  if (reloaded || is_silent(reloaded.error())) co_return Status{};
  co_return reloaded;
}

Task<Status> NginxEdge::apply(RouteTable table, std::string replaces) {
  CO_TRY(auto old, one(table.edge));
  CO_TRY_VOID(old.files.prepare());
  CO_TRY(const auto lock, EdgeLock::take(old.files));
  CO_TRY_VOID(may_replace(table, old.recorded, replaces));
  auto self = old;
  self.path = path_of(table, table.edge);
  self.process = NginxProcess(loop_, engine_, driven_nginx(table).container);
  for (const auto& target : table.targets) CO_TRY_VOID(self.files.prepare_target(target));
  if (!table.empty()) CO_TRY_VOID(co_await introduce(self, table));
  if (table.empty() || old.path != self.path) CO_TRY_VOID(co_await withdraw(old));
  CO_TRY_VOID(self.files.keep_table(table));
  CO_TRY_VOID(self.files.write(self.revision_file(), revision_of(table)));
  for (const auto& id : self.files.targets())
    if (table.target(id) == nullptr) CO_TRY_VOID(self.files.remove_target(id));
  co_return Status{};
}

/// Where nginx does not run the file is there when it starts.
Task<Status> NginxEdge::introduce(One& self, const RouteTable& table) {
  CO_TRY_VOID(check_folder(driven_nginx(table).folder));
  const auto slots = slots_of(self.files, table);
  CO_TRY(const auto config, nginx_config(table, slots));
  const auto before = text_in(self.path);
  auto done = co_await put(self, table, slots);
  if (done) done = co_await serve(self, config.generation);
  if (done || is_silent(done.error())) co_return Status{};
  CO_TRY_VOID(put_back(self.path, before));
  const auto reloaded = co_await self.process.reload();
  if (!reloaded) done.error().trace.push_back(reloaded.error().text);
  co_return done;
}

Task<Status> NginxEdge::set_address(std::string edge, std::string target, SlotName slot,
                                    std::vector<std::string> addresses) {
  CO_TRY(const auto self, one(edge));
  CO_TRY(const auto known, target_of(self.table, target));
  CO_TRY_VOID(check_addresses(known, addresses));
  co_return self.files.set_addresses(known, slot, addresses);
}

/// The file first, then the word: killed in between, `facts` sees that they differ.
Task<Status> NginxEdge::switch_to(std::string edge, std::string target, SlotWord word) {
  CO_TRY(auto self, one(edge));
  CO_TRY_VOID(target_of(self.table, target));
  auto slots = slots_of(self.files, self.table);
  slots[target].word = word;
  CO_TRY(const auto config, nginx_config(self.table, slots));
  auto done = co_await put(self, self.table, slots);
  if (!done && !is_silent(done.error())) co_return done;
  CO_TRY_VOID(self.files.set_word(target, word));
  if (done) done = co_await serve(self, config.generation);
  if (!done && done.error().code == Code::invalid) {
    done.error().code = Code::unavailable;
    done.error().retryable = true;
  }
  co_return done;
}

Task<Result<int>> NginxEdge::probe(std::string edge, std::string target, SlotName slot,
                                   std::string path) {
  CO_TRY(const auto self, one(edge));
  CO_TRY(const auto known, target_of(self.table, target));
  const auto host = probed_host(self.table, target);
  ContainerFilter of_stack;
  of_stack.project = known.stack;
  CO_TRY(const auto containers, co_await engine_.containers(std::move(of_stack)));
  int status = bad_gateway;
  const auto state = self.files.slot_state(known);
  for (const auto& address : state.addresses(slot)) {
    auto ip = address_of_alias(containers, address.substr(0, address.rfind(':')));
    if (ip.empty()) co_return bad_gateway;
    status = co_await status_of(loop_, std::move(ip), known.port, host, path);
    if (status >= 400) co_return status;
  }
  co_return status;
}

Task<Result<std::int64_t>> NginxEdge::in_flight(std::string edge, std::string target,
                                                SlotName slot) {
  CO_TRY(auto self, one(edge));
  CO_TRY_VOID(target_of(self.table, target));
  if (self.files.word(target) == serving(slot))
    co_return fail(Code::unsupported, "nginx does not say how many requests are in flight");
  CO_TRY(const auto workers, co_await self.process.workers());
  co_return static_cast<std::int64_t>(workers.stopping.size());
}

Task<Status> NginxEdge::add_site(std::string edge, std::string, std::string) {
  co_return fail(Code::unsupported, fmt::format("{} serves no static files", edge));
}

Task<Result<bool>> NginxEdge::has_site(std::string, std::string) { co_return false; }

Task<Status> NginxEdge::forget(std::string edge) {
  CO_TRY(auto self, one(edge));
  if (::access(self.files.folder().c_str(), F_OK) != 0) co_return Status{};
  CO_TRY(const auto lock, EdgeLock::take(self.files));
  CO_TRY_VOID(co_await withdraw(self));
  co_return self.files.forget();
}

}  // namespace landfast
