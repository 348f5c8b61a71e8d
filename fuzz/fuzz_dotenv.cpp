// SPDX-License-Identifier: Apache-2.0
// The two formats of env files: any bytes end in values or an error with a line of the text.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "compose/dotenv.h"

namespace {

using namespace landfast::compose;

void check(const EnvOutcome& outcome, std::string_view text) {
  if (!outcome.error) return;
  const auto lines = static_cast<std::uint32_t>(std::ranges::count(text, '\n')) + 1;
  if (outcome.error->line == 0 || outcome.error->line > lines + 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Lookup lookup = [](std::string_view name) -> std::optional<std::string_view> {
    if (name == "OS") return "os";
    return {};
  };
  Variables vars, raw;
  check(read_env(text, vars, lookup), text);
  check(read_raw_env(text, raw, lookup), text);
  return 0;
}
