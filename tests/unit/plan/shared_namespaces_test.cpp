// SPDX-License-Identifier: Apache-2.0
#include "plan/shared_namespaces.h"

#include <doctest/doctest.h>

namespace landfast {
namespace {

TEST_CASE("a container joins the namespaces that its modes name") {
  Container c;
  c.host_config["NetworkMode"] = "container:4ab";
  c.host_config["IpcMode"] = "private";
  c.host_config["PidMode"] = "container:77f";
  const std::map<std::string, std::string> joined{{"net", "4ab"}, {"pid", "77f"}};
  CHECK(joined_namespaces(c) == joined);
  CHECK(joined_namespaces(Container{}).empty());
}

}  // namespace
}  // namespace landfast
