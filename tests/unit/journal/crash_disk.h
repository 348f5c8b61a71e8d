// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace landfast::test {

using Files = std::map<std::string, std::string>;

/// What SQLite asked of the disk, in order.
struct DiskOp {
  enum class Kind : std::uint8_t { create, write, truncate, sync, remove } kind = Kind::sync;
  std::string file;
  std::size_t at = 0;  ///< offset of a write, size after a truncate
  std::string bytes;
};

inline void put(std::string& file, std::size_t at, std::string_view bytes) {
  if (bytes.empty()) return;
  if (file.size() < at + bytes.size()) file.resize(at + bytes.size());
  std::copy(bytes.begin(), bytes.end(), file.begin() + static_cast<std::ptrdiff_t>(at));
}

inline void perform(Files& files, const DiskOp& op) {
  switch (op.kind) {
  case DiskOp::Kind::create:
    files.try_emplace(op.file);
    break;
  case DiskOp::Kind::write:
    put(files[op.file], op.at, op.bytes);
    break;
  case DiskOp::Kind::truncate:
    files[op.file].resize(op.at);
    break;
  case DiskOp::Kind::remove:
    files.erase(op.file);
    break;
  case DiskOp::Kind::sync:
    break;
  }
}

/// A write of which only a part arrived, ending in a sector that is neither old nor new.
inline void tear(Files& files, const DiskOp& op, std::mt19937& random) {
  constexpr std::size_t sector = 512;
  const auto whole = random() % (op.bytes.size() / sector + 1) * sector;
  auto& file = files[op.file];
  put(file, op.at, op.bytes.substr(0, whole));
  auto rest = op.bytes.substr(whole, sector);
  for (auto i = rest.size() / 2; i < rest.size(); ++i) rest[i] = static_cast<char>(random());
  put(file, op.at + whole, rest);
}

/// The disk when the process was killed before operation `cut`: the kernel has all that it was
/// given. With `torn` the machine went down while that operation, a write, was under way.
inline Files cut_at(const Files& before, const std::vector<DiskOp>& ops, std::size_t cut, bool torn,
                    std::mt19937& random) {
  auto files = before;
  for (std::size_t i = 0; i < cut; ++i) perform(files, ops[i]);
  if (torn && cut < ops.size() && ops[cut].kind == DiskOp::Kind::write)
    tear(files, ops[cut], random);
  return files;
}

/// The disk when the power failed before operation `cut`: of what was not synced since, each
/// operation arrived, was torn, or was lost, independently of the others.
inline Files power_loss(const Files& before, const std::vector<DiskOp>& ops, std::size_t cut,
                        std::mt19937& random) {
  std::map<std::string, std::size_t> synced;
  for (std::size_t i = 0; i < cut; ++i)
    if (ops[i].kind == DiskOp::Kind::sync) synced[ops[i].file] = i;
  auto files = before;
  for (std::size_t i = 0; i < cut; ++i) {
    const auto last = synced.find(ops[i].file);
    const bool safe = last != synced.end() && i < last->second;
    const auto fate = safe ? 0 : random() % 3;
    if (fate == 0) perform(files, ops[i]);
    if (fate == 1 && ops[i].kind == DiskOp::Kind::write) tear(files, ops[i], random);
  }
  return files;
}

/// A SQLite VFS in memory that records what it is asked for. For one connection at a time.
class CrashDisk {
 public:
  explicit CrashDisk(std::string name) : name_(std::move(name)) {
    auto* real = sqlite3_vfs_find(nullptr);
    vfs_ = *real;
    vfs_.iVersion = 1;
    vfs_.szOsFile = sizeof(File);
    vfs_.pNext = nullptr;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    vfs_.xOpen = open;
    vfs_.xDelete = remove;
    vfs_.xAccess = access;
    vfs_.xFullPathname = full_path;
    sqlite3_vfs_register(&vfs_, 0);
  }
  CrashDisk(const CrashDisk&) = delete;
  CrashDisk& operator=(const CrashDisk&) = delete;
  ~CrashDisk() { sqlite3_vfs_unregister(&vfs_); }

  Files files;
  std::vector<DiskOp> ops;
  std::optional<std::size_t> full_from;  ///< operations from this one on find the disk full
  std::optional<std::size_t> fails_at;   ///< this one operation reports an error

 private:
  struct File {
    sqlite3_file base;
    CrashDisk* disk;
    const char* name;
  };
  static File& of(sqlite3_file* f) { return *reinterpret_cast<File*>(f); }
  static std::string& bytes(sqlite3_file* f) { return of(f).disk->files[of(f).name]; }

  int record(DiskOp op) {
    const auto index = ops.size();
    const bool grows = op.kind == DiskOp::Kind::write || op.kind == DiskOp::Kind::create;
    if (fails_at == index) {
      fails_at.reset();
      ops.push_back({DiskOp::Kind::sync, "nothing", 0, ""});
      return op.kind == DiskOp::Kind::sync ? SQLITE_IOERR_FSYNC : SQLITE_IOERR_WRITE;
    }
    if (full_from && index >= *full_from && grows) return SQLITE_FULL;
    perform(files, op);
    ops.push_back(std::move(op));
    return SQLITE_OK;
  }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* f, int flags, int* out) {
    auto* disk = static_cast<CrashDisk*>(vfs->pAppData);
    f->pMethods = nullptr;
    if (name == nullptr) return SQLITE_CANTOPEN;
    if (!disk->files.contains(name)) {
      if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
      if (const int rc = disk->record({DiskOp::Kind::create, name, 0, ""}); rc != SQLITE_OK)
        return rc;
    }
    of(f).disk = disk;
    of(f).name = name;
    f->pMethods = methods();
    if (out != nullptr) *out = flags;
    return SQLITE_OK;
  }
  static int remove(sqlite3_vfs* vfs, const char* name, int) {
    auto* disk = static_cast<CrashDisk*>(vfs->pAppData);
    if (!disk->files.contains(name)) return SQLITE_IOERR_DELETE_NOENT;
    return disk->record({DiskOp::Kind::remove, name, 0, ""});
  }
  static int access(sqlite3_vfs* vfs, const char* name, int, int* result) {
    *result = static_cast<CrashDisk*>(vfs->pAppData)->files.contains(name) ? 1 : 0;
    return SQLITE_OK;
  }
  static int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
  }

  static int read(sqlite3_file* f, void* out, int size, sqlite3_int64 at) {
    const auto& file = bytes(f);
    const auto from = std::min(file.size(), static_cast<std::size_t>(at));
    const auto have = std::min(file.size() - from, static_cast<std::size_t>(size));
    std::memset(out, 0, static_cast<std::size_t>(size));
    std::memcpy(out, file.data() + from, have);
    return have == static_cast<std::size_t>(size) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
  }
  static int write(sqlite3_file* f, const void* data, int size, sqlite3_int64 at) {
    return of(f).disk->record(
        {DiskOp::Kind::write, of(f).name, static_cast<std::size_t>(at),
         std::string(static_cast<const char*>(data), static_cast<std::size_t>(size))});
  }
  static int truncate(sqlite3_file* f, sqlite3_int64 size) {
    return of(f).disk->record(
        {DiskOp::Kind::truncate, of(f).name, static_cast<std::size_t>(size), ""});
  }
  static int sync(sqlite3_file* f, int) {
    return of(f).disk->record({DiskOp::Kind::sync, of(f).name, 0, ""});
  }
  static int size(sqlite3_file* f, sqlite3_int64* out) {
    *out = static_cast<sqlite3_int64>(bytes(f).size());
    return SQLITE_OK;
  }
  static int no_lock(sqlite3_file*, int) { return SQLITE_OK; }
  static int not_reserved(sqlite3_file*, int* out) {
    *out = 0;
    return SQLITE_OK;
  }
  static int close(sqlite3_file*) { return SQLITE_OK; }
  static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  // As the system's VFS on Linux says of itself.
  static int sector(sqlite3_file*) { return 4096; }
  static int traits(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods table = [] {
      sqlite3_io_methods m{};
      m.iVersion = 1;
      m.xClose = close;
      m.xRead = read;
      m.xWrite = write;
      m.xTruncate = truncate;
      m.xSync = sync;
      m.xFileSize = size;
      m.xLock = no_lock;
      m.xUnlock = no_lock;
      m.xCheckReservedLock = not_reserved;
      m.xFileControl = control;
      m.xSectorSize = sector;
      m.xDeviceCharacteristics = traits;
      return m;
    }();
    return &table;
  }

  std::string name_;
  sqlite3_vfs vfs_{};
};

}  // namespace landfast::test
