#include "scenarios/report/timeline_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "scenarios/report/safe_text.h"
#include "scenarios/report/svg_chart.h"

namespace gpufleet::scenarios {
namespace {

constexpr double kPicture = 760, kFirst = 62, kLast = 750, kUpper = 6, kBlocks = 14, kWire = 3, kStageRow = 21, kScale = 30;
constexpr std::size_t kStagesShown = 32;
constexpr double kFinest = 0.7;  // of a picture's unit: shorter gaps are not drawn

// By StepPart, as the bars of the step's parts have them; waiting is the paper.
constexpr std::array<std::string_view, sim::kStepParts> kPartColours{"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                                                     "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f"};

double seconds_of(Time time) { return static_cast<double>(time.value()) * 1e-12; }

struct Piece {
  double from = 0, to = 0;
};

// Pieces in the picture's units, sorted; those closer than the eye sees become one.
std::vector<Piece> joined_pieces(std::vector<Piece> pieces) {
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.from < b.from; });
  std::vector<Piece> out;
  for (const Piece& piece : pieces) {
    if (!out.empty() && piece.from - out.back().to < kFinest)
      out.back().to = std::max(out.back().to, piece.to);
    else
      out.push_back(piece);
  }
  return out;
}

void box(std::string& path, double from, double to, double top, double height) {
  path += fmt::format("M{:.1f} {:.0f}h{:.1f}v{:.0f}H{:.1f}z", from, top, std::max(to - from, 0.2), height, from);
}

class Timeline {
 public:
  Timeline(std::span<const sim::Span> spans, std::span<const sim::TransferSpan> transfers)
      : spans_(spans), transfers_(transfers) {
    std::set<std::int32_t> stages;
    for (const sim::Span& span : spans) stages.insert(span.stage), end_ = std::max(end_, seconds_of(span.end));
    for (const sim::TransferSpan& transfer : transfers) end_ = std::max(end_, seconds_of(transfer.end));
    stages_ = stages.size();
    const std::size_t shown = std::min(stages.size(), kStagesShown);
    const std::vector<std::int32_t> all(stages.begin(), stages.end());
    for (std::size_t i = 0; i < shown; ++i) rows_.push_back(shown == 1 ? all.front() : all[i * (all.size() - 1) / (shown - 1)]);
  }

  [[nodiscard]] bool empty() const { return rows_.empty() || !(end_ > 0); }
  [[nodiscard]] bool whole() const { return rows_.size() == stages_; }
  [[nodiscard]] std::size_t stages() const { return stages_; }
  [[nodiscard]] double bottom() const { return kUpper + kStageRow * static_cast<double>(rows_.size()); }
  [[nodiscard]] double end() const { return end_; }

  // Every block keeps a hairline to its neighbour where there is room for one.
  std::string draw() {
    std::string out;
    std::array<std::string, sim::kStepParts> paths;
    std::string critical, wires;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      const double top = kUpper + kStageRow * static_cast<double>(row);
      std::array<std::vector<Piece>, sim::kStepParts> crumbs;
      std::vector<Piece> waited, busy;
      for (const sim::Span& span : spans_) {
        if (span.stage != rows_[row]) continue;
        const double from = x_of(span.begin), to = x_of(span.end);
        const auto part = static_cast<std::size_t>(span.part);
        if (to - from < 2 * kFinest)
          crumbs[part].push_back({from, to});
        else
          box(paths[part], from, to - 0.3, top, kBlocks);
        if (span.critical) waited.push_back({from, to});
      }
      for (const sim::TransferSpan& transfer : transfers_)
        if (transfer.stage == rows_[row]) busy.push_back({x_of(transfer.begin), x_of(transfer.end)});
      for (std::size_t part = 0; part < paths.size(); ++part)
        for (const Piece& piece : joined_pieces(std::move(crumbs[part]))) box(paths[part], piece.from, piece.to, top, kBlocks);
      for (const Piece& piece : joined_pieces(std::move(waited))) box(critical, piece.from, piece.to, top, 2);
      for (const Piece& piece : joined_pieces(std::move(busy))) box(wires, piece.from, piece.to, top + kBlocks + 1, kWire);
      out += fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"end\">{}</text>", kFirst - 6, top + 12, rows_[row]);
    }
    for (std::size_t part = 0; part < paths.size(); ++part)
      if (!paths[part].empty())
        out += fmt::format("<path d=\"{}\" fill=\"{}\"><title>{}</title></path>", paths[part], kPartColours[part],
                           sim::name(static_cast<sim::StepPart>(part)));
    if (!wires.empty()) out += fmt::format("<path class=\"wire\" d=\"{}\"/>", wires);
    if (!critical.empty()) out += fmt::format("<path class=\"critical\" d=\"{}\"/>", critical);
    return out;
  }

  [[nodiscard]] std::string legend(Language language) const {
    std::string out = "<ul class=\"legend\">";
    for (int part = 0; part < sim::kStepParts; ++part) {
      const auto is_it = [&](const sim::Span& span) { return span.part == static_cast<sim::StepPart>(part); };
      if (std::ranges::any_of(spans_, is_it))
        out += fmt::format("<li><span style=\"background:{}\"></span>{}</li>", kPartColours[static_cast<std::size_t>(part)],
                           sim::name(static_cast<sim::StepPart>(part)));
    }
    if (!transfers_.empty())
      out += fmt::format("<li><span class=\"wire\"></span>{}</li>", phrase(Phrase::timeline_communication, language));
    if (std::ranges::any_of(spans_, &sim::Span::critical))
      out += fmt::format("<li><span class=\"critical\"></span>{}</li>", phrase(Phrase::timeline_critical, language));
    return out + "</ul>\n";
  }

 private:
  [[nodiscard]] double x_of(Time time) const { return kFirst + (kLast - kFirst) * seconds_of(time) / end_; }

  std::span<const sim::Span> spans_;
  std::span<const sim::TransferSpan> transfers_;
  std::vector<std::int32_t> rows_;  // stages drawn
  std::size_t stages_ = 0;
  double end_ = 0;
};

}  // namespace

std::string timeline_chart(const std::string& title, std::span<const sim::Span> spans,
                           std::span<const sim::TransferSpan> transfers, Language language) {
  Timeline timeline(spans, transfers);
  if (timeline.empty()) return {};
  const std::string name = fmt::format("{}: {} (s)", title, phrase(Phrase::timeline, language));
  std::string out = fmt::format(
      "<figure class=\"wide\"><figcaption><bdi>{}</bdi>: {} (s)</figcaption><svg viewBox=\"0 0 {} {:.0f}\" role=\"img\" "
      "aria-label=\"{}\" xmlns=\"http://www.w3.org/2000/svg\">",
      escape_html(title), phrase(Phrase::timeline, language), kPicture, timeline.bottom() + kScale, isolated_attribute(name));
  out += horizontal_scale(timeline.end(), kFirst, kLast, kUpper, timeline.bottom());
  out += timeline.draw() + "</svg>" + timeline.legend(language);
  out += fmt::format("<p class=\"dim\">{}</p>", phrase(Phrase::timeline_note, language));
  if (!timeline.whole())
    out += fmt::format("<p class=\"dim\">{}: {} / {}</p>", phrase(Phrase::timeline_shown, language), kStagesShown,
                       timeline.stages());
  return out + "</figure>\n";
}

}  // namespace gpufleet::scenarios
