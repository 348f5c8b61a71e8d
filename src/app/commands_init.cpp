// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>

#include "app/call.h"
#include "app/sources.h"
#include "app/stack.h"
#include "base/text.h"
#include "compose/survey.h"
#include "io/file.h"

namespace landfast {
namespace {

/// Beside the first compose file; one of standard input has no place.
Result<std::string> starter_path(const Survey& found) {
  const std::filesystem::path first = found.compose_file;
  if (first == "-")
    return fail(Code::invalid, "landfast.yaml has no place: the compose file came from a pipe",
                "name the file with -f");
  return (first.parent_path() / "landfast.yaml").string();
}

Error is_there_already(Error error, const std::string& path) {
  if (error.code != Code::conflict) return error;
  error.code = Code::invalid;
  error.text = fmt::format("{} is there already; it was left as it is", path);
  error.hint = "`landfast schema` prints the keys that it may hold";
  return error;
}

}  // namespace

Ending begin_landfast_file(Call call) {
  CO_TRY(const auto request, load_request(call));
  CO_TRY(const auto found, survey(request, DiskFiles()));
  call.output.say(survey_text(found));
  CO_TRY(const auto path, starter_path(found));
  const auto written = create_file(path, starter_file(found), 0644);
  if (!written) co_return fail(is_there_already(written.error(), path));
  auto json = survey_json(found);
  json["written"] = path;
  call.output.json(json);
  call.output.say(fmt::format("\nwritten: {}, all of it comments\n", printable(path)));
  co_return ExitStatus::done;
}

}  // namespace landfast
