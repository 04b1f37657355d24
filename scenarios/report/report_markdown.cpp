#include <fmt/format.h>

#include "scenarios/metrics.h"
#include "scenarios/output/number_text.h"
#include "scenarios/report/answer.h"
#include "scenarios/report/headline.h"
#include "scenarios/report/report.h"

namespace gpufleet::scenarios {
namespace {

// What would end a cell, start a tag or begin a link is taken as a letter.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '>' || c == '[' || c == ']' || c == '`' || c == '*' || c == '_') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

void row(std::string& out, const std::vector<std::string>& cells) {
  for (const std::string& one : cells) out += fmt::format("| {} ", one);
  out += "|\n";
}
void head(std::string& out, const std::vector<std::string>& cells) {
  row(out, cells);
  row(out, std::vector<std::string>(cells.size(), "---"));
}

void metric_table(std::string& out, const RunResult& result, Language language) {
  head(out, {std::string(phrase(Phrase::metric, language)), std::string(phrase(Phrase::value, language)),
             std::string(phrase(Phrase::unit, language)), std::string(phrase(Phrase::interval, language))});
  for (const MetricSpec& metric : metrics()) {
    const MetricValue* value = find_metric(result, metric.name);
    if (value == nullptr) continue;
    const Estimate& e = value->estimate;
    const int digits = deserved_digits(e);
    row(out, {fmt::format("`{}`", metric.name), number_text(e.value, digits), cell(std::string(metric.unit)),
              e.low == e.high ? "" : fmt::format("{} … {}", number_text(e.low, digits), number_text(e.high, digits))});
  }
}

}  // namespace

std::string to_markdown(const Report& report) {
  const Language language = report.language;
  const auto say = [&](Phrase what) { return std::string(phrase(what, language)); };
  std::string out = fmt::format("# {}\n\n**{}.** {}\n", cell(display_name(report.results.front())), say(Phrase::answer),
                                cell(answer_sentence(report)));
  for (const RunResult& result : report.results) {
    out += fmt::format("\n## {}\n\n", cell(display_name(result)));
    metric_table(out, result, language);
    for (const ResultTable& table : result.tables) {
      out += fmt::format("\n### {}\n\n", cell(table.name));
      std::vector<std::string> names;
      for (const TableColumn& column : table.columns)
        names.push_back(cell(column.unit.empty() ? column.name : fmt::format("{} ({})", column.name, column.unit)));
      head(out, names);
      for (const auto& record : table.rows) {
        std::vector<std::string> cells;
        for (const TableCell& one : record)
          cells.push_back(std::holds_alternative<std::string>(one) ? cell(std::get<std::string>(one))
                                                                   : number_text(std::get<double>(one), 4));
        row(out, cells);
      }
    }
    for (const std::string& warning : result.warnings) out += fmt::format("\n> {}\n", cell(warning));
    out += fmt::format("\n{} {}, {} {}\n", say(Phrase::scenario), result.scenario_hash, say(Phrase::seed), result.seed);
  }
  if (const std::vector<SuiteLine> lines = suite_lines(report); !lines.empty()) {
    out += fmt::format("\n## {}\n\n", say(Phrase::validation));
    head(out, {say(Phrase::suite), say(Phrase::compared), say(Phrase::median_error), say(Phrase::p90_error), say(Phrase::bias),
               say(Phrase::coverage)});
    for (const SuiteLine& line : lines) row(out, {line.suite, line.compared, line.median, line.p90, line.bias, line.coverage});
  }
  out += fmt::format("\n{}\n\n{} gpufleet {}. {}\n", say(Phrase::uncertainty_note), say(Phrase::made_by),
                     report.results.front().version, say(Phrase::not_advice));
  return out;
}

}  // namespace gpufleet::scenarios
