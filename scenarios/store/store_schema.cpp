#include "scenarios/store/store_schema.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <array>
#include <memory>
#include <string_view>

#include "core/check.h"

namespace gpufleet::scenarios {
namespace {

constexpr std::int64_t kApplicationId = 0x67706673;  // "gpfs"

constexpr std::array<const char*, kStoreVersion> kMigrations{
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
    "CREATE TABLE point (key TEXT NOT NULL UNIQUE, status TEXT NOT NULL, message TEXT NOT NULL, metrics TEXT NOT NULL);",
    // Results of one scenario hash, seed and version may differ: in title, measured figures, and the data that they rest on.
    "CREATE TABLE kept (id INTEGER PRIMARY KEY, title TEXT NOT NULL, scenario_name TEXT NOT NULL, scenario_hash TEXT NOT NULL,"
    " seed INTEGER NOT NULL, version TEXT NOT NULL, json TEXT NOT NULL);"
    "INSERT INTO kept SELECT id, title, scenario_name, scenario_hash, seed, version, json FROM result;"
    "DROP TABLE result; ALTER TABLE kept RENAME TO result;"
    "CREATE INDEX result_scenario ON result (scenario_hash, seed, version);"};

struct CloseDatabase {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Query = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// The one row of a query, or null.
Query row_of_query(sqlite3* handle, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr);
  Query out(statement);
  if (statement == nullptr || sqlite3_step(statement) != SQLITE_ROW) out.reset();
  return out;
}

// Every table, view and trigger, with the columns of the tables.
std::optional<std::string> contents_of(sqlite3* handle) {
  const Query row = row_of_query(
      handle,
      "SELECT group_concat(item, ';') FROM (SELECT o.type || ' ' || o.name || ' ' || coalesce((SELECT group_concat(c.name)"
      " FROM pragma_table_info(o.name) c), '') AS item FROM sqlite_master o"
      " WHERE o.type <> 'index' AND o.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY o.type, o.name)");
  if (!row) return std::nullopt;
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(row.get(), 0));
  return text == nullptr ? std::string() : std::string(text);
}

// What a store of a version before application ids holds, from its own migrations.
std::string contents_of_version(int version) {
  sqlite3* handle = nullptr;
  const bool opened = sqlite3_open_v2(":memory:", &handle, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK;
  const std::unique_ptr<sqlite3, CloseDatabase> memory(handle);
  bool made = opened;
  for (int step = 0; step < version; ++step)
    made = made && sqlite3_exec(handle, kMigrations[static_cast<std::size_t>(step)], nullptr, nullptr, nullptr) == SQLITE_OK;
  check(made, "the store's own migrations run");
  return contents_of(handle).value_or("");
}

}  // namespace

std::optional<StoreIdentity> identity_of(sqlite3* handle) {
  using Kind = StoreIdentity::Kind;
  // One statement sees one state of a file that another program may be making.
  const Query row = row_of_query(handle,
                                 "SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_master)"
                                 " FROM pragma_application_id a, pragma_user_version v");
  if (!row) return std::nullopt;
  const std::int64_t application = sqlite3_column_int64(row.get(), 0), version = sqlite3_column_int64(row.get(), 1);
  const bool empty = sqlite3_column_int64(row.get(), 2) == 0;
  const StoreIdentity ours{Kind::ours, static_cast<int>(version)};
  constexpr int kLastWithoutId = 3;
  if (version < 0) return StoreIdentity{};
  if (application == kApplicationId) return version > kStoreVersion ? StoreIdentity{Kind::newer, ours.version} : ours;
  if (application != 0) return StoreIdentity{};
  if (version == 0) return empty ? ours : StoreIdentity{};
  if (version > kLastWithoutId) return StoreIdentity{};
  const std::optional<std::string> contents = contents_of(handle);
  if (!contents) return std::nullopt;
  return *contents == contents_of_version(ours.version) ? ours : StoreIdentity{};
}

std::string migration_sql(int step) {
  check(step >= 0 && step < kStoreVersion, "a step between two versions of the store");
  return fmt::format("{} PRAGMA application_id = {}; PRAGMA user_version = {}", kMigrations[static_cast<std::size_t>(step)],
                     kApplicationId, step + 1);
}

}  // namespace gpufleet::scenarios
