// SPDX-License-Identifier: Apache-2.0
#include "simulation/shop_data.h"

#include <fmt/format.h>

#include <algorithm>

namespace landfast {
namespace {

constexpr int subscription = -5;  // behind FakeVolumes, which notes what a process holds
const std::string volume = "shop_data";

std::string control_file(char state) {
  std::string bytes(32, '\0');
  bytes[16] = state;
  return bytes;
}

std::string of(const EngineEvent& event, const char* key) {
  const auto it = event.attributes.find(key);
  return it == event.attributes.end() ? std::string() : it->second;
}

bool meet(const FakeContainer& a, const FakeContainer& b) {
  return std::any_of(a.endpoints.begin(), a.endpoints.end(),
                     [&](const auto& e) { return b.endpoints.contains(e.first); });
}

}  // namespace

ShopData::ShopData(Stage& stage) : stage_(stage) {
  stage_.engine.daemon.subscribers[subscription] = [this](const EngineEvent& e) { on_event(e); };
  stage_.engine.on_call = [this](const EngineCall& call) {
    if (call.mutates) user_writes();
  };
  stage_.volumes.while_copying = [this] { user_writes(); };
}

ShopData::~ShopData() {
  stage_.volumes.while_copying = nullptr;
  stage_.engine.daemon.subscribers.erase(subscription);
  stage_.engine.on_call = nullptr;
}

const FakeContainer* ShopData::running(const std::string& service) const {
  const auto& daemon = stage_.engine.daemon;
  for (const auto* c : daemon.all())
    if (c->status == ContainerStatus::running && c->label("com.docker.compose.service") == service)
      return c;
  return nullptr;
}

/// It ended by itself: nobody stopped it.
bool ShopData::crashed(const std::string& service) const {
  const auto all = stage_.engine.daemon.all();
  return std::any_of(all.begin(), all.end(), [&](const auto* c) {
    return c->label("com.docker.compose.service") == service && !c->manually_stopped &&
           (c->status == ContainerStatus::exited || c->status == ContainerStatus::restarting);
  });
}

void ShopData::write(const std::string& file, const std::string& bytes) {
  if (const auto* db = running("db"); db != nullptr)
    static_cast<void>(stage_.volumes.write_as(db->id, volume, file, bytes));
}

/// From outside an app is reached in the stack's own network only.
void ShopData::user_writes() {
  const auto* app = running("app");
  const auto* db = running("db");
  if (app == nullptr || db == nullptr || !app->endpoints.contains("shop_default")) return;
  if (!meet(*app, *db)) return;
  auto name = fmt::format("write-{}", acknowledged_.size());
  if (stage_.volumes.write_as(db->id, volume, name, "by " + app->name))
    acknowledged_.insert(std::move(name));
}

void ShopData::on_event(const EngineEvent& event) {
  // Only the undo of a first deployment may do that: its users were those of no release.
  if (event.type == "volume" && event.action == "destroy" && event.id == volume)
    acknowledged_.clear();
  if (event.type != "container") return;
  const auto service = of(event, "com.docker.compose.service");
  const auto image = of(event, "image");
  if (service == "db" && event.action == "start") write("global/pg_control", control_file(6));
  const auto signal = of(event, "signal");
  if (service == "db" && event.action == "kill" && signal != "9" && signal != "KILL")
    write("global/pg_control", control_file(1));
  if (service != "migrate") return;
  const auto* me = stage_.engine.daemon.find(event.id);
  const auto* db = running("db");
  if (event.action == "start") {
    const bool excused = meddled || crashed("db");
    if (me == nullptr || (db == nullptr ? !excused : !meet(*me, *db)))
      breach("the migration does not reach the database");
    write("schema", "half of " + image);
  }
  // It says that it went well, so its database did not crash before it had all of it.
  if (event.action == "die" && of(event, "exitCode") == "0") {
    if (db != nullptr)
      write("schema", image);
    else
      stage_.volumes.write(FakeVolumes::path_of(volume), "schema", image);
  }
}

std::string ShopData::wrong_with(int app) const {
  const auto tree = stage_.volumes.tree(FakeVolumes::path_of(volume));
  const auto schema = tree.find("schema");
  const auto wanted = fmt::format("app:{}", app);
  if (schema == tree.end() || schema->second != wanted)
    return fmt::format("the data is that of {}, served is {}",
                       schema == tree.end() ? "nobody" : schema->second, wanted);
  for (const auto& name : acknowledged_)
    if (!tree.contains(name)) return fmt::format("the acknowledged {} is lost", name);
  return {};
}

void ShopData::breach(std::string text) {
  if (breaches_.size() < 5) breaches_.push_back(std::move(text));
}

}  // namespace landfast
