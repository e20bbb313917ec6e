#include "eigenhead/analysis/pca_options.hpp"

#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

namespace eigenhead {
namespace {

const std::vector<double> kRatios = {0.5, 0.25, 0.125, 0.125};

TEST(NumComponents, AllKeepsEveryComponent) {
  EXPECT_EQ(NumComponents::all().resolve(kRatios), 4);
  EXPECT_TRUE(NumComponents::all().fits(0));
}

TEST(NumComponents, ExactlyKeepsThatMany) {
  EXPECT_EQ(NumComponents::exactly(3).resolve(kRatios), 3);
  EXPECT_TRUE(NumComponents::exactly(3).fits(3));
  EXPECT_FALSE(NumComponents::exactly(3).fits(2));
  EXPECT_EQ(NumComponents::exactly(0).resolve(kRatios), 0);
}

TEST(NumComponents, ExplainingNeedsStrictlyMoreThanTheFraction) {
  EXPECT_EQ(NumComponents::explaining(0.4).resolve(kRatios), 1);
  EXPECT_EQ(NumComponents::explaining(0.5).resolve(kRatios), 2);
  EXPECT_EQ(NumComponents::explaining(0.875).resolve(kRatios), 4);
  EXPECT_EQ(NumComponents::explaining(0.95).resolve(kRatios), 4);
}

TEST(NumComponents, ExplainingWithoutVarianceKeepsAll) {
  EXPECT_EQ(NumComponents::explaining(0.5).resolve({0, 0, 0}), 3);
}

TEST(NumComponents, IntegersConvertAndFloatingPointNumbersDoNot) {
  EXPECT_TRUE((std::is_convertible_v<int, NumComponents>));
  EXPECT_TRUE((std::is_convertible_v<std::uint64_t, NumComponents>));
  EXPECT_FALSE((std::is_constructible_v<NumComponents, double>));
  EXPECT_FALSE((std::is_constructible_v<NumComponents, float>));
  EXPECT_FALSE((std::is_constructible_v<NumComponents, bool>));
  EXPECT_EQ(NumComponents(2).resolve(kRatios), 2);
}

TEST(NumComponents, NegativeCountIsRefused) {
  EXPECT_THROW_WITH(NumComponents::exactly(-1), ValueError,
                    "NumComponents::exactly: count must be >= 0; got count -1");
  EXPECT_THROW_WITH(NumComponents(-1), ValueError,
                    "NumComponents::exactly: count must be >= 0; got count -1");
}

TEST(NumComponents, FractionOutsideTheOpenIntervalIsRefused) {
  EXPECT_THROW_WITH(NumComponents::explaining(1), ValueError,
                    "NumComponents::explaining: fraction must be inside (0, 1); got fraction 1");
  EXPECT_THROW_WITH(NumComponents::explaining(0), ValueError,
                    "NumComponents::explaining: fraction must be inside (0, 1); got fraction 0");
  EXPECT_THROW(NumComponents::explaining(std::numeric_limits<double>::quiet_NaN()), ValueError);
}

TEST(PcaOptions, DefaultIsThatOfScikitLearn) {
  const PcaOptions options;
  EXPECT_EQ(options.n_components.resolve(kRatios), 4);
  EXPECT_EQ(options.solver, PcaSolver::automatic);
  EXPECT_FALSE(options.whiten);
  EXPECT_EQ(options.sign, PcaSign::v_based);
}

}  // namespace
}  // namespace eigenhead
