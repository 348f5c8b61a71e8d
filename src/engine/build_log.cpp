// SPDX-License-Identifier: Apache-2.0
#include "engine/build_log.h"

#include <fmt/core.h>

#include "base/text.h"

namespace landfast {

void BuildLog::take(std::string_view bytes) {
  constexpr std::size_t longest = 8192;
  pending_.append(bytes);
  std::size_t from = 0;
  for (std::size_t end = 0; (end = pending_.find_first_of("\r\n", from)) != std::string::npos;
       from = end + 1)
    line(std::string_view(pending_).substr(from, end - from));
  pending_.erase(0, from);
  if (pending_.size() <= longest) return;
  line(pending_);
  pending_.clear();
}

void BuildLog::line(std::string_view text) {
  constexpr std::size_t kept = 20;
  auto shown = printable(trim(text));
  if (shown.empty()) return;
  last_.push_back(shown);
  if (last_.size() > kept) last_.pop_front();
  if (!progress_) return;
  ImageProgress now;
  now.image = image_;
  now.status = std::move(shown);
  progress_(now);
}

Error BuildLog::failure(const std::string& service, const std::string& reason) {
  if (!pending_.empty()) line(std::exchange(pending_, {}));
  Error error;
  error.text = fmt::format("the build of service {} failed: {}", service, reason);
  error.trace.assign(last_.begin(), last_.end());
  return error;
}

}  // namespace landfast
