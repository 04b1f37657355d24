#include "gui/fabric_view.h"

#include "gui/form_model.h"
#include "gui/text.h"
#include "gui/toml_edit.h"

namespace gpufleet::gui {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

// What a path of `--set` leads to in a scenario as read; null where it is absent.
const scenarios::RawValue* value_at(const scenarios::RawTable& root, const QString& path) {
  const scenarios::RawTable* table = &root;
  const scenarios::RawValue* value = nullptr;
  const scenarios::RawArray* list = nullptr;
  for (const QString& part : path.split(u'.')) {
    bool index = false;
    const auto at = static_cast<std::size_t>(part.toUInt(&index));
    if (index && list != nullptr) {
      if (at >= list->size()) return nullptr;
      value = &(*list)[at];
    } else {
      if (table == nullptr) return nullptr;
      value = scenarios::find(*table, part.toStdString());
    }
    if (value == nullptr) return nullptr;
    table = value->table();
    list = value->array();
  }
  return value;
}

}  // namespace

Result<std::string> moved_nodes(std::string_view text, const MapHall& from, const MapHall& to, std::int64_t nodes) {
  const std::int64_t gpus = std::min<std::int64_t>(nodes * from.gpus_per_node, from.gpus);
  Result<std::string> less = set_value(text, from.count_key.toStdString(), number(from.gpus - gpus));
  if (!less) return less;
  return set_value(*less, to.count_key.toStdString(), number(to.gpus + gpus));
}

QList<std::pair<QString, QString>> failure_edits(const MapHall& hall, Failure failure) {
  QList<std::pair<QString, QString>> out;
  if (failure == Failure::node) {
    if (hall.nodes() >= 2) out << std::pair(hall.count_key, QString::number(hall.gpus - hall.gpus_per_node));
    return out;
  }
  const auto lanes = static_cast<int>(hall.scale_out.lanes);
  if (hall.fabric_key.isEmpty() || lanes < 2) return out;
  out << std::pair(hall.fabric_key + u".links_per_node"_qs, QString::number(lanes - 1));
  // A plane needs a link of its own.
  if (hall.planes_stated && hall.planes >= lanes) out << std::pair(hall.fabric_key + u".planes"_qs, QString::number(lanes - 1));
  return out;
}

FabricView::FabricView(Workspace& workspace, QWidget* parent)
    : View(workspace, tr("Fleet and fabric"), parent),
      canvas_(new FleetCanvas(this)),
      from_(new QComboBox(this)),
      to_(new QComboBox(this)),
      colours_(new QComboBox(this)),
      nodes_(new QSpinBox(this)),
      move_(new QPushButton(tr("&Move"), this)),
      link_(new QPushButton(tr("A &link of each node down"), this)),
      node_(new QPushButton(tr("A &node down"), this)),
      described_(new QLabel(this)),
      table_(new TablePanel(tr("Fleet as a table"), this)) {
  from_->setAccessibleName(tr("Move from"));
  to_->setAccessibleName(tr("Move to"));
  for (QComboBox* box : {from_, to_}) {
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(8);
  }
  colours_->setAccessibleName(tr("Colours of the map"));
  colours_->addItem(tr("Coloured by load"));
  colours_->addItem(tr("Coloured by role"));
  nodes_->setAccessibleName(tr("Nodes to move"));
  nodes_->setRange(1, 1);
  nodes_->setSuffix(tr(" nodes"));
  move_->setAccessibleName(tr("Move the nodes"));
  link_->setCheckable(true);
  node_->setCheckable(true);
  described_->setAccessibleName(tr("Hall under the cursor"));
  described_->setWordWrap(true);
  described_->setTextFormat(Qt::PlainText);
  auto* row = new QHBoxLayout;
  row->addWidget(nodes_);
  row->addWidget(new QLabel(tr("from"), this));
  row->addWidget(from_, 1);
  row->addWidget(new QLabel(tr("to"), this));
  row->addWidget(to_, 1);
  row->addWidget(move_);
  auto* second = new QHBoxLayout;
  second->addWidget(link_);
  second->addWidget(node_);
  second->addStretch(1);
  second->addWidget(colours_);
  auto* area = new QScrollArea(this);
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  area->setWidget(canvas_);
  auto* splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(area);
  splitter->addWidget(table_);
  splitter->setStretchFactor(0, 3);
  splitter->setStretchFactor(1, 1);
  splitter->setSizes({3000, 1000});  // shares, not pixels
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(row);
  layout->addLayout(second);
  layout->addWidget(splitter, 1);
  layout->addWidget(described_);
  connect(canvas_, &FleetCanvas::described, described_, &QLabel::setText);
  connect(canvas_, &FleetCanvas::hall_selected, this, [this](int hall) {
    from_->setCurrentIndex(hall);
    show_hall();
  });
  connect(from_, &QComboBox::currentIndexChanged, this, [this](int hall) {
    if (canvas_->selected() != hall) canvas_->set_selected(hall);
    show_hall();
  });
  connect(canvas_, &FleetCanvas::move_wanted, this, [this](int from, int to) {
    from_->setCurrentIndex(from);
    to_->setCurrentIndex(to);
    nodes_->setFocus();
    nodes_->selectAll();
    described_->setText(tr("How many nodes go from %1 to %2? Then Move.").arg(from_->currentText(), to_->currentText()));
  });
  connect(move_, &QPushButton::clicked, this, [this] {
    const QString problem = move_nodes(from_->currentIndex(), to_->currentIndex(), nodes_->value());
    if (!problem.isEmpty()) emit message(problem);
  });
  for (const auto& [button, failure] : {std::pair(link_, Failure::link), std::pair(node_, Failure::node)})
    connect(button, &QPushButton::clicked, this, [this, failure = failure] {
      const QString problem = toggle(failure);
      if (!problem.isEmpty()) emit message(problem);
      show_hall();
    });
  connect(colours_, &QComboBox::currentIndexChanged, this,
          [this](int at) { canvas_->set_colours(at == 0 ? MapColours::load : MapColours::role); });
  connect(table_, &TablePanel::selected, this, [this](const QVariant& key) {
    if (key.isValid() && key.toInt() != canvas_->selected()) canvas_->set_selected(key.toInt());
  });
}

void FabricView::refresh() {
  FleetMap map;
  const Meaning* meaning = workspace_.meaning(workspace_.selected());
  map.empty_text = tr("Select a scenario without errors to see its fleet");
  if (meaning != nullptr && meaning->scenario)
    for (const Contender& contender : contenders(workspace_))
      if (contender.id == workspace_.selected()) map = fleet_map(*meaning->scenario, contender, workspace_.data());
  map_ = map;
  QList<std::pair<QString, QString>> halls;
  for (int i = 0; i < map.halls.size(); ++i)
    halls << std::pair(QString::number(i), u"%1 (%2)"_qs.arg(map.halls[i].name, map.halls[i].chip));
  refill(from_, halls, {});
  refill(to_, halls, {});
  if (to_->currentIndex() == from_->currentIndex() && halls.size() > 1) to_->setCurrentIndex(from_->currentIndex() == 0 ? 1 : 0);
  table_->set(fleet_table(map));
  canvas_->set(std::move(map));
  show_hall();
}

void FabricView::show_hall() {
  const int hall = from_->currentIndex();
  const bool there = hall >= 0 && hall < map_.halls.size();
  nodes_->setMaximum(there ? static_cast<int>(std::max<std::int64_t>(1, map_.halls[hall].nodes())) : 1);
  const bool movable = map_.halls.size() > 1;
  for (QWidget* widget : std::initializer_list<QWidget*>{move_, to_, nodes_}) widget->setEnabled(movable);
  move_->setToolTip(movable ? QString() : tr("There is one hall only"));
  for (const auto& [button, failure] : {std::pair(link_, Failure::link), std::pair(node_, Failure::node)}) {
    const bool down = there && is_down(hall, failure);
    button->setEnabled(there && (down || !failure_edits(map_.halls[hall], failure).isEmpty()));
    button->setChecked(down);
    button->setToolTip(down ? tr("Press again to put it back") : tr("What if it fails? The scenario is changed and simulated"));
  }
}

QString FabricView::key_of(int hall, Failure failure) const {
  return u"%1 %2 %3"_qs.arg(workspace_.selected()).arg(map_.halls[hall].count_key).arg(static_cast<int>(failure));
}

QString FabricView::typed(const QString& path) const {
  const Meaning* meaning = workspace_.meaning(workspace_.selected());
  const scenarios::RawValue* value = meaning == nullptr ? nullptr : value_at(meaning->own, path);
  return value == nullptr ? QString() : typed_text(*value);
}

bool FabricView::is_down(int hall, Failure failure) const {
  if (hall < 0 || hall >= map_.halls.size()) return false;
  const QList<Taken> taken = taken_.value(key_of(hall, failure));
  return !taken.isEmpty() && std::all_of(taken.begin(), taken.end(), [this](const Taken& t) { return typed(t.path) == t.after; });
}

QString FabricView::toggle(Failure failure) {
  update_now();
  const int hall = canvas_->selected();
  const Document* document = workspace_.document(workspace_.selected());
  if (document == nullptr || hall < 0 || hall >= map_.halls.size()) return tr("No hall is selected");
  const bool down = is_down(hall, failure);
  QList<Taken> edits = down ? taken_.value(key_of(hall, failure)) : QList<Taken>();
  if (!down)
    for (const auto& [path, after] : failure_edits(map_.halls[hall], failure)) edits << Taken{path, typed(path), after};
  if (edits.isEmpty()) return tr("There is nothing of the kind to lose");
  Result<std::string> text = document->text.toStdString();
  for (const Taken& edit : edits) {
    const QString& value = down ? edit.before : edit.after;
    const std::string path = edit.path.toStdString();
    const scenarios::KeySpec* spec = scenarios::find_key(schema_path(path));
    text = value.isEmpty() ? remove_value(*text, path) : set_value(*text, path, toml_value(value.toStdString(), *spec));
    if (!text) return QString::fromStdString(to_text(text.diagnostics())).trimmed();
  }
  if (down) {
    taken_.remove(key_of(hall, failure));
  } else {
    taken_[key_of(hall, failure)] = edits;
  }
  const QString& name = map_.halls[hall].name;
  const QString what = failure == Failure::link ? (down ? tr("put back a link of %1") : tr("take down a link of %1"))
                                                : (down ? tr("put back a node of %1") : tr("take down a node of %1"));
  workspace_.set_text(document->id, QString::fromStdString(*text), what.arg(name), Merge::never);
  return {};
}

QString FabricView::move_nodes(int from, int to, std::int64_t nodes) {
  update_now();
  const Document* document = workspace_.document(workspace_.selected());
  const auto inside = [this](int hall) { return hall >= 0 && hall < map_.halls.size(); };
  if (document == nullptr || !inside(from) || !inside(to) || from == to) return tr("Choose two halls");
  const Result<std::string> changed = moved_nodes(document->text.toStdString(), map_.halls[from], map_.halls[to], nodes);
  if (!changed) return QString::fromStdString(to_text(changed.diagnostics())).trimmed();
  workspace_.set_text(document->id, QString::fromStdString(*changed),
                      tr("move %1 nodes from %2 to %3").arg(nodes).arg(map_.halls[from].name, map_.halls[to].name), Merge::never);
  return {};
}

}  // namespace gpufleet::gui
