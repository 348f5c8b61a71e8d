// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

namespace landfast {

/// An answer over HTTP, read whole or up to a limit.
struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

}  // namespace landfast
