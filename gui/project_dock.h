// The list of scenarios: what each is called, how far its simulation is, which is the baseline. Dragging reorders, F2 renames.
#pragma once

#include <QAbstractListModel>
#include <QListView>

#include "gui/workspace.h"

namespace gpufleet::gui {

class ProjectModel : public QAbstractListModel {
  Q_OBJECT
 public:
  ProjectModel(Workspace& workspace, QObject* parent);

  enum Role { kIdRole = Qt::UserRole + 1 };
  int rowCount(const QModelIndex& parent) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
  QStringList mimeTypes() const override;
  QMimeData* mimeData(const QModelIndexList& indexes) const override;
  bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column, const QModelIndex& parent) override;

 private:
  void sync();
  void touch(int id);

  Workspace& workspace_;
  QList<int> ids_;
};

class ProjectList : public QListView {
  Q_OBJECT
 public:
  ProjectList(Workspace& workspace, QWidget* parent);

 private:
  void follow();
  Workspace& workspace_;
  ProjectModel* model_;
};

}  // namespace gpufleet::gui
