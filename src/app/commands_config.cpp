// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/object.hpp>

#include "app/call.h"
#include "app/sources.h"
#include "app/stack.h"
#include "compose/json_schema.h"
#include "io/file.h"

namespace landfast {
namespace {

Result<ConfigRequest> request_of(const Call& call) {
  const auto& a = call.arguments;
  ConfigRequest request;
  TRY(request.load, load_request(call));
  request.load.services = a.services;
  request.load.interpolate = a.interpolate;
  request.load.normalise = a.normalise;
  request.load.resolve_paths = a.resolve_paths;
  request.load.check_consistency = a.check_consistency;
  request.load.resolve_environment = a.resolve_environment;
  request.form = a.json && a.form == ConfigForm::yaml ? ConfigForm::json : a.form;
  if (a.quiet && a.form == ConfigForm::yaml) request.form = ConfigForm::quiet;
  request.hash_services = a.hash_services;
  return request;
}

}  // namespace

Ending show_config(Call call) {
  CO_TRY(const auto request, request_of(call));
  auto config = config_text(request, DiskFiles());
  if (!config) {
    config.error().code = Code::invalid;
    co_return fail(std::move(config).error());
  }
  Project warnings;
  warnings.warnings = std::move(config->warnings);
  if (!call.output.is_json()) show_warnings(call, warnings);
  if (call.arguments.output.empty()) {
    write_out(config->text);
    co_return ExitStatus::done;
  }
  auto path = call.arguments.output;
  if (!path.starts_with('/')) path = call.around.cwd + "/" + path;
  CO_TRY_VOID(write_file(path, config->text, 0600));  // it may hold the values of secrets
  co_return ExitStatus::done;
}

Ending show_schema(Call) {
  write_out(compose::landfast_schema_text());
  co_return ExitStatus::done;
}

}  // namespace landfast
