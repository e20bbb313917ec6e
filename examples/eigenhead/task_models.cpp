#include "task_models.hpp"

#include "eigenhead/models/auto_model.hpp"
#include "eigenhead/tasks/answer_question.hpp"
#include "eigenhead/tasks/classify.hpp"
#include "eigenhead/tasks/fill_mask.hpp"
#include "eigenhead/tasks/find_entities.hpp"
#include "eigenhead/tasks/sentence_encoder.hpp"
#include "eigenhead/text/load_tokenizer.hpp"

using namespace eigenhead;

namespace {

PackingOptions packing_of(const std::string& precision, Executor& executor) {
  return {.precision = matmul_precision_from_name(precision), .executor = &executor};
}

}  // namespace

struct TaskModel::Model {
  AutoModel<float> model;
  BertTokenizer tokenizer;
};

TaskModel::TaskModel(const std::filesystem::path& folder, const std::string& precision,
                     Executor& executor)
    : model_(new Model{
          AutoModel<float>::from_pretrained(folder.string(), packing_of(precision, executor)),
          load_tokenizer(folder)}) {}

TaskModel::~TaskModel() = default;

const BertTokenizer& TaskModel::tokenizer() const { return model_->tokenizer; }

Index TaskModel::max_length() const { return model_->model.config().max_length(); }

std::vector<std::vector<MaskPrediction>> TaskModel::fill_mask(
    const std::vector<Encoding>& encodings, const FillMaskOptions& options) const {
  return fill_mask_batch(model_->model, model_->tokenizer, encodings, options);
}

std::vector<std::vector<LabelScore>> TaskModel::classify(const std::vector<Encoding>& encodings,
                                                         const ClassifyOptions& options) const {
  return classify_batch(model_->model, encodings, options);
}

std::vector<std::vector<Entity>> TaskModel::find_entities(
    const std::vector<std::string>& texts, const FindEntitiesOptions& options) const {
  return find_entities_batch(model_->model, model_->tokenizer, texts, options);
}

std::vector<Answer> TaskModel::answer(const std::string& question, const std::string& context,
                                      const AnswerOptions& options) const {
  return answer_question(model_->model, model_->tokenizer, question, context, options);
}

struct SentenceModel::Model {
  SentenceEncoder<float> encoder;
  Executor& executor;

  SentenceOptions options(const SentenceSettings& settings) const {
    SentenceOptions options{.prompt = settings.prompt,
                            .prompt_name = settings.prompt_name,
                            .is_normalized = settings.is_normalized,
                            .truncate_dim = settings.truncate_dim,
                            .batch_size = settings.batch_size,
                            .executor = &executor};
    if (settings.pooling.empty()) return options;
    options.pooling = {settings.pooling == "mean"  ? Pooling::mean
                       : settings.pooling == "cls" ? Pooling::cls
                       : settings.pooling == "max" ? Pooling::max
                                                   : Pooling::mean_sqrt_length};
    return options;
  }
};

SentenceModel::SentenceModel(const std::filesystem::path& folder, const std::string& precision,
                             Executor& executor)
    : model_(new Model{
          SentenceEncoder<float>::from_pretrained(folder.string(), packing_of(precision, executor)),
          executor}) {}

SentenceModel::~SentenceModel() = default;

Index SentenceModel::dimension(const SentenceSettings& settings) const {
  return model_->encoder.dimension(model_->options(settings));
}

Index SentenceModel::max_length() const { return model_->encoder.max_length(); }

Tensor<float, 2> SentenceModel::embed(const std::vector<std::string>& texts,
                                      const SentenceSettings& settings,
                                      std::size_t& num_cut) const {
  const SentenceOptions options = model_->options(settings);
  const std::vector<Encoding> encodings = model_->encoder.tokenize(texts, options);
  for (const Encoding& encoding : encodings) num_cut += !encoding.overflowing.empty();
  return model_->encoder.encode(encodings, options);
}
