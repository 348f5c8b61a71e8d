// SPDX-License-Identifier: Apache-2.0
#include "fake/fake_seal.h"

#include "conformance/seal_suite.h"

namespace landfast {
namespace {

struct Owner {
  FakeSeal own, later, foreign{"another"};
  Seal& seal() { return own; }
  Seal& reopened() { return later; }
  Seal& other() { return foreign; }
};

TEST_CASE("the fake seal is a seal") {
  conformance::seal_suite([] { return Owner(); });
}

}  // namespace
}  // namespace landfast
