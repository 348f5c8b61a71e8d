// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace landfast::sqlite {

/// A value to bind: NULL, an integer or a text.
using Value = std::variant<std::monostate, std::int64_t, std::string_view>;

/// A statement in use. It resets itself when it goes, so that it can be used again.
class Query {
 public:
  Query(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  /// True when there is a row to read, false at the end.
  Result<bool> next();
  /// Columns of the row, from 0.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] bool null(int column) const;

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_;
};

/// One connection with its prepared statements. For one thread.
class Connection {
 public:
  /// Opens the file, which must exist; `vfs` "" is the system's. `busy` bounds the wait for a lock.
  static Result<Connection> open(const std::string& path, std::chrono::milliseconds busy,
                                 const std::string& vfs = {});

  /// Runs statements that return nothing of interest: PRAGMA, DDL.
  Status script(const std::string& sql);
  /// Prepares (once per text) and binds.
  Result<Query> query(std::string_view sql, std::initializer_list<Value> values = {});
  /// Runs one statement to its end.
  Status execute(std::string_view sql, std::initializer_list<Value> values = {});
  /// The first column of the only row; 0 where there is none or it is NULL.
  Result<std::int64_t> integer(std::string_view sql, std::initializer_list<Value> values = {});
  /// Row id of the last insert.
  [[nodiscard]] std::int64_t last_id() const;
  /// True between BEGIN and its end; SQLite itself may have rolled back after an error.
  [[nodiscard]] bool in_transaction() const;

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Connection(sqlite3* db) : db_(db) {}
  Result<sqlite3_stmt*> prepared(std::string_view sql);
  std::unique_ptr<sqlite3, Close> db_;  // before the statements: closed after them
  std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> statements_;
};

/// A transaction that rolls back unless `commit` succeeded.
class Transaction {
 public:
  enum class Kind : std::uint8_t { read, write };
  /// A write takes the lock at once (BEGIN IMMEDIATE), so that it never has to give way later.
  static Result<Transaction> begin(Connection& connection, Kind kind);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  /// Durable when it returns success.
  Status commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace landfast::sqlite
