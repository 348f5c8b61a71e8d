// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace landfast {

// What `x-landfast` says (docs/landfast.schema.json), of the stack and of a service: plain values.

enum class CheckKind : std::uint8_t { http, tcp, run };

/// One check of `verify`: a gate of a deploy.
struct VerifyCheck {
  CheckKind kind = CheckKind::http;
  std::string target;                      ///< http: the URL; tcp: HOST:PORT
  std::vector<std::string> command;        ///< run: argv
  std::string in;                          ///< the service that it is asked from; empty: this host
  std::optional<int> status;               ///< http: the status; nullopt: any of 200 to 299
  std::optional<boost::json::value> json;  ///< http: what the answer must hold at least
  std::map<std::string, std::string> headers;  ///< http: name → the value that it must have
  Mark mark;
};

enum class Tier : std::uint8_t { basic, recommended, hardened };

struct BackupPolicy {
  std::string to;     ///< absolute folder, or where restic understands it
  std::string every;  ///< five fields of cron; empty: only when asked
  std::optional<int> keep_daily, keep_weekly, keep_monthly;
  std::vector<std::string> skip;  ///< volumes
  Secret ping;                    ///< URL that hears of each backup; its path is the key to it
};

struct GuardPolicy {
  std::chrono::nanoseconds max_age = std::chrono::hours(24);  ///< of the backup that must be there
  std::int64_t files = std::int64_t{5} << 30;  ///< bytes of a file volume that are still copied
  int keep = 1;                                ///< copies set aside
};

enum class EdgeMode : std::uint8_t { own, behind, nginx };

/// A nginx of the user that a deploy drives: its container, and the folder of the host from which
/// it includes files.
struct DrivenNginx {
  std::string container, folder;
  [[nodiscard]] bool empty() const { return container.empty() && folder.empty(); }
};

struct Acme {
  std::string email;
  std::string directory;  ///< URL; empty: Let's Encrypt
  bool staging = false;
};

enum class TunnelKind : std::uint8_t { cloudflared, tailscale };

/// How the stack is reached without an open port.
struct Tunnel {
  TunnelKind kind = TunnelKind::cloudflared;
  std::string service;  ///< that runs it; empty: it runs on the host
  std::string name;     ///< public, "" where it is not said
  Mark mark;
};

struct StackExtension {
  std::optional<Tier> tier;
  std::optional<BackupPolicy> backup;
  GuardPolicy guard;
  std::vector<VerifyCheck> verify;
  EdgeMode edge = EdgeMode::own;
  std::string edge_behind;  ///< {behind: NETWORK}, as written: where the proxy is; "": on this host
  DrivenNginx edge_nginx;   ///< empty where the file does not say which
  Mark edge_mark;
  bool edge_is_said = false;  ///< the file has the key
  Acme acme;
  std::vector<std::string> trusted_proxies;  ///< addresses and CIDR blocks
  std::optional<Tunnel> tunnel;
};

/// What the edge serves with a service.
struct Route {
  std::string host;             ///< empty: a route by port
  std::uint16_t published = 0;  ///< `:PORT`: the published port that the edge takes over
  std::string path = "/";
  std::uint16_t port = 0;            ///< of the container; 0: the only one that it exposes
  bool strip = false;                ///< the app does not see `path`
  std::string static_dir;            ///< folder in the image; empty: the app answers
  bool spa = false;                  ///< static: unknown paths get index.html
  std::optional<std::int64_t> body;  ///< most bytes of a request's body; nullopt: unlimited
  std::map<std::string, std::optional<std::string>> headers;  ///< of the answer; nullopt: removed
  std::map<std::string, Secret> auth;                         ///< user → hash of the password
  std::vector<std::string> allow;                             ///< addresses and CIDR blocks
  std::optional<std::chrono::nanoseconds> timeout;            ///< until the answer begins
  std::optional<bool> compress;
  Mark mark;
};

enum class TlsKind : std::uint8_t { automatic, acme, internal, self_signed, off, files };

struct Tls {
  TlsKind kind = TlsKind::automatic;
  std::string certificate, key;  ///< absolute paths where the kind is files
};

struct ServiceExtension {
  std::vector<Route> routes;
  Tls tls;
  std::optional<std::chrono::nanoseconds> drain;  ///< most time that requests in flight get
  std::optional<std::chrono::nanoseconds> hold;   ///< most time that a request waits at the edge
  bool migrate = false;                           ///< `true`: this one-shot is the migration
  std::vector<std::string> migrate_command;  ///< argv, in a container of its own of the new image
  std::string migrate_sql;                   ///< absolute folder of SQL files
  bool migrate_none = false;                 ///< `none`: a changed image migrates nothing
  std::vector<std::string> pending;          ///< argv that tells whether a migration is pending
  bool first = false;                        ///< runs once in the stack's life
  bool overlap = false;                      ///< old and new may run side by side
  std::vector<std::string> shared;           ///< volumes with more than one writer
  std::string store;                         ///< "", postgres, redis, …: what its volume holds
  bool backup = true;
  std::optional<std::string> when;    ///< started only if this variable has a value
  std::map<std::string, Mark> marks;  ///< where each of these keys stands

  /// Where a key was written; nullptr where it was not.
  [[nodiscard]] const Mark* mark_of(const std::string& key) const {
    const auto it = marks.find(key);
    return it == marks.end() ? nullptr : &it->second;
  }
};

}  // namespace landfast
