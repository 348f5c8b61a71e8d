// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compose/load.h"

namespace landfast {

/// The forms of `config`, each equal to the same form of `docker compose config` 2.40.
enum class ConfigForm : std::uint8_t {
  yaml,
  json,
  quiet,
  services,
  images,
  volumes,
  networks,
  models,
  profiles,
  hash,
  environment,
  variables
};

struct ConfigRequest {
  LoadRequest load;
  ConfigForm form = ConfigForm::yaml;
  std::vector<std::string> hash_services;  ///< for `hash`; empty: all
};

/// The text that `config` prints, with what the load found on the way.
struct ConfigText {
  std::string text;
  std::vector<Warning> warnings;
};
[[nodiscard]] Result<ConfigText> config_text(const ConfigRequest& request, const Files& files);

}  // namespace landfast
