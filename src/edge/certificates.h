// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/route_table.h"

namespace landfast {

/// What a certificate says of itself; times in seconds since 1970.
struct CertificateFacts {
  std::vector<std::string> names;
  std::string issuer;  ///< the common name of who signed it
  std::int64_t from = 0, until = 0;
  std::string fingerprint;  ///< SHA-256, "AB:CD:…"
  /// When the edge renews it by itself: when a third of its life is left.
  [[nodiscard]] std::int64_t renewal() const { return until - (until - from) / 3; }
};

/// The first certificate of PEM text; `invalid` where it has none.
[[nodiscard]] Result<CertificateFacts> certificate_facts(const std::string& pem);

/// What a user's own files are beside the copy of them that is served.
enum class GivenState : std::uint8_t {
  same,
  newer,  ///< they could serve, and do not yet
  unfit   ///< they changed, and cannot serve
};
[[nodiscard]] std::string_view to_string(GivenState state);

/// How one host of an edge gets its certificate, and the one that it has.
struct HostCertificate {
  std::string host;
  TlsKind kind = TlsKind::acme;           ///< never automatic or off
  std::optional<CertificateFacts> facts;  ///< nullopt: there is none yet
  std::string why_none;                   ///< of a user's file that was never taken over
  std::string file{};                     ///< the user's certificate
  GivenState given = GivenState::same;
  std::string why_unfit{};
};

/// Every host with TLS of an edge's recorded table, by name, with what is served: the copy of the
/// user's own file, or what the edge has in its storage.
[[nodiscard]] std::vector<HostCertificate> host_certificates(const EdgeFacts& edge);

/// The root of the edge's own authority, PEM; `not_found` before it signed anything.
[[nodiscard]] Result<std::string> local_root(const EdgeFacts& edge);
[[nodiscard]] std::string local_root_path(const EdgeFacts& edge);

}  // namespace landfast
