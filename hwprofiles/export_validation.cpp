#include "hwprofiles/export_validation.h"

#include <fmt/format.h>
#include <array>
#include <fstream>

#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/calendar.h"
#include "hwprofiles/csv.h"

namespace gpufleet::hw {
namespace {

constexpr std::size_t kFirstDate = 3;
constexpr std::array<std::string_view, 3> kColumns{"chip", "destination", "gate"};
constexpr std::array<std::string_view, 3> kGates{"seller", "buyer", "purchase"};

class Reader {
 public:
  Reader(std::istream& in, std::string file) : csv_(in), file_(std::move(file)) {}

  Result<std::vector<ExportCase>> run() {
    std::vector<std::string> fields;
    for (;;) {
      const CsvReader::Next next = csv_.next(fields);
      if (next == CsvReader::Next::end) break;
      if (next != CsvReader::Next::record)
        report("", "is no CSV record: a quote is out of place or the line is too long");
      else if (header_.empty())
        read_header(fields);
      else
        read_row(fields);
    }
    if (header_.empty()) report("", "the table is empty");
    if (!diagnostics_.empty()) return diagnostics_;
    return std::move(cases_);
  }

 private:
  void report(std::string key, std::string message) {
    Diagnostic out;
    out.where = {file_, csv_.line(), 1};
    out.key = std::move(key);
    out.message = std::move(message);
    diagnostics_.push_back(std::move(out));
  }

  void read_header(const std::vector<std::string>& fields) {
    header_ = fields;
    for (std::size_t i = 0; i < kColumns.size(); ++i)
      if (i >= fields.size() || fields[i] != kColumns[i]) report("", fmt::format("column {} must be \"{}\"", i + 1, kColumns[i]));
    for (std::size_t i = kFirstDate; i < fields.size(); ++i)
      if (complete_date(fields[i]) != fields[i])
        report("", fmt::format("column {} is {}, expected an ISO date", i + 1, shown(fields[i])));
  }

  void read_row(const std::vector<std::string>& fields) {
    if (fields.size() != header_.size())
      return report("", fmt::format("has {} fields, expected {}", fields.size(), header_.size()));
    ExportCase out;
    out.where = {file_, csv_.line(), 1};
    out.chip = fields[0];
    out.destination = fields[1];
    std::size_t gate = 0;
    while (gate < kGates.size() && kGates[gate] != fields[2]) ++gate;
    if (gate == kGates.size()) return report("gate", fmt::format("is {}, expected seller, buyer or purchase", shown(fields[2])));
    out.gate = static_cast<ExportGate>(gate);
    for (std::size_t i = kFirstDate; i < fields.size(); ++i) {
      if (fields[i].empty()) continue;
      out.date = header_[i];
      out.expected = fields[i];
      cases_.push_back(out);
    }
  }

  CsvReader csv_;
  std::string file_;
  std::vector<std::string> header_;
  std::vector<ExportCase> cases_;
  Diagnostics diagnostics_;
};

}  // namespace

Result<std::vector<ExportCase>> load_export_cases(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    Diagnostic out;
    out.where.file = file.generic_string();
    out.message = "cannot be read";
    return out;
  }
  return Reader(in, file.generic_string()).run();
}

Result<std::vector<ExportRow>> validate_export(std::span<const ExportCase> cases, std::span<const Accelerator> catalog,
                                               const ExportRules& rules) {
  std::vector<ExportRow> out;
  Diagnostics diagnostics;
  for (const ExportCase& test : cases) {
    const Result<Accelerator> chip = find_accelerator(catalog, test.chip);
    if (!chip) {
      Diagnostic missing = chip.diagnostics().front();
      missing.where = test.where;
      missing.key = "chip";
      if (diagnostics.empty() || diagnostics.back() != missing) diagnostics.push_back(std::move(missing));
      continue;
    }
    ExportQuery query;
    query.destination = test.destination;
    query.date = test.date;
    const ExportVerdict verdict = export_status(export_facts(*chip), rules, query);
    ExportRow row;
    row.id = fmt::format("{}@{}", chip->name, test.date);
    row.gate = test.gate;
    row.measured = test.expected;
    row.rule = verdict.rule;
    row.reason = verdict.reason;
    switch (test.gate) {
      case ExportGate::seller: row.predicted = verdict.status(); break;
      case ExportGate::buyer: row.predicted = verdict.gate_status(); break;
      case ExportGate::purchase: row.predicted = purchase_plausible(verdict, query.funding) ? "yes" : "no"; break;
    }
    if (test.gate != ExportGate::seller) row.id += fmt::format("/{}", kGates[static_cast<std::size_t>(test.gate)]);
    row.agrees = row.measured == row.predicted;
    out.push_back(std::move(row));
  }
  if (!diagnostics.empty()) return diagnostics;
  return out;
}

}  // namespace gpufleet::hw
