#pragma once

#include "eigenhead/analysis/component_label.hpp"
#include "eigenhead/analysis/incremental_pca.hpp"
#include "eigenhead/analysis/moment_accumulator.hpp"
#include "eigenhead/analysis/neighbors.hpp"
#include "eigenhead/analysis/pca.hpp"
#include "eigenhead/analysis/pca_model.hpp"
#include "eigenhead/analysis/pca_options.hpp"
#include "eigenhead/analysis/truncated_svd.hpp"
