// SPDX-License-Identifier: Apache-2.0
#include "app/edge_image.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <array>
#include <filesystem>

#include "app/edge_upgrade.h"
#include "base/text.h"
#include "io/file.h"
#include "io/process.h"

namespace landfast {
namespace {

namespace fs = std::filesystem;

constexpr std::array authority_files{"/etc/ssl/certs/ca-certificates.crt",
                                     "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};

constexpr const char* how_to_get_caddy =
    "get Caddy 2.8 or newer from https://caddyserver.com/download, then: landfast edge image "
    "/path/to/caddy";

/// A folder that goes with it.
class BuildFolder {
 public:
  BuildFolder() {
    std::string name = fs::temp_directory_path() / "landfast-edge-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  BuildFolder(const BuildFolder&) = delete;
  BuildFolder& operator=(const BuildFolder&) = delete;
  ~BuildFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Task<Result<std::string>> output_of(Loop& loop, std::vector<std::string> argv) {
  const auto what = argv[0];
  CO_TRY(auto result, co_await run_process(loop, ProcessRequest(std::move(argv))));
  if (result.exit_code != 0)
    co_return fail(Code::failed, fmt::format("{} ended with {}: {}", what, result.exit_code,
                                             printable(trim(result.errors))));
  co_return std::move(result.output);
}

Status copy_below(const std::string& root, const std::string& from, const std::string& to) {
  std::error_code error;
  fs::create_directories(fs::path(root + to).parent_path(), error);
  if (!error) fs::copy_file(from, root + to, fs::copy_options::overwrite_existing, error);
  if (!error) return {};
  return fail(Code::failed, fmt::format("cannot copy {}: {}", from, error.message()));
}

Status copy_authorities(const std::string& root) {
  for (const auto* file : authority_files)
    if (fs::exists(file)) return copy_below(root, file, authority_files[0]);
  return fail(Code::not_found, "this host has no list of certificate authorities",
              "install ca-certificates");
}

std::string dockerfile(const std::string& version) {
  return fmt::format(
      "FROM scratch\nCOPY root/ /\nENV PATH=/usr/bin CADDY_VERSION=v{}\nUSER 65532:65532\n"
      "CMD [\"caddy\", \"run\", \"--config\", \"/edge/conf/config.json\"]\n",
      version);
}

/// The program alone is not enough: it is linked against this host's C library.
Task<Status> fill(Loop& loop, const std::string& folder, const std::string& program,
                  const std::string& version) {
  const auto root = folder + "/root";
  CO_TRY_VOID(copy_below(root, program, "/usr/bin/caddy"));
  const auto libraries = co_await output_of(loop, {"ldd", program});
  if (libraries)  // a static program has none, and ldd says so by failing
    for (const auto& library : libraries_in(*libraries))
      CO_TRY_VOID(copy_below(root, library, library));
  CO_TRY_VOID(copy_authorities(root));
  std::error_code error;
  fs::create_directories(root + "/tmp", error);
  CO_TRY_VOID(
      write_file(root + "/etc/passwd", "edge:x:65532:65532::/edge/data:/sbin/nologin\n", 0644));
  co_return write_file(folder + "/Dockerfile", dockerfile(version), 0644);
}

Task<Result<std::string>> build_from(Call call, std::string program, std::string reference) {
  auto& loop = call.wiring.loop();
  CO_TRY(const auto said, co_await output_of(loop, {program, "version"}));
  const auto version = version_in(said);
  if (!can_switch_by_files(version))
    co_return fail(Code::unsupported,
                   fmt::format("{} is Caddy {}: an edge needs 2.8 or newer", program,
                               version.empty() ? "of an unknown version" : version),
                   how_to_get_caddy);
  const BuildFolder folder;
  if (folder.path().empty()) co_return fail(Code::failed, "cannot make a temporary folder");
  CO_TRY_VOID(co_await fill(loop, folder.path(), program, version));
  CO_TRY(const auto* ports, call.wiring.ports());
  BuildRequest request;
  request.service = "edge";
  request.tag = std::move(reference);
  request.build["context"] = folder.path();
  CO_TRY_VOID(co_await ports->builder.build(std::move(request), [](const ImageProgress&) {}));
  co_return fmt::format("Caddy {} of {}", version, program);
}

}  // namespace

std::string version_in(const std::string& text) {
  const auto begin = text.find_first_of("0123456789");
  if (begin == std::string::npos) return {};
  auto end = text.find_first_not_of("0123456789.", begin);
  if (end == std::string::npos) end = text.size();
  return text.substr(begin, end - begin);
}

bool can_switch_by_files(const std::string& version) {
  const auto parts = split(version, '.');
  if (parts.size() < 2 || parts[0].empty() || parts[1].empty()) return false;
  const auto major = std::stol(parts[0].substr(0, 6)), minor = std::stol(parts[1].substr(0, 6));
  return major > 2 || (major == 2 && minor >= 8);
}

std::vector<std::string> libraries_in(const std::string& ldd) {
  std::vector<std::string> out;
  for (const auto& line : split(ldd, '\n')) {
    const auto begin = line.find('/');
    if (begin == std::string::npos) continue;
    auto end = line.find(' ', begin);
    if (end == std::string::npos) end = line.size();
    out.push_back(line.substr(begin, end - begin));
  }
  return out;
}

Task<Result<std::string>> make_edge_image(Call call, std::string program, std::string reference,
                                          std::string version) {
  if (!program.empty()) co_return co_await build_from(call, program, reference);
  CO_TRY(auto* engine, call.wiring.engine());
  const auto official = "caddy:" + version;
  const auto pulled = co_await engine->pull(official, "", [](const ImageProgress&) {});
  if (pulled) {
    CO_TRY(const auto image, co_await engine->image(official));
    CO_TRY_VOID(check_edge_image(image, official));
    CO_TRY_VOID(co_await engine->tag_image(image.id, reference));
    co_return official;
  }
  const auto path = call.around.environment.find("PATH");
  const auto here =
      find_programs("caddy", path == call.around.environment.end() ? "" : path->second);
  if (!here.empty()) co_return co_await build_from(call, here.front(), reference);
  auto error = wrap(pulled.error(), fmt::format("{} cannot be pulled, and there is no caddy in "
                                                "PATH",
                                                official));
  error.hint = how_to_get_caddy;
  co_return fail(std::move(error));
}

}  // namespace landfast
