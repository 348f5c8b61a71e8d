// SPDX-License-Identifier: Apache-2.0
#include "edge/edge_by_name.h"

namespace landfast {

Task<Result<EdgeFacts>> EdgeByName::facts(std::string edge) {
  auto& one = of(edge);
  return one.facts(std::move(edge));
}

Task<Result<RouteTable>> EdgeByName::table(std::string edge, std::string revision) {
  auto& one = of(edge);
  return one.table(std::move(edge), std::move(revision));
}

Task<Status> EdgeByName::apply(RouteTable table, std::string replaces) {
  auto& one = of(table.edge);
  return one.apply(std::move(table), std::move(replaces));
}

Task<Status> EdgeByName::set_address(std::string edge, std::string target, SlotName slot,
                                     std::vector<std::string> addresses) {
  auto& one = of(edge);
  return one.set_address(std::move(edge), std::move(target), slot, std::move(addresses));
}

Task<Status> EdgeByName::switch_to(std::string edge, std::string target, SlotWord word) {
  auto& one = of(edge);
  return one.switch_to(std::move(edge), std::move(target), word);
}

Task<Result<int>> EdgeByName::probe(std::string edge, std::string target, SlotName slot,
                                    std::string path) {
  auto& one = of(edge);
  return one.probe(std::move(edge), std::move(target), slot, std::move(path));
}

Task<Result<std::int64_t>> EdgeByName::in_flight(std::string edge, std::string target,
                                                 SlotName slot) {
  auto& one = of(edge);
  return one.in_flight(std::move(edge), std::move(target), slot);
}

Task<Status> EdgeByName::add_site(std::string edge, std::string site, std::string tar) {
  auto& one = of(edge);
  return one.add_site(std::move(edge), std::move(site), std::move(tar));
}

Task<Result<bool>> EdgeByName::has_site(std::string edge, std::string site) {
  auto& one = of(edge);
  return one.has_site(std::move(edge), std::move(site));
}

Task<Status> EdgeByName::forget(std::string edge) {
  auto& one = of(edge);
  return one.forget(std::move(edge));
}

}  // namespace landfast
