// SPDX-License-Identifier: Apache-2.0
#include "run/migration_tables.h"

#include <fmt/format.h>

#include "base/text.h"

namespace landfast {
namespace {

using Rows = std::vector<MigrationRow>;

constexpr std::size_t most_output = std::size_t{4} << 20;
constexpr std::size_t most_databases = 50;
constexpr std::chrono::seconds longest_answer{30};
constexpr char field_end = '\x1f', row_end = '\x1e';

/// How to ask one server.
struct Client {
  std::string container;
  std::vector<std::string> argv;         ///< the SQL follows
  std::vector<std::string> environment;  ///< the password, never in argv
  char field = '\t', row = '\n', quote = '`';
};

std::string variable(const Container& c, std::initializer_list<std::string_view> names) {
  const auto* list = c.config.if_contains("Env");
  if (list == nullptr || !list->is_array()) return {};
  for (const auto name : names)
    for (const auto& item : list->as_array()) {
      if (!item.is_string()) continue;
      const std::string_view text = item.as_string();
      if (text.starts_with(name) && text.substr(name.size()).starts_with('='))
        return std::string(text.substr(name.size() + 1));
    }
  return {};
}

Client postgres_client(const Container& c, const std::string& database) {
  auto user = variable(c, {"POSTGRES_USER", "POSTGRESQL_USERNAME"});
  if (user.empty()) user = "postgres";
  Client client;
  client.container = c.id;
  client.field = field_end;
  client.row = row_end;
  client.quote = '"';
  client.argv = {"psql", "-X",
                 "-A",   "-t",
                 "-q",   "-w",
                 "-v",   "ON_ERROR_STOP=1",
                 "-F",   std::string(1, field_end),
                 "-R",   std::string(1, row_end),
                 "-U",   user,
                 "-d",   database,
                 "-c"};
  client.environment = {"PGOPTIONS=-c client_min_messages=error -c lock_timeout=5s"};
  const auto password = variable(c, {"POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD"});
  if (!password.empty()) client.environment.push_back("PGPASSWORD=" + password);
  return client;
}

Client mysql_client(const Container& c, StoreKind kind) {
  Client client;
  client.container = c.id;
  client.argv = {kind == StoreKind::mariadb ? "mariadb" : "mysql", "-N", "-B", "-u", "root", "-e"};
  const auto password = variable(c, {"MARIADB_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD"});
  if (!password.empty()) client.environment.push_back("MYSQL_PWD=" + password);
  return client;
}

Rows rows_of(const Client& client, std::string_view output) {
  Rows rows;
  while (output.ends_with('\n') || output.ends_with(client.row)) output.remove_suffix(1);
  if (output.empty()) return rows;
  for (const auto& row : split(output, client.row)) rows.push_back(split(row, client.field));
  return rows;
}

Task<Result<Rows>> ask(const Ports& ports, const Client& client, std::string sql) {
  ExecRequest request;
  request.container = client.container;
  request.command = client.argv;
  request.command.push_back(std::move(sql));
  request.environment = client.environment;
  request.output_limit = most_output;
  auto answer =
      co_await race(ports.engine.exec(std::move(request)), ports.clock.sleep(longest_answer));
  if (answer.index() == 1)
    co_return fail(Code::timeout, fmt::format("{} gave no answer within {}", client.argv.front(),
                                              human_duration(longest_answer)));
  CO_TRY(const auto result, std::get<0>(std::move(answer)));
  if (result.exit_code != 0)
    co_return fail(Code::failed,
                   fmt::format("{} ended with {}: {}", client.argv.front(), result.exit_code,
                               printable(trim(result.output).substr(0, 300))));
  if (result.output.size() >= most_output)
    co_return fail(Code::failed, fmt::format("{} answered with more than {}", client.argv.front(),
                                             human_bytes(most_output)));
  co_return rows_of(client, result.output);
}

Task<Status> read_tables(const Ports& ports, const Client& client, std::string database,
                         std::vector<ReadTable>& into) {
  CO_TRY(const auto columns, co_await ask(ports, client, tables_query()));
  for (const auto& table : migration_tables(columns)) {
    ReadTable read{database.empty() ? table.schema : database, table, {}};
    auto sql = applied_query(table, client.quote);
    CO_TRY(read.rows, co_await ask(ports, client, std::move(sql)));
    if (!database.empty() && table.schema != "public") read.database += "." + table.schema;
    into.push_back(std::move(read));
  }
  co_return Status{};
}

}  // namespace

Task<Result<std::vector<ReadTable>>> read_migration_tables(const Ports& ports,
                                                           const Container& container,
                                                           StoreKind kind) {
  std::vector<ReadTable> tables;
  if (kind != StoreKind::postgres) {
    const auto client = mysql_client(container, kind);
    CO_TRY_VOID(co_await read_tables(ports, client, "", tables));
    co_return tables;
  }
  const auto list = postgres_client(container, "postgres");
  std::string sql =
      "SELECT datname FROM pg_database WHERE datallowconn AND datname NOT LIKE 'template_' "
      "ORDER BY 1";
  CO_TRY(const auto databases, co_await ask(ports, list, std::move(sql)));
  if (databases.size() > most_databases)
    co_return fail(Code::failed,
                   fmt::format("there are {} databases: too many to look into", databases.size()));
  for (const auto& row : databases) {
    const auto client = postgres_client(container, row.front());
    CO_TRY_VOID(co_await read_tables(ports, client, row.front(), tables));
  }
  co_return tables;
}

}  // namespace landfast
