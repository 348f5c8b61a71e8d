// SPDX-License-Identifier: Apache-2.0
#include "app/containers.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "plan/names.h"

namespace landfast {
namespace {

Error unknown_service(const std::string& name, const std::vector<Container>& all) {
  std::set<std::string> known;
  for (const auto& c : all) known.insert(c.label(label::service));
  const std::vector<std::string> names(known.begin(), known.end());
  Error e;
  e.code = Code::invalid;
  e.text = fmt::format("no container of a service {} is here", landfast::in_quotes(name));
  if (const auto near = nearest(name, names); near)
    e.hint = fmt::format("did you mean {}?", *near);
  else
    e.hint = names.empty() ? "landfast deploy makes them"
                           : fmt::format("services here: {}", join(names, ", "));
  return e;
}

}  // namespace

bool is_wanted(const Container& c, const std::vector<std::string>& services) {
  if (services.empty()) return c.label(label::one_off) != "True";
  return std::find(services.begin(), services.end(), c.label(label::service)) != services.end();
}

Task<Result<std::vector<Container>>> wanted_containers(Engine& engine, std::string stack,
                                                       std::vector<std::string> services) {
  ContainerFilter filter;
  filter.project = stack;
  CO_TRY(auto all, co_await engine.containers(std::move(filter)));
  for (const auto& name : services)
    if (std::none_of(all.begin(), all.end(),
                     [&](const auto& c) { return c.label(label::service) == name; }))
      co_return fail(unknown_service(name, all));
  std::erase_if(all, [&](const Container& c) { return !is_wanted(c, services); });
  std::sort(all.begin(), all.end(), [](const Container& a, const Container& b) {
    return std::tuple(a.label(label::service), container_number(a), a.name) <
           std::tuple(b.label(label::service), container_number(b), b.name);
  });
  co_return all;
}

std::string short_name(const std::string& stack, const Container& container) {
  const auto prefix = stack + "-";
  const bool ours = container.name.starts_with(prefix);
  return printable(ours ? container.name.substr(prefix.size()) : container.name);
}

Task<Result<Container>> running_container(Engine& engine, std::string stack, std::string service,
                                          int number) {
  CO_TRY(auto all, co_await wanted_containers(engine, stack, {service}));
  for (auto& c : all) {
    const bool serving = c.label(label::one_off) != "True" && !generation_name(c.name);
    if (!serving || container_number(c) != number) continue;
    if (c.status == ContainerStatus::running) co_return std::move(c);
    co_return fail(
        Code::invalid, fmt::format("{} does not run", c.name),
        fmt::format("landfast start {}; landfast logs {} tells why it stopped", service, service));
  }
  co_return fail(Code::invalid, fmt::format("{} has no container number {}", service, number));
}

}  // namespace landfast
