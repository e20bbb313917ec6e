#pragma once

#include "eigenhead/core/utf8.hpp"

#include <random>
#include <string>
#include <vector>

namespace eigenhead {

/// Texts that look for trouble: words, special tokens and their ruins, marks that change places,
/// other scripts, white space of all kinds, and now and then bytes that are not UTF-8.
class RandomText {
 public:
  explicit RandomText(unsigned seed, bool is_well_formed = false)
      : random_(seed), is_well_formed_(is_well_formed) {}

  std::string operator()() {
    std::string text;
    for (unsigned part = below(14) + 1; part > 0; --part) append_part(text);
    return text;
  }

  unsigned below(unsigned limit) { return static_cast<unsigned>(random_()) % limit; }

 private:
  void append_part(std::string& text) {
    static const std::vector<std::string> kWords = {"hello",
                                                    "World",
                                                    "[MASK]",
                                                    "[CLS]",
                                                    "[mask]",
                                                    "[MASK",
                                                    "unaffable",
                                                    "don't",
                                                    "foo_bar",
                                                    "internationalization",
                                                    "Supercalifragilisticexpialidocious",
                                                    "na\u00EFve",
                                                    "\u0130",
                                                    "\u039F\u0394\u039F\u03A3",
                                                    "\u4E2D\u6587",
                                                    "\uD55C\uAD6D\uC5B4",
                                                    "\u200B",
                                                    "\u00AD",
                                                    "\u2028",
                                                    "\u201Cquoted\u201D",
                                                    "it\u2019s",
                                                    "\u2014",
                                                    "\u2026",
                                                    "<tok>",
                                                    "New York",
                                                    "NEW YORK",
                                                    "1",
                                                    "3.14",
                                                    "$",
                                                    "\U0002B820",
                                                    "\U0002B920",
                                                    "\U0001F642",
                                                    "\u0130\u0307",
                                                    "\u1E9E",
                                                    "\u2460",
                                                    "\u226E",
                                                    "\u2260",
                                                    "##ing",
                                                    std::string(99, 'x'),
                                                    std::string(101, 'y'),
                                                    "\x01",
                                                    "\x7F",
                                                    "\u0085"};
    static const std::u32string kMarks =
        U"\u08D4\uA9C0\u302E\U0001D165\U0001D16D\U0001E000\U0001D15E\U0001D160\U00011446\u1B44"
        U"\u093C\u3099\u0F72\u0F73\u0F71\u0323\u0301\u0F74\u0308\u05B0\u0670\u0E48\u0F79\u0345"
        U"\u0334"
        U"\U00011442\u0439\u1F00\u1ED9\uFF76\uFF9E\U0001E94A\U0001E944\u0A36\uFB2C\u302F\u1DFB";
    switch (below(is_well_formed_ ? 8 : 9)) {
      case 0: text += ' '; break;
      case 1: text += static_cast<char>(32 + below(95)); break;
      case 2: append_utf8(kMarks[below(static_cast<unsigned>(kMarks.size()))], text); break;
      case 3: append_utf8(below(0x3000), text); break;
      case 4: append_utf8(below(0x20000), text); break;
      case 8:
        for (unsigned i = below(4); i > 0; --i) text += static_cast<char>(below(256));
        break;
      default: text += kWords[below(static_cast<unsigned>(kWords.size()))];
    }
    if (below(3) == 0) text += " \t\n."[below(4)];
  }

  std::mt19937 random_;
  bool is_well_formed_;
};

}  // namespace eigenhead
