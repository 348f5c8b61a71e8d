// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "edge/caddy_config.h"
#include "edge/edge_files.h"
#include "model/route_table.h"

namespace landfast {

/// The certificate and key that a user gives for some hosts, and the copy that the edge has.
struct GivenPair {
  std::string certificate, key;  ///< the user's files
  std::vector<std::string> hosts;
  std::string served;              ///< the recorded copy, see `given_copy`; "" for none
  std::string on_disk;             ///< the copy that the files would make; "" where they are unread
  std::optional<Error> refused{};  ///< why the files cannot serve

  [[nodiscard]] bool is_changed() const { return on_disk != served; }
};

/// Every pair of a table, by the certificate's path, beside what the edge's configuration has.
[[nodiscard]] std::vector<GivenPair> given_pairs(const RouteTable& table, const EdgeFiles& files);

/// Where the copy of a certificate lies on this host.
[[nodiscard]] std::string given_copy(const EdgeFiles& files, const std::string& name);

/// Copies the certificates and keys that a table names into the edge's data, each under the digests
/// of its path and content, so that a changed one is another file. Refuses one that could not
/// serve: unread, no certificate or key, a key of another certificate, expired, or without the
/// host's name. Where a copy of an earlier content is recorded and has the names, that one stays:
/// what serves is never ended by a file that was spoilt since.
[[nodiscard]] Result<GivenCertificates> copy_given(const RouteTable& table, const EdgeFiles& files,
                                                   const CaddyLayout& layout);

/// Removes the copies that the recorded configuration does not have.
[[nodiscard]] Status remove_old_copies(const EdgeFiles& files);

}  // namespace landfast
