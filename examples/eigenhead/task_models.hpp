#pragma once

#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/tasks/task_options.hpp"
#include "eigenhead/text.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// The models behind the subcommands for tasks. What is template code is compiled once, in
// task_models.cpp, instead of once for each subcommand.

/// A model with its heads, and its tokenizer.
class TaskModel {
 public:
  TaskModel(const std::filesystem::path& folder, const std::string& precision,
            eigenhead::Executor& executor);
  ~TaskModel();

  const eigenhead::BertTokenizer& tokenizer() const;
  /// The most tokens of a text.
  eigenhead::Index max_length() const;

  std::vector<std::vector<eigenhead::MaskPrediction>> fill_mask(
      const std::vector<eigenhead::Encoding>& encodings,
      const eigenhead::FillMaskOptions& options) const;
  std::vector<std::vector<eigenhead::LabelScore>> classify(
      const std::vector<eigenhead::Encoding>& encodings,
      const eigenhead::ClassifyOptions& options) const;
  std::vector<std::vector<eigenhead::Entity>> find_entities(
      const std::vector<std::string>& texts, const eigenhead::FindEntitiesOptions& options) const;
  std::vector<eigenhead::Answer> answer(const std::string& question, const std::string& context,
                                        const eigenhead::AnswerOptions& options) const;

 private:
  struct Model;
  std::unique_ptr<Model> model_;
};

/// How `embed` and `similarity` make vectors.
struct SentenceSettings {
  std::string prompt;
  std::string prompt_name;
  std::string pooling;  ///< empty: the folder's
  std::optional<bool> is_normalized;
  std::optional<eigenhead::Index> truncate_dim;
  int batch_size = 32;
};

/// A sentence encoder.
class SentenceModel {
 public:
  SentenceModel(const std::filesystem::path& folder, const std::string& precision,
                eigenhead::Executor& executor);
  ~SentenceModel();

  eigenhead::Index dimension(const SentenceSettings& settings) const;
  eigenhead::Index max_length() const;
  /// Vectors [texts, dimension]; adds the number of texts that were cut to `num_cut`.
  eigenhead::Tensor<float, 2> embed(const std::vector<std::string>& texts,
                                    const SentenceSettings& settings, std::size_t& num_cut) const;

 private:
  struct Model;
  std::unique_ptr<Model> model_;
};
