// The `eigenhead` program: every part of the library from a shell. A file for each subcommand.

#include "commands.hpp"

#include "eigenhead/version.hpp"

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>

int main(int argc, char** argv) {
  CLI::App program("Text to tokens, tokens to embeddings and attention, and pictures of them.");
  program.name("eigenhead");
  program.set_version_flag("--version", eigenhead::version());
  program.require_subcommand(1);
  program.footer("eigenhead SUBCOMMAND --help shows its options and an example.");
  add_tokenize(program);
  add_decode(program);
  add_encode(program);
  add_embed(program);
  add_similarity(program);
  add_fill_mask(program);
  add_classify(program);
  add_entities(program);
  add_answer(program);
  add_attention(program);
  add_attend(program);
  add_pca(program);
  add_view(program);
  add_inspect(program);
  try {
    program.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& wrong_usage) {
    return program.exit(wrong_usage) == 0 ? 0 : 2;  // 0: --help and --version
  } catch (const std::exception& error) {
    std::cerr << "eigenhead: " << error.what() << '\n';
    return 1;
  }
}
