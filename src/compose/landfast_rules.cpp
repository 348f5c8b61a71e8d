// SPDX-License-Identifier: Apache-2.0
#include "compose/landfast_rules.h"

#include "compose/short_syntax.h"

namespace landfast::compose {
namespace {

using namespace kinds;
using Words = std::string_view[];

constexpr Rule text{.takes = string};
constexpr Rule flag{.takes = boolean};
constexpr Rule count{.takes = integer, .ranged = true, .least = 0, .most = 100'000};
constexpr Rule texts{.takes = list, .items = &text};
constexpr Rule text_or_list{.takes = string | list, .items = &text};
constexpr Rule text_or_number{.takes = string | integer};

bool is_duration(std::string_view s) { return parse_duration(s).has_value(); }
constexpr Rule duration{
    .takes = string, .accepts = is_duration, .form = "a duration, such as 30s or 24h"};
bool is_size(std::string_view s) { return parse_bytes(s).has_value(); }
constexpr Rule size{.takes = string, .accepts = is_size, .form = "a size, such as 5GB"};

constexpr Words tiers = {"basic", "recommended", "hardened"};
constexpr Rule tier{.takes = string, .words = tiers};
constexpr Words edges = {"own", "behind", "nginx"};
constexpr Rule edge{.takes = string, .words = edges};
constexpr Words tunnels = {"cloudflared", "tailscale"};
constexpr Rule tunnel_kind{.takes = string, .words = tunnels};

constexpr Attribute keep_attributes[] = {
    {"daily", &count}, {"weekly", &count}, {"monthly", &count}};
constexpr Rule keep{.takes = mapping, .attributes = keep_attributes};
constexpr Attribute backup_attributes[] = {
    {"to", &text}, {"every", &text}, {"keep", &keep}, {"skip", &texts}, {"ping", &text}};
constexpr Rule backup{.takes = mapping, .attributes = backup_attributes};
constexpr Attribute guard_attributes[] = {
    {"max_age", &duration}, {"files", &size}, {"keep", &count}};
constexpr Rule guard{.takes = mapping, .attributes = guard_attributes};
constexpr Rule free_mapping{.takes = mapping, .open = true};
constexpr Attribute verify_attributes[] = {
    {"http", &text},    {"tcp", &text},          {"run", &text_or_list},   {"in", &text},
    {"status", &count}, {"json", &free_mapping}, {"header", &free_mapping}};
constexpr Rule verify_item{.takes = mapping, .attributes = verify_attributes};
constexpr Rule verify{.takes = list, .items = &verify_item};
constexpr Attribute acme_attributes[] = {
    {"email", &text}, {"directory", &text}, {"staging", &flag}};
constexpr Rule acme{.takes = mapping, .attributes = acme_attributes};
constexpr Attribute tunnel_attributes[] = {
    {"kind", &tunnel_kind}, {"service", &text}, {"name", &text}};
constexpr Rule tunnel{.takes = mapping, .attributes = tunnel_attributes};
constexpr Attribute stack_attributes[] = {
    {"tier", &tier}, {"backup", &backup}, {"guard", &guard},           {"verify", &verify},
    {"edge", &edge}, {"acme", &acme},     {"trusted_proxies", &texts}, {"tunnel", &tunnel}};
constexpr Rule stack{.takes = mapping, .attributes = stack_attributes};

constexpr Rule anything{};
constexpr Attribute route_attributes[] = {
    {"host", &text},      {"path", &text},        {"port", &text_or_number},
    {"strip", &anything}, {"static", &anything},  {"spa", &anything},
    {"body", &anything},  {"headers", &anything}, {"auth", &anything},
    {"allow", &anything}, {"timeout", &anything}, {"compress", &anything}};
constexpr Rule route_item{.takes = string | mapping, .attributes = route_attributes};
constexpr Rule route{
    .takes = string | list | mapping, .attributes = route_attributes, .items = &route_item};
constexpr Attribute certificate_attributes[] = {{"cert", &text}, {"key", &text}};
constexpr Words tls_words = {"acme", "internal", "self-signed", "off"};
constexpr Rule tls{
    .takes = string | mapping, .attributes = certificate_attributes, .words = tls_words};
constexpr Attribute sql_attributes[] = {{"sql", &text}};
constexpr Words none_word = {"none"};
constexpr Rule migrate{.takes = boolean | string | list | mapping,
                       .attributes = sql_attributes,
                       .items = &text,
                       .words = none_word};
constexpr Attribute service_attributes[] = {
    {"route", &route},     {"tls", &tls},       {"drain", &duration}, {"hold", &duration},
    {"migrate", &migrate}, {"pending", &texts}, {"first", &flag},     {"overlap", &flag},
    {"shared", &texts},    {"store", &text},    {"backup", &flag},    {"when", &text}};
constexpr Rule service{.takes = mapping, .attributes = service_attributes};

constexpr Attribute file_service_attributes[] = {{"x-landfast", &service}};
constexpr Rule file_service{
    .takes = mapping, .attributes = file_service_attributes, .extensible = false};
constexpr Rule file_services{
    .takes = mapping, .values = &file_service, .names = "name", .extensible = false};
constexpr Attribute file_attributes[] = {{"x-landfast", &stack}, {"services", &file_services}};
constexpr Rule file{.takes = mapping, .attributes = file_attributes, .extensible = false};

}  // namespace

const Rule& landfast_stack_rule() { return stack; }
const Rule& landfast_service_rule() { return service; }
const Rule& landfast_file_rule() { return file; }

}  // namespace landfast::compose
