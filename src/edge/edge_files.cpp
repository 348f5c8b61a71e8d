// SPDX-License-Identifier: Apache-2.0
#include "edge/edge_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/text.h"
#include "edge/caddy_config.h"
#include "io/file.h"

namespace landfast {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t word_limit = 4096;
constexpr std::size_t config_limit = std::size_t{16} << 20;
constexpr std::size_t tables_kept = 32;
constexpr mode_t read_by_edge = 0640;
constexpr SlotWord words[] = {SlotWord::a, SlotWord::b, SlotWord::hold, SlotWord::down};

tl::unexpected<Error> failed(std::string_view what, const std::string& path, int error) {
  return fail(Code::failed, fmt::format("cannot {} {}: {}", what, path, std::strerror(error)));
}

/// A folder with an owner and a mode; as root it is given to the edge's user or group, and what is
/// made in it later takes its group.
Status folder(const std::string& path, mode_t mode, uid_t owner, gid_t group) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("make", path, errno);
  const bool is_root = ::geteuid() == 0;
  if (is_root && ::lchown(path.c_str(), owner, group) != 0) return failed("give away", path, errno);
  if (::chmod(path.c_str(), is_root ? mode : 0700) != 0)
    return failed("set the mode of", path, errno);
  return {};
}

Status for_reading(const std::string& path) { return folder(path, 02750, 0, edge_user); }
Status for_writing(const std::string& path) { return folder(path, 02700, edge_user, edge_user); }
Status for_us(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("make", path, errno);
  return {};
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  }) && !text.starts_with('.');
}

std::string ready_word(SlotWord word) { return fmt::format("word.{}", to_string(word)); }

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  std::error_code none;
  for (fs::directory_iterator it(path, none), end; it != end; it.increment(none)) {
    if (none) break;
    names.push_back(it->path().filename());
  }
  std::ranges::sort(names);
  return names;
}

/// /rev of the probe server: its first route.
std::string revision_of_config(const boost::json::value& config) {
  boost::system::error_code error;
  const auto* body = config.find_pointer("/apps/http/servers/probe/routes/0/handle/0/body", error);
  if (body == nullptr || !body->is_string()) return {};
  return std::string(body->as_string());
}

}  // namespace

Status remove_tree(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return fail(Code::failed, fmt::format("cannot remove {}: {}", path, error.message()));
  return {};
}

EdgeFiles::EdgeFiles(const std::string& state_dir, const std::string& edge)
    : folder_(fmt::format("{}/edge/{}", state_dir, edge)) {}

std::string EdgeFiles::conf(const std::string& name) const { return folder_ + "/conf/" + name; }
std::string EdgeFiles::slot_file(const std::string& target, const std::string& name) const {
  return fmt::format("{}/slots/{}/{}", folder_, target, name);
}
std::string EdgeFiles::socket(const std::string& name) const { return folder_ + "/run/" + name; }
std::string EdgeFiles::data(const std::string& name) const { return folder_ + "/data/" + name; }

Status EdgeFiles::prepare() const {
  const auto edges = fs::path(folder_).parent_path().string();
  if (!is_name(fs::path(folder_).filename().string()))
    return fail(Code::invalid, fmt::format("{} is not the name of an edge",
                                           in_quotes(fs::path(folder_).filename().string())));
  TRY_VOID(for_us(edges));
  TRY_VOID(for_us(folder_));
  TRY_VOID(for_us(folder_ + "/tables"));
  TRY_VOID(for_reading(folder_ + "/conf"));
  TRY_VOID(for_reading(folder_ + "/slots"));
  TRY_VOID(for_writing(folder_ + "/data"));
  return for_writing(folder_ + "/run");
}

Status EdgeFiles::write(const std::string& path, std::string_view bytes) const {
  return write_file(path, bytes, read_by_edge);
}

Status EdgeFiles::write_nonce(const std::string& nonce) const {
  return write(folder_ + "/slots/nonce", nonce);
}

Status EdgeFiles::prepare_target(const EdgeTarget& target) const {
  if (!is_name(target.id))
    return fail(Code::invalid, fmt::format("{} is not the id of a target", in_quotes(target.id)));
  TRY_VOID(for_reading(folder_ + "/slots/" + target.id));
  const auto write_absent = [&](const std::string& name, std::string_view text) -> Status {
    const auto path = slot_file(target.id, name);
    if (::access(path.c_str(), F_OK) == 0) return {};
    return write(path, text);
  };
  for (const auto word : words) TRY_VOID(write_absent(ready_word(word), to_string(word)));
  for (const auto slot : {SlotName::a, SlotName::b})
    for (int n = 1; n <= target.replicas; ++n)
      TRY_VOID(write_absent(address_file(slot, n), refused_address));
  TRY_VOID(write_absent("go", refused_address));
  if (!word(target.id)) return set_word(target.id, SlotWord::down);
  return {};
}

std::vector<std::string> EdgeFiles::targets() const {
  auto names = names_in(folder_ + "/slots");
  std::erase_if(names, [&](const std::string& name) {
    return !fs::is_directory(fs::path(folder_) / "slots" / name);
  });
  return names;
}

Status EdgeFiles::remove_target(const std::string& target) const {
  return remove_tree(folder_ + "/slots/" + target);
}

std::optional<SlotWord> EdgeFiles::word(const std::string& target) const {
  const auto text = read_file(slot_file(target, "slot"), word_limit, Links::refuse);
  if (!text) return std::nullopt;
  return slot_word(*text);
}

SlotState EdgeFiles::slot_state(const EdgeTarget& target) const {
  SlotState state;
  state.word = word(target.id).value_or(SlotWord::down);
  const auto addresses = [&](SlotName slot) {
    std::vector<std::string> list;
    for (int n = 1; n <= target.replicas; ++n)
      list.push_back(address(target.id, address_file(slot, n)).value_or(std::string()));
    return list;
  };
  state.a = addresses(SlotName::a);
  state.b = addresses(SlotName::b);
  return state;
}

Status EdgeFiles::set_word(const std::string& target, SlotWord word) const {
  const auto ready = slot_file(target, ready_word(word));
  const auto next = slot_file(target, ".slot");
  const auto slot = slot_file(target, "slot");
  if (::unlink(next.c_str()) != 0 && errno != ENOENT) return failed("remove", next, errno);
  if (::link(ready.c_str(), next.c_str()) != 0) {
    if (errno == ENOENT)
      return fail(Code::not_found, fmt::format("the edge has no target {}", target));
    return failed("link", next, errno);
  }
  if (::rename(next.c_str(), slot.c_str()) != 0) return failed("replace", slot, errno);
  // Two names of one file: then rename does nothing, and leaves the first.
  ::unlink(next.c_str());
  return sync_folder(folder_ + "/slots/" + target);
}

Status EdgeFiles::set_address(const std::string& target, const std::string& file,
                              const std::string& address) const {
  TRY_VOID(write(slot_file(target, file), address));
  TRY(const auto written, this->address(target, file));
  if (written != address)
    return fail(Code::corrupt,
                fmt::format("{} reads {} after {} was written to it", slot_file(target, file),
                            in_quotes(written), in_quotes(address)));
  return {};
}

Status EdgeFiles::set_addresses(const EdgeTarget& target, SlotName slot,
                                const std::vector<std::string>& addresses) const {
  TRY_VOID(prepare_target(target));
  int number = 0;
  for (const auto& address : addresses)
    TRY_VOID(set_address(target.id, address_file(slot, ++number), address));
  return {};
}

Result<std::string> EdgeFiles::address(const std::string& target, const std::string& file) const {
  return read_file(slot_file(target, file), word_limit, Links::refuse);
}

std::vector<std::string> EdgeFiles::tables() const {
  auto names = names_in(folder_ + "/tables");
  std::ranges::sort(names, std::greater<>(), [&](const std::string& name) {
    std::error_code none;
    return fs::last_write_time(fs::path(folder_) / "tables" / name, none);
  });
  return names;
}

Status EdgeFiles::keep_table(const RouteTable& table) const {
  const auto folder = folder_ + "/tables";
  const auto path = fmt::format("{}/{}.json", folder, revision_of(table));
  TRY_VOID(write_file(path, boost::json::serialize(to_json(table)), 0600));
  const auto names = tables();
  if (names.size() <= tables_kept) return {};
  TRY(const auto serving, recorded());
  for (std::size_t i = tables_kept; i < names.size(); ++i)
    if (names[i] != serving + ".json") fs::remove(fs::path(folder) / names[i]);
  return {};
}

Result<RouteTable> EdgeFiles::table(const std::string& revision) const {
  if (!is_name(revision))
    return fail(Code::not_found, fmt::format("no table has the revision {}", in_quotes(revision)));
  TRY(const auto bytes,
      read_file(fmt::format("{}/tables/{}.json", folder_, revision), config_limit, Links::refuse));
  boost::system::error_code error;
  const auto json = boost::json::parse(bytes, error);
  if (error || !json.is_object())
    return fail(Code::corrupt, fmt::format("the table {} of {} is damaged", revision, folder_));
  return route_table(json.as_object());
}

Result<std::string> EdgeFiles::recorded() const {
  const auto bytes = read_file(conf("config.json"), config_limit, Links::refuse);
  if (!bytes && bytes.error().code == Code::not_found) return std::string();
  if (!bytes) return fail(bytes.error());
  boost::system::error_code damaged;
  const auto config = boost::json::parse(*bytes, damaged);
  return damaged ? std::string() : revision_of_config(config);
}

Result<RouteTable> EdgeFiles::recorded_table(const std::string& recorded,
                                             const std::string& served) const {
  if (!recorded.empty()) return table(recorded);
  const bool damaged = ::access(conf("config.json").c_str(), F_OK) == 0;
  if (!damaged) return RouteTable{};
  if (is_name(served)) return table(served);
  const auto names = tables();
  if (names.empty()) return RouteTable{};
  return table(fs::path(names.front()).stem().string());
}

Status EdgeFiles::forget() const {
  for (const auto* name : {"conf", "slots", "run", "data/site"})
    TRY_VOID(remove_tree(folder_ + "/" + name));
  return {};
}

std::vector<std::string> edges_in(const std::string& state_dir) {
  const auto folder = state_dir + "/edge";
  auto names = names_in(folder);
  std::erase_if(names, [&](const std::string& name) {
    return !is_name(name) || !fs::is_directory(fs::path(folder) / name);
  });
  return names;
}

Result<EdgeLock> EdgeLock::take(const EdgeFiles& files) {
  const auto path = files.folder() + "/lock";
  OwnedFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return failed("open", path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return EdgeLock(std::move(file));
  if (errno != EWOULDBLOCK) return failed("lock", path, errno);
  Error e;
  e.code = Code::conflict;
  e.text = "another deployer changes what this edge serves";
  e.retryable = true;
  return fail(std::move(e));
}

}  // namespace landfast
