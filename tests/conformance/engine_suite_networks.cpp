// SPDX-License-Identifier: Apache-2.0
// Networks, published ports, volumes.
#include <algorithm>

#include "conformance/engine_suite.h"

namespace json = boost::json;
using namespace std::chrono_literals;
using namespace landfast;
using namespace landfast::conformance;

namespace {

const NetworkState* find(const std::vector<NetworkState>& all, const std::string& id) {
  const auto it = std::find_if(all.begin(), all.end(), [&](const auto& n) { return n.id == id; });
  return it == all.end() ? nullptr : &*it;
}

bool has_alias(const json::value& endpoint, const std::string& alias) {
  const auto& aliases = endpoint.as_object().at("Aliases").as_array();
  return std::any_of(aliases.begin(), aliases.end(),
                     [&](const auto& a) { return a == alias.c_str(); });
}

json::object aliased(const std::string& alias) { return {{"Aliases", json::array{alias}}}; }

json::object publishing(Bench& bench, const std::string& network, const std::string& host_port) {
  auto body = bench.body(program::obeys, network);
  body["ExposedPorts"] = json::object{{"8080/tcp", json::object{}}};
  json::object binding{{"HostIp", "127.0.0.1"}, {"HostPort", host_port}};
  body["HostConfig"].as_object()["PortBindings"] =
      json::object{{"8080/tcp", json::array{std::move(binding)}}};
  return body;
}

}  // namespace

ENGINE_CASE("a network is listed with its labels until it is removed, twice is once") {
  const auto id = bench.network("front");
  const auto all = bench.ok(engine.networks());
  const auto* n = find(all, id);
  REQUIRE(n);
  CHECK(n->name == bench.name("front"));
  CHECK(n->driver == "bridge");
  CHECK_FALSE(n->internal);
  CHECK(n->labels.at("com.docker.compose.project") == bench.project());
  bench.ok(engine.remove_network(id));
  CHECK_FALSE(find(bench.ok(engine.networks()), id));
  bench.ok(engine.remove_network(id));
}

ENGINE_CASE("CheckDuplicate makes an equal network name a conflict") {
  bench.network("front");
  json::object again{{"Name", bench.name("front")}, {"CheckDuplicate", true}};
  CHECK(bench.bad(engine.create_network(again)).code == Code::conflict);
}

ENGINE_CASE("a driver that is not there: not_found") {
  json::object wanted{{"Name", bench.name("odd")}, {"Driver", "landfast-none"}};
  CHECK(bench.bad(engine.create_network(wanted)).code == Code::not_found);
}

ENGINE_CASE("a container joins at its start with its aliases and an address") {
  const auto network = bench.network("front");
  auto body = bench.body(program::obeys, bench.name("front"));
  body["NetworkingConfig"] =
      json::object{{"EndpointsConfig", {{bench.name("front"), aliased("web")}}}};
  const auto id = bench.create("web", std::move(body));
  CHECK(bench.inspect(id).networks.at(bench.name("front")).as_object().at("IPAddress") == "");
  bench.ok(engine.start_container(id));
  const auto endpoint = bench.inspect(id).networks.at(bench.name("front"));
  CHECK(has_alias(endpoint, "web"));
  CHECK(has_alias(endpoint, id.substr(0, 12)));
  CHECK(endpoint.as_object().at("NetworkID") == network.c_str());
  CHECK(endpoint.as_object().at("IPAddress") != "");
  CHECK(bench.bad(engine.remove_network(network)).code == Code::failed);
  bench.ok(engine.stop_container(id, 20s));
  CHECK(bench.inspect(id).networks.at(bench.name("front")).as_object().at("IPAddress") == "");
}

ENGINE_CASE("a create body may name several networks") {
  bench.network("front");
  bench.network("back");
  auto body = bench.body(program::obeys, bench.name("front"));
  body["NetworkingConfig"] =
      json::object{{"EndpointsConfig",
                    {{bench.name("front"), aliased("web")}, {bench.name("back"), aliased("app")}}}};
  const auto id = bench.create("web", std::move(body));
  bench.ok(engine.start_container(id));
  const auto c = bench.inspect(id);
  CHECK(c.networks.size() == 2);
  CHECK(has_alias(c.networks.at(bench.name("front")), "web"));
  CHECK(has_alias(c.networks.at(bench.name("back")), "app"));
}

ENGINE_CASE("a start whose network is gone fails and says so") {
  const auto network = bench.network("front");
  const auto id = bench.create("web", bench.body(program::obeys, bench.name("front")));
  bench.ok(engine.remove_network(network));
  CHECK(bench.bad(engine.start_container(id)).code == Code::not_found);
  const auto c = bench.inspect(id);
  CHECK(c.status == ContainerStatus::created);
  CHECK_FALSE(c.error.empty());
}

ENGINE_CASE("connect and disconnect work while it runs") {
  bench.network("front");
  const auto back = bench.network("back");
  const auto id = bench.create("web", bench.body(program::obeys, bench.name("front")));
  bench.ok(engine.start_container(id));
  bench.ok(engine.connect_network(back, id, aliased("app")));
  CHECK(has_alias(bench.inspect(id).networks.at(bench.name("back")), "app"));
  CHECK(bench.bad(engine.connect_network(back, id, {})).code == Code::failed);
  bench.ok(engine.disconnect_network(back, id, false));
  CHECK_FALSE(bench.inspect(id).networks.contains(bench.name("back")));
  CHECK(bench.bad(engine.disconnect_network(back, id, false)).code == Code::failed);
  CHECK(bench.bad(engine.connect_network(bench.name("none"), id, {})).code == Code::not_found);
  CHECK(bench.bad(engine.connect_network(back, bench.name("nobody"), {})).code == Code::not_found);
}

ENGINE_CASE("a container without network cannot be connected") {
  const auto network = bench.network("front");
  const auto id = bench.create("web", program::obeys);
  CHECK(bench.bad(engine.connect_network(network, id, {})).code == Code::invalid);
}

ENGINE_CASE("a published port has one holder; the loser can start once it is free") {
  bench.network("front");
  const auto first = bench.create("first", publishing(bench, bench.name("front"), ""));
  bench.ok(engine.start_container(first));
  const auto held = bench.inspect(first).published.at("8080/tcp").as_array();
  REQUIRE(held.size() == 1);
  CHECK(held[0].as_object().at("HostIp") == "127.0.0.1");
  const std::string port = held[0].as_object().at("HostPort").as_string().c_str();
  CHECK(std::stoi(port) > 0);

  const auto second = bench.create("second", publishing(bench, bench.name("front"), port));
  const auto error = bench.bad(engine.start_container(second));
  CHECK(error.text.find("port is already allocated") != std::string::npos);
  CHECK(bench.inspect(second).status == ContainerStatus::created);
  CHECK(bench.inspect(second).error.find("port is already allocated") != std::string::npos);
  bench.ok(engine.stop_container(first, 20s));
  CHECK(bench.inspect(first).published.empty());
  bench.ok(engine.start_container(second));
  CHECK(bench.inspect(second).status == ContainerStatus::running);
  CHECK(bench.inspect(second).error.empty());
}

ENGINE_CASE("a volume is made once, keeps its labels, and goes by name") {
  json::object wanted{{"Name", bench.name("data")}, {"Labels", {{"colour", "green"}}}};
  bench.ok(engine.create_volume(wanted));
  json::object again{{"Name", bench.name("data")}};
  bench.ok(engine.create_volume(again));
  const auto all = bench.ok(engine.volumes());
  const auto it = std::find_if(all.begin(), all.end(),
                               [&](const auto& v) { return v.name == bench.name("data"); });
  REQUIRE(it != all.end());
  CHECK(it->driver == "local");
  CHECK(it->labels.at("colour") == "green");
  CHECK_FALSE(it->mountpoint.empty());
  auto body = bench.body(program::obeys);
  body["HostConfig"].as_object()["Binds"] = json::array{bench.name("data") + ":/inside"};
  const auto id = bench.create("web", std::move(body));
  CHECK(bench.bad(engine.remove_volume(bench.name("data"))).code == Code::conflict);
  bench.ok(engine.remove_container(id, false, false));
  bench.ok(engine.remove_volume(bench.name("data")));
  bench.ok(engine.remove_volume(bench.name("data")));
}
