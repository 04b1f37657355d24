#include "gui/session.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "gui/text.h"

namespace gpufleet::gui {
namespace {
constexpr int kFormat = 1;
}  // namespace

QByteArray to_json(const SessionData& session) {
  QJsonArray documents;
  for (const Document& document : session.state.documents) {
    QJsonObject object{
        {u"id"_qs, document.id}, {u"file"_qs, document.file}, {u"name"_qs, document.name}, {u"text"_qs, document.text}};
    if (session.saved.contains(document.id)) object[u"saved"_qs] = session.saved[document.id];
    documents << object;
  }
  return QJsonDocument(
             QJsonObject{{u"format"_qs, kFormat}, {u"baseline"_qs, session.state.baseline}, {u"documents"_qs, documents}})
      .toJson();
}

std::optional<SessionData> session_from_json(const QByteArray& json, QString& problem) {
  QJsonParseError error;
  const QJsonDocument document = QJsonDocument::fromJson(json, &error);
  if (error.error != QJsonParseError::NoError || !document.isObject()) {
    problem = Text::tr("not a session file: %1").arg(error.errorString());
    return std::nullopt;
  }
  const QJsonObject root = document.object();
  if (root[u"format"_qs].toInt() != kFormat || !root[u"documents"_qs].isArray()) {
    problem = Text::tr("a session file of another version");
    return std::nullopt;
  }
  SessionData out;
  out.state.baseline = root[u"baseline"_qs].toInt();
  const QJsonArray documents = root[u"documents"_qs].toArray();
  for (const QJsonValue& value : documents) {
    const QJsonObject object = value.toObject();
    Document each{object[u"id"_qs].toInt(), object[u"file"_qs].toString(), object[u"name"_qs].toString(),
                  object[u"text"_qs].toString()};
    const bool twice =
        std::any_of(out.state.documents.begin(), out.state.documents.end(), [&](const Document& d) { return d.id == each.id; });
    if (each.id <= 0 || twice) {
      problem = Text::tr("a session file with broken entries");
      return std::nullopt;
    }
    if (object.contains(u"saved"_qs)) out.saved[each.id] = object[u"saved"_qs].toString();
    out.state.documents << each;
  }
  return out;
}

Session::Session(QString folder) : folder_(std::move(folder)), settings_(folder_ + u"/settings.ini"_qs, QSettings::IniFormat) {}

QString Session::default_folder() {
  return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + u"/gpufleet/desktop"_qs;
}

QString Session::write(const QString& name, const SessionData& session) {
  if (!QDir().mkpath(folder_)) return Text::tr("The folder %1 cannot be made; work is not backed up.").arg(folder_);
  QSaveFile file(folder_ + u'/' + name);
  const QByteArray bytes = to_json(session);
  if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit()) return {};
  return Text::tr("%1 cannot be written (%2); work is not backed up.").arg(file.fileName(), file.errorString());
}

QString Session::write_recovery(const SessionData& session) { return write(u"recovery.json"_qs, session); }
QString Session::write_session(const SessionData& session) { return write(u"session.json"_qs, session); }
void Session::clear_recovery() { QFile::remove(folder_ + u"/recovery.json"_qs); }

std::optional<SessionData> Session::read(const QString& name, QString& problem) {
  QFile file(folder_ + u'/' + name);
  if (!file.open(QIODevice::ReadOnly)) return std::nullopt;
  std::optional<SessionData> session = session_from_json(file.readAll(), problem);
  if (session) return session;
  const QString aside = file.fileName() + u".broken"_qs;
  QFile::remove(aside);
  file.rename(aside);
  problem = Text::tr("%1 could not be read (%2); it was set aside as %3.").arg(name, problem, aside);
  return std::nullopt;
}

QStringList Session::recent_files() { return settings_.value(u"recent_files"_qs).toStringList(); }

void Session::add_recent_file(const QString& file) {
  constexpr qsizetype kMost = 10;
  QStringList files = recent_files();
  files.removeAll(file);
  files.prepend(file);
  settings_.setValue(u"recent_files"_qs, QStringList(files.mid(0, kMost)));
}

}  // namespace gpufleet::gui
