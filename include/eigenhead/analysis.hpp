#pragma once

#include "eigenhead/analysis/component_label.hpp"
#include "eigenhead/analysis/pca.hpp"
#include "eigenhead/analysis/pca_options.hpp"
