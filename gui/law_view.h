// Export law: which chip may be sold when, and where chips lie against the thresholds of total processing performance (TPP) and
// performance density.
#pragma once

#include <optional>

#include "gui/gantt.h"
#include "gui/views.h"
#include "hwprofiles/export_law.h"

class QDateEdit;

namespace gpufleet::gui {

struct LawQuestion {
  QString destination;
  QDate date;
  QString what_if;  ///< id of a rule that is not in force, or empty
};

/// Rows = chips sold so far, spans = stretches of one status, to `question.date`.
GanttData law_gantt(const scenarios::Catalogs& catalogs, const LawQuestion& question);
/// Chips of known numbers in the TPP/density plane, a series per status at the date.
ChartData law_plane(const scenarios::Catalogs& catalogs, const LawQuestion& question);
TableData law_table(const scenarios::Catalogs& catalogs, const LawQuestion& question);
/// "LICENCE_REQUIRED" as people say it.
QString status_words(const QString& status);

class LawView : public View {
  Q_OBJECT
 public:
  LawView(Workspace& workspace, QWidget* parent);

 protected:
  void refresh() override;
  void changeEvent(QEvent* event) override;

 private:
  void ask();

  QComboBox *destination_, *what_if_;
  QDateEdit* date_;
  QLabel* legend_;
  Gantt* gantt_;
  Chart* plane_;
  TablePanel* table_;
  bool asked_ = false;
};

}  // namespace gpufleet::gui
