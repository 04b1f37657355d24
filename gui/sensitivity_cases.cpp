// Cases as scenarios: numbers multiplied, everything else as it is.
#include "gui/sensitivity_cases.h"

#include "gui/form_model.h"
#include "gui/toml_edit.h"
#include "scenarios/validate.h"

namespace gpufleet::gui {
namespace {

void collect(const scenarios::RawTable& table, const QString& path, std::vector<NumericInput>& out) {
  using scenarios::KeyType;
  for (const scenarios::RawMember& member : table.members) {
    const QString here = path.isEmpty() ? QString::fromStdString(member.key) : path + u'.' + QString::fromStdString(member.key);
    if (here == u"measured" || here == u"claims") continue;
    if (const scenarios::RawTable* inner = member.value.table()) {
      collect(*inner, here, out);
      continue;
    }
    if (const scenarios::RawArray* items = member.value.array()) {
      for (std::size_t i = 0; i < items->size(); ++i)
        if (const scenarios::RawTable* item = (*items)[i].table()) collect(*item, here + u'.' + QString::number(i), out);
      continue;
    }
    const scenarios::KeySpec* key = scenarios::find_key(schema_path(here.toStdString()));
    if (key == nullptr || (key->type != KeyType::integer && key->type != KeyType::number && key->type != KeyType::quantity))
      continue;
    static const QRegularExpression number(u"^\\s*([0-9][0-9.eE+_]*)(.*)$"_qs);
    const auto match = number.match(typed_text(member.value));
    const double value = match.captured(1).remove(u'_').toDouble();
    if (match.hasMatch() && value > 0)
      out.push_back({here, value, match.captured(2), key->type == KeyType::integer && match.captured(2).trimmed().isEmpty()});
  }
}

}  // namespace

std::vector<NumericInput> numeric_inputs(const Meaning& meaning) {
  std::vector<NumericInput> out;
  if (meaning.raw) collect(meaning.raw->root, {}, out);
  return out;
}

namespace {

// The scenario with some inputs changed; null where it does not validate.
std::shared_ptr<const scenarios::Scenario> changed(const Document& document, const Meaning& meaning,
                                                   const std::vector<std::string>& changes, const scenarios::Catalogs& catalogs) {
  const Result<scenarios::RawScenario> raw =
      scenarios::parse_scenario(document.text.toStdString(), meaning.raw->name, meaning.raw->folder, changes, catalogs.data);
  if (!raw) return nullptr;
  Result<scenarios::Scenario> scenario = scenarios::validate(*raw, catalogs);
  return scenario ? std::make_shared<const scenarios::Scenario>(std::move(scenario).value()) : nullptr;
}

double factored(const NumericInput& input, double factor) {
  return input.whole ? std::round(input.number * factor) : input.number * factor;
}
QString typed_number(const NumericInput& input, double factor) {
  return QString::number(factored(input, factor), 'g', 12) + input.suffix;
}
std::string setting(const QString& path, const QString& typed) { return (path + u'=' + typed).toStdString(); }

}  // namespace

std::vector<SensitivityCase> sensitivity_cases(const Document& document, const Meaning& meaning, const QString& only,
                                               const std::vector<double>& factors, const scenarios::Catalogs& catalogs) {
  std::vector<SensitivityCase> out;
  if (!meaning.raw) return out;
  for (const NumericInput& input : numeric_inputs(meaning)) {
    if (!only.isEmpty() && input.path != only) continue;
    for (const double factor : factors) {
      if (factored(input, factor) == input.number && factor != 1) continue;
      const QString typed = typed_number(input, factor);
      auto scenario = changed(document, meaning, {setting(input.path, typed)}, catalogs);
      if (scenario != nullptr)
        out.push_back({.path = input.path, .typed = typed, .factor = factor, .scenario = std::move(scenario)});
    }
  }
  return out;
}

std::vector<SensitivityCase> heat_cases(const Document& document, const Meaning& meaning, const QString& across,
                                        const QString& up, const std::vector<double>& factors,
                                        const scenarios::Catalogs& catalogs) {
  std::vector<SensitivityCase> out;
  if (!meaning.raw || across == up) return out;
  const std::vector<NumericInput> inputs = numeric_inputs(meaning);
  const auto find = [&](const QString& path) {
    return std::find_if(inputs.begin(), inputs.end(), [&](const NumericInput& i) { return i.path == path; });
  };
  const auto x = find(across), y = find(up);
  if (x == inputs.end() || y == inputs.end()) return out;
  for (const double second : factors)
    for (const double first : factors) {
      SensitivityCase each{.path = across,
                           .typed = typed_number(*x, first),
                           .factor = first,
                           .second_path = up,
                           .second_typed = typed_number(*y, second),
                           .second_factor = second,
                           .scenario = nullptr};
      each.scenario = changed(document, meaning, {setting(across, each.typed), setting(up, each.second_typed)}, catalogs);
      out.push_back(std::move(each));
    }
  return out;
}

std::vector<SensitivityCase> fan_cases(const Document& document, const Meaning& meaning, const QString& only,
                                       const std::vector<double>& factors, int draws, const scenarios::Catalogs& catalogs) {
  std::vector<SensitivityCase> out;
  for (const SensitivityCase& each : sensitivity_cases(document, meaning, only, factors, catalogs)) {
    const bool drawn = each.scenario->training.has_value();
    for (int i = 1; i <= (drawn ? draws : 1); ++i) {
      out.push_back(each);
      out.back().seed = drawn ? static_cast<std::uint64_t>(i) : 0;
    }
  }
  return out;
}

}  // namespace gpufleet::gui
