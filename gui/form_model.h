// The scenario as a form: a tree made from the schema table, each key with its value, or its default in grey and where that comes
// from. Editing a value asks for a change of the text (toml_edit.h); the model itself changes nothing.
#pragma once

#include <QAbstractItemModel>
#include <vector>

#include "gui/workspace.h"
#include "scenarios/schema.h"

namespace gpufleet::gui {

class FormModel : public QAbstractItemModel {
  Q_OBJECT
 public:
  enum Column { kLabel, kValue, kSource, kColumns };
  enum class Origin : std::uint8_t { own, base, absent };

  struct Node {
    QString label, path;  ///< path as `--set` writes it
    const scenarios::KeySpec* key = nullptr;
    QString value;  ///< as a person writes it; empty where absent
    Origin origin = Origin::absent;
    QString problem;
    bool changed = false;  ///< differs from the baseline
    bool leaf = false;
    bool locked = false;  ///< a member of a list that another file holds
    int parent = -1, row = 0;
    std::vector<int> children;
  };

  explicit FormModel(QObject* parent);

  /// `baseline` may be null. Keeps the indexes where only values changed.
  void set(const Meaning& meaning, const Meaning* baseline);
  [[nodiscard]] const Node* node(const QModelIndex& index) const;
  [[nodiscard]] QModelIndex find(const QString& path) const;
  /// Paths of keys whose label, path or meaning holds the text.
  [[nodiscard]] QStringList search(const QString& text) const;

  QModelIndex index(int row, int column, const QModelIndex& parent) const override;
  QModelIndex parent(const QModelIndex& index) const override;
  int rowCount(const QModelIndex& parent) const override;
  int columnCount(const QModelIndex& parent) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;

 signals:
  void edited(const QString& path, const QString& typed);

 private:
  struct Builder;
  std::vector<Node> nodes_;  // nodes_[0] is the invisible root
};

/// A value as a person writes it: texts without quotes, lists with commas.
QString typed_text(const scenarios::RawValue& value);

}  // namespace gpufleet::gui
