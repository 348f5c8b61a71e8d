// SPDX-License-Identifier: Apache-2.0
#include "engine/frames.h"

#include <algorithm>

namespace landfast {

Status FrameDecoder::feed(std::string_view bytes, const OnLog& on_chunk) {
  while (!bytes.empty()) {
    if (left_ == 0) {
      header_[have_++] = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      if (have_ < header_.size()) continue;
      have_ = 0;
      if (header_[0] > 3 || header_[1] != 0 || header_[2] != 0 || header_[3] != 0)
        return fail(Code::corrupt, "the engine's output stream has no frame where one must begin");
      left_ = static_cast<std::uint32_t>(header_[4]) << 24 |
              static_cast<std::uint32_t>(header_[5]) << 16 |
              static_cast<std::uint32_t>(header_[6]) << 8 | header_[7];
      continue;
    }
    const std::size_t size = std::min<std::size_t>(left_, bytes.size());
    LogChunk chunk;
    chunk.stream = header_[0] >= 2 ? LogChunk::Stream::err : LogChunk::Stream::out;
    chunk.bytes = bytes.substr(0, size);
    left_ -= static_cast<std::uint32_t>(size);
    bytes.remove_prefix(size);
    on_chunk(chunk);
  }
  return {};
}

}  // namespace landfast
