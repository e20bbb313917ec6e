#include "eigenhead/analysis/component_label.hpp"

#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace eigenhead {
namespace {

TEST(ComponentLabel, GivesPercentWithOneDecimal) {
  EXPECT_EQ(component_label(1, 0.4312), "PC1 (43.1 %)");
  EXPECT_EQ(component_label(2, 0.0996), "PC2 (10.0 %)");
  EXPECT_EQ(component_label(3, 0.0), "PC3 (0.0 %)");
  EXPECT_EQ(component_label(1, 1.0), "PC1 (100.0 %)");
}

TEST(ComponentLabel, RatioOutsideIsRefused) {
  EXPECT_THROW_WITH(component_label(1, -0.5), ValueError,
                    "component_label: ratio must be from 0 to 1; got ratio -0.5");
  EXPECT_THROW(component_label(1, std::nan("")), ValueError);
}

TEST(ComponentLabel, NumberBelowOneIsRefused) {
  EXPECT_THROW_WITH(component_label(0, 0.5), ValueError,
                    "component_label: number must be >= 1; got number 0");
}

}  // namespace
}  // namespace eigenhead
