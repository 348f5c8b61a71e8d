// SPDX-License-Identifier: Apache-2.0
#include "journal/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace landfast::sqlite {
namespace {

struct Meaning {
  Code code;
  std::string_view text, hint;
  bool retryable;
};

Meaning meaning(int rc) {
  switch (rc & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return {Code::locked, "another landfast holds the journal",
            "Try again; `fuser -v` on the file names the process.", true};
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return {Code::corrupt, "the journal is damaged", "", false};
  case SQLITE_FULL:
    return {Code::failed, "the disk of the journal is full", "Free some space, then try again.",
            true};
  case SQLITE_READONLY:
  case SQLITE_CANTOPEN:
  case SQLITE_PERM:
  case SQLITE_AUTH:
    return {Code::failed, "the journal cannot be opened for writing",
            "Run landfast as the owner of its state directory (mostly root).", false};
  case SQLITE_IOERR:
    return {Code::failed, "the disk of the journal reports an error",
            "Look at `dmesg` for errors of the disk.", false};
  default:
    return {Code::failed, "the journal refuses a statement", "", false};
  }
}

tl::unexpected<Error> failure(sqlite3* db, int rc) {
  const auto m = meaning(rc);
  Error e;
  e.code = m.code;
  e.retryable = m.retryable;
  e.hint = m.hint;
  const char* file = db != nullptr ? sqlite3_db_filename(db, "main") : nullptr;
  e.text = fmt::format("{}: {} (SQLite: {}, {})", file != nullptr ? file : "journal", m.text,
                       db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(rc), rc);
  return tl::unexpected<Error>(std::move(e));
}

int bind(sqlite3_stmt* s, int index, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return sqlite3_bind_int64(s, index, *number);
  if (const auto* text = std::get_if<std::string_view>(&value))
    return sqlite3_bind_text64(s, index, text->data() != nullptr ? text->data() : "", text->size(),
                               SQLITE_TRANSIENT, SQLITE_UTF8);
  return sqlite3_bind_null(s, index);
}

}  // namespace

Query::Query(Query&& other) noexcept
    : db_(other.db_), statement_(std::exchange(other.statement_, nullptr)) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Result<bool> Query::next() {
  const int rc = sqlite3_step(statement_);
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  return failure(db_, sqlite3_extended_errcode(db_));
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Query::text(int column) const {
  const auto* bytes = sqlite3_column_text(statement_, column);
  const auto size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr
             ? std::string{}
             : std::string(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

bool Query::null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

void Connection::Close::operator()(sqlite3* db) const { sqlite3_close(db); }
void Connection::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Result<Connection> Connection::open(const std::string& path, std::chrono::milliseconds busy,
                                    const std::string& vfs) {
  sqlite3* db = nullptr;
  const int rc = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                 vfs.empty() ? nullptr : vfs.c_str());
  Connection connection(db);
  if (rc != SQLITE_OK) return failure(db, rc);
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, static_cast<int>(busy.count()));
  return connection;
}

Status Connection::script(const std::string& sql) {
  const int rc = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) return failure(db_.get(), rc);
  return {};
}

Result<sqlite3_stmt*> Connection::prepared(std::string_view sql) {
  if (const auto it = statements_.find(sql); it != statements_.end()) return it->second.get();
  sqlite3_stmt* statement = nullptr;
  const int rc = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                    SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (rc != SQLITE_OK) return failure(db_.get(), rc);
  statements_.emplace(sql, std::unique_ptr<sqlite3_stmt, Finalize>(statement));
  return statement;
}

Result<Query> Connection::query(std::string_view sql, std::initializer_list<Value> values) {
  TRY(auto* statement, prepared(sql));
  Query query(db_.get(), statement);
  int index = 0;
  for (const auto& value : values)
    if (const int rc = bind(statement, ++index, value); rc != SQLITE_OK)
      return failure(db_.get(), rc);
  return query;
}

Status Connection::execute(std::string_view sql, std::initializer_list<Value> values) {
  TRY(auto query, this->query(sql, values));
  for (;;) {
    TRY(const bool row, query.next());
    if (!row) return {};
  }
}

Result<std::int64_t> Connection::integer(std::string_view sql,
                                         std::initializer_list<Value> values) {
  TRY(auto query, this->query(sql, values));
  TRY(const bool row, query.next());
  return row ? query.integer(0) : 0;
}

std::int64_t Connection::last_id() const { return sqlite3_last_insert_rowid(db_.get()); }
bool Connection::in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }

Result<Transaction> Transaction::begin(Connection& connection, Kind kind) {
  TRY_VOID(connection.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED"));
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  // A failed ROLLBACK leaves nothing to do here: the next open rolls the hot journal back.
  if (connection_ != nullptr && connection_->in_transaction())
    static_cast<void>(connection_->execute("ROLLBACK"));
}

Status Transaction::commit() {
  TRY_VOID(connection_->execute("COMMIT"));
  connection_ = nullptr;
  return {};
}

}  // namespace landfast::sqlite
