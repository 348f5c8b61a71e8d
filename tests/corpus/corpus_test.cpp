// SPDX-License-Identifier: Apache-2.0
// Compose files from real projects (../shared/corpus, never copied into this project) with the
// answers of Docker Compose 2.40.3.
#include <doctest/doctest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "compose/config_output.h"
#include "corpus/disk_files.h"

extern char** environ;

namespace landfast::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// A folder that goes away with the test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "landfast-corpus-XXXXXX").string();
    path_ = mkdtemp(name.data()) == nullptr ? "" : name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// The archive, beside the project or where LANDFAST_SHARED says.
std::optional<fs::path> archive() {
  const char* shared = std::getenv("LANDFAST_SHARED");
  const fs::path folder =
      shared != nullptr ? fs::path(shared) : fs::path(LANDFAST_SOURCE_DIR "/../shared");
  auto path = folder / "corpus" / "compose-given.tar.zst";
  if (!fs::exists(path)) return {};
  return path;
}

bool unpack(const fs::path& from, const fs::path& to) {
  std::string words[] = {"tar", "--zstd", "-xf", from.string(), "-C", to.string()};
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  int status = 1;
  if (posix_spawnp(&child, "tar", nullptr, nullptr, argv.data(), environ) != 0) return false;
  return waitpid(child, &status, 0) == child && status == 0;
}

struct Count {
  int equal = 0, different = 0, rejected = 0, wrongly_accepted = 0;
};

LoadRequest request_of(const fs::path& folder) {
  const auto meta = json::parse(text_of(folder / "META.json"));
  LoadRequest request;
  request.cwd = (folder / std::string(meta.at("wd").as_string())).lexically_normal().string();
  while (request.cwd.size() > 1 && (request.cwd.ends_with('/') || request.cwd.ends_with("/.")))
    request.cwd.pop_back();
  request.home = "/root";
  for (const auto& file : meta.at("files").as_array()) request.files.emplace_back(file.as_string());
  request.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/root"}, {"PWD", request.cwd}};
  return request;
}

std::string with_root(std::string text, const std::string& root) {
  for (auto at = text.find("@ROOT@"); at != std::string::npos; at = text.find("@ROOT@", at))
    text.replace(at, 6, root);
  return text;
}

void check_case(const fs::path& folder, Count& count) {
  const auto name = folder.filename().string();
  CAPTURE(name);
  const auto text = config_text({request_of(folder), ConfigForm::json, {}}, DiskFiles());
  const auto expected = folder / "expected.json";
  if (!fs::exists(expected)) {
    CHECK_FALSE(text.has_value());
    ++(text ? count.wrongly_accepted : count.rejected);
    return;
  }
  const bool same = text && json::parse(text->text) ==
                                json::parse(with_root(text_of(expected), folder.parent_path()));
  CHECK_MESSAGE(same, (text ? "differs" : text.error().text));
  ++(same ? count.equal : count.different);
}

}  // namespace

TEST_CASE("files of real projects mean what they mean to Docker Compose") {
  const auto from = archive();
  if (!from) {
    std::cout << "skipped: ../shared/corpus is not here (Compose files of real projects)\n";
    return;
  }
  const Folder folder;
  if (!unpack(*from, folder.path())) {
    std::cout << "skipped: the corpus cannot be unpacked (tar and zstd are needed)\n";
    return;
  }
  Count count;
  for (const auto& entry : fs::directory_iterator(folder.path() / "compose-given"))
    if (entry.is_directory()) check_case(entry.path(), count);
  std::cout << "corpus: " << count.equal << " equal, " << count.different << " different, "
            << count.rejected << " rejected as they should be, " << count.wrongly_accepted
            << " wrongly accepted\n";
  CHECK(count.equal + count.rejected > 0);
}

}  // namespace landfast::test
