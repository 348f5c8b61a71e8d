// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <vector>

#include "app/time_text.h"
#include "model/store.h"
#include "plan/volume_list.h"
#include "watch/style.h"

namespace landfast {

/// What `volumes` shows; facts by host path, absent where they could not be had.
struct VolumeListing {
  std::string stack;
  std::vector<VolumeLine> lines;
  std::map<std::string, VolumeFacts> facts;
};

[[nodiscard]] std::string volumes_text(const VolumeListing& listing, TimePoint now,
                                       std::size_t width, Style style);
[[nodiscard]] boost::json::object volumes_json(const VolumeListing& listing);

/// "PostgreSQL 15, 1.2 GiB, used by postgres": what a person is about to remove.
[[nodiscard]] std::string volume_words(const VolumeListing& listing, const VolumeLine& line);

}  // namespace landfast
