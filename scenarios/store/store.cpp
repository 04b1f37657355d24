// The results store on SQLite (sqlite.org/c3ref). Statements are prepared, so no text of a user becomes SQL.
#include "scenarios/store/store.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <filesystem>
#include <optional>
#include <string_view>

#include "scenarios/metrics.h"
#include "scenarios/output/run_text.h"
#include "scenarios/store/store_schema.h"

namespace gpufleet::scenarios {
namespace {

constexpr int kBusyMilliseconds = 10'000;

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

// A store of another program is not touched, one of a newer gpufleet neither.
Diagnostics refusal_of(const std::string& file, const StoreIdentity& found) {
  switch (found.kind) {
    case StoreIdentity::Kind::foreign:
      return {store_error(file, "is a database of another program", "name a file of its own for the results store")};
    case StoreIdentity::Kind::newer:
      return {store_error(file, fmt::format("was made by a newer gpufleet (store version {})", found.version),
                          "use that version, or another file")};
    default: return {};
  }
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
  const std::filesystem::file_status status = std::filesystem::status(file, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    return store_error(file, "is no regular file", "name a file for the results store");
  sqlite3* handle = nullptr;
  // A program that was killed may have left a journal that the next one has to play back, also one that only reads. Where the
  // file may not be written, SQLite opens it for reading.
  const int flags = mode == Mode::read_only ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int opened = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  auto database = std::make_unique<Database>(handle, file);
  if (opened != SQLITE_OK) return store_error(file, fmt::format("cannot be opened: {}", sqlite3_errmsg(handle)), {});
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  const std::optional<StoreIdentity> found = identity_of(handle);
  if (!found) return database->error("opening");
  if (Diagnostics problems = refusal_of(file, *found); !problems.empty()) return problems;
  if (mode == Mode::read_only) {
    if (found->version == 0) return store_error(file, "is not a results store", {});
    if (!database->run("PRAGMA query_only = ON")) return database->error("opening");
    return Store(std::move(database));
  }
  // Of several programs that open a new store at once, one turns it to write-ahead logging; SQLite tells the others at once that
  // it is busy instead of waiting. References are off while tables are rebuilt.
  constexpr int kPauseMilliseconds = 10;
  int waited = 0;
  while (!database->run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF")) {
    if (sqlite3_errcode(handle) != SQLITE_BUSY || waited >= kBusyMilliseconds) return database->error("opening");
    waited += sqlite3_sleep(kPauseMilliseconds);
  }
  for (int step = found->version; step < kStoreVersion; ++step) {
    bool done = database->run("BEGIN IMMEDIATE");
    // Another program may have taken this step, or made the file its own, while this one waited for the lock.
    const std::optional<StoreIdentity> now = done ? identity_of(handle) : std::nullopt;
    Diagnostics problems = now ? refusal_of(file, *now) : Diagnostics{};
    if (now && problems.empty() && now->version <= step) done = database->run(migration_sql(step).c_str());
    if (!now || !problems.empty() || !done || !database->run("COMMIT")) {
      if (problems.empty()) problems.push_back(database->error("preparing the store"));
      database->run("ROLLBACK");
      return problems;
    }
  }
  if (!database->run("PRAGMA foreign_keys = ON")) return database->error("opening");
  return Store(std::move(database));
}

Result<std::int64_t> Store::put(const RunResult& result) {
  const auto fail = [&] {
    Diagnostic problem = database_->error("storing a result");
    database_->run("ROLLBACK");
    return problem;
  };
  if (!database_->run("BEGIN IMMEDIATE")) return database_->error("storing a result");
  const std::string json = to_json(std::span(&result, 1));
  // The same figures again keep their number; another title, other measured figures or other data make a row of its own.
  Statement known(database_->handle(),
                  "SELECT id FROM result WHERE scenario_hash = ?1 AND seed = ?2 AND version = ?3 AND title = ?4 AND json = ?5");
  if (!known.ok()) return fail();
  known.bind(1, result.scenario_hash).bind(2, static_cast<std::int64_t>(result.seed)).bind(3, result.version);
  const int found = known.bind(4, result.title).bind(5, json).step();
  if (found != SQLITE_ROW && found != SQLITE_DONE) return fail();
  const std::optional<std::int64_t> kept = found == SQLITE_ROW ? std::optional(known.integer(0)) : std::nullopt;
  known.reset();
  Statement upsert(database_->handle(),
                   "INSERT INTO result (id, title, scenario_name, scenario_hash, seed, version, json)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET scenario_name = ?3 RETURNING id");
  if (!upsert.ok()) return fail();
  if (kept) upsert.bind(1, *kept);  // unbound it is NULL, which takes the next number
  upsert.bind(2, result.title).bind(3, result.scenario_name).bind(4, result.scenario_hash);
  upsert.bind(5, static_cast<std::int64_t>(result.seed)).bind(6, result.version).bind(7, json);
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
