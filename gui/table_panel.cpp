#include "gui/table_panel.h"

#include "gui/theme.h"

namespace gpufleet::gui {
namespace {

// Draws the relative difference as a bar under the text: right of the middle is more, left is less. The text says it too.
class DeltaDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    QStyledItemDelegate::paint(painter, option, index);
    const QVariant delta = index.data(TableModel::kDeltaRole);
    if (!delta.isValid()) return;
    constexpr double kFull = 0.5;  // a bar of full length is ±50 %
    const double share = std::clamp(delta.toDouble() / kFull, -1.0, 1.0);
    const QRectF area = QRectF(option.rect).adjusted(4, option.rect.height() - 4, -4, -1);
    const double middle = area.center().x(), half = area.width() / 2;
    painter->fillRect(QRectF(std::min(middle, middle + share * half), area.top(), std::abs(share) * half, area.height()),
                      theme_colours().accent);
    painter->fillRect(QRectF(middle - 0.5, area.top(), 1, area.height()), theme_colours().faint);
  }
};

}  // namespace

void TableModel::set(TableData table) {
  if (table == table_) return;
  beginResetModel();
  table_ = std::move(table);
  endResetModel();
}

int TableModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(table_.rows.size()); }
int TableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(table_.columns.size());
}

QVariant TableModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const Cell& cell = table_.rows[index.row()][index.column()];
  switch (role) {
    case Qt::DisplayRole: return cell.mark == Cell::Mark::best ? cell.text + u" ★"_qs : cell.text;
    case Qt::ToolTipRole:
    case Qt::StatusTipRole: return cell.hint.isEmpty() ? QVariant() : QVariant(cell.hint);
    case Qt::TextAlignmentRole: return QVariant::fromValue((cell.number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case kSortRole: return cell.number ? QVariant(*cell.number) : QVariant(cell.text);
    case kDeltaRole: return cell.delta ? QVariant(*cell.delta) : QVariant();
    case kMarkRole: return static_cast<int>(cell.mark);
    case kKeyRole: return index.row() < table_.keys.size() ? table_.keys[index.row()] : QVariant();
    case Qt::FontRole:
      if (cell.mark == Cell::Mark::best || cell.mark == Cell::Mark::heading) {
        QFont font = QApplication::font();
        font.setBold(true);
        return font;
      }
      if (cell.mark == Cell::Mark::estimate) {
        QFont font = QApplication::font();
        font.setItalic(true);
        return font;
      }
      return {};
    case Qt::ForegroundRole:
      if (cell.mark == Cell::Mark::error) return theme_colours().error;
      if (cell.mark == Cell::Mark::warning) return theme_colours().warning;
      if (cell.mark == Cell::Mark::faint) return theme_colours().faint_text;
      return {};
    case Qt::AccessibleTextRole: return table_.columns[index.column()] + u": "_qs + cell.text;
    default: return {};
  }
}

QVariant TableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role != Qt::DisplayRole) return {};
  if (orientation == Qt::Vertical) return section + 1;
  return section < table_.columns.size() ? QVariant(table_.columns[section]) : QVariant();
}

TablePanel::TablePanel(const QString& name, QWidget* parent)
    : QWidget(parent), model_(new TableModel(this)), sorted_(new QSortFilterProxyModel(this)), view_(new QTableView(this)) {
  setAccessibleName(name);
  setObjectName(name);
  sorted_->setSourceModel(model_);
  sorted_->setSortRole(TableModel::kSortRole);
  view_->setModel(sorted_);
  view_->setAccessibleName(name);
  view_->setAccessibleDescription(tr("Arrow keys move, Ctrl+C copies, the context menu exports"));
  view_->setItemDelegate(new DeltaDelegate(view_));
  view_->setSelectionBehavior(QAbstractItemView::SelectRows);
  view_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  view_->setAlternatingRowColors(true);
  view_->setShowGrid(false);
  view_->setWordWrap(false);
  view_->verticalHeader()->hide();
  view_->horizontalHeader()->setHighlightSections(false);
  view_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  view_->horizontalHeader()->setTextElideMode(Qt::ElideMiddle);  // titles often differ at their ends
  view_->setSortingEnabled(true);
  view_->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(view_);
  setFocusProxy(view_);

  view_->setContextMenuPolicy(Qt::ActionsContextMenu);
  auto* copy_action = new QAction(tr("&Copy"), view_);
  copy_action->setShortcut(QKeySequence::Copy);
  copy_action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
  connect(copy_action, &QAction::triggered, this, &TablePanel::copy);
  auto* save_action = new QAction(tr("&Export table…"), view_);
  connect(save_action, &QAction::triggered, this, &TablePanel::save);
  view_->addActions({copy_action, save_action});
  connect(view_, &QTableView::activated, this,
          [this](const QModelIndex& index) { emit activated(index.data(TableModel::kKeyRole), index.column()); });
  connect(view_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& index) { emit selected(index.data(TableModel::kKeyRole)); });
}

void TablePanel::set(TableData table) {
  const QStringList before = model_->table().columns;
  const bool was_empty = model_->table().rows.isEmpty();
  const int row = view_->currentIndex().row();
  model_->set(std::move(table));
  if (was_empty || model_->table().columns != before) fit();
  if (row >= 0 && row < sorted_->rowCount({})) view_->selectRow(row);
}

// Columns as wide as their text, within reason.
void TablePanel::fit() {
  view_->verticalHeader()->setMinimumSectionSize(fontMetrics().height() + 2);
  view_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
  view_->resizeColumnsToContents();
  const int widest = fontMetrics().averageCharWidth() * 56;
  for (int c = 0; c < model_->columnCount({}); ++c)
    view_->setColumnWidth(c, std::min(view_->columnWidth(c) + fontMetrics().averageCharWidth(), widest));
}

void TablePanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::FontChange) return;
  // After the view has taken the font itself.
  QTimer::singleShot(0, this, &TablePanel::fit);
}

void TablePanel::copy() {
  TableData part{model_->table().columns, {}, {}};
  for (const QModelIndex& index : view_->selectionModel()->selectedRows())
    part.rows << model_->table().rows[sorted_->mapToSource(index).row()];
  QGuiApplication::clipboard()->setText(to_text(part.rows.isEmpty() ? model_->table() : part, TableForm::tsv));
}

void TablePanel::save() {
  const QString csv = tr("CSV (*.csv)"), tsv = tr("Tab-separated (*.tsv)"), markdown = tr("Markdown (*.md)");
  QString chosen = csv;
  const QString file = QFileDialog::getSaveFileName(this, tr("Export table"), objectName() + u".csv"_qs,
                                                    QStringList{csv, tsv, markdown}.join(u";;"), &chosen);
  if (file.isEmpty()) return;
  const TableForm form = file.endsWith(u".md") ? TableForm::markdown : file.endsWith(u".tsv") ? TableForm::tsv : TableForm::csv;
  QSaveFile out(file);
  const QByteArray bytes = to_text(model_->table(), form).toUtf8();
  if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() || !out.commit())
    QMessageBox::warning(this, tr("Export table"), tr("%1 could not be written: %2").arg(file, out.errorString()));
}

}  // namespace gpufleet::gui
