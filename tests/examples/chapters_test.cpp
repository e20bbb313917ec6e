// What the chapters print, beside what the course's own code prints. ctest runs the chapters and
// compares them with examples/expected; here these files are compared with the fixtures.

#include "eigenhead/core/file.hpp"
#include "support/data.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <sstream>
#include <string>
#include <vector>

namespace eigenhead {
namespace {

std::string expected_output(const std::string& chapter) {
  return read_file(test_data() / "../../examples/expected" / (chapter + ".txt"));
}

std::string course_output(const std::string& exercise) {
  std::string text = read_file(test_data() / "fixtures/notebooks" / exercise / "stdout.txt");
  text.erase(0, text.find_first_not_of('\n'));
  return text;
}

TEST(Chapters, ScaledDotProductAttentionPrintsTheCourseText) {
  EXPECT_EQ(expected_output("02_scaled_dot_product_attention").rfind(course_output("exercise2"), 0),
            0u);
}

TEST(Chapters, MultiHeadAttentionPrintsTheCourseText) {
  EXPECT_NE(expected_output("03_multi_head_attention").find(course_output("exercise3")),
            std::string::npos);
}

/// The numbers of a text, in order.
std::vector<double> numbers(std::string text) {
  for (char& c : text)
    if (c == '[' || c == ']' || c == ',' || c == '(' || c == ')') c = ' ';
  std::istringstream stream(text);
  std::vector<double> result;
  for (std::string word; stream >> word;)
    if (word.find_first_not_of("0123456789.") == std::string::npos && word != ".")
      result.push_back(std::stod(word));
  return result;
}

TEST(Chapters, StudyingAttentionLayersPrintsTheCourseNumbers) {
  // Ours are rounded from double, the course's from float: a last digit may differ where they meet.
  const std::vector<double> ours = numbers(expected_output("05_studying_attention_layers"));
  const std::vector<double> course = numbers(course_output("attention_layers"));
  ASSERT_GE(ours.size(), course.size());
  for (std::size_t i = 0; i < course.size(); ++i) EXPECT_NEAR(ours[i], course[i], 1.01e-4) << i;
}

}  // namespace
}  // namespace eigenhead
