#include "gui/language.h"

#include <QCoreApplication>
#include <QFile>
#include <QLocale>
#include <QXmlStreamReader>

// Resources of a static library have to be called in from outside any namespace.
static void call_in_translations() { Q_INIT_RESOURCE(translations); }

namespace gpufleet::gui {

Language language_from_code(const QString& code) {
  if (code.startsWith(u"en")) return Language::english;
  if (code.startsWith(u"fr")) return Language::french;
  if (code.startsWith(u"zh")) return Language::chinese;
  switch (QLocale::system().language()) {
    case QLocale::French: return Language::french;
    case QLocale::Chinese: return Language::chinese;
    default: return Language::english;
  }
}

QString language_code(Language language) {
  return language == Language::french ? u"fr"_qs : language == Language::chinese ? u"zh"_qs : u"en"_qs;
}

QHash<QString, QString> read_translations(const QByteArray& ts) {
  QHash<QString, QString> out;
  QXmlStreamReader xml(ts);
  QString source;
  while (!xml.atEnd()) {
    if (xml.readNext() != QXmlStreamReader::StartElement) continue;
    if (xml.name() == u"source") source = xml.readElementText();
    if (xml.name() != u"translation") continue;
    const bool unfinished = xml.attributes().value(QLatin1String("type")) == u"unfinished";
    const QString text = xml.readElementText();
    if (!unfinished && !text.isEmpty()) out[source] = text;
  }
  return out;
}

QHash<QString, QString> built_in_translations(Language language) {
  if (language == Language::english) return {};
  call_in_translations();
  QFile file(u":/translations/gpufleet_%1.ts"_qs.arg(language_code(language)));
  return file.open(QIODevice::ReadOnly) ? read_translations(file.readAll()) : QHash<QString, QString>();
}

QString TableTranslator::translate(const char*, const char* source, const char*, int) const {
  return table_.value(QString::fromUtf8(source));
}

void speak(Language language) {
  QCoreApplication* application = QCoreApplication::instance();
  for (QObject* child : application->children())
    if (auto* before = dynamic_cast<TableTranslator*>(child)) {
      QCoreApplication::removeTranslator(before);
      delete before;
    }
  if (language != Language::english)
    QCoreApplication::installTranslator(new TableTranslator(built_in_translations(language), application));
}

}  // namespace gpufleet::gui
