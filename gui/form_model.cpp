#include "gui/form_model.h"

#include "gui/metric_facts.h"
#include "gui/text.h"
#include "gui/theme.h"
#include "scenarios/schema.h"

namespace gpufleet::gui {

using scenarios::KeySpec;
using scenarios::KeyType;
using scenarios::RawTable;
using scenarios::RawValue;

QString typed_text(const RawValue& value) {
  if (const std::string* text = value.text()) return QString::fromStdString(*text);
  if (const bool* flag = std::get_if<bool>(&value.data)) return *flag ? u"true"_qs : u"false"_qs;
  if (const std::int64_t* whole = std::get_if<std::int64_t>(&value.data)) return QString::number(*whole);
  if (const double* number = std::get_if<double>(&value.data))
    return QString::number(*number, 'g', QLocale::FloatingPointShortest);
  if (const scenarios::RawArray* items = value.array()) {
    QStringList parts;
    for (const RawValue& item : *items) parts << typed_text(item);
    return parts.join(u", ");
  }
  QStringList members;
  for (const scenarios::RawMember& member : value.table()->members)
    members << QString::fromStdString(member.key) + u" = "_qs + typed_text(member.value);
  return u"{ "_qs + members.join(u", ") + u" }"_qs;
}

struct FormModel::Builder {
  const Meaning& meaning;
  const Meaning* baseline;
  std::vector<Node> nodes{Node{}};
  QHash<QString, QString> problems;

  explicit Builder(const Meaning& m, const Meaning* b) : meaning(m), baseline(b) {
    for (const Diagnostic& diagnostic : m.diagnostics) {
      QString key = QString::fromStdString(diagnostic.key);
      key.replace(u'[', u'.').remove(u']');
      problems[key] += (problems[key].isEmpty() ? "" : "\n") + QString::fromStdString(diagnostic.message);
    }
  }

  static const RawValue* member(const RawTable* table, std::string_view key) {
    return table == nullptr ? nullptr : scenarios::find(*table, key);
  }
  static const RawTable* table_in(const RawValue* value) { return value == nullptr ? nullptr : value->table(); }

  int add(int parent, Node node) {
    node.parent = parent;
    node.row = static_cast<int>(nodes[static_cast<std::size_t>(parent)].children.size());
    const int id = static_cast<int>(nodes.size());
    nodes.push_back(std::move(node));
    nodes[static_cast<std::size_t>(parent)].children.push_back(id);
    return id;
  }

  void members(int parent, const std::string& schema_path, const QString& path, const RawTable* merged, const RawTable* own,
               const RawTable* base, bool locked) {
    for (const std::string& name : scenarios::members_of(schema_path)) {
      const std::string full = schema_path.empty() ? name : schema_path + "." + name;
      const KeySpec* key = scenarios::find_key(full);
      const KeySpec* list = scenarios::find_key(full + "[]");
      if (key == nullptr) key = list;
      if (key == nullptr) continue;
      const QString here = path.isEmpty() ? QString::fromStdString(name) : path + u'.' + QString::fromStdString(name);
      const RawValue *value = member(merged, name), *mine = member(own, name), *theirs = member(base, name);
      Node node{.label = words(name), .path = here, .key = key, .problem = problems.value(here), .locked = locked};
      node.origin = mine != nullptr ? Origin::own : value != nullptr ? Origin::base : Origin::absent;
      const bool is_list = key->type == KeyType::tables;
      const bool group =
          is_list || key->type == KeyType::table || (key->type == KeyType::choice_table && table_in(value) != nullptr);
      if (!group) {
        node.leaf = true;
        if (value != nullptr) node.value = typed_text(*value);
        node.changed = baseline != nullptr && (theirs == nullptr ? QString() : typed_text(*theirs)) != node.value;
        add(parent, std::move(node));
        continue;
      }
      if (!is_list) {
        const int id = add(parent, std::move(node));
        members(id, full, here, table_in(value), table_in(mine), table_in(theirs), locked);
        continue;
      }
      const scenarios::RawArray* items = value == nullptr ? nullptr : value->array();
      const scenarios::RawArray* mine_items = mine == nullptr ? nullptr : mine->array();
      const scenarios::RawArray* their_items = theirs == nullptr ? nullptr : theirs->array();
      if (items == nullptr || items->empty()) {
        add(parent, std::move(node));
        continue;
      }
      for (std::size_t i = 0; i < items->size(); ++i) {
        const RawTable* item = (*items)[i].table();
        const QString item_path = here + u'.' + QString::number(i);
        Node each = node;
        each.path = item_path;
        each.problem = problems.value(item_path);
        const RawValue* label = member(item, "name");
        if (label == nullptr) label = member(item, "id");
        if (label == nullptr) label = member(item, "accelerator");
        each.label = u"%1 %2"_qs.arg(words(name)).arg(i + 1) + (label == nullptr ? QString() : u": "_qs + typed_text(*label));
        each.locked = locked || mine_items == nullptr;
        const int id = add(parent, std::move(each));
        const auto part = [&](const scenarios::RawArray* array) {
          return array != nullptr && i < array->size() ? (*array)[i].table() : nullptr;
        };
        members(id, full.ends_with("[]") ? full : full + "[]", item_path, item, part(mine_items), part(their_items),
                locked || mine_items == nullptr);
      }
    }
  }
};

FormModel::FormModel(QObject* parent) : QAbstractItemModel(parent), nodes_(1) {}

void FormModel::set(const Meaning& meaning, const Meaning* baseline) {
  Builder builder(meaning, baseline);
  const RawTable* merged = meaning.raw ? &meaning.raw->root : &meaning.own;
  const RawTable* base = baseline != nullptr && baseline->raw ? &baseline->raw->root : nullptr;
  builder.members(0, "", {}, merged, &meaning.own, base, false);
  const bool same = std::equal(nodes_.begin(), nodes_.end(), builder.nodes.begin(), builder.nodes.end(),
                               [](const Node& a, const Node& b) { return a.path == b.path && a.children == b.children; });
  if (same) {
    nodes_ = std::move(builder.nodes);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const Node& node = nodes_[i];
      if (node.children.empty()) continue;
      const int last = node.children.back();
      emit dataChanged(createIndex(0, 0, static_cast<quintptr>(node.children.front())),
                       createIndex(nodes_[static_cast<std::size_t>(last)].row, kColumns - 1, static_cast<quintptr>(last)));
    }
    return;
  }
  beginResetModel();
  nodes_ = std::move(builder.nodes);
  endResetModel();
}

const FormModel::Node* FormModel::node(const QModelIndex& index) const {
  return index.isValid() && index.internalId() < nodes_.size() ? &nodes_[index.internalId()] : nullptr;
}

QModelIndex FormModel::find(const QString& path) const {
  for (std::size_t i = 1; i < nodes_.size(); ++i)
    if (nodes_[i].path == path) return createIndex(nodes_[i].row, kValue, static_cast<quintptr>(i));
  return {};
}

QStringList FormModel::search(const QString& text) const {
  QStringList out;
  for (const Node& node : nodes_)
    if (node.leaf && (node.label.contains(text, Qt::CaseInsensitive) || node.path.contains(text, Qt::CaseInsensitive) ||
                      QString::fromStdString(node.key->doc).contains(text, Qt::CaseInsensitive)))
      out << node.path;
  return out;
}

QModelIndex FormModel::index(int row, int column, const QModelIndex& parent) const {
  const Node& above = nodes_[parent.isValid() ? parent.internalId() : 0];
  if (row < 0 || row >= static_cast<int>(above.children.size()) || column < 0 || column >= kColumns) return {};
  return createIndex(row, column, static_cast<quintptr>(above.children[static_cast<std::size_t>(row)]));
}

QModelIndex FormModel::parent(const QModelIndex& index) const {
  const Node* found = node(index);
  if (found == nullptr || found->parent <= 0) return {};
  return createIndex(nodes_[static_cast<std::size_t>(found->parent)].row, 0, static_cast<quintptr>(found->parent));
}

int FormModel::rowCount(const QModelIndex& parent) const {
  if (parent.column() > 0) return 0;
  return static_cast<int>(nodes_[parent.isValid() ? parent.internalId() : 0].children.size());
}
int FormModel::columnCount(const QModelIndex&) const { return kColumns; }

QVariant FormModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  return section == kLabel ? tr("Key") : section == kValue ? tr("Value") : tr("From");
}

QVariant FormModel::data(const QModelIndex& index, int role) const {
  const Node* found = node(index);
  if (found == nullptr) return {};
  const KeySpec& key = *found->key;
  const bool absent = found->origin == Origin::absent;
  switch (role) {
    case Qt::DisplayRole:
      if (index.column() == kLabel) return found->changed ? u"● "_qs + found->label : found->label;
      if (index.column() == kValue) {
        if (!found->leaf) return absent ? tr("not used") : QString();
        if (!absent) return found->problem.isEmpty() ? found->value : u"✖ "_qs + found->value;
        return key.fallback.empty() ? key.fallback_source.empty() ? QString() : tr("default")
                                    : QString::fromStdString(key.fallback);
      }
      if (found->origin == Origin::own) return tr("this file");
      if (found->origin == Origin::base) return found->locked ? tr("base (list)") : tr("base");
      return found->leaf ? QString::fromStdString(key.fallback_source) : QString();
    case Qt::EditRole:
      return index.column() == kValue ? (absent ? QString::fromStdString(key.fallback) : found->value) : QVariant();
    case Qt::ToolTipRole:
    case Qt::StatusTipRole: {
      QString text = QString::fromStdString(key.doc);
      if (found->leaf) text += u'\n' + tr("%1: %2").arg(found->path, QString::fromStdString(scenarios::expectation(key)));
      if (found->locked)
        text += u'\n' + tr("This list stands in another file; change it there, or write the whole list here as text");
      if (!found->problem.isEmpty()) text = found->problem + u"\n\n"_qs + text;
      return text;
    }
    case Qt::ForegroundRole:
      if (!found->problem.isEmpty()) return theme_colours().error;
      if (absent || index.column() == kSource) return theme_colours().faint_text;
      return {};
    case Qt::FontRole: {
      QFont font = QApplication::font();
      if (!found->leaf && index.column() == kLabel) font.setBold(!absent);
      if (absent && index.column() == kValue) font.setItalic(true);
      return font;
    }
    case Qt::AccessibleTextRole:
      return u"%1 %2 %3"_qs.arg(
          found->label, found->value.isEmpty() ? tr("default %1").arg(QString::fromStdString(key.fallback)) : found->value,
          found->problem);
    default: return {};
  }
}

Qt::ItemFlags FormModel::flags(const QModelIndex& index) const {
  const Node* found = node(index);
  if (found == nullptr) return Qt::NoItemFlags;
  Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
  if (found->leaf && !found->locked && index.column() == kValue) flags |= Qt::ItemIsEditable;
  if (found->children.empty()) flags |= Qt::ItemNeverHasChildren;
  return flags;
}

bool FormModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  const Node* found = node(index);
  if (found == nullptr || role != Qt::EditRole || !found->leaf || found->locked) return false;
  const QString typed = value.toString();
  if (typed == found->value || (found->origin == Origin::absent && typed == QString::fromStdString(found->key->fallback)))
    return false;
  emit edited(found->path, typed);
  return true;
}

}  // namespace gpufleet::gui
