#pragma once

// Attention and the operations around it. Rank-generic views in, tensors out; see docs/notation.md.
#include "eigenhead/attention/alibi.hpp"
#include "eigenhead/attention/key_value_cache.hpp"
#include "eigenhead/attention/merge.hpp"
#include "eigenhead/attention/multi_head_attention.hpp"
#include "eigenhead/attention/options.hpp"
#include "eigenhead/attention/ragged.hpp"
#include "eigenhead/attention/scaled_dot_product_attention.hpp"
#include "eigenhead/attention/steps.hpp"
#include "eigenhead/ops/activation.hpp"
#include "eigenhead/ops/embedding_lookup.hpp"
#include "eigenhead/ops/layer_norm.hpp"
#include "eigenhead/ops/linear.hpp"
#include "eigenhead/ops/rms_norm.hpp"
#include "eigenhead/ops/rotary_embedding.hpp"
#include "eigenhead/ops/softmax.hpp"
