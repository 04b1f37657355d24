#include "gui/project_dock.h"

#include "gui/theme.h"

namespace gpufleet::gui {
namespace {
const QString kMime = u"application/x-gpufleet-scenario"_qs;
}  // namespace

ProjectModel::ProjectModel(Workspace& workspace, QObject* parent) : QAbstractListModel(parent), workspace_(workspace) {
  connect(&workspace_, &Workspace::documents_changed, this, &ProjectModel::sync);
  connect(&workspace_, &Workspace::results_changed, this, &ProjectModel::touch);
  connect(&workspace_, &Workspace::progressed, this, &ProjectModel::touch);
  sync();
}

void ProjectModel::sync() {
  QList<int> now;
  for (const Document& document : workspace_.state().documents) now << document.id;
  if (now != ids_) {
    beginResetModel();
    ids_ = now;
    endResetModel();
  } else if (!ids_.isEmpty()) {
    emit dataChanged(index(0), index(static_cast<int>(ids_.size()) - 1));
  }
}

void ProjectModel::touch(int id) {
  if (const auto row = ids_.indexOf(id); row >= 0) emit dataChanged(index(static_cast<int>(row)), index(static_cast<int>(row)));
}

int ProjectModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(ids_.size()); }

QVariant ProjectModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const int id = ids_[index.row()];
  const Document* document = workspace_.document(id);
  if (document == nullptr) return {};
  const bool base = workspace_.state().baseline == id;
  const QString mark = base ? u"★ "_qs : QString(), edited = workspace_.modified(id) ? u" *"_qs : QString();
  switch (role) {
    case Qt::DisplayRole: return u"%1%2%3\n%4"_qs.arg(mark, document->name, edited, workspace_.status_text(id));
    case Qt::EditRole: return document->name;
    case kIdRole: return id;
    case Qt::ToolTipRole: return document->file.isEmpty() ? tr("not saved yet") : document->file;
    case Qt::AccessibleTextRole:
      return u"%1, %2%3%4"_qs.arg(document->name, workspace_.status_text(id), base ? tr(", baseline") : QString(),
                                  workspace_.modified(id) ? tr(", not saved") : QString());
    case Qt::DecorationRole: {
      // The series' colour, with a letter so that colour is not the only sign.
      QPixmap chip(32, 32);
      chip.setDevicePixelRatio(2);
      chip.fill(Qt::transparent);
      QPainter painter(&chip);
      painter.setRenderHint(QPainter::Antialiasing);
      const Status status = workspace_.status(id);
      const QColor colour = series_colour(index.row());
      painter.setPen(QPen(colour, 2));
      painter.setBrush(status == Status::done ? QBrush(colour) : QBrush(Qt::NoBrush));  // simulated solid, else hollow
      painter.drawRoundedRect(QRectF(2, 2, 12, 12), 3, 3);
      return chip;
    }
    case Qt::ForegroundRole:
      return workspace_.status(id) == Status::error || workspace_.status(id) == Status::failed ? QVariant(theme_colours().error)
                                                                                               : QVariant();
    default: return {};
  }
}

bool ProjectModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (!index.isValid() || role != Qt::EditRole) return false;
  workspace_.rename(ids_[index.row()], value.toString());
  return true;
}

Qt::ItemFlags ProjectModel::flags(const QModelIndex& index) const {
  if (!index.isValid()) return Qt::ItemIsDropEnabled;
  return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsEditable | Qt::ItemIsDragEnabled | Qt::ItemNeverHasChildren;
}

QStringList ProjectModel::mimeTypes() const { return {kMime}; }

QMimeData* ProjectModel::mimeData(const QModelIndexList& indexes) const {
  auto* data = new QMimeData;
  if (!indexes.isEmpty()) data->setData(kMime, QByteArray::number(ids_[indexes.front().row()]));
  return data;
}

bool ProjectModel::dropMimeData(const QMimeData* data, Qt::DropAction, int row, int, const QModelIndex&) {
  if (!data->hasFormat(kMime)) return false;
  const int id = data->data(kMime).toInt();
  const auto from = ids_.indexOf(id);
  const int to = row < 0 ? static_cast<int>(ids_.size()) - 1 : from < row ? row - 1 : row;
  workspace_.move(id, to);
  return false;  // the workspace has moved it already
}

ProjectList::ProjectList(Workspace& workspace, QWidget* parent)
    : QListView(parent), workspace_(workspace), model_(new ProjectModel(workspace, this)) {
  setModel(model_);
  setAccessibleName(tr("Scenarios"));
  setWordWrap(true);
  setTextElideMode(Qt::ElideMiddle);
  setUniformItemSizes(false);
  setSpacing(2);
  setDragDropMode(QAbstractItemView::InternalMove);
  setEditTriggers(QAbstractItemView::EditKeyPressed);
  setContextMenuPolicy(Qt::ActionsContextMenu);
  connect(selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& now) {
    if (now.isValid()) workspace_.select(now.data(ProjectModel::kIdRole).toInt());
  });
  connect(&workspace_, &Workspace::selection_changed, this, &ProjectList::follow);
  connect(model_, &QAbstractItemModel::modelReset, this, &ProjectList::follow);
  follow();
}

void ProjectList::follow() {
  for (int row = 0; row < model_->rowCount({}); ++row)
    if (model_->index(row).data(ProjectModel::kIdRole).toInt() == workspace_.selected() && currentIndex().row() != row)
      setCurrentIndex(model_->index(row));
}

}  // namespace gpufleet::gui
