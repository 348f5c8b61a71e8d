// SPDX-License-Identifier: Apache-2.0
// The whole loader on files in memory: the input is compose.yaml; the parts after lines that start
// with `%%% ` are further files of that name.
#include <cstdint>
#include <cstdlib>

#include "compose/config_output.h"
#include "unit/compose/map_files.h"

namespace {

using namespace landfast;

std::map<std::string, std::string> parts(std::string_view text) {
  std::map<std::string, std::string> files{
      {"/w/.env", "A=one\nB=\nNUMBER=3\n"},
      {"/w/a.env", "X=1\nY=\"${A}\"\n"},
      {"/w/base.yaml", "services:\n  web: {image: x, ports: [\"80:80\"], environment: [Q=1]}\n"},
      {"/w/sub/compose.yaml", "services:\n  inner: {image: y, volumes: [\"./d:/d\"]}\n"}};
  std::string name = "compose.yaml";
  while (true) {
    const auto cut = text.find("\n%%% ");
    files["/w/" + name] = std::string(text.substr(0, cut));
    if (cut == std::string_view::npos) return files;
    text.remove_prefix(cut + 5);
    const auto line = text.substr(0, text.find('\n'));
    name = std::string(line.substr(0, 40));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const test::MapFiles files(parts({reinterpret_cast<const char*>(data), size}));
  LoadRequest request;
  request.cwd = "/w";
  request.home = "/root";
  request.profiles = {"*"};
  const auto json = config_text({request, ConfigForm::json, {}}, files);
  const auto yaml = config_text({request, ConfigForm::yaml, {}}, files);
  if (json && !yaml) std::abort();
  (void)config_text({request, ConfigForm::variables, {}}, files);
  auto project = load(request, files);
  if (json && !project) std::abort();
  if (project) (void)attach_content(*project, files);
  request.interpolate = false;
  (void)config_text({request, ConfigForm::json, {}}, files);
  return 0;
}
