// The only file that sees SQLite (sqlite.org/c3ref). Statements are prepared, so no text of a user becomes SQL.
#include "scenarios/store/store.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <array>
#include <filesystem>
#include <string_view>

#include "scenarios/metrics.h"
#include "scenarios/output/run_text.h"

namespace gpufleet::scenarios {
namespace {

constexpr int kBusyMilliseconds = 10'000;

// Migration i takes a store from user_version i to i + 1.
constexpr std::array<const char*, 3> kMigrations{
    "CREATE TABLE result (id INTEGER PRIMARY KEY, title TEXT NOT NULL, scenario_name TEXT NOT NULL, scenario_hash TEXT NOT NULL,"
    " seed INTEGER NOT NULL, version TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (scenario_hash, seed, version));"
    "CREATE TABLE metric (result_id INTEGER NOT NULL REFERENCES result (id) ON DELETE CASCADE, position INTEGER NOT NULL,"
    " name TEXT NOT NULL, unit TEXT NOT NULL, value REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, provenance TEXT NOT "
    "NULL,"
    " PRIMARY KEY (result_id, name)) WITHOUT ROWID;",
    "CREATE TABLE point (key TEXT PRIMARY KEY, status TEXT NOT NULL, message TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE point_metric (key TEXT NOT NULL REFERENCES point (key) ON DELETE CASCADE, position INTEGER NOT NULL,"
    " name TEXT NOT NULL, value REAL, low REAL, high REAL, PRIMARY KEY (key, position)) WITHOUT ROWID;",
    // One row a point, its metrics as JSON: a twentieth of the insertions. What version 2 held is simulated again.
    "DROP TABLE point_metric; DROP TABLE point;"
    "CREATE TABLE point (key TEXT NOT NULL UNIQUE, status TEXT NOT NULL, message TEXT NOT NULL, metrics TEXT NOT NULL);"};

Diagnostic store_error(const std::string& file, std::string message, std::string hint) {
  return {.where = {file, 0, 0}, .message = std::move(message), .hint = std::move(hint)};
}

}  // namespace

class Store::Database {
 public:
  Database(sqlite3* handle, std::string file) : handle_(handle), file_(std::move(file)) {}
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { sqlite3_close_v2(handle_); }

  bool run(const char* sql) { return sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK; }

  [[nodiscard]] Diagnostic error(std::string_view doing) const {
    switch (sqlite3_errcode(handle_)) {
      case SQLITE_FULL: return store_error(file_, fmt::format("{}: the disk is full", doing), "nothing was changed");
      case SQLITE_READONLY: return store_error(file_, fmt::format("{}: the store is read-only", doing), "nothing was changed");
      case SQLITE_BUSY: return store_error(file_, fmt::format("{}: another program holds the store", doing), "try again");
      case SQLITE_NOTADB: return store_error(file_, "is not a results store", {});
      case SQLITE_CORRUPT: return store_error(file_, "the store is damaged", "restore it from a copy");
      default: return store_error(file_, fmt::format("{}: {}", doing, sqlite3_errmsg(handle_)), {});
    }
  }

  sqlite3* handle() const { return handle_; }
  const std::string& file() const { return file_; }

 private:
  sqlite3* handle_;
  std::string file_;
};

namespace {

// A prepared statement; binds count from 1, columns from 0.
class Statement {
 public:
  Statement(sqlite3* handle, const char* sql) { sqlite3_prepare_v2(handle, sql, -1, &statement_, nullptr); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  [[nodiscard]] bool ok() const { return statement_ != nullptr; }
  Statement& bind(int at, std::string_view text) {
    sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    return *this;
  }
  Statement& bind(int at, std::int64_t value) {
    sqlite3_bind_int64(statement_, at, value);
    return *this;
  }
  Statement& bind(int at, double value) {
    sqlite3_bind_double(statement_, at, value);
    return *this;
  }
  int step() { return sqlite3_step(statement_); }
  void reset() { sqlite3_reset(statement_); }
  [[nodiscard]] std::string text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return bytes == nullptr ? std::string()
                            : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
  }
  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] double real(int column) const { return sqlite3_column_double(statement_, column); }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

StoredResult row_of(const Statement& row) {
  StoredResult out;
  out.id = row.integer(0);
  out.title = row.text(1);
  out.scenario_name = row.text(2);
  out.scenario_hash = row.text(3);
  out.seed = static_cast<std::uint64_t>(row.integer(4));
  out.version = row.text(5);
  return out;
}

std::int64_t user_version(sqlite3* handle) {
  Statement query(handle, "PRAGMA user_version");
  return query.ok() && query.step() == SQLITE_ROW ? query.integer(0) : -1;
}

}  // namespace

Store::Store(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const std::string& file, Mode mode) {
  std::error_code ignored;
  if (mode == Mode::read_only && !std::filesystem::exists(file, ignored))
    return store_error(file, "no such results store", "`gpufleet run SCENARIO --db FILE` makes one");
  sqlite3* handle = nullptr;
  // A program that was killed may have left a journal that the next one has to play back, also one that only reads. Where the
  // file may not be written, SQLite opens it for reading.
  const int flags = mode == Mode::read_only ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int opened = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  auto database = std::make_unique<Database>(handle, file);
  if (opened != SQLITE_OK) return store_error(file, fmt::format("cannot be opened: {}", sqlite3_errmsg(handle)), {});
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  const std::int64_t version = user_version(handle);
  if (version < 0) return database->error("opening");
  if (version > static_cast<std::int64_t>(kMigrations.size()))
    return store_error(file, fmt::format("was made by a newer gpufleet (store version {})", version),
                       "use that version, or another file");
  if (mode == Mode::read_only) {
    if (version == 0) return store_error(file, "is not a results store", {});
    if (!database->run("PRAGMA query_only = ON")) return database->error("opening");
    return Store(std::move(database));
  }
  // Of several programs that open a new store at once, one turns it to write-ahead logging; SQLite tells the others at once that
  // it is busy instead of waiting.
  constexpr int kPauseMilliseconds = 10;
  int waited = 0;
  while (!database->run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON")) {
    if (sqlite3_errcode(handle) != SQLITE_BUSY || waited >= kBusyMilliseconds) return database->error("opening");
    waited += sqlite3_sleep(kPauseMilliseconds);
  }
  for (std::size_t step = static_cast<std::size_t>(version); step < kMigrations.size(); ++step) {
    bool done = database->run("BEGIN IMMEDIATE");
    // Another program may have taken this step while this one waited for the lock.
    if (done && user_version(handle) <= static_cast<std::int64_t>(step))
      done = database->run(fmt::format("{} PRAGMA user_version = {}", kMigrations[step], step + 1).c_str());
    if (!done || !database->run("COMMIT")) {
      Diagnostic problem = database->error("preparing the store");
      database->run("ROLLBACK");
      return problem;
    }
  }
  return Store(std::move(database));
}

Result<std::int64_t> Store::put(const RunResult& result) {
  const auto fail = [&] {
    Diagnostic problem = database_->error("storing a result");
    database_->run("ROLLBACK");
    return problem;
  };
  if (!database_->run("BEGIN IMMEDIATE")) return database_->error("storing a result");
  Statement upsert(
      database_->handle(),
      "INSERT INTO result (title, scenario_name, scenario_hash, seed, version, json) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
      " ON CONFLICT (scenario_hash, seed, version) DO UPDATE SET title = ?1, scenario_name = ?2, json = ?6 RETURNING id");
  if (!upsert.ok()) return fail();
  const std::string json = to_json(std::span(&result, 1));
  upsert.bind(1, result.title)
      .bind(2, result.scenario_name)
      .bind(3, result.scenario_hash)
      .bind(4, static_cast<std::int64_t>(result.seed));
  upsert.bind(5, result.version).bind(6, json);
  if (upsert.step() != SQLITE_ROW) return fail();
  const std::int64_t id = upsert.integer(0);
  upsert.reset();
  Statement clear(database_->handle(), "DELETE FROM metric WHERE result_id = ?1");
  if (!clear.ok() || clear.bind(1, id).step() != SQLITE_DONE) return fail();
  Statement insert(database_->handle(), "INSERT INTO metric VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  if (!insert.ok()) return fail();
  for (std::size_t i = 0; i < result.metrics.size(); ++i) {
    const MetricValue& metric = result.metrics[i];
    const MetricSpec* spec = find_metric(metric.name);
    insert.reset();
    insert.bind(1, id).bind(2, static_cast<std::int64_t>(i)).bind(3, metric.name).bind(4, spec == nullptr ? "" : spec->unit);
    insert.bind(5, metric.estimate.value)
        .bind(6, metric.estimate.low)
        .bind(7, metric.estimate.high)
        .bind(8, hw::name(metric.provenance));
    if (insert.step() != SQLITE_DONE) return fail();
  }
  if (!database_->run("COMMIT")) return fail();
  return id;
}

Result<std::vector<StoredResult>> Store::list() {
  Statement query(database_->handle(), "SELECT id, title, scenario_name, scenario_hash, seed, version FROM result ORDER BY id");
  if (!query.ok()) return database_->error("reading");
  std::vector<StoredResult> out;
  int code = query.step();
  for (; code == SQLITE_ROW; code = query.step()) out.push_back(row_of(query));
  if (code != SQLITE_DONE) return database_->error("reading");
  return out;
}

Result<StoredResult> Store::get(std::int64_t id) {
  Statement query(database_->handle(),
                  "SELECT id, title, scenario_name, scenario_hash, seed, version, json FROM result WHERE id = ?1");
  if (!query.ok()) return database_->error("reading");
  const int code = query.bind(1, id).step();
  if (code == SQLITE_DONE)
    return store_error(database_->file(), fmt::format("there is no result {}", id), "`gpufleet results list` prints the numbers");
  if (code != SQLITE_ROW) return database_->error("reading");
  StoredResult out = row_of(query);
  out.json = query.text(6);
  Statement metrics(database_->handle(),
                    "SELECT name, unit, value, low, high, provenance FROM metric WHERE result_id = ?1 ORDER BY position");
  if (!metrics.ok()) return database_->error("reading");
  metrics.bind(1, id);
  int more = metrics.step();
  for (; more == SQLITE_ROW; more = metrics.step())
    out.metrics.push_back(
        {metrics.text(0), metrics.text(1), metrics.text(5), {metrics.real(2), metrics.real(3), metrics.real(4)}});
  if (more != SQLITE_DONE) return database_->error("reading");
  return out;
}

Diagnostics Store::put(std::span<const PointRow> points) {
  const auto fail = [&] {
    const Diagnostic problem = database_->error("storing points");
    database_->run("ROLLBACK");
    return Diagnostics{problem};
  };
  if (!database_->run("BEGIN IMMEDIATE")) return {database_->error("storing points")};
  Statement insert(database_->handle(), "INSERT OR IGNORE INTO point VALUES (?1, ?2, ?3, ?4)");
  if (!insert.ok()) return fail();
  for (const PointRow& point : points) {
    insert.reset();
    insert.bind(1, point.key).bind(2, name(point.status)).bind(3, point.message).bind(4, point.metrics);
    if (insert.step() != SQLITE_DONE) return fail();
  }
  if (!database_->run("COMMIT")) return fail();
  return {};
}

Result<std::vector<StoredPoint>> Store::points(std::string_view suffix) {
  Statement rows(database_->handle(),
                 "SELECT key, status, message, metrics FROM point WHERE substr(key, -length(?1)) = ?1 ORDER BY key");
  if (!rows.ok()) return database_->error("reading");
  std::vector<StoredPoint> out;
  rows.bind(1, suffix);
  int code = rows.step();
  for (; code == SQLITE_ROW; code = rows.step()) {
    auto point = from_row({rows.text(0), point_status(rows.text(1)), rows.text(2), rows.text(3)});
    if (!point) return store_error(database_->file(), fmt::format("point {} is damaged", rows.text(0)), "restore it from a copy");
    out.push_back(*std::move(point));
  }
  if (code != SQLITE_DONE) return database_->error("reading");
  return out;
}

}  // namespace gpufleet::scenarios
