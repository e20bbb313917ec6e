#pragma once

// All of text/ except load_tokenizer.hpp and write_tokenizer_json.hpp: JSON more than doubles the
// time to compile, so who reads or writes files includes them by name.

#include "eigenhead/text/added_tokens.hpp"
#include "eigenhead/text/bert_tokenizer.hpp"
#include "eigenhead/text/encoding.hpp"
#include "eigenhead/text/normalizer.hpp"
#include "eigenhead/text/padding.hpp"
#include "eigenhead/text/pre_tokenizer.hpp"
#include "eigenhead/text/sequence_template.hpp"
#include "eigenhead/text/token_id_batch.hpp"
#include "eigenhead/text/truncation.hpp"
#include "eigenhead/text/utf8.hpp"
#include "eigenhead/text/vocabulary.hpp"
#include "eigenhead/text/word_piece.hpp"
#include "eigenhead/text/word_piece_decoder.hpp"
