#include "gui/command_line.h"

#include "gui/form_model.h"
#include "gui/text.h"
#include "scenarios/toml_reader.h"

namespace gpufleet::gui {
namespace {

void flatten(const scenarios::RawTable& table, const QString& path, QMap<QString, const scenarios::RawValue*>& out) {
  for (const scenarios::RawMember& member : table.members) {
    const QString here = path.isEmpty() ? QString::fromStdString(member.key) : path + u'.' + QString::fromStdString(member.key);
    const scenarios::RawArray* items = member.value.array();
    if (member.value.table() != nullptr) {
      flatten(*member.value.table(), here, out);
    } else if (items != nullptr && !items->empty() && items->front().table() != nullptr) {
      for (std::size_t i = 0; i < items->size(); ++i)
        if ((*items)[i].table() != nullptr) flatten(*(*items)[i].table(), u"%1.%2"_qs.arg(here).arg(i), out);
    } else {
      out[here] = &member.value;
    }
  }
}

QString shell_quoted(const QString& text) {
  static const QRegularExpression plain(u"^[A-Za-z0-9_./=:+-]+$"_qs);
  if (plain.match(text).hasMatch()) return text;
  QString inner = text;
  return u'\'' + inner.replace(u'\'', u"'\\''"_qs) + u'\'';
}

QString toml_text(const scenarios::RawValue& value) {
  if (value.text() != nullptr) return typed_text(value);
  if (value.array() == nullptr) return typed_text(value);
  QStringList parts;
  for (const scenarios::RawValue& item : *value.array())
    parts << (item.text() != nullptr ? u'"' + typed_text(item) + u'"' : typed_text(item));
  return u'[' + parts.join(u", ") + u']';
}

}  // namespace

std::optional<QString> command_line(const Workspace& workspace, int id, QString& problem) {
  const Document* document = workspace.document(id);
  if (document == nullptr || document->file.isEmpty() || !QFileInfo::exists(document->file)) {
    problem = Text::tr("Save the scenario first: the command line reads a file.");
    return std::nullopt;
  }
  QString out = u"gpufleet run "_qs + shell_quoted(document->file);
  const QString saved = workspace.saved_text(id);
  if (saved == document->text) return out;
  const Result<scenarios::RawTable> before = scenarios::parse_toml(saved.toStdString(), ""),
                                    now = scenarios::parse_toml(document->text.toStdString(), "");
  QMap<QString, const scenarios::RawValue*> old_values, new_values;
  if (before) flatten(*before, {}, old_values);
  if (now) flatten(*now, {}, new_values);
  const bool lost =
      std::any_of(old_values.keyBegin(), old_values.keyEnd(), [&](const QString& key) { return !new_values.contains(key); });
  if (!before || !now || lost) {
    problem = Text::tr("Keys were taken out of the file: save the scenario first.");
    return std::nullopt;
  }
  for (auto it = new_values.begin(); it != new_values.end(); ++it)
    if (!old_values.contains(it.key()) || toml_text(*old_values[it.key()]) != toml_text(**it))
      out += u" --set "_qs + shell_quoted(it.key() + u'=' + toml_text(**it));
  return out;
}

}  // namespace gpufleet::gui
