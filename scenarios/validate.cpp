#include "scenarios/validate.h"

#include <algorithm>
#include <tuple>

#include "scenarios/canonical.h"
#include "scenarios/schema_check.h"
#include "scenarios/validate_parts.h"

namespace gpufleet::scenarios {
namespace {

// In the order of the file, one problem a place and key: a broken value and what follows from it are one mistake.
void sort_by_place(Diagnostics& diagnostics) {
  const auto place = [](const Diagnostic& d) { return std::tie(d.where.file, d.where.line, d.where.column); };
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end()), diagnostics.end());
}

}  // namespace

Result<Scenario> validate(const RawScenario& raw, const Catalogs& catalogs) {
  Diagnostics problems = check_against_schema(raw.root, raw.name);
  const TypedTable root(&raw.root, "", "", {raw.name, 0, 0});

  Scenario out;
  out.name = raw.name;
  out.title = root.text("title").value_or("");
  out.pools = read_pools(root.table("fleet"), catalogs, problems);
  out.architecture = read_model(root.table("model"), catalogs, raw.folder, problems);
  out.training = read_training(root.table("training"), out.pools, out.architecture, catalogs, problems);
  out.measured = read_measured(root, problems);

  sort_by_place(problems);
  if (has_errors(problems)) return problems;
  out.canonical = canonical_json(raw.root);
  out.hash = scenario_hash(raw.root);
  return Result<Scenario>(std::move(out), std::move(problems));
}

}  // namespace gpufleet::scenarios
