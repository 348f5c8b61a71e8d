// SPDX-License-Identifier: Apache-2.0
#include "run/remove_volume.h"

#include <algorithm>

#include "plan/claim.h"
#include "plan/names.h"
#include "run/claim.h"

namespace landfast {

Task<Status> remove_volume_for_good(const Ports& ports, std::string stack, std::string volume) {
  const auto there = co_await ports.engine.container(keep_name(stack));
  if (!there && there.error().code != Code::not_found) co_return fail(there.error());
  if (there) {
    auto volumes = kept_volumes(*there, stack);
    if (std::erase(volumes, volume) > 0) {
      std::vector<std::string> images{there->image_id};
      CO_TRY_VOID(co_await keep(ports, stack, std::move(images), std::move(volumes)));
    }
  }
  co_return co_await ports.engine.remove_volume(volume);
}

}  // namespace landfast
