// SPDX-License-Identifier: Apache-2.0
#include "engine/dockerfile.h"

#include <doctest/doctest.h>

namespace landfast {
namespace {

TEST_CASE("what the classic builder understands") {
  for (const char* fine : {
           "FROM debian\nRUN echo a && \\\n  echo --mount\nCOPY --from=0 --chown=1:1 a b\n",
           "# syntax=docker/dockerfile:1\nFROM debian\n",
           "#syntax = docker/dockerfile:1.4-labs\nFROM debian\n",
           "FROM --platform=linux/amd64 debian\n",
           "FROM debian\nRUN cat <<< word\nRUN echo $((1 << 2))\nRUN test a<<b\n",
           "FROM debian\n# RUN --mount=type=cache true\nADD https://example.org/a /a\n",
           "FROM debian\nENV A=--link\nCMD [\"--mount\"]\n",
           "",
       }) {
    CAPTURE(fine);
    CHECK_FALSE(needs_buildkit(fine));
  }
}

TEST_CASE("what needs BuildKit, with its line") {
  struct Row {
    const char* text;
    int line;
    const char* what;
  };
  const Row rows[] = {
      {"FROM a\n\nRUN --mount=type=cache,target=/x true\n", 3, "RUN --mount"},
      {"FROM a\nrun --network=none true\n", 2, "RUN --network"},
      {"FROM a\nRUN \\\n  # a comment\n  --mount=type=bind true\n", 2, "RUN --mount"},
      {"FROM a\nCOPY --chown=1 --link a b\n", 2, "COPY --link"},
      {"FROM a\nADD --chmod=755 a b\n", 2, "ADD --chmod"},
      {"FROM a\r\nADD --checksum=sha256:1 a b\r\n", 2, "ADD --checksum"},
      {"FROM a\nRUN <<EOF\necho\nEOF\n", 2, "a here-document"},
      {"FROM a\nRUN python3 <<-'PY'\nPY\n", 2, "a here-document"},
      {"FROM a\nCOPY <<EOF /x\nEOF\n", 2, "a here-document"},
      {"FROM --platform=$BUILDPLATFORM a\n", 1, "a platform argument in FROM"},
      {"# syntax=example/own:1\nFROM a\n", 1, "the syntax example/own:1"},
      {"# escape=`\nFROM a\nRUN `\n --mount=x true\n", 3, "RUN --mount"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto need = needs_buildkit(row.text);
    REQUIRE(need);
    CHECK(need->line == row.line);
    CHECK(need->what == row.what);
  }
}

}  // namespace
}  // namespace landfast
