#include "scenarios/store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace gpufleet::scenarios {

Database::Database(std::string file, Missing missing, int busy_milliseconds) : file_(std::move(file)) {
  const int flags = missing == Missing::is_made ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
  opened_ = sqlite3_open_v2(file_.c_str(), &handle_, flags, nullptr) == SQLITE_OK;
  if (opened_) sqlite3_busy_timeout(handle_, busy_milliseconds);
}

Database::~Database() { sqlite3_close_v2(handle_); }

bool Database::run(const std::string& sql) { return sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK; }

bool Database::busy() const { return sqlite3_errcode(handle_) == SQLITE_BUSY; }

Diagnostic Database::problem(std::string message, std::string hint) const {
  return {.where = {file_, 0, 0}, .message = std::move(message), .hint = std::move(hint)};
}

Diagnostic Database::error(std::string_view doing) const {
  switch (sqlite3_errcode(handle_)) {
    case SQLITE_FULL: return problem(fmt::format("{}: the disk is full", doing), "nothing was changed");
    case SQLITE_READONLY: return problem(fmt::format("{}: the store is read-only", doing), "nothing was changed");
    case SQLITE_BUSY: return problem(fmt::format("{}: another program holds the store", doing), "try again");
    case SQLITE_NOTADB: return problem("is not a results store", {});
    case SQLITE_CORRUPT: return problem("the store is damaged", "restore it from a copy");
    default: return problem(fmt::format("{}: {}", doing, sqlite3_errmsg(handle_)), {});
  }
}

Statement::Statement(Database& database, const char* sql) { sqlite3_prepare_v2(database.handle_, sql, -1, &statement_, nullptr); }

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int at, std::string_view text) {
  sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind(int at, std::int64_t value) {
  sqlite3_bind_int64(statement_, at, value);
  return *this;
}

Statement& Statement::bind(int at, double value) {
  sqlite3_bind_double(statement_, at, value);
  return *this;
}

Statement::Step Statement::step() {
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW: return Step::row;
    case SQLITE_DONE: return Step::done;
    default: return Step::failed;
  }
}

void Statement::reset() { sqlite3_reset(statement_); }

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return bytes == nullptr ? std::string()
                          : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }

}  // namespace gpufleet::scenarios
