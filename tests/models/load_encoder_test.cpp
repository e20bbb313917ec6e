#include "eigenhead/models/load_encoder.hpp"

#include "models/checkpoint_copy.hpp"
#include "models/fixture_case.hpp"
#include "support/data.hpp"
#include "support/near.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eigenhead {
namespace {

TEST(LoadEncoder, FamilyIsPickedByTheModelType) {
  const std::string bert = (test_data() / "fixtures/tiny-bert").string();
  const std::string distilbert = (test_data() / "fixtures/tiny-distilbert").string();
  EXPECT_EQ(load_encoder<float>(bert).config().model_type, "bert");
  expect_equal(load_encoder<float>(bert)(batch_of({4, 9}, {0, 1})).pooler_output,
               Bert<float>::from_pretrained(bert)(batch_of({4, 9}, {0, 1})).pooler_output);
  EXPECT_EQ(load_encoder<float>(distilbert).config().model_type, "distilbert");
  expect_equal(load_encoder<float>(distilbert)(batch_of({4, 9})).last_hidden_state,
               DistilBert<float>::from_pretrained(distilbert)(batch_of({4, 9})).last_hidden_state);
}

TEST(LoadEncoder, OtherFamiliesAreRefusedByName) {
  const CheckpointCopy copy("fixtures/tiny-bert");
  copy.change_config("model_type", "roberta");
  EXPECT_THROW_WITH(
      load_encoder<float>(copy.path()), ValueError,
      "load_encoder_config: model_type must be \"bert\", \"distilbert\", \"electra\" or "
      "\"mpnet\"; got model_type \"roberta\", in " +
          quote(copy.config().string()));
}

TEST(LoadEncoder, ConfigurationWithoutModelTypeIsRefused) {
  const CheckpointCopy copy("fixtures/tiny-bert");
  write_file(copy.config(), R"({"vocab_size": 182})");
  EXPECT_THROW_WITH(load_encoder<float>(copy.path()), FormatError,
                    "load_encoder_config: " + quote(copy.config().string()) +
                        " must have the key \"model_type\"; got 1 other keys");
}

TEST(LoadEncoder, NumbersOfBucketsThatDivideByZeroAreRefused) {
  const CheckpointCopy copy("heads/mpnet-masked");
  for (const int number : {-1, 0, 3, 512}) {
    copy.change_config("relative_attention_num_buckets", number);
    EXPECT_THROW_WITH(load_encoder<float>(copy.path()), ValueError,
                      "load_encoder_config: relative_attention_num_buckets must be >= 4 and < 512; "
                      "got relative_attention_num_buckets " +
                          std::to_string(number) + ", in " + quote(copy.config().string()));
  }
  for (const int number : {4, 511}) {
    copy.change_config("relative_attention_num_buckets", number);
    EXPECT_EQ(load_encoder_config(copy.config()).num_relative_buckets, number);
  }
}

}  // namespace
}  // namespace eigenhead
