// SPDX-License-Identifier: Apache-2.0
// Compose's types (compose-go 2.9.1, as `config` prints them): which attributes, in which order.
// The order decides the config hash: it must never change.
#include "compose/structures.h"

namespace landfast::compose {
namespace {

using enum Codec;

constexpr Field grant_fields[] = {
    {"source", text}, {"target", text}, {"uid", text}, {"gid", text}, {"mode", file_mode}};
constexpr Structure grant{grant_fields};

constexpr Field build_fields[] = {{"context", text},
                                  {"dockerfile", text},
                                  {"dockerfile_inline", text},
                                  {"entitlements", texts},
                                  {"args", mapping_or_null},
                                  {"provenance", text},
                                  {"sbom", text},
                                  {"ssh", ssh},
                                  {"labels", labels},
                                  {"cache_from", text_or_texts},
                                  {"cache_to", text_or_texts},
                                  {"no_cache", flag},
                                  {"additional_contexts", mapping},
                                  {"pull", flag},
                                  {"extra_hosts", hosts},
                                  {"isolation", text},
                                  {"network", text},
                                  {"target", text},
                                  {"secrets", structures, &grant},
                                  {"shm_size", bytes},
                                  {"tags", text_or_texts},
                                  {"ulimits", ulimits},
                                  {"platforms", text_or_texts},
                                  {"privileged", flag}};
constexpr Structure build{build_fields};

constexpr Field hook_fields[] = {{"command", command},
                                 {"user", text},
                                 {"privileged", flag},
                                 {"working_dir", text},
                                 {"environment", mapping_or_null}};
constexpr Structure hook{hook_fields};

constexpr Field trigger_fields[] = {{"path", text_always}, {"action", text_always},
                                    {"target", text},      {"exec", structure_always, &hook},
                                    {"include", texts},    {"ignore", texts},
                                    {"initial_sync", flag}};
constexpr Structure trigger{trigger_fields};
constexpr Field develop_fields[] = {{"watch", structures, &trigger}};
constexpr Structure develop{develop_fields};

constexpr Field weight_fields[] = {{"path", text_always, nullptr, "Path"},
                                   {"weight", natural16_always, nullptr, "Weight"}};
constexpr Structure weight{weight_fields};
constexpr Field throttle_fields[] = {{"path", text_always, nullptr, "Path"},
                                     {"rate", bytes_always, nullptr, "Rate"}};
constexpr Structure throttle{throttle_fields};
constexpr Field blkio_fields[] = {{"weight", natural16},
                                  {"weight_device", structures, &weight},
                                  {"device_read_bps", structures, &throttle},
                                  {"device_read_iops", structures, &throttle},
                                  {"device_write_bps", structures, &throttle},
                                  {"device_write_iops", structures, &throttle}};
constexpr Structure blkio{blkio_fields};

constexpr Field credential_fields[] = {{"config", text}, {"file", text}, {"registry", text}};
constexpr Structure credential_spec{credential_fields};

constexpr Field dependency_fields[] = {
    {"condition", text}, {"restart", flag}, {"required", flag_always}};
constexpr Structure dependency{dependency_fields};

constexpr Field update_fields[] = {{"parallelism", natural_kept}, {"delay", duration},
                                   {"failure_action", text},      {"monitor", duration},
                                   {"max_failure_ratio", real32}, {"order", text}};
constexpr Structure update{update_fields};
constexpr Field device_request_fields[] = {{"capabilities", texts},
                                           {"driver", text},
                                           {"count", device_count},
                                           {"device_ids", texts},
                                           {"options", mapping}};
constexpr Structure device_request{device_request_fields, false};
constexpr Field discrete_fields[] = {{"kind", text_always}, {"value", integer_always}};
constexpr Structure discrete{discrete_fields};
constexpr Field generic_fields[] = {{"discrete_resource_spec", structure, &discrete}};
constexpr Structure generic{generic_fields};
constexpr Field resource_fields[] = {{"cpus", cpus},
                                     {"memory", bytes},
                                     {"pids", integer},
                                     {"devices", structures, &device_request},
                                     {"generic_resources", structures, &generic}};
constexpr Structure resource{resource_fields};
constexpr Field resources_fields[] = {{"limits", structure, &resource},
                                      {"reservations", structure, &resource}};
constexpr Structure resources{resources_fields};
constexpr Field restart_fields[] = {{"condition", text},
                                    {"delay", duration_kept},
                                    {"max_attempts", natural_kept},
                                    {"window", duration_kept}};
constexpr Structure restart_policy{restart_fields};
constexpr Field preference_fields[] = {{"spread", text}};
constexpr Structure preference{preference_fields};
constexpr Field placement_fields[] = {{"constraints", texts},
                                      {"preferences", structures, &preference},
                                      {"max_replicas_per_node", natural}};
constexpr Structure placement{placement_fields};
constexpr Field deploy_fields[] = {{"mode", text},
                                   {"replicas", integer_kept},
                                   {"labels", labels},
                                   {"update_config", structure, &update},
                                   {"rollback_config", structure, &update},
                                   {"resources", structure_always, &resources},
                                   {"restart_policy", structure, &restart_policy},
                                   {"placement", structure_always, &placement},
                                   {"endpoint_mode", text}};
constexpr Structure deploy{deploy_fields};

constexpr Field device_fields[] = {{"source", text}, {"target", text}, {"permissions", text}};
constexpr Structure device{device_fields};
constexpr Field provider_fields[] = {{"type", text}, {"options", multi_options}};
constexpr Structure provider{provider_fields};
constexpr Field health_fields[] = {
    {"test", health_test},     {"timeout", duration_kept},      {"interval", duration_kept},
    {"retries", natural_kept}, {"start_period", duration_kept}, {"start_interval", duration_kept},
    {"disable", flag}};
constexpr Structure healthcheck{health_fields};
constexpr Field logging_fields[] = {{"driver", text}, {"options", options}};
constexpr Structure logging{logging_fields};
constexpr Field service_model_fields[] = {{"endpoint_var", text}, {"model_var", text}};
constexpr Structure service_model{service_model_fields};
constexpr Field endpoint_fields[] = {
    {"aliases", texts},        {"driver_opts", options}, {"gw_priority", integer},
    {"interface_name", text},  {"ipv4_address", text},   {"ipv6_address", text},
    {"link_local_ips", texts}, {"mac_address", text},    {"priority", integer}};
constexpr Structure endpoint{endpoint_fields};
constexpr Field port_fields[] = {{"name", text},        {"mode", text},      {"host_ip", text},
                                 {"target", natural32}, {"published", text}, {"protocol", text},
                                 {"app_protocol", text}};
constexpr Structure port{port_fields};

constexpr Field bind_fields[] = {
    {"selinux", text}, {"propagation", text}, {"create_host_path", flag}, {"recursive", text}};
constexpr Structure bind{bind_fields};
constexpr Field mounted_volume_fields[] = {
    {"labels", mapping}, {"nocopy", flag}, {"subpath", text}};
constexpr Structure mounted_volume{mounted_volume_fields};
constexpr Field tmpfs_fields[] = {{"size", bytes}, {"mode", natural32}};
constexpr Structure mounted_tmpfs{tmpfs_fields};
constexpr Field image_fields[] = {{"subpath", text}};
constexpr Structure mounted_image{image_fields};
constexpr Field mount_fields[] = {{"type", text},
                                  {"source", text},
                                  {"target", text},
                                  {"read_only", flag},
                                  {"consistency", text},
                                  {"bind", structure, &bind},
                                  {"volume", structure, &mounted_volume},
                                  {"tmpfs", structure, &mounted_tmpfs},
                                  {"image", structure, &mounted_image}};
constexpr Structure mount{mount_fields};

constexpr Field service_fields[] = {{"profiles", texts},
                                    {"annotations", mapping},
                                    {"attach", flag_kept},
                                    {"build", structure, &build},
                                    {"develop", structure, &develop},
                                    {"blkio_config", structure, &blkio},
                                    {"cap_add", texts},
                                    {"cap_drop", texts},
                                    {"cgroup_parent", text},
                                    {"cgroup", text},
                                    {"cpu_count", integer},
                                    {"cpu_percent", real32},
                                    {"cpu_period", integer},
                                    {"cpu_quota", integer},
                                    {"cpu_rt_period", integer},
                                    {"cpu_rt_runtime", integer},
                                    {"cpus", real32},
                                    {"cpuset", text},
                                    {"cpu_shares", integer},
                                    {"command", command},
                                    {"configs", structures, &grant},
                                    {"container_name", text},
                                    {"credential_spec", structure, &credential_spec},
                                    {"depends_on", structure_values, &dependency},
                                    {"deploy", structure, &deploy},
                                    {"device_cgroup_rules", texts},
                                    {"devices", structures, &device},
                                    {"dns", text_or_texts},
                                    {"dns_opt", texts},
                                    {"dns_search", text_or_texts},
                                    {"dockerfile", text},
                                    {"domainname", text},
                                    {"entrypoint", command},
                                    {"provider", structure, &provider},
                                    {"environment", mapping_or_null},
                                    {"env_file", env_files},
                                    {"expose", loose_texts},
                                    {"external_links", texts},
                                    {"extra_hosts", hosts},
                                    {"group_add", texts},
                                    {"gpus", structures, &device_request},
                                    {"hostname", text},
                                    {"healthcheck", structure, &healthcheck},
                                    {"image", text},
                                    {"init", flag_kept},
                                    {"ipc", text},
                                    {"isolation", text},
                                    {"labels", labels},
                                    {"label_file", texts},
                                    {"links", texts},
                                    {"logging", structure, &logging},
                                    {"log_driver", text},
                                    {"log_opt", text_map},
                                    {"mem_limit", bytes},
                                    {"mem_reservation", bytes},
                                    {"memswap_limit", bytes},
                                    {"mem_swappiness", bytes},
                                    {"mac_address", text},
                                    {"models", structure_map, &service_model},
                                    {"net", text},
                                    {"network_mode", text},
                                    {"networks", structure_map, &endpoint},
                                    {"oom_kill_disable", flag},
                                    {"oom_score_adj", integer},
                                    {"pid", text},
                                    {"pids_limit", integer},
                                    {"platform", text},
                                    {"ports", structures, &port},
                                    {"privileged", flag},
                                    {"pull_policy", text},
                                    {"read_only", flag},
                                    {"restart", text},
                                    {"runtime", text},
                                    {"scale", integer_kept},
                                    {"secrets", structures, &grant},
                                    {"security_opt", texts},
                                    {"shm_size", bytes},
                                    {"stdin_open", flag},
                                    {"stop_grace_period", duration_kept},
                                    {"stop_signal", text},
                                    {"storage_opt", text_map},
                                    {"sysctls", mapping},
                                    {"tmpfs", text_or_texts},
                                    {"tty", flag},
                                    {"ulimits", ulimits},
                                    {"use_api_socket", flag},
                                    {"user", text},
                                    {"userns_mode", text},
                                    {"uts", text},
                                    {"volume_driver", text},
                                    {"volumes", structures, &mount},
                                    {"volumes_from", texts},
                                    {"working_dir", text},
                                    {"post_start", structures, &hook},
                                    {"pre_stop", structures, &hook}};

constexpr Field pool_fields[] = {
    {"subnet", text}, {"gateway", text}, {"ip_range", text}, {"aux_addresses", mapping}};
constexpr Structure pool{pool_fields, false};
constexpr Field ipam_fields[] = {{"driver", text}, {"config", structures, &pool}};
constexpr Structure ipam{ipam_fields};
constexpr Field network_fields[] = {{"name", text},
                                    {"driver", text},
                                    {"driver_opts", options},
                                    {"ipam", structure_always, &ipam},
                                    {"external", flag},
                                    {"internal", flag},
                                    {"attachable", flag},
                                    {"labels", labels},
                                    {"enable_ipv4", flag_kept},
                                    {"enable_ipv6", flag_kept}};
constexpr Field volume_fields[] = {{"name", text},
                                   {"driver", text},
                                   {"driver_opts", options},
                                   {"external", flag},
                                   {"labels", labels}};
constexpr Field file_object_fields[] = {
    {"name", text},           {"file", text},     {"environment", text}, {"content", text},
    {"external", flag},       {"labels", labels}, {"driver", text},      {"driver_opts", text_map},
    {"template_driver", text}};
constexpr Field model_fields[] = {
    {"name", text}, {"model", text}, {"context_size", integer}, {"runtime_flags", texts}};

}  // namespace

const Structure service_structure{service_fields};
const Structure network_structure{network_fields};
const Structure volume_structure{volume_fields};
const Structure file_object_structure{file_object_fields};
const Structure model_structure{model_fields};

}  // namespace landfast::compose
