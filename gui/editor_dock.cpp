#include "gui/editor_dock.h"

#include "gui/text.h"
#include "gui/theme.h"
#include "gui/toml_edit.h"

namespace gpufleet::gui {
namespace {

// Words of TOML in colour: keys of tables, comments, texts. Weight and slant say the same without colour.
class Highlighter : public QSyntaxHighlighter {
 public:
  using QSyntaxHighlighter::QSyntaxHighlighter;

 protected:
  void highlightBlock(const QString& line) override {
    const ThemeColours& c = theme_colours();
    QTextCharFormat header, comment, string;
    header.setFontWeight(QFont::Bold);
    comment.setForeground(c.faint_text);
    comment.setFontItalic(true);
    string.setForeground(c.good);
    if (line.trimmed().startsWith(u'[')) setFormat(0, static_cast<int>(line.size()), header);
    for (int i = 0; i < line.size(); ++i) {
      if (line[i] == u'#') {
        setFormat(i, static_cast<int>(line.size()) - i, comment);
        return;
      }
      if (line[i] != u'"') continue;
      const int end = static_cast<int>(line.indexOf(u'"', i + 1));
      setFormat(i, (end < 0 ? static_cast<int>(line.size()) : end + 1) - i, string);
      if (end < 0) return;
      i = end;
    }
  }
};

// Choices in a list, everything else in a line.
class ValueDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const auto* model = qobject_cast<const FormModel*>(index.model());
    const FormModel::Node* node = model == nullptr ? nullptr : model->node(index);
    if (node == nullptr) return nullptr;
    QStringList choices;
    if (node->key->type == scenarios::KeyType::boolean) choices << u"true"_qs << u"false"_qs;
    if (node->key->type == scenarios::KeyType::choice || node->key->type == scenarios::KeyType::choice_table)
      for (const std::string& choice : node->key->choices) choices << QString::fromStdString(choice);
    if (choices.isEmpty()) {
      QWidget* line = QStyledItemDelegate::createEditor(parent, option, index);
      line->setAccessibleName(node->label);
      return line;
    }
    auto* box = new QComboBox(parent);
    box->addItems(choices);
    box->setAccessibleName(node->label);
    return box;
  }
  void setEditorData(QWidget* editor, const QModelIndex& index) const override {
    if (auto* box = qobject_cast<QComboBox*>(editor)) {
      box->setCurrentText(index.data(Qt::EditRole).toString());
    } else {
      QStyledItemDelegate::setEditorData(editor, index);
    }
  }
  void setModelData(QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const override {
    if (const auto* box = qobject_cast<QComboBox*>(editor)) {
      model->setData(index, box->currentText(), Qt::EditRole);
    } else {
      QStyledItemDelegate::setModelData(editor, model, index);
    }
  }
};

}  // namespace

EditorDock::EditorDock(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      workspace_(workspace),
      form_(new FormModel(this)),
      tabs_(new QTabWidget(this)),
      tree_(new QTreeView(this)),
      text_(new QPlainTextEdit(this)),
      search_(new QLineEdit(this)),
      help_(new QLabel(this)),
      slider_(new QSlider(Qt::Horizontal, this)) {
  tree_->setModel(form_);
  tree_->setAccessibleName(tr("Scenario form"));
  tree_->setItemDelegateForColumn(FormModel::kValue, new ValueDelegate(tree_));
  tree_->setAlternatingRowColors(true);
  tree_->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed | QAbstractItemView::AnyKeyPressed);
  tree_->header()->setStretchLastSection(true);
  tree_->setColumnWidth(FormModel::kLabel, fontMetrics().averageCharWidth() * 28);
  tree_->setColumnWidth(FormModel::kValue, fontMetrics().averageCharWidth() * 24);
  tree_->setContextMenuPolicy(Qt::ActionsContextMenu);
  auto* reset = new QAction(tr("&Reset to default"), tree_);
  connect(reset, &QAction::triggered, this, &EditorDock::reset_key);
  auto* copy = new QAction(tr("&Copy key"), tree_);
  connect(copy, &QAction::triggered, this, [this] {
    if (const FormModel::Node* node = form_->node(tree_->currentIndex())) QGuiApplication::clipboard()->setText(node->path);
  });
  auto* sweep = new QAction(tr("&Sweep this"), tree_);
  connect(sweep, &QAction::triggered, this, [this] {
    if (const FormModel::Node* node = form_->node(tree_->currentIndex())) emit sweep_wanted(node->path);
  });
  tree_->addActions({reset, sweep, copy});

  search_->setPlaceholderText(tr("Find a key or its meaning"));
  search_->setAccessibleName(tr("Find a key"));
  search_->setClearButtonEnabled(true);
  connect(search_, &QLineEdit::textEdited, this, [this](const QString& text) {
    const QStringList found = text.size() < 2 ? QStringList() : form_->search(text);
    if (found.isEmpty()) return;
    tree_->setCurrentIndex(form_->find(found.front()));
    tree_->scrollTo(tree_->currentIndex());
  });
  help_->setWordWrap(true);
  help_->setTextFormat(Qt::PlainText);
  help_->setAccessibleName(tr("Meaning of the key"));
  help_->setMinimumHeight(fontMetrics().height() * 3);
  help_->setAlignment(Qt::AlignTop);
  slider_->setRange(-100, 100);
  slider_->setAccessibleName(tr("Value of the key, from a quarter to four times"));
  slider_->setToolTip(tr("From a quarter to four times the value"));
  slider_->setEnabled(false);

  auto* form_page = new QWidget(this);
  auto* layout = new QVBoxLayout(form_page);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addWidget(search_);
  layout->addWidget(tree_, 1);
  layout->addWidget(slider_);
  layout->addWidget(help_);
  tabs_->addTab(form_page, tr("&Form"));
  text_->setAccessibleName(tr("Scenario as TOML text"));
  text_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  text_->setLineWrapMode(QPlainTextEdit::NoWrap);
  text_->setUndoRedoEnabled(false);  // one history for form and text
  new Highlighter(text_->document());
  tabs_->addTab(text_, tr("TOML &text"));
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(tabs_);

  connect(form_, &FormModel::edited, this, [this](const QString& path, const QString& typed) {
    const QString problem = change(path, typed, Merge::never);
    if (!problem.isEmpty()) emit message(problem);
  });
  connect(text_, &QPlainTextEdit::textChanged, this, &EditorDock::text_edited);
  connect(tree_->selectionModel(), &QItemSelectionModel::currentChanged, this, &EditorDock::show_key);
  connect(slider_, &QSlider::valueChanged, this, &EditorDock::slide);
  connect(&workspace_, &Workspace::documents_changed, this, &EditorDock::show_selected);
  connect(&workspace_, &Workspace::selection_changed, this, &EditorDock::show_selected);
  show_selected();
}

void EditorDock::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::FontChange && event->type() != QEvent::PaletteChange) return;
  QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
  fixed.setPointSizeF(font().pointSizeF());
  text_->setFont(fixed);
  tree_->setColumnWidth(FormModel::kLabel, fontMetrics().averageCharWidth() * 28);
  tree_->setColumnWidth(FormModel::kValue, fontMetrics().averageCharWidth() * 24);
}

void EditorDock::show_selected() {
  const int id = workspace_.selected();
  const Document* document = workspace_.document(id);
  const Meaning* meaning = workspace_.meaning(id);
  setEnabled(document != nullptr);
  const QString text = document == nullptr ? QString() : document->text;
  if (text_->toPlainText() != text) {
    const QSignalBlocker quiet(text_);
    const int position = text_->textCursor().position();
    text_->setPlainText(text);
    QTextCursor cursor = text_->textCursor();
    cursor.setPosition(std::min(position, static_cast<int>(text.size())));
    text_->setTextCursor(cursor);
  }
  form_->set(meaning == nullptr ? Meaning{} : *meaning,
             workspace_.state().baseline == id ? nullptr : workspace_.meaning(workspace_.state().baseline));
  if (shown_ != id) {
    shown_ = id;
    // Tables that the scenario has are open, the others closed.
    tree_->collapseAll();
    for (int row = 0; row < form_->rowCount({}); ++row) {
      const QModelIndex top = form_->index(row, 0, {});
      if (form_->node(top)->origin != FormModel::Origin::absent) tree_->expand(top);
    }
    show_key(tree_->currentIndex());
  }
  mark_problems();
}

void EditorDock::mark_problems() {
  QList<QTextEdit::ExtraSelection> marks;
  const Document* document = workspace_.document(workspace_.selected());
  const Meaning* meaning = workspace_.meaning(workspace_.selected());
  if (document != nullptr && meaning != nullptr) {
    const std::string own = document->file.isEmpty() ? document->name.toStdString() + ".toml" : document->file.toStdString();
    for (const Diagnostic& problem : meaning->diagnostics) {
      if (problem.where.line == 0 || problem.where.file != own) continue;
      QTextEdit::ExtraSelection mark;
      mark.cursor = QTextCursor(text_->document()->findBlockByNumber(static_cast<int>(problem.where.line) - 1));
      mark.cursor.select(QTextCursor::LineUnderCursor);
      mark.format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
      mark.format.setUnderlineColor(problem.severity == Severity::error ? theme_colours().error : theme_colours().warning);
      mark.format.setToolTip(QString::fromStdString(problem.message));
      marks << mark;
    }
  }
  text_->setExtraSelections(marks);
}

void EditorDock::text_edited() {
  workspace_.set_text(workspace_.selected(), text_->toPlainText(), tr("type text"), Merge::same_place);
}

QString EditorDock::change(const QString& path, const QString& typed, Merge merge) {
  const Document* document = workspace_.document(workspace_.selected());
  const scenarios::KeySpec* key = scenarios::find_key(schema_path(path.toStdString()));
  if (document == nullptr || key == nullptr) return tr("There is no key %1").arg(path);
  const std::string text = document->text.toStdString();
  const Result<std::string> changed = typed.trimmed().isEmpty()
                                          ? remove_value(text, path.toStdString())
                                          : set_value(text, path.toStdString(), toml_value(typed.toStdString(), *key));
  if (!changed) return QString::fromStdString(to_text(changed.diagnostics())).trimmed();
  workspace_.set_text(document->id, QString::fromStdString(*changed), tr("set %1").arg(path), merge);
  return {};
}

void EditorDock::reset_key() {
  const FormModel::Node* node = form_->node(tree_->currentIndex());
  if (node == nullptr || !node->leaf) return;
  const QString problem = change(node->path, {}, Merge::never);
  if (!problem.isEmpty()) emit message(problem);
}

void EditorDock::show_key(const QModelIndex& index) {
  const FormModel::Node* node = form_->node(index);
  help_->setText(node == nullptr ? tr("Select a key to read what it means. F2 edits it, its context menu resets it.")
                                 : index.data(Qt::ToolTipRole).toString());
  // A number with its unit, to be multiplied by the slider.
  static const QRegularExpression number(u"^\\s*([0-9][0-9.eE+_]*)(.*)$"_qs);
  const QString value = node == nullptr ? QString() : index.siblingAtColumn(FormModel::kValue).data(Qt::EditRole).toString();
  const auto match = number.match(value);
  using scenarios::KeyType;
  const bool slides =
      node != nullptr && node->leaf && !node->locked && match.hasMatch() && match.captured(1).toDouble() > 0 &&
      (node->key->type == KeyType::integer || node->key->type == KeyType::number || node->key->type == KeyType::quantity);
  slider_->setEnabled(slides);
  if (slides && slider_path_ == node->path && slider_->isSliderDown()) return;
  slider_path_ = slides ? node->path : QString();
  slider_middle_ = slides ? match.captured(1).toDouble() : 0;
  slider_suffix_ = slides ? match.captured(2) : QString();
  const QSignalBlocker quiet(slider_);
  slider_->setValue(0);
}

void EditorDock::slide(int position) {
  if (slider_path_.isEmpty()) return;
  const scenarios::KeySpec* key = scenarios::find_key(schema_path(slider_path_.toStdString()));
  if (key == nullptr) return;
  double value = slider_middle_ * std::pow(4.0, position / 100.0);
  if (key->type == scenarios::KeyType::integer && slider_suffix_.trimmed().isEmpty()) {
    value = std::round(value);
    if (key->type != scenarios::KeyType::quantity) value = std::clamp(value, key->minimum, key->maximum);
  }
  const QString problem =
      change(slider_path_, QString::number(value, 'g', value >= 1000 ? 12 : 3) + slider_suffix_, Merge::same_place);
  if (!problem.isEmpty()) emit message(problem);
}

void EditorDock::go_to(int line, const QString& key) {
  QString path = key;
  path.replace(u'[', u'.').remove(u']');
  const QModelIndex index = form_->find(path);
  if (line > 0) {
    tabs_->setCurrentWidget(text_);
    text_->setTextCursor(QTextCursor(text_->document()->findBlockByNumber(line - 1)));
    text_->setFocus();
  }
  if (!index.isValid()) return;
  tree_->setCurrentIndex(index);
  tree_->scrollTo(index);
  if (line > 0) return;
  tabs_->setCurrentIndex(0);
  tree_->setFocus();
}

void EditorDock::find() {
  tabs_->setCurrentIndex(0);
  search_->setFocus();
  search_->selectAll();
}

}  // namespace gpufleet::gui
