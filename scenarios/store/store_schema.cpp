#include "scenarios/store/store_schema.h"

#include <fmt/format.h>
#include <array>

#include "core/check.h"
#include "scenarios/store/database.h"

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

// Every table, view and trigger, with the columns of the tables.
std::optional<std::string> contents_of(Database& database) {
  Statement row(
      database,
      "SELECT group_concat(item, ';') FROM (SELECT o.type || ' ' || o.name || ' ' || coalesce((SELECT group_concat(c.name)"
      " FROM pragma_table_info(o.name) c), '') AS item FROM sqlite_master o"
      " WHERE o.type <> 'index' AND o.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY o.type, o.name)");
  if (!row.ok() || row.step() != Statement::Step::row) return std::nullopt;
  return row.text(0);
}

// What a store of a version before application ids holds, from its own migrations.
std::string contents_of_version(int version) {
  Database memory(":memory:", Database::Missing::is_made, 0);
  bool made = memory.opened();
  for (int step = 0; step < version; ++step) made = made && memory.run(kMigrations[static_cast<std::size_t>(step)]);
  check(made, "the store's own migrations run");
  return contents_of(memory).value_or("");
}

}  // namespace

std::optional<StoreIdentity> identity_of(Database& database) {
  using Kind = StoreIdentity::Kind;
  // One statement sees one state of a file that another program may be making.
  Statement row(database,
                "SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_master)"
                " FROM pragma_application_id a, pragma_user_version v");
  if (!row.ok() || row.step() != Statement::Step::row) return std::nullopt;
  const std::int64_t application = row.integer(0), version = row.integer(1);
  const bool empty = row.integer(2) == 0;
  const StoreIdentity ours{Kind::ours, static_cast<int>(version)};
  constexpr int kLastWithoutId = 3;
  if (version < 0) return StoreIdentity{};
  if (application == kApplicationId) return version > kStoreVersion ? StoreIdentity{Kind::newer, ours.version} : ours;
  if (application != 0) return StoreIdentity{};
  if (version == 0) return empty ? ours : StoreIdentity{};
  if (version > kLastWithoutId) return StoreIdentity{};
  const std::optional<std::string> contents = contents_of(database);
  if (!contents) return std::nullopt;
  return *contents == contents_of_version(ours.version) ? ours : StoreIdentity{};
}

std::string migration_sql(int step) {
  check(step >= 0 && step < kStoreVersion, "a step between two versions of the store");
  return fmt::format("{} PRAGMA application_id = {}; PRAGMA user_version = {}", kMigrations[static_cast<std::size_t>(step)],
                     kApplicationId, step + 1);
}

}  // namespace gpufleet::scenarios
