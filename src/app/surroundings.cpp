// SPDX-License-Identifier: Apache-2.0
#include "app/surroundings.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "engine/endpoint.h"

namespace landfast {
namespace {

std::string working_directory(const std::map<std::string, std::string>& environment) {
  if (const auto it = environment.find("PWD"); it != environment.end() && it->second[0] == '/') {
    struct stat here {
    }, there{};
    if (::stat(".", &here) == 0 && ::stat(it->second.c_str(), &there) == 0 &&
        here.st_dev == there.st_dev && here.st_ino == there.st_ino)
      return it->second;
  }
  std::error_code error;
  const auto path = std::filesystem::current_path(error);
  return error ? std::string("/") : path.string();
}

}  // namespace

Surroundings look_around() {
  Surroundings around;
  around.environment = process_environment();
  around.cwd = working_directory(around.environment);
  if (const auto it = around.environment.find("HOME"); it != around.environment.end())
    around.home = it->second;
  around.input_is_terminal = ::isatty(STDIN_FILENO) == 1;
  around.output_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  around.errors_are_terminal = ::isatty(STDERR_FILENO) == 1;
  around.root = ::geteuid() == 0;
  return around;
}

Style style_for(bool terminal, const std::map<std::string, std::string>& environment) {
  const auto no_color = environment.find("NO_COLOR");
  const auto term = environment.find("TERM");
  const bool refused = no_color != environment.end() && !no_color->second.empty();
  const bool dumb = term != environment.end() && term->second == "dumb";
  return Style{.colour = terminal && !refused && !dumb};
}

ScreenSize screen_size() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return {};
  return {.columns = size.ws_col, .rows = size.ws_row};
}

}  // namespace landfast
