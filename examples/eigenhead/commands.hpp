#pragma once

#include <CLI/App.hpp>

// Each adds one subcommand to the program; what it does runs as the subcommand's callback.
void add_tokenize(CLI::App& program);
void add_decode(CLI::App& program);
void add_encode(CLI::App& program);
void add_embed(CLI::App& program);
void add_similarity(CLI::App& program);
void add_fill_mask(CLI::App& program);
void add_classify(CLI::App& program);
void add_entities(CLI::App& program);
void add_answer(CLI::App& program);
void add_attention(CLI::App& program);
void add_attend(CLI::App& program);
void add_pca(CLI::App& program);
void add_view(CLI::App& program);
void add_inspect(CLI::App& program);
