// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

#include "model/store.h"

namespace landfast {

/// What the files of a volume tell.
struct FoundStore {
  std::optional<StoreKind> kind;  ///< nullopt: nothing that is known
  std::string version;            ///< of the data, where they say
  std::string why;                ///< "PG_VERSION in the volume"
};

/// The store that a volume's content is, by its files alone.
[[nodiscard]] FoundStore store_in(const VolumeContent& content);

}  // namespace landfast
