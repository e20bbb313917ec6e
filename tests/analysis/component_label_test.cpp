#include "eigenhead/analysis/component_label.hpp"

#include <gtest/gtest.h>

namespace eigenhead {
namespace {

TEST(ComponentLabel, GivesPercentWithOneDecimal) {
  EXPECT_EQ(component_label(1, 0.4312), "PC1 (43.1 %)");
  EXPECT_EQ(component_label(2, 0.0996), "PC2 (10.0 %)");
  EXPECT_EQ(component_label(3, 0.0), "PC3 (0.0 %)");
  EXPECT_EQ(component_label(1, 1.0), "PC1 (100.0 %)");
}

}  // namespace
}  // namespace eigenhead
