// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/result.h"

namespace landfast {

/// What decides where the state is: environment variables ("" where unset) and the engine's kind.
struct StateDirInputs {
  std::string landfast_state_dir;  ///< LANDFAST_STATE_DIR
  std::string xdg_state_home;      ///< XDG_STATE_HOME
  std::string home;                ///< HOME
  bool rootless = false;           ///< the engine belongs to this user, not to root
};

/// The inputs as this process has them.
[[nodiscard]] StateDirInputs state_dir_inputs(bool rootless);

/// Where the state is: LANDFAST_STATE_DIR; `$XDG_STATE_HOME/landfast` for a rootless
/// engine; else /var/lib/landfast. Fails with `invalid` where that is not an absolute path.
[[nodiscard]] Result<std::string> state_dir_path(const StateDirInputs& inputs);

/// Makes the folder, 0700, where it is absent. Refuses one that another user owns, that others can
/// write, or that others could replace.
[[nodiscard]] Status prepare_state_dir(const std::string& path);

}  // namespace landfast
