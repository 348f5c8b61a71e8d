// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text.h"
#include "plan/difference_facts.h"

namespace landfast::facts {

namespace {

using namespace body;

void put_number(Facts& out, const char* path, std::int64_t value) {
  if (value != 0) put(out, path, std::to_string(value));
}
void put_bytes(Facts& out, const char* path, std::int64_t value) {
  if (value > 0) put(out, path, exact_bytes(value));
}

void add_memory(Facts& out, const Side& side) {
  if (!side.engine.memory_limit) return;
  const auto& host = side.host;
  put_bytes(out, "mem_limit", integer(host, "Memory"));
  put_bytes(out, "mem_reservation", integer(host, "MemoryReservation"));
  if (const auto tendency = integer(host, "MemorySwappiness");
      side.engine.cgroup_version != "2" && tendency > 0)
    put_number(out, "mem_swappiness", tendency);
}

void add_cpu(Facts& out, const Side& side) {
  const auto& host = side.host;
  if (side.engine.cpu_quota) {
    if (const auto nano = integer(host, "NanoCpus"); nano != 0)
      put(out, "cpus", fmt::format("{:g}", static_cast<double>(nano) / 1e9));
    put_number(out, "cpu_period", integer(host, "CpuPeriod"));
    put_number(out, "cpu_quota", integer(host, "CpuQuota"));
  }
  put_number(out, "cpu_shares", integer(host, "CpuShares"));
  put_number(out, "cpu_count", integer(host, "CpuCount"));
  put_number(out, "cpu_percent", integer(host, "CpuPercent"));
  if (side.engine.cgroup_version != "2") {
    put_number(out, "cpu_rt_period", integer(host, "CpuRealtimePeriod"));
    put_number(out, "cpu_rt_runtime", integer(host, "CpuRealtimeRuntime"));
  }
  put(out, "cpuset", text(host, "CpusetCpus"));
}

void add_throttles(Facts& out, const Object& host, std::string_view key, const char* path) {
  std::vector<std::string> limits;
  if (const auto* list = find_array(host, key))
    for (const auto& item : *list)
      if (const auto* limit = item.if_object())
        limits.push_back(fmt::format("{} {}", text(*limit, "Path"),
                                     integer(*limit, "Rate") + integer(*limit, "Weight")));
  put_sorted(out, path, limits);
}

void add_ulimits(Facts& out, const Object& host) {
  const auto* list = find_array(host, "Ulimits");
  if (!list) return;
  for (const auto& item : *list)
    if (const auto* limit = item.if_object())
      put(out, "ulimits." + text(*limit, "Name"),
          fmt::format("{}:{}", integer(*limit, "Soft"), integer(*limit, "Hard")));
}

}  // namespace

void add_resources(Facts& out, const Side& side) {
  const auto& host = side.host;
  add_memory(out, side);
  add_cpu(out, side);
  if (const auto pids = integer(host, "PidsLimit"); side.engine.pids_limit && pids > 0)
    put_number(out, "pids_limit", pids);
  if (side.engine.cgroup_version != "2" && flag(host, "OomKillDisable"))
    put(out, "oom_kill_disable", "true");
  put_number(out, "oom_score_adj", integer(host, "OomScoreAdj"));
  put(out, "cgroup_parent", text(host, "CgroupParent"));
  put_sorted(out, "device_cgroup_rules", texts(host, "DeviceCgroupRules"));
  put_number(out, "blkio_config.weight", integer(host, "BlkioWeight"));
  add_throttles(out, host, "BlkioWeightDevice", "blkio_config.weight_device");
  add_throttles(out, host, "BlkioDeviceReadBps", "blkio_config.device_read_bps");
  add_throttles(out, host, "BlkioDeviceReadIOps", "blkio_config.device_read_iops");
  add_throttles(out, host, "BlkioDeviceWriteBps", "blkio_config.device_write_bps");
  add_throttles(out, host, "BlkioDeviceWriteIOps", "blkio_config.device_write_iops");
  add_ulimits(out, host);
}

}  // namespace landfast::facts
