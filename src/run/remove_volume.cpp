// SPDX-License-Identifier: Apache-2.0
#include "run/remove_volume.h"

#include "plan/names.h"
#include "run/claim.h"

namespace landfast {

Task<Status> remove_volume_for_good(const Ports& ports, std::string stack, std::string volume) {
  CO_TRY_VOID(co_await stop_holding(ports, std::move(stack), volume));
  CO_TRY(const auto volumes, co_await ports.engine.volumes());
  for (const auto& v : volumes)
    if (v.name == volume) co_return co_await remove_aside(ports, v);
  co_return Status{};
}

Task<Status> remove_aside(const Ports& ports, VolumeState volume) {
  // The volume is what tells of the folder, so it goes last.
  if (const auto folder = bound_folder(volume.raw);
      !folder.empty() && volume.labels.contains(label::of))
    CO_TRY_VOID(co_await ports.volumes.remove_folder(folder));
  co_return co_await ports.engine.remove_volume(volume.name);
}

}  // namespace landfast
