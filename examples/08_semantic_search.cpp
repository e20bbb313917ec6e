// Chapter 8: search by meaning.
//
//     08_semantic_search ["a query"] [a text file] [model folder]
//
// Embeds every line of the file once, then the query, and prints the lines whose vectors point most
// nearly into the same direction, with their cosine similarities.
//
// The bundled model was trained to fill masks, not to compare sentences: it finds lines of the same
// kind. With a folder such as sentence-transformers/all-MiniLM-L6-v2 the same program finds lines
// of the same meaning.

#include "eigenhead/eigenhead.hpp"

#include <algorithm>
#include <exception>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

using namespace eigenhead;

/// The lines of a file, or a few verses.
std::vector<std::string> read_lines(const char* path) {
  if (path == nullptr)
    return {"The king sat upon his throne in the city.",
            "A river of water flowed through the garden.",
            "She wrote a long letter to her sister.",
            "The prince went into the house of his father.",
            "A small bird of the tropical forests.",
            "Her cousin was to marry the young gentleman.",
            "The ships came over the sea to the land."};
  std::ifstream file(path);
  check<FileError>(file.good(), "read_lines: file must be readable; got " + quote(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

int main(int argc, char** argv) try {
  const std::string query = argc > 1 ? argv[1] : "The queen stood in the palace.";
  const std::vector<std::string> lines = read_lines(argc > 2 ? argv[2] : nullptr);
  const auto encoder =
      SentenceEncoder<float>::from_pretrained(argc > 3 ? argv[3] : EIGENHEAD_BUNDLED_MODEL);

  // Of vectors of length 1 the product is the cosine of the angle between them.
  const SentenceOptions options{.is_normalized = true};
  const Tensor<float, 2> vectors = encoder(lines, options);   // [lines, C]
  const Tensor<float, 2> wanted = encoder({query}, options);  // [1, C]
  const Eigen::VectorXf scores = vectors.matrix() * wanted.vector(0).transpose();

  std::vector<Index> order(lines.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Index>(i);
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return scores(a) > scores(b); });
  std::cout << "Query: " << query << "\n"
            << lines.size() << " lines, vectors of " << vectors.extent(1) << " components\n\n"
            << std::fixed << std::setprecision(3);
  for (std::size_t i = 0; i < std::min<std::size_t>(5, order.size()); ++i)
    std::cout << scores(order[i]) << "  " << lines[static_cast<std::size_t>(order[i])] << "\n";
} catch (const std::exception& error) {
  std::cerr << "08_semantic_search: " << error.what() << '\n';
  return 1;
}
