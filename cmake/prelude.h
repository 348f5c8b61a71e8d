// SPDX-License-Identifier: Apache-2.0
// What most files include, compiled once. Every file still includes what it uses: the presets
// release and fuzz compile without this (tools/check-layers looks for what is ours).
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/text.h"
#include "io/task.h"
#include "model/project.h"
#include "model/world.h"
