// SPDX-License-Identifier: Apache-2.0
#include "run/mounted_files.h"

#include "plan/create_body.h"

namespace landfast {

Result<std::map<std::string, std::string>> keep_mounted_files(Host& host, const Project& project,
                                                              const Service& service) {
  std::map<std::string, std::string> paths;
  for (const auto& file : files_to_copy(project, service)) {
    TRY(auto path,
        host.keep_mounted_file(project.name, file.digest, std::string(file.content.reveal())));
    paths[file.digest] = std::move(path);
  }
  return paths;
}

}  // namespace landfast
