// SPDX-License-Identifier: Apache-2.0
#include "host/local_deployment_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "base/text.h"
#include "host/durable_file.h"
#include "host/stack_lock.h"
#include "io/file.h"

namespace landfast {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view log_suffix = ".log";

/// A name of the form that we give, else nullopt: such files are not ours to read or remove.
std::optional<std::int64_t> number_of(std::string_view name) {
  std::int64_t number = 0;
  const auto* end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data(), end, number);
  if (error != std::errc{} || rest != end || number < 1 || name != std::to_string(number))
    return std::nullopt;
  return number;
}

/// The engine's own rule for names of containers.
Status valid_container_name(const std::string& name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  constexpr std::size_t most = 240;  // with the suffixes below NAME_MAX
  if (!name.empty() && name.size() <= most && letter(name.front()) &&
      std::all_of(name.begin(), name.end(),
                  [&](char c) { return letter(c) || c == '_' || c == '.' || c == '-'; }))
    return {};
  return fail(Code::invalid,
              fmt::format("{} is not a name of a container", landfast::in_quotes(name)));
}

Result<std::vector<std::string>> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator it(folder, error);
  if (error == std::errc::no_such_file_or_directory) return names;
  for (; !error && it != fs::directory_iterator(); it.increment(error))
    names.push_back(it->path().filename().string());
  if (error)
    return fail(Code::failed, fmt::format("cannot look into {}: {}", folder, error.message()));
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::int64_t>> numbers_in(const std::string& folder) {
  TRY(const auto names, names_in(folder));
  std::vector<std::int64_t> numbers;
  for (const auto& name : names)
    if (const auto number = number_of(name)) numbers.push_back(*number);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return fail(Code::failed, fmt::format("cannot remove {}: {}", path, std::strerror(errno)));
}

}  // namespace

std::string LocalDeploymentFiles::releases(const std::string& stack) const {
  return fmt::format("{}/releases/{}", state_dir_, stack);
}

std::string LocalDeploymentFiles::deployments(std::int64_t deployment) const {
  return fmt::format("{}/deployments/{}", state_dir_, deployment);
}

Status LocalDeploymentFiles::keep_inputs(std::string stack, std::int64_t deployment,
                                         std::string sealed) {
  TRY_VOID(valid_stack_name(stack));
  if (sealed.size() > inputs_limit)
    return fail(Code::invalid,
                fmt::format("the inputs of this release are larger than {}: {}",
                            human_bytes(inputs_limit), human_bytes(sealed.size())),
                "make the files of configs and secrets smaller, or mount them");
  TRY_VOID(make_private_folder(state_dir_ + "/releases"));
  TRY_VOID(make_private_folder(releases(stack)));
  return write_file(fmt::format("{}/{}", releases(stack), deployment), sealed, 0600);
}

Result<std::string> LocalDeploymentFiles::inputs(std::string stack, std::int64_t deployment) {
  TRY_VOID(valid_stack_name(stack));
  return read_file(fmt::format("{}/{}", releases(stack), deployment), inputs_limit, Links::refuse);
}

Result<std::vector<std::int64_t>> LocalDeploymentFiles::kept_inputs(std::string stack) {
  TRY_VOID(valid_stack_name(stack));
  return numbers_in(releases(stack));
}

Status LocalDeploymentFiles::drop_inputs(std::string stack, std::int64_t deployment) {
  TRY_VOID(valid_stack_name(stack));
  return remove_file(fmt::format("{}/{}", releases(stack), deployment));
}

Status LocalDeploymentFiles::keep_log(std::int64_t deployment, SavedLog log) {
  TRY_VOID(valid_container_name(log.container));
  std::string_view text = log.text;
  if (text.size() > log_limit) text.remove_prefix(text.size() - log_limit);
  TRY_VOID(make_private_folder(state_dir_ + "/deployments"));
  TRY_VOID(make_private_folder(deployments(deployment)));
  return write_file(fmt::format("{}/{}{}", deployments(deployment), log.container, log_suffix),
                    text, 0600);
}

Result<std::vector<SavedLog>> LocalDeploymentFiles::logs(std::int64_t deployment) {
  TRY(const auto names, names_in(deployments(deployment)));
  std::vector<SavedLog> list;
  for (const auto& name : names) {
    if (!name.ends_with(log_suffix)) continue;
    SavedLog log;
    log.container = name.substr(0, name.size() - log_suffix.size());
    TRY(log.text, read_file(deployments(deployment) + "/" + name, log_limit, Links::refuse));
    list.push_back(std::move(log));
  }
  return list;
}

Status LocalDeploymentFiles::drop_old_logs(std::size_t newest) {
  TRY(auto numbers, numbers_in(state_dir_ + "/deployments"));
  if (numbers.size() <= newest) return {};
  numbers.resize(numbers.size() - newest);
  for (const auto number : numbers) {
    TRY(const auto names, names_in(deployments(number)));
    for (const auto& name : names)
      if (name.ends_with(log_suffix)) TRY_VOID(remove_file(deployments(number) + "/" + name));
    ::rmdir(deployments(number).c_str());  // one that holds something else stays
  }
  return {};
}

}  // namespace landfast
