// SPDX-License-Identifier: Apache-2.0
#include "fake/fake_builder.h"

namespace landfast {

Task<Status> FakeBuilder::check(BuildRequest request) {
  co_await clock_.sleep(std::chrono::milliseconds(1));
  const auto it = builds.find(request.tag);
  if (it != builds.end() && !it->second.unsupported.empty())
    co_return fail(Code::unsupported, it->second.unsupported);
  co_return Status{};
}

Task<Status> FakeBuilder::build(BuildRequest request, OnImageProgress progress) {
  const auto it = builds.find(request.tag);
  if (it == builds.end()) co_return fail(Code::failed, "no Dockerfile for " + request.tag);
  const FakeBuild wanted = it->second;
  ImageProgress line;
  line.image = request.tag;
  line.status = "building";
  if (progress) progress(line);
  const auto known = ids_.find({request.tag, wanted.source});
  const bool cached = known != ids_.end() && daemon_.image(known->second) && !request.no_cache;
  co_await clock_.sleep(cached ? std::chrono::milliseconds(1) : wanted.takes);
  if (!wanted.error.empty()) co_return fail(Code::failed, wanted.error);
  built.push_back(request.tag);
  if (cached) co_return daemon_.tag(known->second, request.tag);
  ids_[{request.tag, wanted.source}] = daemon_.load(request.tag, wanted.image);
  co_return Status{};
}

}  // namespace landfast
