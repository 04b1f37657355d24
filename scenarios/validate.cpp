#include "scenarios/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "scenarios/canonical.h"
#include "scenarios/schema_check.h"
#include "scenarios/validate_claims.h"
#include "scenarios/validate_horizon.h"
#include "scenarios/validate_lots.h"
#include "scenarios/validate_parts.h"
#include "scenarios/validate_plan.h"
#include "scenarios/validate_serving.h"

namespace gpufleet::scenarios {
namespace {

// In the order of the file, one problem a place and key: a broken value and what follows from it are one mistake.
void sort_by_place(Diagnostics& diagnostics) {
  const auto place = [](const Diagnostic& d) { return std::tie(d.where.file, d.where.line, d.where.column); };
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end()), diagnostics.end());
}

Diagnostic missing_key(const TypedTable& root, std::string_view key) {
  return {.where = root.where(),
          .key = {},
          .message = fmt::format("the key \"{}\" is missing", leaf(key)),
          .hint = fmt::format("{}: {}", leaf(key), find_key(key)->doc)};
}

}  // namespace

Result<Scenario> validate(const RawScenario& raw, const Catalogs& catalogs) {
  Diagnostics problems = check_against_schema(raw.root, raw.name);
  const TypedTable root(&raw.root, "", "", {raw.name, 0, 0});

  Scenario out;
  out.name = raw.name;
  out.title = root.text("title").value_or("");
  out.pools = read_pools(root.table("fleet"), catalogs, problems);
  const TypedTable training = root.table("training"), serving = root.table("serving");
  const TypedTable fleet = root.table("fleet");
  const bool wants_model = training.present() || serving.present();
  const TypedTable claims = root.table("claims");
  if (claims.present()) out.claims = read_claims(claims, catalogs, raw.folder, problems);
  if (root.raw("fleet") == nullptr && !claims.present()) problems.push_back(missing_key(root, "fleet"));
  if (wants_model && fleet.present() && !fleet.has("pool")) problems.push_back(missing_key(fleet, "fleet.pool[]"));
  if (!wants_model && fleet.present() && !fleet.has("pool") && !fleet.has("lot") && !root.table("plan").present())
    problems.push_back(root.error("training", "the scenario asks for nothing",
                                  "give a [training] or a [serving] table, or a fleet of [[fleet.pool]] or [[fleet.lot]]"));
  out.fleet = read_lots(fleet, out.pools, wants_model || !fleet.present() ? PoolsAsLots::no : PoolsAsLots::yes, catalogs,
                        raw.folder, problems);
  if (wants_model && root.raw("model") == nullptr) problems.push_back(missing_key(root, "model"));
  const TypedTable horizon = root.table("horizon");
  if (horizon.present() && !out.fleet)
    problems.push_back(horizon.error("from", "a horizon needs a fleet over time", "give [[fleet.lot]]"));
  if (horizon.present() && out.fleet) out.horizon = read_horizon(horizon, *out.fleet, catalogs, raw.folder, problems);
  const TypedTable purchases = root.table("plan");
  if (purchases.present() && !out.horizon)
    problems.push_back(purchases.error("objective", "a plan needs months, loads and campaigns", "give a [horizon]"));
  if (purchases.present() && out.horizon) out.plan = read_plan(purchases, *out.fleet, *out.horizon, catalogs, problems);
  out.architecture = read_model(root.table("model"), catalogs, raw.folder, problems);
  if (training.present()) out.training = read_training(training, out.pools, out.architecture, catalogs, problems);
  if (serving.present()) {
    out.serving = read_serving(serving, out.pools, out.architecture, catalogs.engines, raw.folder, problems);
    check_formats(serving, *out.serving, out.pools, catalogs.accelerators, problems);
  }
  out.measured = read_measured(root, problems);

  sort_by_place(problems);
  if (has_errors(problems)) return problems;
  out.canonical = canonical_json(raw.root);
  out.hash = scenario_hash(raw.root);
  return Result<Scenario>(std::move(out), std::move(problems));
}

}  // namespace gpufleet::scenarios
