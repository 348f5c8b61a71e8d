// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "model/route_table.h"

namespace landfast {

/// The reverse proxies that Landfast manages: their configuration, and for each target two slots of
/// which one serves (docs/decisions/030). The containers are the engine's; what is written
/// here lies in the state's folder, survives the process and is what it starts with.
///
/// Every call is bounded in time and may be repeated. `unavailable` (retryable) where the edge's
/// process does not answer: then the files are written all the same, and the process reads them
/// when it starts; an answer may be lost, so whoever needs to know asks `facts`.
class Edge {
 public:
  virtual ~Edge() = default;

  /// Files and process of the edge. One that does not run, or that was never applied, is no error.
  virtual Task<Result<EdgeFacts>> facts(std::string edge) = 0;
  /// A table that was applied to the edge before, by its revision; `not_found`. The newest 32 are
  /// kept.
  virtual Task<Result<RouteTable>> table(std::string edge, std::string revision) = 0;
  /// Makes the edge serve `table`, acknowledged by its process. `replaces` is the recorded revision
  /// that the table was made from: `conflict` (retryable) where another one is recorded by now, and
  /// nothing has changed. Where no process runs the table is recorded and the process starts with
  /// it. `invalid` where Caddy refuses it: the one before serves on and stays recorded.
  /// A new target begins `down`, with addresses that refuse; one that is in the table no more is
  /// forgotten.
  virtual Task<Status> apply(RouteTable table, std::string replaces) = 0;
  /// Where a slot points to, "alias:port" for each replica, of a target without a port a site; read
  /// back. `not_found` for an unknown target or site, `invalid` for what is no address of the
  /// stack's own containers. Sites to which no slot points any more are removed.
  virtual Task<Status> set_address(std::string edge, std::string target, SlotName slot,
                                   std::vector<std::string> addresses) = 0;
  /// One rename: the word is whole before and after, and what it says is true for every request
  /// that comes after the acknowledgement. `hold` makes requests wait until a slot serves; what
  /// waits then goes to that one.
  virtual Task<Status> switch_to(std::string edge, std::string target, SlotWord word) = 0;
  /// Asks a GET of `path` through the edge of the container that a slot points to, whether it
  /// serves or not. Returns the HTTP status; 502 where nothing answers there.
  virtual Task<Result<int>> probe(std::string edge, std::string target, SlotName slot,
                                  std::string path) = 0;
  /// Requests, websockets and uploads that the edge has in flight to a slot now.
  virtual Task<Result<std::int64_t>> in_flight(std::string edge, std::string target,
                                               SlotName slot) = 0;
  /// Forgets configuration and slots of an edge that serves nothing any more; certificates stay,
  /// and the tables that were applied. Succeeds where there is nothing.
  virtual Task<Status> forget(std::string edge) = 0;
  /// Keeps a folder of files that a static route serves, under `site`, 64 hex digits: all of `tar`,
  /// whose members begin with the folder's name, or nothing. One that is there stays as it is.
  /// `invalid` for what is no folder of files: a path or a link that leads out of it, a device, too
  /// many files. `conflict` (retryable) while another deployer changes the edge.
  virtual Task<Status> add_site(std::string edge, std::string site, std::string tar) = 0;
  /// Whether `add_site` would have nothing to do.
  virtual Task<Result<bool>> has_site(std::string edge, std::string site) = 0;
};

}  // namespace landfast
