#include "gui/report.h"

#include <QPdfWriter>
#include <QTextDocument>

#include "gui/text.h"
#include "gui/theme.h"

namespace gpufleet::gui {
namespace {

QString html_table(const TableData& table) {
  QString out = u"<table border='0' cellspacing='0' cellpadding='3' width='100%'><tr bgcolor='#e8edf2'>"_qs;
  for (const QString& column : table.columns) out += u"<th align='left'>"_qs + column.toHtmlEscaped() + u"</th>"_qs;
  out += u"</tr>"_qs;
  for (const QList<Cell>& row : table.rows) {
    const bool heading = !row.isEmpty() && row.front().mark == Cell::Mark::heading;
    out += heading ? u"<tr bgcolor='#f5f7fa'>"_qs : u"<tr>"_qs;
    for (const Cell& cell : row) {
      QString text = cell.text.toHtmlEscaped();
      if (cell.mark == Cell::Mark::best) text = u"<b>%1 ★</b>"_qs.arg(text);
      if (cell.mark == Cell::Mark::heading) text = u"<b>%1</b>"_qs.arg(text);
      out += (cell.number ? u"<td align='right'>"_qs : u"<td>"_qs) + text + u"</td>"_qs;
    }
    out += u"</tr>"_qs;
  }
  return out + u"</table>"_qs;
}

}  // namespace

QString name(ReportPart part) {
  switch (part) {
    case ReportPart::answer: return Text::tr("Answer");
    case ReportPart::comparison: return Text::tr("Metrics");
    case ReportPart::differences: return Text::tr("What differs in the inputs");
    case ReportPart::charts: return Text::tr("Where it goes");
    case ReportPart::timelines: return Text::tr("Timelines");
    case ReportPart::problems: return Text::tr("Problems and warnings");
    case ReportPart::runs: return Text::tr("Results");
  }
  return {};
}

void ReportPage::picture(const QImage& image, double width) {
  const QString file = u"picture-%1.png"_qs.arg(pictures.size() + 1);
  html += u"<p><img src='%1' width='%2'></p>"_qs.arg(file).arg(qRound(width));
  pictures << std::pair(file, image);
}

ReportPage report_page(const Workspace& workspace, const ReportParts& parts) {
  constexpr double kWidth = 640;
  const std::vector<Contender> all = contenders(workspace);
  const Appearance before = appearance();
  ReportPage page;
  const auto points = [&](double size) { return QString::number(size * parts.text_scale, 'g', 3) + u"pt"_qs; };
  page.html =
      u"<!DOCTYPE html><html><head><meta charset='utf-8'><title>%1</title>"
      u"<style>body{font-family:sans-serif;font-size:%2;max-width:60em;margin:2em "
      u"auto}table{font-size:%3}h1{font-size:%4}h2{font-size:%5}</style>"
      u"</head><body><h1>%1</h1>"_qs.arg(Text::tr("Comparison of scenarios"), points(9), points(8), points(16), points(12));
  const auto heading = [&](ReportPart part) { page.html += u"<h2>%1</h2>"_qs.arg(name(part)); };
  if (parts.has(ReportPart::answer)) page.html += u"<p>%1</p>"_qs.arg(headline(all));
  if (parts.has(ReportPart::comparison)) {
    heading(ReportPart::comparison);
    page.html += html_table(compare_table(all, EqualRows::shown, workspace.limits()));
  }
  if (!all.empty() && parts.has(ReportPart::differences)) {
    heading(ReportPart::differences);
    page.html += html_table(difference_table(workspace, all));
  }
  // Paper is light, whatever the screen wears.
  if (before == Appearance::dark) apply_theme(Appearance::light, 1);
  if (parts.has(ReportPart::charts)) heading(ReportPart::charts);
  for (const QString& kind : parts.has(ReportPart::charts) ? breakdown_kinds(all) : QStringList()) {
    Chart chart(kind, nullptr);
    chart.resize(900, 110 + 60 * static_cast<int>(all.size()));
    chart.set(breakdown_chart(all, kind));
    page.html += u"<p><b>%1</b></p>"_qs.arg(kind.toHtmlEscaped());
    page.picture(chart.picture(chart.size()).toImage(), kWidth);
  }
  for (const Contender& contender : all) {
    if (contender.trace == nullptr || !parts.has(ReportPart::timelines)) continue;
    Gantt gantt(contender.name, nullptr);
    gantt.set(step_gantt(*contender.trace));
    QImage image(1800, std::min(1400, 80 + 40 * static_cast<int>(gantt.data().rows.size())), QImage::Format_RGB32);
    image.setDevicePixelRatio(2);
    QPainter painter(&image);
    gantt.paint(painter, image.size() / 2);
    painter.end();
    page.html += u"<p><b>%1</b></p>"_qs.arg(Text::tr("One step of %1").arg(contender.name.toHtmlEscaped()));
    page.picture(image, kWidth);
  }
  if (before == Appearance::dark) apply_theme(before, 1);
  const TableData problems = problems_table(workspace);
  if (!problems.rows.isEmpty() && parts.has(ReportPart::problems)) {
    heading(ReportPart::problems);
    page.html += html_table(problems);
  }
  if (parts.has(ReportPart::runs)) {
    heading(ReportPart::runs);
    page.html += html_table(runs_table(workspace));
  }
  page.html += u"</body></html>"_qs;
  return page;
}

QString report_html(const Workspace& workspace, const ReportParts& parts) {
  ReportPage page = report_page(workspace, parts);
  for (const auto& [name, image] : page.pictures) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    image.save(&buffer, "PNG");
    page.html.replace(u"src='%1'"_qs.arg(name), u"src='data:image/png;base64,%1'"_qs.arg(QString::fromLatin1(bytes.toBase64())));
  }
  return page.html;
}

QString write_report_html(const Workspace& workspace, const ReportParts& parts, const QString& file) {
  QSaveFile out(file);
  const QByteArray bytes = report_html(workspace, parts).toUtf8();
  if (out.open(QIODevice::WriteOnly) && out.write(bytes) == bytes.size() && out.commit()) return {};
  return Text::tr("%1 could not be written: %2").arg(file, out.errorString());
}

QString write_report_pdf(const Workspace& workspace, const ReportParts& parts, const QString& file) {
  const QFileInfo info(file);
  if (!QFileInfo(info.absolutePath()).isWritable())
    return Text::tr("%1 could not be written: the folder does not allow it").arg(file);
  const ReportPage page = report_page(workspace, parts);
  QTextDocument document;
  for (const auto& [name, image] : page.pictures) document.addResource(QTextDocument::ImageResource, QUrl(name), image);
  QFont font = QApplication::font();
  font.setPointSizeF(9);
  document.setDefaultFont(font);
  document.setHtml(page.html);
  {
    QPdfWriter writer(file);
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageOrientation(QPageLayout::Landscape);
    writer.setPageMargins(QMarginsF(15, 15, 15, 15), QPageLayout::Millimeter);
    writer.setTitle(Text::tr("Comparison of scenarios"));
    writer.setResolution(144);
    document.print(&writer);
  }
  return QFileInfo(file).size() > 0 ? QString() : Text::tr("%1 could not be written").arg(file);
}

}  // namespace gpufleet::gui
