// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "plan/create_body_parts.h"
#include "plan/difference.h"

// A container's description reduced to facts that compare: the same for what would be sent and for
// what inspect shows. An attribute at its default makes no fact.
namespace landfast::facts {

struct Fact {
  std::vector<std::string> values;  ///< one for a scalar
  bool shown = true;                ///< false: the values may hold secrets
  friend bool operator==(const Fact& a, const Fact& b) { return a.values == b.values; }
};
using Facts = std::map<std::string, Fact>;

/// One side of the comparison.
struct Side {
  const body::Object& config;
  const body::Object& host;
  const body::Object* image = nullptr;  ///< Config of the image, to merge into what is wanted
  const body::Object* base = nullptr;   ///< the same for both sides: what the image gives anyway
  const EngineFacts& engine;
  const FileDigests& digests;
};

void put(Facts& out, const std::string& path, std::string value, bool shown = true);
/// Sizes exactly: "64 MiB", or "67108865 B" where no whole number of MiB.
[[nodiscard]] std::string exact_bytes(std::int64_t bytes);
void put_sorted(Facts& out, const std::string& path, std::vector<std::string> values,
                bool shown = true);

void add_process(Facts& out, const Side& side);
void add_health(Facts& out, const Side& side);
void add_ports(Facts& out, const Side& side);
void add_host(Facts& out, const Side& side);
void add_resources(Facts& out, const Side& side);
void add_mounts(Facts& out, const Side& side);

/// The networks: wanted from NetworkingConfig and `connect`, actual from NetworkSettings.
[[nodiscard]] Facts wanted_networks(const CreateRequest& wanted);
[[nodiscard]] Facts actual_networks(const Container& actual, const CreateRequest& wanted);

/// Whether a volume's name is one that the engine made up.
[[nodiscard]] bool is_anonymous_name(std::string_view name);
/// 12 or 64 lower-case hex digits: a container's or a volume's id.
[[nodiscard]] bool is_hex(std::string_view text, std::size_t length);

}  // namespace landfast::facts
