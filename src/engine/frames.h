// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "port/engine.h"

namespace landfast {

/// Takes apart the engine's multiplexed stream of stdout and stderr (Engine API,
/// ContainerAttach, "Stream format": 1 byte stream, 3 zero, 4 length, big endian).
class FrameDecoder {
 public:
  /// Gives each piece of payload as it comes, never empty. `corrupt` where the bytes are no frames;
  /// then the stream is lost.
  Status feed(std::string_view bytes, const OnLog& on_chunk);
  /// False in the middle of a frame.
  [[nodiscard]] bool at_border() const { return have_ == 0 && left_ == 0; }

 private:
  std::array<unsigned char, 8> header_{};
  std::size_t have_ = 0;    // bytes of the header so far
  std::uint32_t left_ = 0;  // bytes of the payload to come
};

}  // namespace landfast
