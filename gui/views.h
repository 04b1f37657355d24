// The views that show results. Each is a page of one dock; it draws when it is seen and something changed, never twice for one
// change. What they show are values of result_tables.h.
#pragma once

#include <QWidget>

#include "gui/result_tables.h"
#include "gui/table_panel.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;

namespace gpufleet::gui {

class View : public QWidget {
  Q_OBJECT
 public:
  View(Workspace& workspace, const QString& name, QWidget* parent);
  [[nodiscard]] bool seen() const;
  /// Draws now if anything changed since it last drew.
  void update_now();

 protected:
  virtual void refresh() = 0;
  void showEvent(QShowEvent* event) override;
  void changed() { changed_since(0); }
  /// Draws after that many milliseconds.
  void changed_since(int milliseconds);
  Workspace& workspace_;

 private:
  bool dirty_ = true, pending_ = false;
};

class CompareView : public View {
  Q_OBJECT
 public:
  CompareView(Workspace& workspace, QWidget* parent);
  [[nodiscard]] TablePanel* table() const { return table_; }
  [[nodiscard]] TablePanel* differences() const { return differences_; }
  void toggle_equal_rows();

 signals:
  /// A metric was asked "why?".
  void explain();

 protected:
  void refresh() override;

 private:
  QLabel* headline_;
  QCheckBox* hide_equal_;
  TablePanel *table_, *differences_;
};

class BreakdownView : public View {
  Q_OBJECT
 public:
  BreakdownView(Workspace& workspace, QWidget* parent);
  [[nodiscard]] Chart* chart() const { return chart_; }

 protected:
  void refresh() override;

 private:
  QComboBox* kind_;
  Chart* chart_;
};

class ParetoView : public View {
  Q_OBJECT
 public:
  ParetoView(Workspace& workspace, QWidget* parent);
  [[nodiscard]] Chart* chart() const { return chart_; }
  void choose(const QString& across, const QString& upwards);

 protected:
  void refresh() override;

 private:
  QComboBox* metrics_[2];
  QLineEdit* limits_[2];
  Chart* chart_;
};

/// A result's own tables: months of a fleet, purchases, campaigns, verdicts on claims.
class TablesView : public View {
  Q_OBJECT
 public:
  TablesView(Workspace& workspace, QWidget* parent);
  [[nodiscard]] Chart* chart() const { return chart_; }

 protected:
  void refresh() override;

 private:
  QComboBox *name_, *column_;
  Chart* chart_;
  TablePanel* table_;
};

class ProblemsView : public View {
  Q_OBJECT
 public:
  ProblemsView(Workspace& workspace, QWidget* parent);

 signals:
  void go_to(int id, int line, const QString& key);

 protected:
  void refresh() override;

 private:
  TablePanel* table_;
};

class RunsView : public View {
  Q_OBJECT
 public:
  RunsView(Workspace& workspace, QWidget* parent);

 protected:
  void refresh() override;

 private:
  TablePanel* table_;
};

/// Fills a box with (data, text) pairs, keeping what was chosen where it is still there.
void refill(QComboBox* box, const QList<std::pair<QString, QString>>& items, const QStringList& preferred);

}  // namespace gpufleet::gui
