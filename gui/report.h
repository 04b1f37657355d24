// The comparison as a document: one HTML file with its pictures inside, or the same printed as PDF.
#pragma once

#include <QImage>
#include <array>

#include "gui/result_tables.h"

namespace gpufleet::gui {

enum class ReportPart : std::uint8_t { answer, comparison, differences, charts, timelines, problems, runs };
inline constexpr int kReportParts = 7;
/// Which parts a report has; all of them to begin with.
struct ReportParts {
  std::array<bool, kReportParts> on{true, true, true, true, true, true, true};
  double text_scale = 1;  ///< of the page's letters
  [[nodiscard]] bool has(ReportPart part) const { return on[static_cast<std::size_t>(part)]; }
};
QString name(ReportPart part);

/// A page and its pictures under the names that it uses.
struct ReportPage {
  QString html;
  QList<std::pair<QString, QImage>> pictures;
  void picture(const QImage& image, double width);
};
ReportPage report_page(const Workspace& workspace, const ReportParts& parts);

/// A self-contained page of what the views show: its pictures are inside.
QString report_html(const Workspace& workspace, const ReportParts& parts);
/// Empty on success.
QString write_report_html(const Workspace& workspace, const ReportParts& parts, const QString& file);
QString write_report_pdf(const Workspace& workspace, const ReportParts& parts, const QString& file);

}  // namespace gpufleet::gui
