// SPDX-License-Identifier: Apache-2.0
#include "engine/frames.h"

#include <doctest/doctest.h>

#include <string>

namespace landfast {
namespace {

std::string frame(char stream, const std::string& payload) {
  const auto size = static_cast<std::uint32_t>(payload.size());
  std::string bytes{stream, 0, 0, 0};
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(size >> shift & 0xFF);
  return bytes + payload;
}

struct Seen {
  std::string out, err;
  OnLog take = [this](const LogChunk& chunk) {
    CHECK_FALSE(chunk.bytes.empty());
    (chunk.stream == LogChunk::Stream::err ? err : out) += chunk.bytes;
  };
};

TEST_CASE("frames are the same wherever the stream is cut") {
  const std::string bytes = frame(1, "hello ") + frame(2, "oops") + frame(1, "") +
                            frame(1, "world") + frame(3, "!") + frame(0, "?");
  for (std::size_t a = 0; a <= bytes.size(); ++a) {
    for (std::size_t b = a; b <= bytes.size(); ++b) {
      Seen seen;
      FrameDecoder decoder;
      REQUIRE(decoder.feed(bytes.substr(0, a), seen.take));
      REQUIRE(decoder.feed(bytes.substr(a, b - a), seen.take));
      REQUIRE(decoder.feed(bytes.substr(b), seen.take));
      CHECK(decoder.at_border());
      CHECK(seen.out == "hello world?");
      CHECK(seen.err == "oops!");
    }
  }
}

TEST_CASE("a frame larger than 64 KiB, and a border that is none") {
  Seen seen;
  FrameDecoder decoder;
  const std::string large = frame(1, std::string(200'000, 'x'));
  REQUIRE(decoder.feed(large.substr(0, 100'000), seen.take));
  CHECK_FALSE(decoder.at_border());
  REQUIRE(decoder.feed(large.substr(100'000), seen.take));
  CHECK(decoder.at_border());
  CHECK(seen.out.size() == 200'000);
}

TEST_CASE("what is no frame is refused") {
  Seen seen;
  FrameDecoder plain_text, padded;
  CHECK(plain_text.feed("plain text of a terminal", seen.take).error().code == Code::corrupt);
  CHECK_FALSE(padded.feed(std::string("\1\1\0\0\0\0\0\1x", 9), seen.take));
  CHECK(seen.out.empty());
}

}  // namespace
}  // namespace landfast
