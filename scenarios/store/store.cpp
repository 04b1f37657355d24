// The results store: what is kept of a run and of a sweep's points, in transactions.
#include "scenarios/store/store.h"

#include <fmt/format.h>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string_view>
#include <thread>

#include "scenarios/metrics.h"
#include "scenarios/output/run_text.h"
#include "scenarios/store/database.h"
#include "scenarios/store/store_schema.h"

namespace gpufleet::scenarios {
namespace {

constexpr int kBusyMilliseconds = 10'000;

Diagnostic store_error(const std::string& file, std::string message, std::string hint) {
  return {.where = {file, 0, 0}, .message = std::move(message), .hint = std::move(hint)};
}

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
  // A program that was killed may have left a journal that the next one has to play back, also one that only reads. Where the
  // file may not be written, SQLite opens it for reading.
  auto database = std::make_unique<Database>(
      file, mode == Mode::read_only ? Database::Missing::is_an_error : Database::Missing::is_made, kBusyMilliseconds);
  if (!database->opened()) return database->error("cannot be opened");
  const std::optional<StoreIdentity> found = identity_of(*database);
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
    if (!database->busy() || waited >= kBusyMilliseconds) return database->error("opening");
    std::this_thread::sleep_for(std::chrono::milliseconds(kPauseMilliseconds));
    waited += kPauseMilliseconds;
  }
  for (int step = found->version; step < kStoreVersion; ++step) {
    bool done = database->run("BEGIN IMMEDIATE");
    // Another program may have taken this step, or made the file its own, while this one waited for the lock.
    const std::optional<StoreIdentity> now = done ? identity_of(*database) : std::nullopt;
    Diagnostics problems = now ? refusal_of(file, *now) : Diagnostics{};
    if (now && problems.empty() && now->version <= step) done = database->run(migration_sql(step));
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
  Statement known(*database_,
                  "SELECT id FROM result WHERE scenario_hash = ?1 AND seed = ?2 AND version = ?3 AND title = ?4 AND json = ?5");
  if (!known.ok()) return fail();
  known.bind(1, result.scenario_hash).bind(2, static_cast<std::int64_t>(result.seed)).bind(3, result.version);
  const Statement::Step found = known.bind(4, result.title).bind(5, json).step();
  if (found != Statement::Step::row && found != Statement::Step::done) return fail();
  const std::optional<std::int64_t> kept = found == Statement::Step::row ? std::optional(known.integer(0)) : std::nullopt;
  known.reset();
  Statement upsert(*database_,
                   "INSERT INTO result (id, title, scenario_name, scenario_hash, seed, version, json)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET scenario_name = ?3 RETURNING id");
  if (!upsert.ok()) return fail();
  if (kept) upsert.bind(1, *kept);  // unbound it is NULL, which takes the next number
  upsert.bind(2, result.title).bind(3, result.scenario_name).bind(4, result.scenario_hash);
  upsert.bind(5, static_cast<std::int64_t>(result.seed)).bind(6, result.version).bind(7, json);
  if (upsert.step() != Statement::Step::row) return fail();
  const std::int64_t id = upsert.integer(0);
  upsert.reset();
  Statement clear(*database_, "DELETE FROM metric WHERE result_id = ?1");
  if (!clear.ok() || clear.bind(1, id).step() != Statement::Step::done) return fail();
  Statement insert(*database_, "INSERT INTO metric VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
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
    if (insert.step() != Statement::Step::done) return fail();
  }
  if (!database_->run("COMMIT")) return fail();
  return id;
}

Result<std::vector<StoredResult>> Store::list() {
  Statement query(*database_, "SELECT id, title, scenario_name, scenario_hash, seed, version FROM result ORDER BY id");
  if (!query.ok()) return database_->error("reading");
  std::vector<StoredResult> out;
  Statement::Step code = query.step();
  for (; code == Statement::Step::row; code = query.step()) out.push_back(row_of(query));
  if (code != Statement::Step::done) return database_->error("reading");
  return out;
}

Result<StoredResult> Store::get(std::int64_t id) {
  Statement query(*database_, "SELECT id, title, scenario_name, scenario_hash, seed, version, json FROM result WHERE id = ?1");
  if (!query.ok()) return database_->error("reading");
  const Statement::Step code = query.bind(1, id).step();
  if (code == Statement::Step::done)
    return database_->problem(fmt::format("there is no result {}", id), "`gpufleet results list` prints the numbers");
  if (code != Statement::Step::row) return database_->error("reading");
  StoredResult out = row_of(query);
  out.json = query.text(6);
  Statement metrics(*database_,
                    "SELECT name, unit, value, low, high, provenance FROM metric WHERE result_id = ?1 ORDER BY position");
  if (!metrics.ok()) return database_->error("reading");
  metrics.bind(1, id);
  Statement::Step more = metrics.step();
  for (; more == Statement::Step::row; more = metrics.step())
    out.metrics.push_back(
        {metrics.text(0), metrics.text(1), metrics.text(5), {metrics.real(2), metrics.real(3), metrics.real(4)}});
  if (more != Statement::Step::done) return database_->error("reading");
  return out;
}

Diagnostics Store::put(std::span<const PointRow> points) {
  const auto fail = [&] {
    const Diagnostic problem = database_->error("storing points");
    database_->run("ROLLBACK");
    return Diagnostics{problem};
  };
  if (!database_->run("BEGIN IMMEDIATE")) return {database_->error("storing points")};
  Statement insert(*database_, "INSERT OR IGNORE INTO point VALUES (?1, ?2, ?3, ?4)");
  if (!insert.ok()) return fail();
  for (const PointRow& point : points) {
    insert.reset();
    insert.bind(1, point.key).bind(2, name(point.status)).bind(3, point.message).bind(4, point.metrics);
    if (insert.step() != Statement::Step::done) return fail();
  }
  if (!database_->run("COMMIT")) return fail();
  return {};
}

Result<std::vector<StoredPoint>> Store::points(std::string_view suffix) {
  Statement rows(*database_, "SELECT key, status, message, metrics FROM point WHERE substr(key, -length(?1)) = ?1 ORDER BY key");
  if (!rows.ok()) return database_->error("reading");
  std::vector<StoredPoint> out;
  rows.bind(1, suffix);
  Statement::Step code = rows.step();
  for (; code == Statement::Step::row; code = rows.step()) {
    auto point = from_row({rows.text(0), point_status(rows.text(1)), rows.text(2), rows.text(3)});
    if (!point) return database_->problem(fmt::format("point {} is damaged", rows.text(0)), "restore it from a copy");
    out.push_back(*std::move(point));
  }
  if (code != Statement::Step::done) return database_->error("reading");
  return out;
}

}  // namespace gpufleet::scenarios
