// What outlives the program: open scenarios with unsaved texts, recent files, and a recovery file that is written while the user
// works and removed when the program ends in order. If it is there at the start, the last run was killed.
#pragma once

#include <QHash>
#include <QSettings>

#include "gui/workspace.h"

namespace gpufleet::gui {

struct SessionData {
  WorkspaceState state;
  QHash<int, QString> saved;  ///< what the files held
};

QByteArray to_json(const SessionData& session);
/// Nothing, with the reason in `problem`, for anything but the text of to_json.
std::optional<SessionData> session_from_json(const QByteArray& json, QString& problem);

class Session {
 public:
  /// `folder` is made when first written to.
  explicit Session(QString folder);
  /// The user's own: below $XDG_DATA_HOME.
  static QString default_folder();

  /// Empty on success.
  QString write_recovery(const SessionData& session);
  QString write_session(const SessionData& session);
  void clear_recovery();
  /// Nothing where there is none; a broken file is set aside, never deleted, and `problem` says where.
  std::optional<SessionData> read_recovery(QString& problem) { return read(u"recovery.json"_qs, problem); }
  std::optional<SessionData> read_session(QString& problem) { return read(u"session.json"_qs, problem); }

  [[nodiscard]] QSettings& settings() { return settings_; }
  [[nodiscard]] QStringList recent_files();
  void add_recent_file(const QString& file);

 private:
  std::optional<SessionData> read(const QString& name, QString& problem);
  QString write(const QString& name, const SessionData& session);

  QString folder_;
  QSettings settings_;
};

}  // namespace gpufleet::gui
