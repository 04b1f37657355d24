// The Qt headers that every file here uses, compiled once.
#pragma once

#include <QtWidgets>
