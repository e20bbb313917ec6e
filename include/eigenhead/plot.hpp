#pragma once

// Pictures: views in, SVG, HTML, JSON or terminal text out.
#include "eigenhead/plot/attention_viewer.hpp"
#include "eigenhead/plot/bar_chart.hpp"
#include "eigenhead/plot/colormap.hpp"
#include "eigenhead/plot/figure.hpp"
#include "eigenhead/plot/heatmap.hpp"
#include "eigenhead/plot/heatmap_grid.hpp"
#include "eigenhead/plot/line_chart.hpp"
#include "eigenhead/plot/projector.hpp"
#include "eigenhead/plot/scatter.hpp"
#include "eigenhead/plot/terminal.hpp"
#include "eigenhead/plot/terminal_scatter.hpp"
#include "eigenhead/plot/vega_lite.hpp"
