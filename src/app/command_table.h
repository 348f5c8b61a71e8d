// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/arguments.h"
#include "base/result.h"

namespace landfast {

/// One option: how it is written, what it takes, what it does to the arguments.
struct OptionSpec {
  const char* names;  ///< "-f,--file"
  const char* value;  ///< "FILE"; "" for a flag
  const char* help;   ///< "" : accepted and not listed (a habit of Compose)
  std::function<Status(Arguments&, const std::string&)> set;
};

/// What follows a command's options.
enum class Operands : std::uint8_t {
  none,
  release,             ///< [RELEASE]
  services,            ///< [SERVICE…]
  stacks,              ///< [NAME…]
  removal,             ///< [rm NAME…]
  status,              ///< status
  certificates,        ///< [trust|reload]
  edge_image,          ///< image [PROGRAM]
  proxy,               ///< nginx|caddy|traefik
  service_and_words,   ///< SERVICE COMMAND…, the rest of the line untouched
  service_then_words,  ///< SERVICE [COMMAND…]
};

struct CommandSpec {
  Command command;
  const char* name;
  const char* alias;    ///< "" where there is none
  const char* summary;  ///< one line; "" : not listed, for landfast itself
  Operands operands;
  std::vector<OptionSpec> options;  ///< its own; `common_options` come on top
};

/// Options that every command takes, before or after its name.
[[nodiscard]] const std::vector<OptionSpec>& common_options();
[[nodiscard]] const std::vector<CommandSpec>& command_table();
/// By name or alias; nullptr where there is none.
[[nodiscard]] const CommandSpec* find_command(std::string_view name);

/// Commands of the design that are not in this version yet.
[[nodiscard]] bool is_later_command(std::string_view name);

/// "landfast exec [OPTION…] SERVICE COMMAND…"
[[nodiscard]] std::string usage_line(const CommandSpec* command);
/// What `--help` prints; nullptr: of landfast itself.
[[nodiscard]] std::string help_text(const CommandSpec* command);

}  // namespace landfast
