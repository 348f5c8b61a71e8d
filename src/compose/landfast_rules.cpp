// SPDX-License-Identifier: Apache-2.0
#include "compose/landfast_rules.h"

#include "compose/landfast_forms.h"

namespace landfast::compose {
namespace {

using namespace kinds;
using Words = std::string_view[];

constexpr Rule text{.takes = string};
constexpr Rule flag{.takes = boolean};
constexpr Rule count{.takes = integer, .ranged = true, .least = 0, .most = 100'000};
constexpr Rule texts{.takes = list, .items = &text};
constexpr Rule text_or_list{.takes = string | list, .items = &text};
constexpr Rule duration{.takes = string,
                        .accepts = is_span,
                        .form = "a duration, such as 30s or 24h",
                        .pattern = span_pattern};
constexpr Rule size{.takes = string | integer,
                    .ranged = true,
                    .least = 0,
                    .most = std::int64_t{1} << 60,
                    .accepts = is_size,
                    .form = "a size, such as 5GB",
                    .pattern = size_pattern};
constexpr Rule port{.takes = string | integer,
                    .ranged = true,
                    .least = 1,
                    .most = 65535,
                    .accepts = is_port,
                    .form = "a port, such as 3000",
                    .pattern = port_pattern};
constexpr Rule cidr{.takes = string,
                    .accepts = is_cidr,
                    .form = "an address or a block of them, such as 10.0.0.0/8",
                    .pattern = cidr_pattern};
constexpr Rule cidrs{.takes = list, .items = &cidr};
constexpr Rule url{.takes = string,
                   .accepts = is_http_url,
                   .form = "a URL, such as http://app:3000/health",
                   .pattern = http_url_pattern};

constexpr Words tiers = {"basic", "recommended", "hardened"};
constexpr Rule tier{.takes = string, .words = tiers};
constexpr Words edges = {"own", "behind", "nginx"};
constexpr Rule proxy_network{.takes = string,
                             .accepts = is_network_name,
                             .form = "the name of a network",
                             .pattern = network_name_pattern};
constexpr Rule container_name{.takes = string,
                              .accepts = is_network_name,
                              .form = "the name of a container",
                              .pattern = network_name_pattern};
constexpr Attribute edge_attributes[] = {
    {"behind", &proxy_network, "the network in which a proxy of yours, itself a container, is"},
    {"nginx", &container_name, "the container of your nginx, whose files a deploy changes"},
    {"folder", &text, "the folder of the host that this nginx includes", "nginx"}};
constexpr Words edge_kinds = {"behind", "nginx"};
constexpr Rule edge{
    .takes = string | mapping, .attributes = edge_attributes, .words = edges, .one_of = edge_kinds};
constexpr Words tunnels = {"cloudflared", "tailscale"};
constexpr Rule tunnel_kind{.takes = string, .words = tunnels};

constexpr Attribute keep_attributes[] = {{"daily", &count, "how many of the last days"},
                                         {"weekly", &count, "how many of the last weeks"},
                                         {"monthly", &count, "how many of the last months"}};
constexpr Rule keep{.takes = mapping, .attributes = keep_attributes};
constexpr Rule cron{.takes = string,
                    .accepts = is_cron,
                    .form = "a time of five fields, such as 0 3 * * *",
                    .pattern = cron_pattern};
constexpr Attribute backup_attributes[] = {
    {"to", &text, "the folder or the place of the backups"},
    {"every", &cron, "when, as the five fields of a crontab line"},
    {"keep", &keep, "how many are kept"},
    {"skip", &texts, "volumes that are not backed up"},
    {"ping", &url, "a URL that hears of each backup"}};
constexpr Words backup_required = {"to"};
constexpr Rule backup{
    .takes = mapping, .attributes = backup_attributes, .required = backup_required};
constexpr Attribute guard_attributes[] = {
    {"max_age", &duration, "how old the backup may be that a deploy asks for (24h)"},
    {"files", &size, "the largest file volume that is still copied (5GB)"},
    {"keep", &count, "how many copies set aside are kept (1)"}};
constexpr Rule guard{.takes = mapping, .attributes = guard_attributes};

constexpr Rule json_value{.open = true};
constexpr Rule header_values{.takes = mapping, .values = &text, .extensible = false};
constexpr Rule status{.takes = integer, .ranged = true, .least = 100, .most = 599};
constexpr Rule host_port{.takes = string,
                         .accepts = is_host_port,
                         .form = "an address, such as db:5432",
                         .pattern = host_port_pattern};
constexpr Attribute verify_attributes[] = {
    {"http", &url, "a URL that must answer"},
    {"tcp", &host_port, "an address that must accept a connection"},
    {"run", &text_or_list, "a command that must end with 0"},
    {"in", &text, "the service from which it is asked; without it from the host"},
    {"status", &status, "the status of the answer (any from 200 to 299)", "http"},
    {"json", &json_value, "what the answer must hold at least", "http"},
    {"header", &header_values, "headers that the answer must have", "http"}};
constexpr Words verify_kinds = {"http", "tcp", "run"};
constexpr Rule verify_item{
    .takes = mapping, .attributes = verify_attributes, .one_of = verify_kinds};
constexpr Rule verify{.takes = list, .items = &verify_item};
constexpr Attribute acme_attributes[] = {
    {"email", &text, "where the authority writes to"},
    {"directory", &url, "another authority's directory"},
    {"staging", &flag, "certificates for trying, which no browser trusts"}};
constexpr Rule acme{.takes = mapping, .attributes = acme_attributes};
constexpr Attribute tunnel_attributes[] = {{"kind", &tunnel_kind, "whose tunnel it is"},
                                           {"service", &text, "the service that runs it"},
                                           {"name", &text, "its public name"}};
constexpr Words tunnel_required = {"kind"};
constexpr Rule tunnel{
    .takes = mapping, .attributes = tunnel_attributes, .required = tunnel_required};
constexpr Attribute stack_attributes[] = {
    {"tier", &tier, "how strict the security check is"},
    {"backup", &backup, "where, when and how many backups"},
    {"guard", &guard, "what makes a deploy's data undoable"},
    {"verify", &verify, "what must be true before a release counts"},
    {"edge", &edge, "the reverse proxy: our own, behind yours, or nginx"},
    {"acme", &acme, "who gives the certificates"},
    {"trusted_proxies", &cidrs, "whose X-Forwarded headers are believed"},
    {"tunnel", &tunnel, "how the stack is reached without an open port"}};
constexpr Rule stack{.takes = mapping, .attributes = stack_attributes};

constexpr Rule route_host{.takes = string,
                          .accepts = is_route_host,
                          .form = "a host, such as app.example.com, or :PORT",
                          .pattern = route_host_pattern};
constexpr Rule route_path{.takes = string,
                          .accepts = is_route_path,
                          .form = "a path, such as /api",
                          .pattern = route_path_pattern};
constexpr Rule text_or_nothing{.takes = string | null};
constexpr Rule route_headers{.takes = mapping, .values = &text_or_nothing, .extensible = false};
constexpr Rule password_hash{.takes = string,
                             .accepts = is_password_hash,
                             .form = "the bcrypt or argon2id hash of a password",
                             .pattern = password_hash_pattern,
                             .hidden = true};
constexpr Rule users{.takes = mapping, .values = &password_hash, .extensible = false};
constexpr Attribute route_attributes[] = {
    {"host", &route_host, "the host, or :PORT for a published port that the edge takes over"},
    {"path", &route_path, "only paths below this one (/)"},
    {"port", &port, "the port of the container"},
    {"strip", &flag, "the app does not see the path", "path"},
    {"static", &text, "a folder of the image, served as files"},
    {"spa", &flag, "unknown paths get index.html", "static"},
    {"body", &size, "the largest request body"},
    {"headers", &route_headers, "headers of every answer; no value removes one"},
    {"auth", &users, "users and the hashes of their passwords"},
    {"allow", &cidrs, "who may come; without it everybody"},
    {"timeout", &duration, "how long an answer may take to begin"},
    {"compress", &flag, "whether answers are compressed"}};
constexpr Words route_required = {"host"};
constexpr Rule route_item{.takes = string | mapping,
                          .attributes = route_attributes,
                          .required = route_required,
                          .accepts = is_route,
                          .form = "HOST, HOST/PATH or :PORT",
                          .pattern = route_pattern};
constexpr Rule route{.takes = string | list | mapping,
                     .attributes = route_attributes,
                     .items = &route_item,
                     .required = route_required,
                     .accepts = is_route,
                     .form = "HOST, HOST/PATH or :PORT",
                     .pattern = route_pattern};
constexpr Attribute certificate_attributes[] = {{"cert", &text, "file of the certificate chain"},
                                                {"key", &text, "file of its key"}};
constexpr Words certificate_required = {"cert", "key"};
constexpr Words tls_words = {"acme", "internal", "self-signed", "off"};
constexpr Rule tls{.takes = string | mapping,
                   .attributes = certificate_attributes,
                   .words = tls_words,
                   .required = certificate_required};
constexpr Attribute sql_attributes[] = {{"sql", &text, "the folder of the SQL files"}};
constexpr Words sql_required = {"sql"};
constexpr Words none_word = {"none"};
constexpr Rule migrate{.takes = boolean | string | list | mapping,
                       .attributes = sql_attributes,
                       .items = &text,
                       .words = none_word,
                       .required = sql_required};
constexpr Words stores = {"postgres", "mariadb", "mysql", "redis",
                          "valkey",   "sqlite",  "mongo", "files"};
constexpr Rule store{.takes = string, .words = stores};
constexpr Rule variable{.takes = string,
                        .accepts = is_variable,
                        .form = "the name of a variable",
                        .pattern = variable_pattern};
constexpr Attribute service_attributes[] = {
    {"route", &route, "where the edge serves it: HOST[/PATH] or :PORT"},
    {"tls", &tls, "where its certificate comes from"},
    {"drain", &duration, "most time that requests in flight get when it is replaced"},
    {"hold", &duration, "most time that a request waits at the edge"},
    {"migrate", &migrate, "what migrates its data: this one-shot, a command, SQL files, nothing"},
    {"pending", &texts, "a command that tells whether a migration is pending"},
    {"first", &flag, "runs once in the stack's life"},
    {"overlap", &flag, "old and new may run side by side"},
    {"shared", &texts, "its volumes that several containers may write to"},
    {"store", &store, "what its volume holds"},
    {"backup", &flag, "whether its volumes are backed up"},
    {"when", &variable, "started only if this variable has a value"}};
constexpr Rule service{.takes = mapping, .attributes = service_attributes};

constexpr Attribute file_service_attributes[] = {
    {"x-landfast", &service, "what Landfast needs to know of this service"}};
constexpr Rule file_service{
    .takes = mapping, .attributes = file_service_attributes, .extensible = false};
constexpr Rule file_services{
    .takes = mapping, .values = &file_service, .names = "name", .extensible = false};
constexpr Attribute file_attributes[] = {
    {"x-landfast", &stack, "what Landfast needs to know of the stack"},
    {"services", &file_services, "the services of the compose file"}};
constexpr Rule file{.takes = mapping, .attributes = file_attributes, .extensible = false};

}  // namespace

const Rule& landfast_stack_rule() { return stack; }
const Rule& landfast_service_rule() { return service; }
const Rule& landfast_file_rule() { return file; }

}  // namespace landfast::compose
