// What the user works on: scenarios as texts, which one is the baseline and which is selected, what each means and what its
// simulation gave. The state is one value; every change of it is one step of undo. Results are kept by canonical scenario, so
// that going back to an old text shows its old result at once.
#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <QMap>
#include <QObject>
#include <QUndoStack>
#include <memory>

#include "gui/estimator.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/scenario.h"

namespace gpufleet::gui {

struct Document {
  int id = 0;
  QString file;  ///< empty: never saved
  QString name;  ///< as lists show it
  QString text;
  friend bool operator==(const Document&, const Document&) = default;
};

struct WorkspaceState {
  QList<Document> documents;  ///< in the order of the lists
  int baseline = 0;           ///< id; 0 only without documents
  friend bool operator==(const WorkspaceState&, const WorkspaceState&) = default;
};

/// What a text means, as far as it means anything.
struct Meaning {
  QString text;
  scenarios::RawTable own;                              ///< the text alone
  std::optional<scenarios::RawScenario> raw;            ///< with its bases
  std::shared_ptr<const scenarios::Scenario> scenario;  ///< null with errors
  Diagnostics diagnostics;
};

enum class Status : std::uint8_t { error, waiting, running, done, stale, failed, cancelled };

/// What a scenario shows: a simulated result (drawn solid) or an estimate that stands in until there is one (hollow).
enum class Basis : std::uint8_t { simulated, estimated };
struct Shown {
  std::shared_ptr<const Run> run;  ///< may be null
  Basis basis = Basis::simulated;
};

/// From an edit to what it changed on the screen, milliseconds; negative until known.
struct Latency {
  double estimate = -1, result = -1;
};

/// Whether consecutive edits of one kind become one step of undo.
enum class Merge : std::uint8_t { never, same_place };

class Workspace : public QObject {
  Q_OBJECT
 public:
  explicit Workspace(std::shared_ptr<const Data> data);

  [[nodiscard]] const WorkspaceState& state() const { return state_; }
  [[nodiscard]] const Document* document(int id) const;
  [[nodiscard]] int selected() const { return selected_; }
  [[nodiscard]] const Data& data() const { return *data_; }
  [[nodiscard]] QUndoStack& undo() { return undo_; }
  [[nodiscard]] Runner& runner() { return runner_; }
  [[nodiscard]] const Estimator& estimator() const { return estimator_; }

  /// Null for an unknown id.
  [[nodiscard]] const Meaning* meaning(int id) const;
  /// The result to show: of this very text, or the last one there was (then the status is not `done`). Null if there is none.
  [[nodiscard]] std::shared_ptr<const Run> run(int id) const;
  /// The simulated result of this very text; else its estimate; else the last result there was.
  [[nodiscard]] Shown shown(int id) const;
  [[nodiscard]] Latency latency(int id) const { return latencies_.value(id); }
  /// What is promised at most (or, where more is better, at least), by metric; views mark who breaks it. The promise of the
  /// selected scenario (`serving.slo`), at the percentiles up to its share of requests, where the user has not set or taken away
  /// a limit.
  [[nodiscard]] QMap<QString, double> limits() const;
  void set_limit(const QString& metric, std::optional<double> value);
  /// The same step with its spans; null until it has been recorded, and for scenarios without training.
  [[nodiscard]] std::shared_ptr<const Run> trace(int id) const { return traces_.value(shown_.value(id)); }
  [[nodiscard]] Status status(int id) const;
  [[nodiscard]] double progress(int id) const;
  [[nodiscard]] QString status_text(int id) const;
  [[nodiscard]] bool modified(int id) const;

  // Each of these is one step of undo.
  int add(const QString& file, const QString& name, const QString& text);
  void set_text(int id, const QString& text, const QString& what, Merge merge);
  void rename(int id, const QString& name);
  int duplicate(int id);
  void remove(int id);
  void move(int id, int place);
  void set_baseline(int id);

  /// Reads a file; the id, or 0 with the reason in `problem`. A file that is open already is selected.
  int open(const QString& file, QString& problem);
  /// Writes the text whole or not at all; an empty answer is success.
  QString save(int id, const QString& file);
  /// The text is taken as what the file holds now.
  void note_saved(int id);
  [[nodiscard]] QString saved_text(int id) const { return saved_.value(id); }
  /// As a session or a recovery file has it; not a step of undo.
  void restore(WorkspaceState state, const QHash<int, QString>& saved);

  void select(int id);
  void simulate(int id);
  void simulate_all();
  void cancel();

 signals:
  void documents_changed();
  void selection_changed(int id);
  void results_changed(int id);
  void progressed(int id);

 private:
  friend class StateCommand;
  struct Running {
    int id = 0;
    QString key;
    double fraction = 0;
    JobKind kind = JobKind::result;
  };
  void push(WorkspaceState after, const QString& what, const QString& merge_key);
  void apply(const WorkspaceState& state);
  void refresh(const Document& document);
  void estimate(int id);
  void on_estimated(int id, const QString& key, const std::shared_ptr<const Run>& run);
  void on_finished(int ticket, const std::shared_ptr<const Run>& run);

  std::shared_ptr<const Data> data_;
  QUndoStack undo_;
  Runner runner_;
  Estimator estimator_;
  WorkspaceState state_;
  int selected_ = 0, last_id_ = 0;
  QHash<int, QString> saved_;
  QHash<int, Meaning> meanings_;
  QHash<QString, std::shared_ptr<const Run>> results_;  // by canonical scenario
  QHash<QString, std::shared_ptr<const Run>> traces_;
  QHash<QString, std::shared_ptr<const Run>> estimates_;
  QHash<int, QElapsedTimer> edited_;  // when each was last changed
  QHash<int, Latency> latencies_;
  QMap<QString, std::optional<double>> limits_;  // as the user set them; nullopt: taken away
  QHash<int, QString> shown_;                    // key of the result that a scenario shows
  QHash<int, Running> running_;
  QHash<int, QString> cancelled_;  // key of the text that the user did not want to run
};

/// The canonical text names a result: unlike its hash it holds the title too, which the result's JSON repeats. Empty with errors.
QString result_key(const Meaning& meaning);
/// A name for a text: its title, or the file's.
QString document_name(const QString& file, const QString& text);

}  // namespace gpufleet::gui
