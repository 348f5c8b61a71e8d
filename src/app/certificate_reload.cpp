// SPDX-License-Identifier: Apache-2.0
#include "app/certificate_reload.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "app/table.h"
#include "base/text.h"
#include "edge/given_certificates.h"

namespace landfast {
namespace {

using boost::json::array;
using boost::json::object;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds conflict_limit{30};  // a deploy that changes the same edge is done by then
constexpr milliseconds conflict_pause{100};

/// What came of one pair of files.
struct Outcome {
  std::string edge;
  GivenPair pair;
  std::string_view word;  ///< "taken", "unchanged", "refused"
  std::string why{};
};

/// The recorded table once more, under the edge's lock: what a deploy changes meanwhile stays.
Task<Status> load_again(Call call, Edge& edge, std::string name) {
  auto& clock = call.wiring.clock();
  const auto begin = clock.now();
  for (;;) {
    CO_TRY(auto facts, co_await edge.facts(name));
    if (facts.recorded.empty()) co_return Status{};
    auto status = co_await edge.apply(std::move(facts.table), std::move(facts.recorded));
    const bool again =
        !status && status.error().code == Code::conflict && clock.now() - begin < conflict_limit;
    if (!again) co_return status;
    co_await clock.sleep(conflict_pause);
  }
}

bool can_be_taken(const GivenPair& pair) { return pair.is_changed() && !pair.refused; }

std::vector<Outcome> outcomes_of(const std::string& edge, const std::vector<GivenPair>& before,
                                 const std::vector<GivenPair>& after, const Status& loaded) {
  std::vector<Outcome> out;
  for (const auto& pair : after) {
    const auto was = std::ranges::find(before, pair.certificate, &GivenPair::certificate);
    auto& one = out.emplace_back(Outcome{edge, pair, "unchanged"});
    if (pair.is_changed()) {
      one.word = "refused";
      one.why = pair.refused ? pair.refused->text
                : loaded     ? "it changed again meanwhile"
                             : loaded.error().text;
    } else if (was == before.end() || was->served != pair.served) {
      one.word = "taken";
    }
  }
  return out;
}

Task<Result<std::vector<Outcome>>> reload_edge(Call call, Edge& edge, std::string name,
                                               std::string state_dir) {
  const EdgeFiles files(state_dir, name);
  CO_TRY(auto facts, co_await edge.facts(name));
  const auto before = given_pairs(facts.table, files);
  Status loaded;
  if (std::ranges::any_of(before, can_be_taken)) loaded = co_await load_again(call, edge, name);
  CO_TRY(facts, co_await edge.facts(name));
  co_return outcomes_of(name, before, given_pairs(facts.table, files), loaded);
}

void show(const Call& call, const std::vector<Outcome>& outcomes) {
  array list;
  std::vector<TableRow> rows;
  for (const auto& o : outcomes) {
    array hosts;
    for (const auto& host : o.pair.hosts) hosts.emplace_back(host);
    list.emplace_back(object{{"edge", o.edge},
                             {"certificate", o.pair.certificate},
                             {"key", o.pair.key},
                             {"hosts", std::move(hosts)},
                             {"outcome", o.word},
                             {"why", o.why}});
    rows.push_back({o.word == "refused" ? LineState::failed : LineState::done,
                    {printable(join(o.pair.hosts, ", ")), printable(o.pair.certificate),
                     std::string(o.word)}});
  }
  call.output.json(object{{"certificates", std::move(list)}});
  call.output.say(rows.empty() ? "no edge serves certificates from files\n"
                               : table_text(rows, 0, true, call.output.style()));
}

}  // namespace

Ending reload_certificates(Call call) {
  CO_TRY(auto* edge, call.wiring.edge());
  CO_TRY(const auto state_dir, call.wiring.state_dir());
  std::vector<Outcome> outcomes;
  for (const auto& name : edges_in(state_dir)) {
    CO_TRY(auto some, co_await reload_edge(call, *edge, name, state_dir));
    std::ranges::move(some, std::back_inserter(outcomes));
  }
  show(call, outcomes);
  Error error;
  error.text = "not every certificate could be taken over; what was served before serves on";
  for (const auto& o : outcomes)
    if (o.word == "refused") error.trace.push_back(o.why);
  if (error.trace.empty()) co_return ExitStatus::done;
  error.hint = "mend the files, then: landfast cert reload";
  co_return fail(std::move(error));
}

}  // namespace landfast
