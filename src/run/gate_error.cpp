// SPDX-License-Identifier: Apache-2.0
#include "run/gate_error.h"

#include <fmt/format.h>

#include "base/text.h"
#include "run/health_facts.h"
#include "run/saved_logs.h"

namespace landfast {
namespace {

constexpr std::size_t most_log_bytes = 64 * 1024;

Task<std::string> last_logs(Engine& engine, std::string container) {
  std::string text;
  LogRequest request;
  request.container = std::move(container);
  request.tail = "20";
  request.limit = most_log_bytes;
  OnLog collect = [&text](const LogChunk& chunk) {
    text.append(chunk.bytes.substr(0, most_log_bytes - std::min(most_log_bytes, text.size())));
  };
  const auto status = co_await engine.logs(std::move(request), std::move(collect));
  if (!status) co_return fmt::format("(its logs cannot be read: {})", status.error().text);
  co_return text;
}

void add_lines(std::vector<std::string>& trace, const std::string& head, const std::string& text) {
  if (trim(text).empty()) return;
  trace.push_back(head);
  for (const auto& line : split(trim(text), '\n')) trace.push_back("  " + printable(trim(line)));
}

}  // namespace

Task<Error> gate_error(Engine& engine, std::string container, std::string text, std::string output,
                       std::string output_head) {
  Error error;
  error.text = std::move(text);
  const auto now = co_await engine.container(container);
  if (now && output.empty()) output = last_health_output(*now);
  if (now && now->oom_killed) add_lines(error.trace, "the kernel ended it: out of memory", "OOM");
  if (now && !now->error.empty()) add_lines(error.trace, "the engine says:", now->error);
  add_lines(error.trace, output_head, output);
  add_lines(error.trace, "last log lines:", co_await last_logs(engine, container));
  if (now) redactor_of(*now).apply(error);
  co_return error;
}

}  // namespace landfast
