// A table on the screen: one item model for every TableData, and a panel around it with copy, export and sorting.
#pragma once

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QWidget>

#include "gui/table_data.h"

namespace gpufleet::gui {

class TableModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Role { kDeltaRole = Qt::UserRole + 1, kMarkRole, kKeyRole, kSortRole };
  using QAbstractTableModel::QAbstractTableModel;

  void set(TableData table);
  [[nodiscard]] const TableData& table() const { return table_; }

  int rowCount(const QModelIndex& parent) const override;
  int columnCount(const QModelIndex& parent) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  TableData table_;
};

class TablePanel : public QWidget {
  Q_OBJECT
 public:
  /// `name` is the accessible name; it also names exported files.
  TablePanel(const QString& name, QWidget* parent);

  void set(TableData table);
  [[nodiscard]] const TableData& table() const { return model_->table(); }
  [[nodiscard]] QTableView* view() const { return view_; }
  /// What is selected, or everything, as tab-separated text on the clipboard.
  void copy();
  void save();

 signals:
  void activated(const QVariant& key, int column);
  void selected(const QVariant& key);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void fit();
  TableModel* model_;
  QSortFilterProxyModel* sorted_;
  QTableView* view_;
};

}  // namespace gpufleet::gui
