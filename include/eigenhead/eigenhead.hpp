#pragma once

// Everything but analysis, whose solvers cost seconds of compile time in each file that includes
// it.
#include "eigenhead/attention.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/print.hpp"
#include "eigenhead/io.hpp"
#include "eigenhead/models.hpp"
#include "eigenhead/plot.hpp"
#include "eigenhead/random.hpp"
#include "eigenhead/tasks.hpp"
#include "eigenhead/text.hpp"
#include "eigenhead/text/load_tokenizer.hpp"
