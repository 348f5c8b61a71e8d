// SPDX-License-Identifier: Apache-2.0
#include "data/local_volumes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "conformance/volumes_suite.h"
#include "io/file.h"
#include "io/process.h"
#include "unit/scratch.h"

namespace landfast {
namespace {

namespace fs = std::filesystem;

Task<void> forget(Task<Status> task) {
  const auto status = co_await task;
  static_cast<void>(status);  // dropped before its end
}

struct Disk {
  Disk() : Disk(fs::path(LANDFAST_BINARY_DIR)) {}  // on a disk, not in memory
  explicit Disk(const fs::path& base) : scratch(base) {}
  test::Scratch scratch;
  Loop loop;
  LocalVolumes own{loop};
};

struct Owner {
  std::unique_ptr<Disk> disk = std::make_unique<Disk>();
  Volumes& volumes() { return disk->own; }
  std::string folder(const std::string& name) {
    const auto path = disk->scratch.path("volumes/" + name + "/_data");
    fs::create_directories(path);
    return path;
  }
  void write(const std::string& path, const std::string& file, const std::string& bytes) {
    fs::create_directories(fs::path(path + "/" + file).parent_path());
    std::ofstream(path + "/" + file, std::ios::binary | std::ios::trunc) << bytes;
  }
  void remove(const std::string& path, const std::string& file) {
    REQUIRE(fs::remove(path + "/" + file));
  }
  std::optional<std::string> read(const std::string& path, const std::string& file) {
    auto bytes = read_file(path + "/" + file, 1 << 20);
    return bytes ? std::optional(*bytes) : std::nullopt;
  }
  template <class T>
  T run(Task<T> task) {
    return disk->loop.run(std::move(task));
  }
  void drop_soon(Task<Status> task) {
    TaskGroup group;
    group.spawn(forget(std::move(task)));
  }
};

struct stat state_of(const std::string& path) {
  struct stat s {};
  REQUIRE(::lstat(path.c_str(), &s) == 0);
  return s;
}

std::string attribute_of(const std::string& path, const char* name) {
  std::string value(256, '\0');
  const auto size = ::lgetxattr(path.c_str(), name, value.data(), value.size());
  return size < 0 ? std::string("none") : value.substr(0, static_cast<std::size_t>(size));
}

/// user::rw- user:70:rwx group::r-- mask::rwx other::---, as the kernel keeps it.
const std::string acl(
    "\2\0\0\0\1\0\6\0\xff\xff\xff\xff\2\0\7\0\x46\0\0\0\4\0\4\0\xff\xff\xff\xff"
    "\x10\0\7\0\xff\xff\xff\xff\x20\0\0\0\xff\xff\xff\xff",
    44);

/// One of each thing that a volume may hold.
void make_hard_tree(Owner& owner, const std::string& top) {
  owner.write(top, "owned", "x");
  REQUIRE(::chown((top + "/owned").c_str(), 999, 70) == 0);
  REQUIRE(::chmod((top + "/owned").c_str(), 06750) == 0);
  owner.write(top, "closed/inner", "y");
  REQUIRE(::chmod((top + "/closed").c_str(), 0) == 0);
  owner.write(top, "tagged", "z");
  REQUIRE(::setxattr((top + "/tagged").c_str(), "user.note", "hello", 5, 0) == 0);
  REQUIRE(::setxattr((top + "/tagged").c_str(), "system.posix_acl_access", acl.data(), acl.size(),
                     0) == 0);
  fs::create_hard_link(top + "/owned", top + "/second");
  fs::create_symlink("/etc/passwd", top + "/outside");
  fs::create_symlink("nowhere", top + "/broken");
  REQUIRE(::mkfifo((top + "/fifo").c_str(), 0620) == 0);
  std::ofstream(top + "/sparse") << "head";
  fs::resize_file(top + "/sparse", std::uintmax_t{64} << 20);
  owner.write(top, "na\nme \xff", "odd");
  REQUIRE(::chown(top.c_str(), 999, 999) == 0);
  REQUIRE(::chmod(top.c_str(), 0700) == 0);
  const std::array<timespec, 2> long_ago{timespec{1'000'000'000, 5}, timespec{1'000'000'001, 7}};
  REQUIRE(::utimensat(AT_FDCWD, (top + "/owned").c_str(), long_ago.data(), 0) == 0);
  REQUIRE(::utimensat(AT_FDCWD, top.c_str(), long_ago.data(), 0) == 0);
}

bool is_root() { return ::geteuid() == 0; }

/// A filesystem with reflinks, in a file of its own; absent without root or xfsprogs.
class Xfs {
 public:
  Xfs() {
    if (!is_root()) return;
    const auto image = scratch_.path("disk");
    std::ofstream(image).close();
    fs::resize_file(image, std::uintmax_t{400} << 20);
    fs::create_directory(scratch_.path("mnt"));
    if (!done({"mkfs.xfs", "-q", "-m", "reflink=1", image})) return;
    there_ = done({"mount", "-o", "loop", image, path()});
  }
  Xfs(const Xfs&) = delete;
  Xfs& operator=(const Xfs&) = delete;
  ~Xfs() {
    if (there_) CHECK(done({"umount", path()}));
  }
  [[nodiscard]] bool there() const { return there_; }
  [[nodiscard]] std::string path() const { return scratch_.path("mnt"); }

 private:
  bool done(std::vector<std::string> argv) {
    const auto result = loop_.run(run_process(loop_, ProcessRequest(std::move(argv))));
    return result && result->exit_code == 0;
  }
  test::Scratch scratch_{fs::path(LANDFAST_BINARY_DIR)};
  Loop loop_;
  bool there_ = false;
};

TEST_CASE("volumes on a disk: conformance") {
  conformance::volumes_suite([] { return Owner(); });
}

TEST_CASE("volumes on a filesystem with reflinks: conformance") {
  const Xfs xfs;
  if (!xfs.there()) {
    MESSAGE("skipped: needs root and xfsprogs");
    return;
  }
  const auto make = [&] { return Owner{std::make_unique<Disk>(xfs.path())}; };
  conformance::volumes_suite(make);
  SUBCASE("reflinks") {
    auto owner = make();
    const auto from = owner.folder("a");
    owner.write(from, "large", std::string(50 << 20, 'x'));
    const auto volume = conformance::local_volume(from);
    const auto before = owner.run(owner.volumes().facts(volume)).value();
    CHECK(before.reflink);
    CHECK(before.cannot_exchange.empty());
    const auto to = owner.folder("b");
    REQUIRE(owner.run(owner.volumes().copy(from, to, nullptr)));
    const auto after = owner.run(owner.volumes().facts(volume)).value();
    CHECK(after.free_bytes + (std::uint64_t{10} << 20) > before.free_bytes);
  }
}

TEST_CASE("a copy keeps owners, modes, times, links, attributes and holes") {
  if (!is_root()) {
    MESSAGE("skipped: needs root");
    return;
  }
  Owner owner;
  const auto from = owner.folder("a");
  const auto to = owner.folder("b");
  make_hard_tree(owner, from);
  const auto before = owner.run(owner.volumes().digest(from)).value();
  REQUIRE(owner.run(owner.volumes().copy(from, to, nullptr)));
  CHECK(owner.run(owner.volumes().digest(to)).value() == before);
  const auto copy = state_of(to + "/owned");
  CHECK(copy.st_uid == 999);
  CHECK(copy.st_gid == 70);
  CHECK((copy.st_mode & 07777) == 06750);
  CHECK(copy.st_mtim.tv_sec == 1'000'000'001);
  CHECK(copy.st_mtim.tv_nsec == 7);
  CHECK(copy.st_ino == state_of(to + "/second").st_ino);
  CHECK(copy.st_ino != state_of(from + "/owned").st_ino);
  CHECK((state_of(to + "/closed").st_mode & 07777) == 0);
  CHECK(attribute_of(to + "/tagged", "user.note") == "hello");
  CHECK(attribute_of(to + "/tagged", "system.posix_acl_access") == acl);
  CHECK(fs::read_symlink(to + "/outside") == "/etc/passwd");
  CHECK(fs::read_symlink(to + "/broken") == "nowhere");
  CHECK(S_ISFIFO(state_of(to + "/fifo").st_mode));
  CHECK(state_of(to + "/sparse").st_size == std::int64_t{64} << 20);
  CHECK(state_of(to + "/sparse").st_blocks < 1000);
  CHECK(owner.read(to, "na\nme \xff") == "odd");
  CHECK(state_of(to).st_uid == 999);
  CHECK((state_of(to).st_mode & 07777) == 0700);
  CHECK(state_of(to).st_mtim.tv_sec == 1'000'000'001);
}

/// A filesystem in memory, mounted for one test.
class Mounted {
 public:
  explicit Mounted(std::string at) : at_(std::move(at)) {
    fs::create_directories(at_);
    REQUIRE(::mount("landfast-test", at_.c_str(), "tmpfs", 0, "size=1m") == 0);
  }
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;
  ~Mounted() { CHECK(::umount2(at_.c_str(), MNT_DETACH) == 0); }

 private:
  std::string at_;
};

/// Writes, grows, renames, links and removes files, as stores do, until it is told to end.
class Writer {
 public:
  explicit Writer(std::string top) : top_(std::move(top)), thread_([this] { work(); }) {
    while (rounds_ < 2) std::this_thread::yield();
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { end(); }
  int end() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
    return rounds_;
  }
  [[nodiscard]] int rounds() const { return rounds_; }

 private:
  void work() {
    while (!ended_) {
      const auto at = top_ + "/" + std::to_string(rounds_ % 40);
      std::error_code none;
      fs::create_directories(at, none);
      std::ofstream(at + "/page", std::ios::binary)
          << std::string(100'000, static_cast<char>('a' + rounds_ % 26));
      std::ofstream(at + "/log", std::ios::app) << "round " << rounds_ << '\n';
      fs::rename(at + "/page", at + "/segment", none);
      fs::create_hard_link(at + "/segment", at + "/link", none);
      if (rounds_ % 3 == 0) fs::remove(at + "/link", none);
      if (rounds_ % 7 == 0) fs::rename(at, top_ + "/moved-" + std::to_string(rounds_ % 5), none);
      if (rounds_ % 11 == 0) fs::remove_all(at, none);
      ++rounds_;
    }
  }
  std::string top_;
  std::atomic<bool> ended_ = false;
  std::atomic<int> rounds_ = 0;
  std::thread thread_;
};

TEST_CASE("a copy that was begun under a writer is equal once it is finished") {
  Owner owner;
  const auto from = owner.folder("a");
  const auto to = owner.folder("b");
  for (int i = 0; i < 200; ++i)
    owner.write(from, "still/" + std::to_string(i), std::string(20'000, 'x'));
  for (int round = 0; round < 3; ++round) {
    Writer writer(from);
    const auto before = writer.rounds();
    REQUIRE(owner.run(owner.volumes().copy_in_use(from, to, nullptr)));
    CHECK(writer.end() > before);
    REQUIRE(owner.run(owner.volumes().finish_copy(from, to, nullptr)));
    CHECK(owner.run(owner.volumes().digest(to)).value() ==
          owner.run(owner.volumes().digest(from)).value());
  }
}

/// So that a change which follows is seen as one of later.
void make_old(const std::string& path) {
  const auto changed = state_of(path).st_ctim;
  timespec now{};
  do {
    REQUIRE(::clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0);
    std::this_thread::yield();
  } while (std::pair(now.tv_sec, now.tv_nsec) <= std::pair(changed.tv_sec, changed.tv_nsec));
}

TEST_CASE("a change that keeps size and time of a file is copied, and what is as it was is not") {
  Owner owner;
  const auto from = owner.folder("a");
  const auto to = owner.folder("b");
  owner.write(from, "quiet", std::string(1 << 20, 'q'));
  owner.write(from, "sly", std::string(1 << 20, 'a'));
  make_old(from + "/sly");
  REQUIRE(owner.run(owner.volumes().copy_in_use(from, to, nullptr)));
  const auto quiet = state_of(to + "/quiet");
  const auto before = state_of(from + "/sly");
  auto other = std::string(1 << 20, 'a');
  other[500'000] = 'b';
  owner.write(from, "sly", other);
  const std::array times{before.st_atim, before.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, (from + "/sly").c_str(), times.data(), 0) == 0);
  const auto written = owner.run(owner.volumes().finish_copy(from, to, nullptr));
  REQUIRE(written);
  CHECK(*written > 0);
  CHECK(*written < (1U << 20));  // of the changed file only the piece that differs
  CHECK(owner.read(to, "sly") == other);
  CHECK(state_of(to + "/quiet").st_ctim.tv_nsec == quiet.st_ctim.tv_nsec);
}

TEST_CASE("what a process writes through a mapping during the first copy is not missed") {
  Owner owner;
  const auto from = owner.folder("a");
  const auto to = owner.folder("b");
  const std::size_t size = 1 << 16;
  owner.write(from, "mapped", std::string(size, 'a'));
  const OwnedFd file(::open((from + "/mapped").c_str(), O_RDWR | O_CLOEXEC));
  void* place = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  REQUIRE(place != MAP_FAILED);
  auto* bytes = static_cast<volatile char*>(place);
  bytes[0] = 'b';  // from here on the page may be written to without any trace
  make_old(from + "/mapped");
  REQUIRE(owner.run(owner.volumes().copy_in_use(from, to, nullptr)));
  bytes[1] = 'c';
  REQUIRE(::munmap(place, size) == 0);
  REQUIRE(owner.run(owner.volumes().finish_copy(from, to, nullptr)));
  CHECK(owner.read(to, "mapped")->substr(0, 3) == "bca");
}

TEST_CASE("owners, attributes and kinds that change between two copies are followed") {
  if (!is_root()) {
    MESSAGE("skipped: needs root");
    return;
  }
  Owner owner;
  const auto from = owner.folder("a");
  const auto to = owner.folder("b");
  make_hard_tree(owner, from);
  REQUIRE(owner.run(owner.volumes().copy_in_use(from, to, nullptr)));
  REQUIRE(::removexattr((from + "/tagged").c_str(), "user.note") == 0);
  REQUIRE(::removexattr((from + "/tagged").c_str(), "system.posix_acl_access") == 0);
  REQUIRE(::setxattr(from.c_str(), "user.top", "t", 1, 0) == 0);
  REQUIRE(::chmod((from + "/closed").c_str(), 0700) == 0);
  fs::remove_all(from + "/closed");
  owner.write(from, "closed", "a file now");
  fs::remove(from + "/broken");
  owner.write(from, "broken/deep/er", "a folder now");
  fs::remove(from + "/second");
  fs::create_hard_link(from + "/sparse", from + "/second");
  REQUIRE(::chown((from + "/fifo").c_str(), 5, 6) == 0);
  const auto before = owner.run(owner.volumes().digest(from)).value();
  REQUIRE(owner.run(owner.volumes().finish_copy(from, to, nullptr)));
  CHECK(owner.run(owner.volumes().digest(to)).value() == before);
  CHECK(state_of(to + "/sparse").st_blocks < 1000);
}

TEST_CASE("a first copy that finds no room says so, and leaves what it copies as it was") {
  if (!is_root()) {
    MESSAGE("skipped: needs root");
    return;
  }
  Owner owner;
  const auto from = conformance::filled(owner, "a");
  owner.write(from, "large", std::string(3 << 20, 'x'));
  const auto before = owner.run(owner.volumes().digest(from)).value();
  const auto small = owner.folder("small");
  const Mounted disk(small);
  const auto first = owner.run(owner.volumes().copy_in_use(from, small, nullptr));
  REQUIRE_FALSE(first);
  CHECK(first.error().cause->text.find("No space left") != std::string::npos);
  CHECK_FALSE(owner.run(owner.volumes().finish_copy(from, small, nullptr)));
  CHECK(owner.run(owner.volumes().digest(from)).value() == before);
}

TEST_CASE("the digest tells every difference that a person could miss") {
  if (!is_root()) {
    MESSAGE("skipped: needs root");
    return;
  }
  Owner owner;
  const auto top = owner.folder("a");
  make_hard_tree(owner, top);
  auto last = owner.run(owner.volumes().digest(top)).value();
  const auto differs = [&](const std::string& what) {
    INFO(what);
    const auto now = owner.run(owner.volumes().digest(top)).value();
    CHECK(now.sha256 != last.sha256);
    last = now;
  };
  REQUIRE(::chmod((top + "/closed").c_str(), 0100) == 0);
  differs("mode of a folder");
  REQUIRE(::chown((top + "/fifo").c_str(), 1, 1) == 0);
  differs("owner of a fifo");
  REQUIRE(::setxattr((top + "/tagged").c_str(), "user.note", "hallo", 5, 0) == 0);
  differs("an attribute");
  fs::remove(top + "/second");
  owner.write(top, "second", "x");
  REQUIRE(::chown((top + "/second").c_str(), 999, 70) == 0);
  REQUIRE(::chmod((top + "/second").c_str(), 06750) == 0);
  differs("a hard link that became a file");
  fs::remove(top + "/broken");
  fs::create_symlink("elsewhere", top + "/broken");
  differs("the target of a link");
  REQUIRE(::chmod(top.c_str(), 0711) == 0);
  differs("the mode of the top");
}

TEST_CASE("a symbolic link in the place of a volume's folder is not followed") {
  Owner owner;
  const auto real = conformance::filled(owner, "a");
  const auto link = real + "-link";
  fs::create_symlink(real, link);
  CHECK(owner.volumes().identity(link).error().code == Code::invalid);
  CHECK(owner.run(owner.volumes().empty(link)).error().code == Code::invalid);
  CHECK(owner.run(owner.volumes().copy(owner.folder("b"), link, nullptr)).error().code ==
        Code::invalid);
  CHECK(owner.volumes().exchange(owner.folder("b"), link).error().code == Code::invalid);
  CHECK(owner.read(real, "PG_VERSION") == "15\n");
}

TEST_CASE("links inside are removed and not what they lead to") {
  Owner owner;
  const auto outside = owner.folder("outside");
  owner.write(outside, "precious", "x");
  const auto top = owner.folder("a");
  fs::create_symlink(outside, top + "/way-out");
  REQUIRE(owner.run(owner.volumes().empty(top)));
  CHECK(owner.read(outside, "precious") == "x");
  CHECK(fs::is_empty(top));
}

TEST_CASE("a filesystem mounted inside is seen, and neither copied nor emptied") {
  if (!is_root()) {
    MESSAGE("skipped: needs root");
    return;
  }
  Owner owner;
  const auto top = conformance::filled(owner, "a");
  const Mounted other(top + "/base/mounted");
  owner.write(top, "base/mounted/precious", "x");
  const auto facts = owner.run(owner.volumes().facts(conformance::local_volume(top))).value();
  CHECK(facts.cannot_exchange.find("base/mounted") != std::string::npos);
  CHECK(owner.run(owner.volumes().copy(top, owner.folder("b"), nullptr)).error().code ==
        Code::invalid);
  CHECK_FALSE(owner.run(owner.volumes().empty(top)));
  CHECK(owner.read(top, "base/mounted/precious") == "x");
}

TEST_CASE("a filesystem that the engine has not mounted now does not pass for an empty volume") {
  if (!is_root()) {
    MESSAGE("skipped: needs root");
    return;
  }
  Owner owner;
  auto volume = conformance::local_volume(owner.folder("a"));
  const auto look = [&] { return owner.run(owner.volumes().content(volume)).value(); };
  CHECK(look().files.empty());
  CHECK_FALSE(look().cut);
  volume.raw["Options"] = boost::json::object{{"type", "ext4"}, {"device", "/dev/sdb1"}};
  CHECK(look().cut);
  const Mounted device(volume.mountpoint);
  CHECK_FALSE(look().cut);
}

TEST_CASE("what cannot be exchanged is told with its reason") {
  if (!is_root()) {
    MESSAGE("skipped: needs root");
    return;
  }
  Owner owner;
  const auto path = conformance::filled(owner, "a");
  auto volume = conformance::local_volume(path);
  const auto why = [&] { return owner.run(owner.volumes().facts(volume)).value().cannot_exchange; };
  CHECK(why().empty());
  volume.raw["Options"] = boost::json::object();
  CHECK(why().empty());
  volume.raw["Options"] = boost::json::object{{"type", "none"}, {"o", "bind"}};
  CHECK(why().find("driver_opts") != std::string::npos);
  volume.raw.clear();
  volume.driver = "nfs";
  CHECK(why() == "its driver is nfs, not local");
  volume.driver = "local";
  volume.mountpoint = owner.folder("mounted");
  const Mounted other(volume.mountpoint);
  CHECK(why() == volume.mountpoint + " is a mount point");
  const auto status = owner.volumes().exchange(path, volume.mountpoint);
  REQUIRE_FALSE(status);
  CHECK(status.error().code == Code::unsupported);
  CHECK(owner.read(path, "PG_VERSION") == "15\n");
}

}  // namespace
}  // namespace landfast
