#pragma once

#include "eigenhead/core/error.hpp"
#include "eigenhead/core/file.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/plot/json_text.hpp"
#include "eigenhead/plot/label_text.hpp"

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace eigenhead {

/// What is known about the points of a projector: one value a point.
struct ProjectorColumn {
  std::string name;
  std::vector<std::string> values;
};

/// `vectors` [n, p] as the vectors.tsv of TensorBoard's embedding projector: a line a vector,
/// shortest numbers, no header. Throws ShapeError when empty, ValueError when a value is not
/// finite.
template <class Scalar>
std::string projector_vectors(TensorView<const Scalar, 2> vectors) {
  check<ShapeError>(!vectors.is_empty(), "projector_vectors: vectors must not be empty", "vectors",
                    vectors.shape());
  std::string text;
  for (Index i = 0; i < vectors.extent(0); ++i) {
    for (Index j = 0; j < vectors.extent(1); ++j) {
      if (!std::isfinite(vectors(i, j)))
        fail<ValueError>("projector_vectors: vectors must be finite; got value ", vectors(i, j),
                         " at ", Shape<2>{i, j});
      if (j > 0) text += '\t';
      text += detail::json_number(vectors(i, j));
    }
    text += '\n';
  }
  return text;
}

/// The metadata.tsv beside it: a line a point, with a header only if there is more than one column,
/// as the projector wants it. Tabs and line breaks become blanks. Throws ShapeError when there is
/// no column or columns differ in length.
inline std::string projector_metadata(const std::vector<ProjectorColumn>& columns) {
  check<ShapeError>(!columns.empty(), "projector_metadata: columns must not be empty; got none");
  for (const ProjectorColumn& column : columns)
    check<ShapeError>(column.values.size() == columns[0].values.size(),
                      "projector_metadata: columns must have the same length", "first",
                      columns[0].values.size(), "another", column.values.size());
  const auto add_cell = [](std::string& text, std::size_t column, const std::string& cell) {
    text += (column > 0 ? "\t" : "") + detail::visible_label(cell);
  };
  std::string text;
  for (std::size_t c = 0; columns.size() > 1 && c < columns.size(); ++c)
    add_cell(text, c, columns[c].name);
  if (columns.size() > 1) text += '\n';
  for (std::size_t i = 0; i < columns[0].values.size(); ++i) {
    for (std::size_t c = 0; c < columns.size(); ++c) add_cell(text, c, columns[c].values[i]);
    text += '\n';
  }
  return text;
}

/// Writes vectors.tsv, metadata.tsv and projector_config.json into `folder`, which is made if
/// absent: a log directory of TensorBoard, or files to load at projector.tensorflow.org.
///
/// @throws as projector_vectors and projector_metadata; ShapeError when the columns do not have one
///         value a vector, FileError when the files cannot be written
template <class Scalar>
void save_projector(const std::filesystem::path& folder, TensorView<const Scalar, 2> vectors,
                    const std::vector<ProjectorColumn>& columns) {
  const std::string function = "save_projector";
  const std::string numbers = projector_vectors(vectors);
  const std::string metadata = projector_metadata(columns);
  check<ShapeError>(static_cast<Index>(columns[0].values.size()) == vectors.extent(0),
                    function + ": columns must have one value per vector", "values",
                    columns[0].values.size(), "vectors", vectors.shape());
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  check<FileError>(
      !error, function + ": folder must be one that can be made; got " + quote(folder.string()));
  write_file(folder / "vectors.tsv", numbers, function);
  write_file(folder / "metadata.tsv", metadata, function);
  write_file(folder / "projector_config.json",
             "{\"embeddings\":[{\"tensorName\":\"embeddings\",\"tensorShape\":[" +
                 std::to_string(vectors.extent(0)) + "," + std::to_string(vectors.extent(1)) +
                 "],\"tensorPath\":\"vectors.tsv\",\"metadataPath\":\"metadata.tsv\"}]}\n",
             function);
}

}  // namespace eigenhead
