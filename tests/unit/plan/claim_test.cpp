// SPDX-License-Identifier: Apache-2.0
#include "plan/claim.h"

#include <doctest/doctest.h>

namespace landfast {
namespace {

const ClaimOwner mine{"journal-1", "/var/lib/landfast", "db1"};
const ClaimOwner other{"journal-2", "/srv/state", "laptop"};

/// The claim as the engine lists it.
std::vector<VolumeState> claimed_by(const ClaimOwner& owner) {
  VolumeState v;
  const auto body = claim_body("blog", owner);
  v.name = std::string(body.at("Name").as_string());
  for (const auto& entry : body.at("Labels").as_object())
    v.labels[entry.key()] = std::string(entry.value().as_string());
  return {v};
}

}  // namespace

TEST_CASE("a stack that nobody claims, and one of our own, may be deployed") {
  CHECK(check_claim({}, "blog", mine));
  CHECK(check_claim(claimed_by(mine), "blog", mine));
  CHECK(check_claim(claimed_by(other), "shop", mine));
}

TEST_CASE("another journal is told where the owner is") {
  const auto refused = check_claim(claimed_by(other), "blog", mine);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::locked);
  CHECK(refused.error().text ==
        "stack blog belongs to another journal: the one in /srv/state on laptop; this one is in "
        "/var/lib/landfast on db1");
}

TEST_CASE("a volume of the claim's name that is not ours is in the way") {
  VolumeState v;
  v.name = "blog_landfast";
  CHECK(check_claim({v}, "blog", mine).error().code == Code::conflict);
}

TEST_CASE("Compose sees neither the claim nor what holds it, and the image makes no volume") {
  Image image;
  image.id = "sha256:1";
  image.config["Volumes"] = boost::json::object{{"/data", boost::json::object()}};
  const auto body = keep_body("blog", image, {"blog_files"});
  for (const auto& entry : body.at("Labels").as_object())
    CHECK(std::string(entry.key()).starts_with("landfast."));
  const auto claim = claim_body("blog", mine);
  for (const auto& entry : claim.at("Labels").as_object())
    CHECK(std::string(entry.key()).starts_with("landfast."));
  std::map<std::string, std::string> mounts;
  for (const auto& m : body.at("HostConfig").at("Mounts").as_array())
    mounts[std::string(m.at("Target").as_string())] = std::string(m.at("Source").as_string());
  CHECK(mounts == std::map<std::string, std::string>{{"/data", "blog_landfast"},
                                                     {"/landfast/claim", "blog_landfast"},
                                                     {"/landfast/kept/blog_files", "blog_files"}});
}

TEST_CASE("the kept volumes of a keep container, without the claim") {
  Container c;
  for (const auto* name : {"blog_landfast", "blog_b", "blog_a", "blog_landfast"})
    c.mounts.push_back(boost::json::object{{"Type", "volume"}, {"Name", name}});
  CHECK(kept_volumes(c, "blog") == std::vector<std::string>{"blog_a", "blog_b"});
}

}  // namespace landfast
