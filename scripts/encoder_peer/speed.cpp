// What speed.mjs measures of eigenhead.
//
//   speed make MODEL FOLDER
// a random checkpoint of the size of distilbert, minilm or bert-base;
//
//   speed ids TOKENIZER TEXT COUNT
// token ids of COUNT lines spread over TEXT, a JSON line each;
//
//   speed load FOLDER THREADS PRECISION
// from the folder to the first embedding: {"seconds", "peak_mb"};
//
//   speed serve FOLDER THREADS IDS.jsonl PRECISION
// answers lines of standard input by seconds: "B8 S128", "B8 S128 everything", "ragged";
//
//   speed hidden FOLDER SCALAR FILE PRECISION
// last_hidden_state of a batch as raw double.

#include "eigenhead/io/safetensors_writer.hpp"
#include "eigenhead/models/load_encoder.hpp"
#include "eigenhead/models/pooling.hpp"
#include "eigenhead/text/load_tokenizer.hpp"

#include "support/random_encoder.hpp"

#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using namespace eigenhead;

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Adds a checkpoint's tensors under the names of its family.
class CheckpointWriter {
 public:
  explicit CheckpointWriter(const detail::CheckpointNames& names) : names_(names) {}

  void add(EncoderWeights<float>&& weights) {
    add("embeddings.word_embeddings.weight", std::move(weights.word_embeddings));
    add("embeddings.position_embeddings.weight", std::move(weights.position_embeddings));
    if (!weights.token_type_embeddings.is_empty())
      add("embeddings.token_type_embeddings.weight", std::move(weights.token_type_embeddings));
    add("embeddings.LayerNorm", std::move(weights.embedding_norm));
    for (std::size_t i = 0; i < weights.layers.size(); ++i) {
      EncoderLayer<float>& layer = weights.layers[i];
      const std::string prefix = names_.layers + "." + std::to_string(i) + ".";
      add(prefix + names_.query, std::move(layer.query));
      add(prefix + names_.key, std::move(layer.key));
      add(prefix + names_.value, std::move(layer.value));
      add(prefix + names_.attention_output, std::move(layer.attention_output));
      add(prefix + names_.attention_norm, std::move(layer.attention_norm));
      add(prefix + names_.intermediate, std::move(layer.intermediate));
      add(prefix + names_.output, std::move(layer.output));
      add(prefix + names_.output_norm, std::move(layer.output_norm));
    }
  }

  void save(const std::string& folder) const { writer_.save(folder + "/model.safetensors"); }

 private:
  template <int Rank>
  void add(const std::string& name, Tensor<float, Rank>&& tensor) {
    writer_.add(names_.prefix + name, std::move(tensor));
  }
  void add(const std::string& name, LinearWeights<float>&& linear) {
    add(name + ".weight", std::move(linear.weight));
    add(name + ".bias", std::move(linear.bias));
  }
  void add(const std::string& name, LayerNormWeights<float>&& norm) {
    add(name + ".weight", std::move(norm.gain));
    add(name + ".bias", std::move(norm.bias));
  }

  detail::CheckpointNames names_;
  SafetensorsWriter writer_;
};

void make(const std::string& model, const std::string& folder) {
  const EncoderConfig config = config_of_model(model);
  const bool is_distilbert = model == "distilbert";
  CheckpointWriter writer(is_distilbert ? detail::distilbert_names() : detail::bert_names());
  writer.add(RandomWeights<float>(config)());
  writer.save(folder);
  nlohmann::json json = {{"model_type", config.model_type}, {"vocab_size", config.vocab_size}};
  if (is_distilbert)
    json.update({{"dim", config.hidden_size},
                 {"hidden_dim", config.intermediate_size},
                 {"n_layers", config.num_layers},
                 {"n_heads", config.num_heads}});
  else
    json.update({{"hidden_size", config.hidden_size},
                 {"intermediate_size", config.intermediate_size},
                 {"num_hidden_layers", config.num_layers},
                 {"num_attention_heads", config.num_heads}});
  std::ofstream(folder + "/config.json") << json.dump(1) << '\n';
}

void write_ids(const std::string& folder, const std::string& text, std::size_t count) {
  const BertTokenizer tokenizer = load_tokenizer(folder);
  std::vector<std::string> lines;
  std::ifstream input(text);
  for (std::string line; std::getline(input, line);) lines.push_back(line);
  for (std::size_t i = 0; i < count; ++i)
    std::cout << nlohmann::json(tokenizer.encode_ids(lines[i * lines.size() / count])).dump()
              << '\n';
}

Encoding encoding_of(std::vector<std::int32_t> ids) {
  Encoding encoding;
  encoding.attention_mask.assign(ids.size(), 1);
  encoding.token_ids = std::move(ids);
  return encoding;
}

/// The same ids as in speed.mjs.
TokenBatch batch_of(Index batch_size, Index length) {
  std::vector<Encoding> encodings;
  for (Index b = 0; b < batch_size; ++b) {
    std::vector<std::int32_t> ids;
    for (Index t = 0; t < length; ++t)
      ids.push_back(static_cast<std::int32_t>(1000 + (b * length + t) * 7919 % 20000));
    encodings.push_back(encoding_of(std::move(ids)));
  }
  return encodings;
}

/// VmHWM of this process.
double peak_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmHWM:") {
      double kibibytes = 0;
      status >> kibibytes;
      return kibibytes * 1024 / 1e6;
    }
  return 0;
}

PackingOptions packing_of(const std::string& precision) {
  PackingOptions packing;
  if (precision == "highest_by_pieces") packing.precision = MatmulPrecision::highest_by_pieces;
  packing.precision = matmul_precision_from_name(precision);
  return packing;
}

void load(const std::string& folder, int threads, const std::string& precision) {
  const auto start = std::chrono::steady_clock::now();
  ThreadPool workers(threads);
  PackingOptions packing = packing_of(precision);
  packing.executor = &workers;
  const auto model = load_encoder<float>(folder, packing);
  const TokenBatch batch = batch_of(1, 16);
  const Tensor<float, 2> embedding = pool<float>(model(batch).last_hidden_state, batch);
  std::cout << nlohmann::json{{"seconds", seconds_since(start)}, {"peak_mb", peak_megabytes()}}
            << '\n';
}

class Server {
 public:
  Server(const std::string& folder, int threads, const std::string& ids_file,
         const std::string& precision)
      : pool_(threads), model_(load_encoder<float>(folder, packing_of(precision))) {
    std::ifstream input(ids_file);
    for (std::string line; std::getline(input, line);)
      texts_.push_back(encoding_of(nlohmann::json::parse(line).get<std::vector<std::int32_t>>()));
  }

  /// Seconds that a case takes.
  double measure(const std::string& name) {
    std::istringstream words(name);
    std::string word, extra;
    words >> word;
    EncoderOptions options;
    if (pool_.concurrency() > 1) options.executor = &pool_;
    if (word == "ragged") return measure_ragged(options);
    const Index batch_size = std::stoi(word.substr(1));
    words >> word >> extra;
    const TokenBatch batch = batch_of(batch_size, std::stoi(word.substr(1)));
    options.with_hidden_states = options.with_attentions = extra == "everything";
    const auto start = std::chrono::steady_clock::now();
    model_.encoder().encode(batch, output_, workspace_, options);
    return seconds_since(start);
  }

 private:
  /// All texts, 32 in a call.
  double measure_ragged(const EncoderOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < texts_.size(); i += 32) {
      const auto end = std::min(i + 32, texts_.size());
      const TokenBatch batch(
          std::vector<Encoding>(texts_.begin() + static_cast<std::ptrdiff_t>(i),
                                texts_.begin() + static_cast<std::ptrdiff_t>(end)));
      model_.encoder().encode(batch, ragged_output_, workspace_, options);
    }
    return seconds_since(start);
  }

  ThreadPool pool_;
  EncoderModel<float> model_;
  std::vector<Encoding> texts_;
  EncoderWorkspace<float> workspace_;
  EncoderOutput<float> output_;
  RaggedEncoderOutput<float> ragged_output_;
};

template <class Scalar>
void write_hidden(const std::string& folder, const std::string& file,
                  const std::string& precision) {
  const auto model = load_encoder<Scalar>(folder, packing_of(precision));
  const Tensor<double, 3> hidden =
      cast<double, Scalar, 3>(model(batch_of(2, 128)).last_hidden_state);
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(hidden.data()),
             static_cast<std::streamsize>(hidden.size() * static_cast<Index>(sizeof(double))));
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::string command = words.empty() ? "" : words[0];
  if (command == "make") {
    make(words.at(1), words.at(2));
  } else if (command == "ids") {
    write_ids(words.at(1), words.at(2), std::stoul(words.at(3)));
  } else if (command == "load") {
    load(words.at(1), std::stoi(words.at(2)), words.at(3));
  } else if (command == "hidden") {
    words.at(2) == "double" ? write_hidden<double>(words.at(1), words.at(3), words.at(4))
                            : write_hidden<float>(words.at(1), words.at(3), words.at(4));
  } else if (command == "serve") {
    Server server(words.at(1), std::stoi(words.at(2)), words.at(3), words.at(4));
    std::cout << "ready" << std::endl;
    for (std::string line; std::getline(std::cin, line);)
      std::cout << server.measure(line) << std::endl;
  } else {
    std::cerr << "speed: make, ids, load, serve or hidden; see the head of speed.cpp\n";
    return 2;
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
