// SQLite behind values (sqlite.org/c3ref): a connection and its prepared statements. Statements bind what users wrote, so no text
// of theirs becomes SQL. The one user of the library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/diagnostics.h"

struct sqlite3;
struct sqlite3_stmt;

namespace gpufleet::scenarios {

class Database {
 public:
  enum class Missing : std::uint8_t { is_made, is_an_error };
  /// Check `opened` first. Calls wait this long for a lock that another program holds. ":memory:" is a database of its own.
  Database(std::string file, Missing missing, int busy_milliseconds);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  [[nodiscard]] bool opened() const { return opened_; }
  /// Statements without results; false where one failed.
  bool run(const std::string& sql);
  /// Whether the last failure was another program's lock.
  [[nodiscard]] bool busy() const;
  /// The last failure as the user is told of it, with the file.
  [[nodiscard]] Diagnostic error(std::string_view doing) const;
  [[nodiscard]] Diagnostic problem(std::string message, std::string hint) const;

 private:
  friend class Statement;
  sqlite3* handle_ = nullptr;
  std::string file_;
  bool opened_ = false;
};

/// Binds count from 1, columns from 0.
class Statement {
 public:
  Statement(Database& database, const char* sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  [[nodiscard]] bool ok() const { return statement_ != nullptr; }
  Statement& bind(int at, std::string_view text);
  Statement& bind(int at, std::int64_t value);
  Statement& bind(int at, double value);
  enum class Step : std::uint8_t { row, done, failed };
  Step step();
  void reset();
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;

 private:
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace gpufleet::scenarios
