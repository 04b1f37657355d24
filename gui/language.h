// The program's words in other languages: tables in Qt's .ts form, built in as they are and read at the start, so that no tool is
// needed to build them. A text that a table lacks stays English.
#pragma once

#include <QHash>
#include <QTranslator>

namespace gpufleet::gui {

enum class Language : std::uint8_t { english, french, chinese };
/// "en", "fr", "zh"; and from the system's locale where the text is empty or unknown.
Language language_from_code(const QString& code);
QString language_code(Language language);

/// Source text to translation, as a .ts file holds them; unfinished entries are left out.
QHash<QString, QString> read_translations(const QByteArray& ts);
/// The table that is built in; empty for English.
QHash<QString, QString> built_in_translations(Language language);

class TableTranslator : public QTranslator {
 public:
  TableTranslator(QHash<QString, QString> table, QObject* parent) : QTranslator(parent), table_(std::move(table)) {}
  QString translate(const char* context, const char* source, const char* disambiguation, int n) const override;
  [[nodiscard]] bool isEmpty() const override { return table_.isEmpty(); }

 private:
  QHash<QString, QString> table_;
};

/// From now on new windows speak it; numbers follow the user's locale all the same.
void speak(Language language);

}  // namespace gpufleet::gui
