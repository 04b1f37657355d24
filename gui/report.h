// The comparison as a document: one HTML file with its pictures inside, or the same printed as PDF.
#pragma once

#include "gui/result_tables.h"

namespace gpufleet::gui {

/// A self-contained page of what the views show: answer, comparison, differences, charts, problems.
QString report_html(const Workspace& workspace);
/// Empty on success.
QString write_report_html(const Workspace& workspace, const QString& file);
QString write_report_pdf(const Workspace& workspace, const QString& file);

}  // namespace gpufleet::gui
