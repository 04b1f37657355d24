// Tables as CSV, TSV and Markdown.
#include "gui/table_data.h"

namespace gpufleet::gui {
namespace {

// As a file holds it: the number in full where there is one, for programs; the text for people in Markdown.
QString content(const Cell& cell, TableForm form) {
  if (form == TableForm::markdown || !cell.number) return cell.text;
  return QString::number(*cell.number, 'g', QLocale::FloatingPointShortest);
}

QString escaped(QString text, TableForm form) {
  switch (form) {
    case TableForm::csv:
      if (text.contains(u',') || text.contains(u'"') || text.contains(u'\n') || text.contains(u'\r'))
        return u'"' + text.replace(u'"', u"\"\""_qs) + u'"';
      return text;
    case TableForm::tsv: return text.replace(u'\t', u' ').replace(u'\n', u' ');
    case TableForm::markdown: return text.replace(u'|', u"\\|"_qs).replace(u'\n', u' ');
  }
  return text;
}

QString line(const QStringList& parts, TableForm form) {
  switch (form) {
    case TableForm::csv: return parts.join(u',') + u"\r\n"_qs;
    case TableForm::tsv: return parts.join(u'\t') + u'\n';
    case TableForm::markdown: return u"| "_qs + parts.join(u" | "_qs) + u" |\n"_qs;
  }
  return {};
}

}  // namespace

QString to_text(const TableData& table, TableForm form) {
  QStringList header;
  for (const QString& column : table.columns) header << escaped(column, form);
  QString out = line(header, form);
  if (form == TableForm::markdown) out += line(QStringList(table.columns.size(), u"---"_qs), form);
  for (const QList<Cell>& row : table.rows) {
    QStringList parts;
    for (const Cell& cell : row) parts << escaped(content(cell, form), form);
    out += line(parts, form);
  }
  return out;
}

}  // namespace gpufleet::gui
