// SPDX-License-Identifier: Apache-2.0
// Interpolation: any text ends, in a value or an error, within the bound of its result.
#include <cstdint>
#include <cstdlib>

#include "compose/inputs.h"
#include "compose/interpolate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace landfast::compose;
  static const Variables variables{{"A", "one"}, {"B", ""}, {"C", "$A ${A}"}, {"_x1", "y"}};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto done = substitute(text, lookup_in(variables));
  if (done && text.find('$') == std::string_view::npos && done->text != text) std::abort();
  if (done && done->text.size() > (std::size_t{2} << 20) + size) std::abort();
  (void)variables_of(text);
  return 0;
}
