#pragma once

// What people run encoders for: text in, answers out.
#include "eigenhead/tasks/answer_question.hpp"
#include "eigenhead/tasks/classify.hpp"
#include "eigenhead/tasks/entity_groups.hpp"
#include "eigenhead/tasks/fill_mask.hpp"
#include "eigenhead/tasks/find_entities.hpp"
#include "eigenhead/tasks/sentence_config.hpp"
#include "eigenhead/tasks/sentence_encoder.hpp"
#include "eigenhead/tasks/task_options.hpp"
