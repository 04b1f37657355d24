#include "scenarios/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "scenarios/canonical.h"
#include "scenarios/schema_check.h"
#include "scenarios/validate_parts.h"
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
          .message = fmt::format("the key \"{}\" is missing", key),
          .hint = fmt::format("{}: {}", key, find_key(key)->doc)};
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
  if (!training.present() && !serving.present())
    problems.push_back(root.error("training", "the scenario asks for nothing", "give a [training] or a [serving] table"));
  const bool wants_model = training.present() || serving.present();
  if (wants_model && root.raw("model") == nullptr) problems.push_back(missing_key(root, "model"));
  out.architecture = read_model(root.table("model"), catalogs, raw.folder, problems);
  if (training.present()) out.training = read_training(training, out.pools, out.architecture, catalogs, problems);
  if (serving.present()) out.serving = read_serving(serving, out.pools, out.architecture, catalogs.engines, raw.folder, problems);
  out.measured = read_measured(root, problems);

  sort_by_place(problems);
  if (has_errors(problems)) return problems;
  out.canonical = canonical_json(raw.root);
  out.hash = scenario_hash(raw.root);
  return Result<Scenario>(std::move(out), std::move(problems));
}

}  // namespace gpufleet::scenarios
