// eigenhead inspect: what a safetensors or .npy file or a model folder holds.

#include "commands.hpp"
#include "shared.hpp"

#include "eigenhead/io.hpp"
#include "eigenhead/models.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

using namespace eigenhead;

namespace {

struct Row {
  std::string name;
  std::string dtype;
  std::string shape;
  std::uint64_t bytes;
};

void print_table(const std::vector<Row>& rows) {
  std::size_t name_width = 4;
  std::size_t shape_width = 5;
  std::uint64_t total = 0;
  for (const Row& row : rows) {
    name_width = std::max(name_width, row.name.size());
    shape_width = std::max(shape_width, row.shape.size());
    total += row.bytes;
  }
  const auto print = [&](const std::string& name, const std::string& dtype,
                         const std::string& shape, const std::string& bytes) {
    std::cout << std::left << std::setw(static_cast<int>(name_width) + 2) << name << std::setw(8)
              << dtype << std::setw(static_cast<int>(shape_width) + 2) << shape << std::right
              << std::setw(12) << bytes << '\n';
  };
  print("name", "dtype", "shape", "bytes");
  for (const Row& row : rows) print(row.name, row.dtype, row.shape, std::to_string(row.bytes));
  print(std::to_string(rows.size()) + (rows.size() == 1 ? " tensor" : " tensors"), "", "",
        std::to_string(total));
}

void inspect_safetensors(const SafetensorsFile& file) {
  for (const auto& [key, value] : file.metadata())
    std::cout << "metadata " << quote(key) << ": " << quote(value) << '\n';
  std::vector<Row> rows;
  for (const std::string& name : file.names()) {
    const TensorInfo& info = file.info(name);
    std::string printable = quote(name);  // control characters are escaped
    if (printable.size() == name.size() + 2) printable = name;
    rows.push_back({printable, name_of(info.dtype), detail::extents_to_string(info.shape),
                    file.bytes(name).size()});
  }
  print_table(rows);
}

void inspect_folder(const std::filesystem::path& folder) {
  const EncoderConfig config = load_encoder_config(folder / "config.json");
  std::cout << "A " << config.model_type << " encoder: " << config.num_layers << " layers of "
            << config.num_heads << " heads, hidden size " << config.hidden_size << " ("
            << config.head_dim() << " for each head), feed-forward width "
            << config.intermediate_size << ",\nvocabulary of " << config.vocab_size
            << " tokens, up to " << config.max_position_embeddings << " positions";
  if (config.type_vocab_size > 0) std::cout << ", " << config.type_vocab_size << " token types";
  std::cout << ".\n";
  inspect_safetensors(open_weights(folder));
}

void inspect(const std::string& path) {
  if (std::filesystem::is_regular_file(path)) {
    if (std::filesystem::path(path).extension() != ".npy")
      return inspect_safetensors(SafetensorsFile::open(path));
    const NpyArray array = read_npy(path);
    return print_table({{std::filesystem::path(path).filename().string(), name_of(array.dtype),
                         detail::extents_to_string(array.shape), array.bytes.size()}});
  }
  inspect_folder(find_model_folder(path));
}

}  // namespace

void add_inspect(CLI::App& program) {
  const auto path = std::make_shared<std::string>();
  CLI::App& command =
      *program.add_subcommand("inspect", "What a tensor file or a model folder holds");
  command
      .add_option("path", *path,
                  "A safetensors or .npy file, a model folder, or a model in the local cache")
      ->required();
  command.footer("Example: eigenhead inspect model.safetensors");
  command.callback([path] { inspect(*path); });
}
