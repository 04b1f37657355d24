// Fleet and fabric: the map of halls and links, the same as a table; accelerators moved from one hall to another, links and nodes
// taken down and put up again. Every change is an edit of the scenario's text, and a step of undo.
#pragma once

#include "gui/fleet_canvas.h"
#include "gui/views.h"

class QPushButton;
class QSpinBox;

namespace gpufleet::gui {

enum class Failure : std::uint8_t { link, node };

/// A text with `nodes` nodes of one hall in another; the message if it cannot be done.
Result<std::string> moved_nodes(std::string_view text, const MapHall& from, const MapHall& to, std::int64_t nodes);
/// The keys that a failure changes, and what they then are; empty where the hall has no such thing to lose.
QList<std::pair<QString, QString>> failure_edits(const MapHall& hall, Failure failure);

class FabricView : public View {
  Q_OBJECT
 public:
  FabricView(Workspace& workspace, QWidget* parent);
  [[nodiscard]] FleetCanvas* canvas() const { return canvas_; }
  [[nodiscard]] const FleetMap& map() const { return map_; }
  [[nodiscard]] TablePanel* table() const { return table_; }
  /// Moves `nodes` nodes; the message if it cannot be done.
  QString move_nodes(int from, int to, std::int64_t nodes);
  /// Takes down what still stands, or puts up what this view took down.
  QString toggle(Failure failure);
  [[nodiscard]] bool is_down(int hall, Failure failure) const;

 signals:
  void message(const QString& text);

 protected:
  void refresh() override;

 private:
  struct Taken {
    QString path, before, after;  // as typed; an absent key is empty
  };
  [[nodiscard]] QString key_of(int hall, Failure failure) const;
  [[nodiscard]] QString typed(const QString& path) const;
  void show_hall();

  FleetMap map_;
  QHash<QString, QList<Taken>> taken_;
  FleetCanvas* canvas_;
  QComboBox *from_, *to_, *colours_;
  QSpinBox* nodes_;
  QPushButton *move_, *link_, *node_;
  QLabel* described_;
  TablePanel* table_;
};

}  // namespace gpufleet::gui
