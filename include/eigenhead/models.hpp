#pragma once

// Encoders from Hugging Face folders.
#include "eigenhead/models/auto_model.hpp"
#include "eigenhead/models/bert.hpp"
#include "eigenhead/models/distilbert.hpp"
#include "eigenhead/models/electra.hpp"
#include "eigenhead/models/encoder.hpp"
#include "eigenhead/models/encoder_config.hpp"
#include "eigenhead/models/encoder_model.hpp"
#include "eigenhead/models/encoder_output.hpp"
#include "eigenhead/models/load_encoder.hpp"
#include "eigenhead/models/mpnet.hpp"
#include "eigenhead/models/pooling.hpp"
#include "eigenhead/models/task_config.hpp"
#include "eigenhead/models/task_heads.hpp"
#include "eigenhead/models/token_batch.hpp"
