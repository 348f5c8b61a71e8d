// SPDX-License-Identifier: Apache-2.0
// The attributes of the Compose Specification (compose-spec.json, as of Compose 2.40) as tables.
#include <algorithm>

#include "compose/schema.h"

namespace landfast::compose {
namespace {

using namespace kinds;
using Words = std::string_view[];

constexpr Rule text{.takes = string};
constexpr Rule flag{.takes = boolean | string};
constexpr Rule strict_flag{.takes = boolean};
constexpr Rule whole{.takes = integer | string};
constexpr Rule amount{.takes = number | string};
constexpr Rule strict_whole{.takes = integer};
constexpr Rule strict_number{.takes = number};
constexpr Rule anything{};
constexpr Rule texts{.takes = list, .items = &text};
constexpr Rule unique_texts{.takes = list, .items = &text, .unique = true};
constexpr Rule text_or_texts{.takes = string | list, .items = &text, .unique = true};
constexpr Rule text_or_any_texts{.takes = string | list, .items = &text};
constexpr Rule scalar_or_null{.takes = string | number | boolean | null};
constexpr Rule list_or_map{.takes = mapping | list,
                           .values = &scalar_or_null,
                           .extensible = false,
                           .items = &text,
                           .unique = true};
constexpr Rule text_or_number{.takes = string | number};
constexpr Rule driver_options{.takes = mapping, .values = &text_or_number, .open = true};
constexpr Rule text_map{.takes = mapping, .values = &text, .extensible = false};
constexpr Rule command{.takes = null | string | list, .items = &text};
constexpr Rule hosts_value{.takes = string | list, .items = &text};
constexpr Rule hosts{.takes = mapping | list,
                     .values = &hosts_value,
                     .extensible = false,
                     .items = &text,
                     .unique = true};

constexpr Attribute external_attributes[] = {{"name", &text}};
constexpr Rule external{.takes = boolean | string | mapping, .attributes = external_attributes};
constexpr Rule external_open{
    .takes = boolean | string | mapping, .attributes = external_attributes, .open = true};

constexpr Attribute grant_attributes[] = {
    {"source", &text}, {"target", &text}, {"uid", &text}, {"gid", &text}, {"mode", &amount}};
constexpr Rule grant{.takes = string | mapping, .attributes = grant_attributes};
constexpr Rule grants{.takes = list, .items = &grant};

constexpr Attribute ulimit_attributes[] = {{"hard", &whole}, {"soft", &whole}};
constexpr Words ulimit_required = {"soft", "hard"};
constexpr Rule ulimit{.takes = integer | string | mapping,
                      .attributes = ulimit_attributes,
                      .required = ulimit_required};
constexpr Rule ulimits{.takes = mapping, .values = &ulimit, .names = "lower", .open = true};

constexpr Attribute build_attributes[] = {{"context", &text},
                                          {"dockerfile", &text},
                                          {"dockerfile_inline", &text},
                                          {"entitlements", &texts},
                                          {"args", &list_or_map},
                                          {"ssh", &list_or_map},
                                          {"labels", &list_or_map},
                                          {"cache_from", &texts},
                                          {"cache_to", &texts},
                                          {"no_cache", &flag},
                                          {"additional_contexts", &list_or_map},
                                          {"network", &text},
                                          {"provenance", &flag},
                                          {"sbom", &flag},
                                          {"pull", &flag},
                                          {"target", &text},
                                          {"shm_size", &whole},
                                          {"extra_hosts", &hosts},
                                          {"isolation", &text},
                                          {"privileged", &flag},
                                          {"secrets", &grants},
                                          {"tags", &texts},
                                          {"ulimits", &ulimits},
                                          {"platforms", &texts}};
constexpr Rule build{.takes = string | mapping, .attributes = build_attributes};

constexpr Attribute limit_attributes[] = {{"path", &text}, {"rate", &whole}};
constexpr Rule limit{.takes = mapping, .attributes = limit_attributes, .extensible = false};
constexpr Rule limits_list{.takes = list, .items = &limit};
constexpr Attribute weight_attributes[] = {{"path", &text}, {"weight", &whole}};
constexpr Rule weight{.takes = mapping, .attributes = weight_attributes, .extensible = false};
constexpr Rule weights{.takes = list, .items = &weight};
constexpr Attribute blkio_attributes[] = {{"device_read_bps", &limits_list},
                                          {"device_read_iops", &limits_list},
                                          {"device_write_bps", &limits_list},
                                          {"device_write_iops", &limits_list},
                                          {"weight", &whole},
                                          {"weight_device", &weights}};
constexpr Rule blkio{.takes = mapping, .attributes = blkio_attributes, .extensible = false};

constexpr Words cgroup_words = {"host", "private"};
constexpr Rule cgroup{.takes = string, .words = cgroup_words};

bool is_name_char(char c, bool first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (!first && (c == '_' || c == '.' || c == '-'));
}
/// `[a-zA-Z0-9][a-zA-Z0-9_.-]+` somewhere in the text.
bool has_container_name(std::string_view s) {
  for (std::size_t i = 0; i + 1 < s.size(); ++i)
    if (is_name_char(s[i], true) && is_name_char(s[i + 1], false)) return true;
  return false;
}
constexpr Rule container_name{
    .takes = string,
    .accepts = has_container_name,
    .form = "a container name: two or more of letters, digits, `_`, `.` and `-`"};

/// `every_([0-9]+[wdhms])+` somewhere in the text.
bool has_refresh_period(std::string_view s) {
  for (auto at = s.find("every_"); at != std::string_view::npos; at = s.find("every_", at + 1)) {
    const auto rest = s.substr(at + 6);
    const auto n = rest.find_first_not_of("0123456789");
    if (n != 0 && n != std::string_view::npos &&
        std::string_view("wdhms").find(rest[n]) != std::string_view::npos)
      return true;
  }
  return false;
}
bool has_pull_policy(std::string_view s) {
  constexpr Words known = {"always",  "never",   "build", "if_not_present",
                           "missing", "refresh", "daily", "weekly"};
  return has_refresh_period(s) || std::ranges::any_of(known, [&](std::string_view word) {
           return s.find(word) != std::string_view::npos;
         });
}
constexpr Rule pull_policy{
    .takes = string,
    .accepts = has_pull_policy,
    .form = "one of always, never, missing, build, daily, weekly, every_<time>"};

constexpr Rule cpu_count{.takes = string | integer, .ranged = true, .least = 0, .most = INT64_MAX};
constexpr Rule percent{.takes = string | integer, .ranged = true, .least = 0, .most = 100};
constexpr Rule oom_score{.takes = string | integer, .ranged = true, .least = -1000, .most = 1000};

constexpr Attribute credential_attributes[] = {
    {"config", &text}, {"file", &text}, {"registry", &text}};
constexpr Rule credential_spec{.takes = mapping, .attributes = credential_attributes};

constexpr Words conditions = {"service_started", "service_healthy",
                              "service_completed_successfully"};
constexpr Rule condition{.takes = string, .words = conditions};
constexpr Attribute dependency_attributes[] = {
    {"restart", &flag}, {"required", &strict_flag}, {"condition", &condition}};
constexpr Words dependency_required = {"condition"};
constexpr Rule dependency{
    .takes = mapping, .attributes = dependency_attributes, .required = dependency_required};
constexpr Rule depends_on{.takes = list | mapping,
                          .values = &dependency,
                          .names = "name",
                          .extensible = false,
                          .items = &text,
                          .unique = true};

constexpr Attribute device_attributes[] = {
    {"source", &text}, {"target", &text}, {"permissions", &text}};
constexpr Words device_required = {"source"};
constexpr Rule device{
    .takes = string | mapping, .attributes = device_attributes, .required = device_required};
constexpr Rule device_list{.takes = list, .items = &device};

constexpr Attribute env_file_attributes[] = {
    {"path", &text}, {"format", &text}, {"required", &flag}};
constexpr Words env_file_required = {"path"};
constexpr Rule env_file_item{.takes = string | mapping,
                             .attributes = env_file_attributes,
                             .extensible = false,
                             .required = env_file_required};
constexpr Rule env_file{.takes = string | list, .items = &env_file_item};

constexpr Attribute extends_attributes[] = {{"service", &text}, {"file", &text}};
constexpr Words extends_required = {"service"};
constexpr Rule extends{.takes = string | mapping,
                       .attributes = extends_attributes,
                       .extensible = false,
                       .required = extends_required};

constexpr Rule provider_scalar{.takes = string | number | boolean};
constexpr Rule provider_option{.takes = string | number | boolean | list,
                               .items = &provider_scalar};
constexpr Rule provider_options{.takes = mapping, .values = &provider_option, .open = true};
constexpr Attribute provider_attributes[] = {{"type", &text}, {"options", &provider_options}};
constexpr Words provider_required = {"type"};
constexpr Rule provider{
    .takes = mapping, .attributes = provider_attributes, .required = provider_required};

constexpr Attribute device_request_attributes[] = {{"capabilities", &unique_texts},
                                                   {"count", &whole},
                                                   {"device_ids", &unique_texts},
                                                   {"driver", &text},
                                                   {"options", &list_or_map}};
constexpr Words device_request_required = {"capabilities"};
constexpr Rule device_request{
    .takes = mapping, .attributes = device_request_attributes, .required = device_request_required};
constexpr Rule device_requests{.takes = list, .items = &device_request};
constexpr Words gpu_words = {"all"};
constexpr Rule gpu{.takes = mapping, .attributes = device_request_attributes, .open = true};
constexpr Rule gpus{.takes = string | list, .items = &gpu, .words = gpu_words};

constexpr Attribute health_attributes[] = {{"disable", &flag},       {"interval", &text},
                                           {"retries", &amount},     {"test", &text_or_any_texts},
                                           {"timeout", &text},       {"start_period", &text},
                                           {"start_interval", &text}};
constexpr Rule healthcheck{.takes = mapping, .attributes = health_attributes};

constexpr Rule logging_option{.takes = string | number | null};
constexpr Rule logging_options{.takes = mapping, .values = &logging_option, .open = true};
constexpr Attribute logging_attributes[] = {{"driver", &text}, {"options", &logging_options}};
constexpr Rule logging{.takes = mapping, .attributes = logging_attributes};

constexpr Attribute service_model_attributes[] = {{"endpoint_var", &text}, {"model_var", &text}};
constexpr Rule service_model{.takes = mapping | null, .attributes = service_model_attributes};
constexpr Rule service_models{.takes = list | mapping,
                              .values = &service_model,
                              .names = "name",
                              .open = true,
                              .items = &text,
                              .unique = true};

constexpr Attribute endpoint_attributes[] = {
    {"aliases", &unique_texts},        {"interface_name", &text},
    {"ipv4_address", &text},           {"ipv6_address", &text},
    {"link_local_ips", &unique_texts}, {"mac_address", &text},
    {"driver_opts", &driver_options},  {"priority", &strict_number},
    {"gw_priority", &strict_number}};
constexpr Rule endpoint{.takes = mapping | null, .attributes = endpoint_attributes};
constexpr Rule service_networks{.takes = list | mapping,
                                .values = &endpoint,
                                .names = "name",
                                .extensible = false,
                                .items = &text,
                                .unique = true};

constexpr Attribute port_attributes[] = {
    {"name", &text},       {"mode", &text},     {"host_ip", &text},     {"target", &whole},
    {"published", &whole}, {"protocol", &text}, {"app_protocol", &text}};
constexpr Rule port{.takes = number | string | mapping, .attributes = port_attributes};
constexpr Rule ports{.takes = list, .items = &port, .unique = true};

constexpr Attribute hook_attributes[] = {{"command", &command},
                                         {"user", &text},
                                         {"privileged", &flag},
                                         {"working_dir", &text},
                                         {"environment", &list_or_map}};
constexpr Words hook_required = {"command"};
constexpr Rule hook{.takes = mapping, .attributes = hook_attributes, .required = hook_required};
constexpr Rule hooks{.takes = list, .items = &hook};

constexpr Words volume_types = {"bind", "volume", "tmpfs", "cluster", "npipe", "image"};
constexpr Rule volume_type{.takes = string, .words = volume_types};
constexpr Words recursive_words = {"enabled", "disabled", "writable", "readonly"};
constexpr Rule recursive{.takes = string, .words = recursive_words};
constexpr Words selinux_words = {"z", "Z"};
constexpr Rule selinux{.takes = string, .words = selinux_words};
constexpr Attribute bind_attributes[] = {{"propagation", &text},
                                         {"create_host_path", &flag},
                                         {"recursive", &recursive},
                                         {"selinux", &selinux}};
constexpr Rule bind{.takes = mapping, .attributes = bind_attributes};
constexpr Attribute mounted_volume_attributes[] = {
    {"labels", &list_or_map}, {"nocopy", &flag}, {"subpath", &text}};
constexpr Rule mounted_volume{.takes = mapping, .attributes = mounted_volume_attributes};
constexpr Rule tmpfs_size{.takes = integer | string, .ranged = true, .least = 0, .most = INT64_MAX};
constexpr Attribute tmpfs_attributes[] = {{"size", &tmpfs_size}, {"mode", &amount}};
constexpr Rule mounted_tmpfs{.takes = mapping, .attributes = tmpfs_attributes};
constexpr Attribute image_attributes[] = {{"subpath", &text}};
constexpr Rule mounted_image{.takes = mapping, .attributes = image_attributes};
constexpr Attribute mount_attributes[] = {
    {"type", &volume_type},      {"source", &text},         {"target", &text},
    {"read_only", &flag},        {"consistency", &text},    {"bind", &bind},
    {"volume", &mounted_volume}, {"tmpfs", &mounted_tmpfs}, {"image", &mounted_image}};
constexpr Words mount_required = {"type"};
constexpr Rule mount{
    .takes = string | mapping, .attributes = mount_attributes, .required = mount_required};
constexpr Rule mounts{.takes = list, .items = &mount, .unique = true};

constexpr Words watch_actions = {"rebuild", "sync", "restart", "sync+restart", "sync+exec"};
constexpr Rule watch_action{.takes = string, .words = watch_actions};
constexpr Attribute watch_attributes[] = {
    {"ignore", &text_or_texts},    {"include", &text_or_texts}, {"path", &text},
    {"action", &watch_action},     {"target", &text},           {"exec", &hook},
    {"initial_sync", &strict_flag}};
constexpr Words watch_required = {"path", "action"};
constexpr Rule watch{.takes = mapping, .attributes = watch_attributes, .required = watch_required};
constexpr Rule watches{.takes = list, .items = &watch};
constexpr Attribute develop_attributes[] = {{"watch", &watches}};
constexpr Rule develop{.takes = mapping | null, .attributes = develop_attributes};

constexpr Words orders = {"start-first", "stop-first"};
constexpr Rule update_order{.takes = string, .words = orders};
constexpr Attribute update_attributes[] = {
    {"parallelism", &whole},        {"delay", &text},
    {"failure_action", &text},      {"monitor", &text},
    {"max_failure_ratio", &amount}, {"order", &update_order}};
constexpr Rule update{.takes = mapping, .attributes = update_attributes};
constexpr Attribute limits_attributes[] = {{"cpus", &amount}, {"memory", &text}, {"pids", &whole}};
constexpr Rule limits{.takes = mapping, .attributes = limits_attributes};
constexpr Attribute discrete_attributes[] = {{"kind", &text}, {"value", &amount}};
constexpr Rule discrete{.takes = mapping, .attributes = discrete_attributes};
constexpr Attribute generic_attributes[] = {{"discrete_resource_spec", &discrete}};
constexpr Rule generic{.takes = mapping, .attributes = generic_attributes};
constexpr Rule generics{.takes = list, .items = &generic};
constexpr Attribute reservation_attributes[] = {{"cpus", &amount},
                                                {"memory", &text},
                                                {"generic_resources", &generics},
                                                {"devices", &device_requests}};
constexpr Rule reservations{.takes = mapping, .attributes = reservation_attributes};
constexpr Attribute resources_attributes[] = {{"limits", &limits}, {"reservations", &reservations}};
constexpr Rule resources{.takes = mapping, .attributes = resources_attributes};
constexpr Attribute restart_attributes[] = {
    {"condition", &text}, {"delay", &text}, {"max_attempts", &whole}, {"window", &text}};
constexpr Rule restart_policy{.takes = mapping, .attributes = restart_attributes};
constexpr Attribute preference_attributes[] = {{"spread", &text}};
constexpr Rule preference{.takes = mapping, .attributes = preference_attributes};
constexpr Rule preferences{.takes = list, .items = &preference};
constexpr Attribute placement_attributes[] = {
    {"constraints", &texts}, {"preferences", &preferences}, {"max_replicas_per_node", &whole}};
constexpr Rule placement{.takes = mapping, .attributes = placement_attributes};
constexpr Attribute deploy_attributes[] = {{"mode", &text},
                                           {"endpoint_mode", &text},
                                           {"replicas", &whole},
                                           {"labels", &list_or_map},
                                           {"rollback_config", &update},
                                           {"update_config", &update},
                                           {"resources", &resources},
                                           {"restart_policy", &restart_policy},
                                           {"placement", &placement}};
constexpr Rule deploy{.takes = mapping | null, .attributes = deploy_attributes};

constexpr Rule expose{.takes = list, .items = &text_or_number, .unique = true};
constexpr Rule storage_options{.takes = mapping, .open = true};
constexpr Rule text_or_null{.takes = string | null};

constexpr Attribute service_attributes[] = {{"develop", &develop},
                                            {"deploy", &deploy},
                                            {"annotations", &list_or_map},
                                            {"attach", &flag},
                                            {"build", &build},
                                            {"blkio_config", &blkio},
                                            {"cap_add", &unique_texts},
                                            {"cap_drop", &unique_texts},
                                            {"cgroup", &cgroup},
                                            {"cgroup_parent", &text},
                                            {"command", &command},
                                            {"configs", &grants},
                                            {"container_name", &container_name},
                                            {"cpu_count", &cpu_count},
                                            {"cpu_percent", &percent},
                                            {"cpu_shares", &amount},
                                            {"cpu_quota", &amount},
                                            {"cpu_period", &amount},
                                            {"cpu_rt_period", &amount},
                                            {"cpu_rt_runtime", &amount},
                                            {"cpus", &amount},
                                            {"cpuset", &text},
                                            {"credential_spec", &credential_spec},
                                            {"depends_on", &depends_on},
                                            {"device_cgroup_rules", &unique_texts},
                                            {"devices", &device_list},
                                            {"dns", &text_or_texts},
                                            {"dns_opt", &unique_texts},
                                            {"dns_search", &text_or_texts},
                                            {"domainname", &text},
                                            {"entrypoint", &command},
                                            {"env_file", &env_file},
                                            {"label_file", &text_or_any_texts},
                                            {"environment", &list_or_map},
                                            {"expose", &expose},
                                            {"extends", &extends},
                                            {"provider", &provider},
                                            {"external_links", &unique_texts},
                                            {"extra_hosts", &hosts},
                                            {"gpus", &gpus},
                                            {"group_add", &expose},
                                            {"healthcheck", &healthcheck},
                                            {"hostname", &text},
                                            {"image", &text},
                                            {"init", &flag},
                                            {"ipc", &text},
                                            {"isolation", &text},
                                            {"labels", &list_or_map},
                                            {"links", &unique_texts},
                                            {"logging", &logging},
                                            {"mac_address", &text},
                                            {"mem_limit", &amount},
                                            {"mem_reservation", &whole},
                                            {"mem_swappiness", &whole},
                                            {"memswap_limit", &amount},
                                            {"network_mode", &text},
                                            {"models", &service_models},
                                            {"networks", &service_networks},
                                            {"oom_kill_disable", &flag},
                                            {"oom_score_adj", &oom_score},
                                            {"pid", &text_or_null},
                                            {"pids_limit", &amount},
                                            {"platform", &text},
                                            {"ports", &ports},
                                            {"post_start", &hooks},
                                            {"pre_stop", &hooks},
                                            {"privileged", &flag},
                                            {"profiles", &unique_texts},
                                            {"pull_policy", &pull_policy},
                                            {"pull_refresh_after", &text},
                                            {"read_only", &flag},
                                            {"restart", &text},
                                            {"runtime", &text},
                                            {"scale", &whole},
                                            {"security_opt", &unique_texts},
                                            {"shm_size", &amount},
                                            {"secrets", &grants},
                                            {"sysctls", &list_or_map},
                                            {"stdin_open", &flag},
                                            {"stop_grace_period", &text},
                                            {"stop_signal", &text},
                                            {"storage_opt", &storage_options},
                                            {"tmpfs", &text_or_texts},
                                            {"tty", &flag},
                                            {"ulimits", &ulimits},
                                            {"use_api_socket", &strict_flag},
                                            {"user", &text},
                                            {"uts", &text},
                                            {"userns_mode", &text},
                                            {"volumes", &mounts},
                                            {"volumes_from", &unique_texts},
                                            {"working_dir", &text}};
constexpr Rule service{.takes = mapping, .attributes = service_attributes};
constexpr Rule services{.takes = mapping, .values = &service, .names = "name", .extensible = false};

constexpr Attribute pool_attributes[] = {
    {"subnet", &text}, {"ip_range", &text}, {"gateway", &text}, {"aux_addresses", &text_map}};
constexpr Rule pool{.takes = mapping, .attributes = pool_attributes};
constexpr Rule pools{.takes = list, .items = &pool};
constexpr Attribute ipam_attributes[] = {
    {"driver", &text}, {"config", &pools}, {"options", &text_map}};
constexpr Rule ipam{.takes = mapping, .attributes = ipam_attributes};
constexpr Attribute network_attributes[] = {
    {"name", &text},         {"driver", &text},       {"driver_opts", &driver_options},
    {"ipam", &ipam},         {"external", &external}, {"internal", &flag},
    {"enable_ipv4", &flag},  {"enable_ipv6", &flag},  {"attachable", &flag},
    {"labels", &list_or_map}};
constexpr Rule network{.takes = mapping | null, .attributes = network_attributes};
constexpr Rule networks{.takes = mapping, .values = &network, .names = "name", .open = true};

constexpr Attribute volume_attributes[] = {{"name", &text},
                                           {"driver", &text},
                                           {"driver_opts", &driver_options},
                                           {"external", &external},
                                           {"labels", &list_or_map}};
constexpr Rule volume{.takes = mapping | null, .attributes = volume_attributes};
constexpr Rule volumes{.takes = mapping, .values = &volume, .names = "name", .extensible = false};

constexpr Attribute secret_attributes[] = {{"name", &text},
                                           {"environment", &text},
                                           {"file", &text},
                                           {"external", &external_open},
                                           {"labels", &list_or_map},
                                           {"driver", &text},
                                           {"driver_opts", &driver_options},
                                           {"template_driver", &text}};
constexpr Rule secret{.takes = mapping, .attributes = secret_attributes};
constexpr Rule secrets{.takes = mapping, .values = &secret, .names = "name", .extensible = false};

constexpr Attribute config_attributes[] = {
    {"name", &text},           {"content", &text},           {"environment", &text},
    {"file", &text},           {"external", &external_open}, {"labels", &list_or_map},
    {"template_driver", &text}};
constexpr Rule config{.takes = mapping, .attributes = config_attributes};
constexpr Rule configs{.takes = mapping, .values = &config, .names = "name", .extensible = false};

constexpr Attribute model_attributes[] = {
    {"name", &text}, {"model", &text}, {"context_size", &strict_whole}, {"runtime_flags", &texts}};
constexpr Words model_required = {"model"};
constexpr Rule model{.takes = mapping, .attributes = model_attributes, .required = model_required};
constexpr Rule models{.takes = mapping, .values = &model, .names = "name", .open = true};

constexpr Attribute include_attributes[] = {
    {"path", &text_or_texts}, {"env_file", &text_or_texts}, {"project_directory", &text}};
constexpr Rule include_item{
    .takes = string | mapping, .attributes = include_attributes, .extensible = false};
constexpr Rule includes{.takes = list, .items = &include_item};

constexpr Attribute top_attributes[] = {
    {"version", &text},      {"name", &text},       {"include", &includes},
    {"services", &services}, {"models", &models},   {"networks", &networks},
    {"volumes", &volumes},   {"secrets", &secrets}, {"configs", &configs}};
constexpr Rule top{.takes = mapping, .attributes = top_attributes};

static_assert(anything.takes == any);

}  // namespace

const Rule& compose_rule() { return top; }

}  // namespace landfast::compose
