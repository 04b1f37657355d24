#include "gui/dock_title.h"

#include <QtWidgets>

#include "gui/text.h"

namespace gpufleet::gui {

void give_title(QDockWidget* dock) {
  auto* bar = new QWidget(dock);
  auto* name = new QLabel(dock->windowTitle(), bar);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(4, 1, 2, 1);
  row->setSpacing(2);
  row->addWidget(name, 1);
  const auto button = [&](QStyle::StandardPixmap icon, const QString& what) {
    auto* made = new QToolButton(bar);
    made->setIcon(bar->style()->standardIcon(icon));
    made->setAutoRaise(true);
    made->setFocusPolicy(Qt::NoFocus);
    made->setAccessibleName(what);
    made->setToolTip(what);
    row->addWidget(made);
    return made;
  };
  QToolButton* out = button(QStyle::SP_TitleBarNormalButton, Text::tr("Take %1 out, or put it back").arg(dock->windowTitle()));
  QToolButton* shut = button(QStyle::SP_TitleBarCloseButton, Text::tr("Close %1").arg(dock->windowTitle()));
  QObject::connect(out, &QToolButton::clicked, dock, [dock] { dock->setFloating(!dock->isFloating()); });
  QObject::connect(shut, &QToolButton::clicked, dock, &QDockWidget::close);
  dock->setTitleBarWidget(bar);
}

}  // namespace gpufleet::gui
