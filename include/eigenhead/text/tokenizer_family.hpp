#pragma once

#include "eigenhead/core/error.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace eigenhead::detail {

/// Refuses a folder without tokenizer.json and vocab.txt, in the words of the family that its files
/// give away.
[[noreturn]] inline void refuse_folder(const std::filesystem::path& folder) {
  struct Sign {
    const char* file;
    const char* family;
  };
  constexpr Sign kSigns[] = {{"merges.txt", "byte-pair encoding (GPT-2, RoBERTa)"},
                             {"vocab.json", "byte-pair encoding (GPT-2, RoBERTa)"},
                             {"spiece.model", "SentencePiece (ALBERT, T5)"},
                             {"sentencepiece.bpe.model", "SentencePiece (XLM-RoBERTa)"},
                             {"tokenizer.model", "SentencePiece (Llama)"}};
  std::error_code error;
  for (const Sign& sign : kSigns)
    if (std::filesystem::exists(folder / sign.file, error))
      fail<FormatError>("load_tokenizer: folder must hold a WordPiece tokenizer as BERT's; got ",
                        quote(folder.string()), " with ", sign.file, " of ", sign.family);
  fail<FileError>("load_tokenizer: folder must hold tokenizer.json or vocab.txt; got folder ",
                  quote(folder.string()));
}

/// Refuses a vocab.txt whose "tokenizer_class" treats text in another way than BERT's tokenizer or
/// puts other tokens around it, such as BertJapaneseTokenizer or MPNetTokenizer. An empty name is
/// that of a folder that does not say.
inline void check_tokenizer_class(std::string_view name, std::string_view source) {
  constexpr std::string_view kKnown[] = {"",
                                         "Bert",
                                         "DistilBert",
                                         "Electra",
                                         "MobileBert",
                                         "ConvBert",
                                         "SqueezeBert",
                                         "LayoutLM",
                                         "Lxmert",
                                         "RetriBert",
                                         "DPRReader",
                                         "DPRContextEncoder",
                                         "DPRQuestionEncoder",
                                         "PreTrained"};
  std::string_view stem = name;
  for (const std::string_view ending : {"Fast", "Tokenizer"})
    if (stem.size() >= ending.size() && stem.substr(stem.size() - ending.size()) == ending)
      stem.remove_suffix(ending.size());
  if (std::find(std::begin(kKnown), std::end(kKnown), stem) == std::end(kKnown))
    fail<FormatError>(
        "load_tokenizer: ", quote(source),
        " must name a tokenizer that works as BERT's, or tokenizer.json must be there "
        "to describe it; got tokenizer_class ",
        quote(name));
}

}  // namespace eigenhead::detail
