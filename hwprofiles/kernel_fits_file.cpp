// Fits as TOML, both ways. A residual grid is text: knots in log2 per axis, then ln(measured / form) in thousandths, last axis
// fastest - a few bytes a point, and a diff shows what moved.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "hwprofiles/kernel_fits.h"
#include "hwprofiles/toml_document.h"

namespace gpufleet::hw {

namespace {

constexpr int kFamilies = static_cast<int>(Family::blackwell_rtx) + 1;
constexpr double kThousandths = 1000;

std::vector<std::string_view> family_names() {
  std::vector<std::string_view> names;
  for (int family = 0; family < kFamilies; ++family) names.push_back(name(static_cast<Family>(family)));
  return names;
}

std::vector<std::string_view> slot_names() {
  std::vector<std::string_view> names;
  for (std::size_t slot = 0; slot < kSlots; ++slot) names.push_back(name(static_cast<Slot>(slot)));
  return names;
}

/// Numbers apart by white space; `sound` turns false at anything else.
std::vector<double> numbers(std::string_view text, bool& sound) {
  std::vector<double> out;
  const char* at = text.data();
  const char* end = at + text.size();
  while (true) {
    while (at != end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
    if (at == end) return out;
    double value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc() || !std::isfinite(value)) return sound = false, out;
    out.push_back(value);
    at = next;
  }
}

Correction read_correction(const TomlTable& table, const std::string& path, Diagnostics& sink) {
  TableReader reader(table, path, sink);
  bool sound = true;
  std::vector<std::vector<double>> knots;
  std::size_t cells = 1;
  for (const std::string& axis : reader.texts("log2_knots", Presence::required)) {
    knots.push_back(numbers(axis, sound));
    sound =
        sound && !knots.back().empty() && std::ranges::adjacent_find(knots.back(), std::greater_equal<>()) == knots.back().end();
    cells *= std::max<std::size_t>(knots.back().size(), 1);
  }
  if (!sound || knots.empty() || knots.size() > kMaxAxes) {
    reader.report("log2_knots", "is not one to four lists of increasing numbers", "");
    return {};
  }
  const std::vector<double> thousandths = numbers(reader.text("residual_thousandths", Presence::required), sound);
  reader.finish();
  if (!sound || thousandths.size() != cells) {
    reader.report("residual_thousandths", fmt::format("holds {} numbers where the knots ask for {}", thousandths.size(), cells),
                  "");
    return {};
  }
  std::vector<float> values;
  values.reserve(cells);
  for (const double value : thousandths) values.push_back(static_cast<float>(value / kThousandths));
  return {std::move(knots), std::move(values)};
}

KernelFit read_fit(const TomlTable& table, const std::string& path, Diagnostics& sink) {
  TableReader reader(table, path, sink);
  KernelFit fit;
  const std::vector<std::string_view> names = slot_names();
  const std::size_t slot = reader.choice("slot", names, Presence::required);
  fit.engine = reader.text("engine", Presence::required);
  fit.primary = reader.boolean("primary", Presence::required);
  fit.rows = reader.integer("rows", {0, 1e9}, Presence::required);
  fit.log_sigma_small = reader.quantity("log_sigma_small", Dimension::none, {0, 3}, Presence::required);
  fit.log_sigma = reader.quantity("log_sigma", Dimension::none, {0, 3}, Presence::required);
  fit.borrow_sigma = reader.quantity("borrow_sigma", Dimension::none, {0, 3}, Presence::optional);
  fit.source = reader.text("source", Presence::required);
  const TomlTable* parameters = reader.table("parameters", Presence::required);
  if (const TomlTable* correction = reader.table("correction", Presence::optional))
    fit.correction = read_correction(*correction, reader.path_of("correction"), sink);
  reader.finish();
  if (slot >= kSlots || parameters == nullptr) return fit;
  fit.slot = static_cast<Slot>(slot);
  TableReader values(*parameters, reader.path_of("parameters"), sink);
  std::size_t index = 0;
  for (const ParameterInfo& info : form_parameters(form_of(fit.slot)))
    fit.parameters[index++] = values.quantity(info.name, Dimension::none, {info.low, info.high}, Presence::required);
  values.finish();
  return fit;
}

AcceleratorFits read_accelerator(const TomlTable& table, Diagnostics& sink) {
  TableReader reader(table, "", sink);
  AcceleratorFits fits;
  fits.accelerator = reader.text("accelerator", Presence::required);
  const std::vector<std::string_view> families = family_names();
  const std::size_t family = reader.choice("family", families, Presence::required);
  fits.family = family < families.size() ? static_cast<Family>(family) : Family::other;
  fits.balance = reader.quantity("flop_per_byte", Dimension::none, {0.1, 1e5}, Presence::required);
  fits.sms = reader.quantity("sms", Dimension::none, {1, 1e5}, Presence::required);
  int count = 0;
  for (const TomlTable* fit : reader.tables("fit", Presence::required))
    fits.fits.push_back(read_fit(*fit, fmt::format("fit[{}]", count++), sink));
  reader.finish();
  return fits;
}

}  // namespace

namespace {

constexpr std::string_view kSpreads = "spreads.toml";

void read_spreads(const TomlTable& table, KernelFits& fits, Diagnostics& sink) {
  TableReader reader(table, "", sink);
  fits.family_sigma = reader.quantity("family_sigma", Dimension::none, {0, 3}, Presence::required);
  fits.stranger_sigma = reader.quantity("stranger_sigma", Dimension::none, {0, 3}, Presence::required);
  reader.finish();
}

std::vector<std::filesystem::path> fit_files(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

}  // namespace

Result<KernelFits> load_kernel_fits(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files = fit_files(folder);
  std::ranges::copy(fit_files(folder / "carried"), std::back_inserter(files));
  if (files.empty())
    return Diagnostic{.where = {.file = folder.string()}, .message = "no kernel fits (*.toml) can be read in this folder"};
  KernelFits fits;
  Diagnostics problems;
  for (const auto& file : files) {
    const Result<TomlTable> document = read_toml(file);
    if (!document)
      problems.insert(problems.end(), document.diagnostics().begin(), document.diagnostics().end());
    else if (file.filename() == kSpreads)
      read_spreads(*document, fits, problems);
    else
      fits.accelerators.push_back(read_accelerator(*document, problems));
  }
  if (has_errors(problems)) return problems;
  return fits;
}

namespace {

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void append_correction(std::string& out, const Correction& correction) {
  out += "\n[fit.correction]\nlog2_knots = [";
  for (std::size_t axis = 0; axis < correction.knots().size(); ++axis)
    out += fmt::format("{}\"{:.6g}\"", axis == 0 ? "" : ", ", fmt::join(correction.knots()[axis], " "));
  out += "]\nresidual_thousandths = \"\"\"";
  const std::size_t line = correction.knots().back().size();
  for (std::size_t i = 0; i < correction.values().size(); ++i)
    out +=
        fmt::format("{}{}", i % line == 0 ? '\n' : ' ', std::lround(static_cast<double>(correction.values()[i]) * kThousandths));
  out += "\"\"\"\n";
}

}  // namespace

std::string to_toml(const AcceleratorFits& chip) {
  std::string out = "# Kernel-time fits, written by gpufleet-fit (see hwprofiles/README.md); do not edit by hand.\n";
  out += fmt::format("accelerator = {}\n", toml_text(chip.accelerator));
  out += fmt::format("family = {}\nflop_per_byte = {:.5g}\nsms = {:.5g}\n", toml_text(name(chip.family)), chip.balance, chip.sms);
  for (const KernelFit& fit : chip.fits) {
    out +=
        fmt::format("\n[[fit]]\nslot = {}\nengine = {}\nprimary = {}\nrows = {}\nlog_sigma_small = {:.4f}\nlog_sigma = {:.4f}\n",
                    toml_text(name(fit.slot)), toml_text(fit.engine), fit.primary, fit.rows, fit.log_sigma_small, fit.log_sigma);
    if (fit.borrow_sigma > 0) out += fmt::format("borrow_sigma = {:.4f}\n", fit.borrow_sigma);
    out += fmt::format("source = {}\nparameters = {{ ", toml_text(fit.source));
    std::size_t index = 0;
    for (const ParameterInfo& info : form_parameters(form_of(fit.slot))) {
      out += fmt::format("{}{} = {:.5g}", index == 0 ? "" : ", ", info.name, fit.parameters[index]);
      ++index;
    }
    out += " }\n";
    if (!fit.correction.empty()) append_correction(out, fit.correction);
  }
  return out;
}

std::string spreads_toml(const KernelFits& fits) {
  return fmt::format(
      "# Spread of ln(measured / predicted) for borrowed fits, measured by leaving chips out; written by gpufleet-fit.\n"
      "family_sigma = {:.4f}\nstranger_sigma = {:.4f}\n",
      fits.family_sigma, fits.stranger_sigma);
}

}  // namespace gpufleet::hw
