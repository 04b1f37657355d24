#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "scenarios/report/headline.h"
#include "scenarios/report/html_parts.h"
#include "scenarios/report/inputs.h"
#include "scenarios/report/safe_text.h"

namespace gpufleet::scenarios {
namespace {

class Assumptions {
 public:
  Assumptions(const Report& report, const Labels& labels) : report_(report), labels_(labels) {}

  std::string write() {
    out_ = fmt::format("<h2>{}</h2>\n<p>{}</p>\n", say(Phrase::assumptions), say(Phrase::assumptions_note));
    differences();
    for (std::size_t i = 0; i < report_.backgrounds.size() && i < report_.results.size(); ++i) scenario(i);
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string say(Phrase what) const { return say_html(what, report_.language); }
  void head(std::initializer_list<Phrase> columns) {
    out_ += "<div class=\"scroll\"><table class=\"keys\">\n<thead><tr>";
    for (const Phrase column : columns) out_ += fmt::format("<th scope=\"col\">{}</th>", say(column));
    out_ += "</tr></thead>\n<tbody>\n";
  }
  void foot() { out_ += "</tbody></table></div>\n"; }

  // In blocks of columns that a page holds.
  void differences() {
    const std::vector<DifferentInput> all = different_inputs(report_.results);
    if (all.empty()) return;
    constexpr std::size_t kColumns = 4;
    out_ += fmt::format("<h3>{}</h3>\n", say(Phrase::differences));
    for (std::size_t first = 0; first < labels_.labels.size(); first += kColumns) {
      const std::size_t end = std::min(first + kColumns, labels_.labels.size());
      out_ += fmt::format("<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">{}</th>", say(Phrase::key));
      for (std::size_t i = first; i < end; ++i)
        out_ += fmt::format("<th scope=\"col\">{}</th>", isolated_html(labels_.labels[i]));
      out_ += "</tr></thead>\n<tbody>\n";
      for (const DifferentInput& input : all) {
        out_ += fmt::format("<tr><th scope=\"row\">{}</th>", breakable_name(input.key));
        for (std::size_t i = first; i < end; ++i)
          out_ += fmt::format("<td>{}</td>", input.values[i].empty() ? "–" : isolated_html(input.values[i]));
        out_ += "</tr>\n";
      }
      foot();
    }
  }

  void scenario(std::size_t index) {
    const Background& background = report_.backgrounds[index];
    const RunResult& result = report_.results[index];
    out_ += fmt::format("<h3>{}</h3>\n<p class=\"dim\">{} {}, {} {}, gpufleet {}</p>\n", isolated_html(display_name(result)),
                        say(Phrase::scenario), escape_html(result.scenario_hash), say(Phrase::seed), result.seed,
                        escape_html(result.version));
    if (!background.keys.empty()) {
      out_ += fmt::format("<details><summary>{}: <bdi>{}</bdi></summary>", say(Phrase::assumptions),
                          escape_html(labels_.labels[index]));
      head({Phrase::key, Phrase::value, Phrase::from});
      for (const ExplainedKey& key : background.keys)
        out_ += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"s\">{}</td></tr>\n", breakable_name(key.key),
                            isolated_html(std::string(value_in(key.value, report_.language))),
                            key.from.empty() ? "" : isolated_html(origin_in(key.from, report_.language)));
      foot();
      out_ += "</details>\n";
    }
    if (!background.catalog.empty()) {
      out_ += fmt::format("<details open><summary>{}</summary>", say(Phrase::catalog));
      head({Phrase::key, Phrase::value, Phrase::source});
      for (const ExplainedKey& entry : background.catalog)
        out_ += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"s\">{}</td></tr>\n",
                            escape_html(std::string(word_in(entry.key, report_.language))), isolated_html(entry.value),
                            isolated_html(entry.from));
      foot();
      out_ += "</details>\n";
    }
    const std::string text = say(background.text == Background::Text::as_written ? Phrase::scenario_text : Phrase::resolved_text);
    for (const NamedText& file : background.files) {
      // Scenarios that share a base show it once.
      if (!shown_.emplace(file.name, file.text).second) {
        out_ += fmt::format("<p class=\"dim\">{}: {} ↑</p>\n", text, isolated_html(file.name));
        continue;
      }
      out_ += fmt::format("<details{}><summary>{}: {}</summary>", &file == &background.files.front() ? " open" : "", text,
                          isolated_html(file.name));
      out_ += fmt::format("<pre dir=\"ltr\">{}</pre></details>\n", escape_html(file.text));
    }
    for (const std::string& set : background.overrides)
      out_ += fmt::format("<p><code>--set</code> <code>{}</code></p>\n", isolated_html(set));
  }

  const Report& report_;
  const Labels& labels_;
  std::set<std::pair<std::string, std::string>> shown_;
  std::string out_;
};

}  // namespace

std::string assumptions_html(const Report& report, const Labels& labels) { return Assumptions(report, labels).write(); }

}  // namespace gpufleet::scenarios
