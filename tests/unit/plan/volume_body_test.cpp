// SPDX-License-Identifier: Apache-2.0
#include "plan/volume_body.h"

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

#include "peer_body/canonical_project.h"

using namespace landfast;
namespace json = boost::json;

namespace {

const std::string fixtures = LANDFAST_SOURCE_DIR "/tests/peer_body/fixtures/";

/// Sorted, without what says nothing.
json::object plain(const json::object& body) {
  std::map<std::string, json::value> sorted;
  for (const auto& [key, value] : body) {
    if (value.is_null() || value == json::value(false) || value == json::value("")) continue;
    if (const auto* object = value.if_object(); object && key != "Labels") {
      if (auto inner = plain(*object); !inner.empty()) sorted[std::string{key}] = inner;
      continue;
    }
    sorted[std::string{key}] = value;
  }
  json::object out;
  for (auto& [key, value] : sorted) out[key] = std::move(value);
  return out;
}

}  // namespace

TEST_CASE("a volume body says what docker compose 2.40.3 sends") {
  for (const std::string name : {"everything.sent-1.51", "newer.sent-1.51", "odd.sent-1.41"}) {
    const auto fixture = name.substr(0, name.find('.'));
    const auto project = peer::project_of(peer::read_json(fixtures + fixture + ".config.json"));
    const auto recorded = peer::read_json(fixtures + name + ".json");
    int compared = 0;
    for (const auto& [key, volume] : project.volumes) {
      if (volume.external) continue;
      CAPTURE(fixture);
      CAPTURE(key);
      for (const auto& entry : recorded.at("volumes").as_array()) {
        if (entry.at("Name").as_string() != volume.name) continue;
        const auto& sent = entry.as_object();
        const std::string hash =
            sent.at("Labels").at("com.docker.compose.config-hash").as_string().c_str();
        auto ours = volume_body(project, volume, hash, "2.40.3");
        // The order of labels says nothing.
        auto theirs = sent;
        for (auto* body : {&ours, &theirs})
          (*body)["Labels"] = plain((*body)["Labels"].as_object());
        CHECK(json::serialize(plain(ours)) == json::serialize(plain(theirs)));
        ++compared;
      }
    }
    CHECK(compared > 0);
  }
}
