#include "eigenhead/plot/label_placement.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <vector>

namespace eigenhead::detail {
namespace {

struct Scene {
  std::vector<Point> points;
  std::vector<double> widths;
  Box frame{50, 50, 690, 480};

  std::vector<PlacedLabel> place() const { return LabelPlacement(points, widths, frame).place(); }
};

/// `count` points in four clusters of standard deviation `spread` pixels.
Scene clusters(std::size_t count, double spread, unsigned seed) {
  std::mt19937 generator(seed);
  const auto uniform = [&] { return static_cast<double>(generator() >> 8) / 16777216.0; };
  const auto bell = [&] { return uniform() + uniform() + uniform() + uniform() - 2; };
  Scene scene;
  for (std::size_t i = 0; i < count; ++i) {
    scene.points.push_back(
        {(i % 2 == 0 ? 200 : 540) + spread * bell(), (i % 4 < 2 ? 160 : 370) + spread * bell()});
    scene.widths.push_back(20 + 60 * uniform());
  }
  return scene;
}

std::size_t count_placed(const std::vector<PlacedLabel>& labels) {
  std::size_t placed = 0;
  for (const PlacedLabel& label : labels) placed += label.is_placed ? 1 : 0;
  return placed;
}

TEST(LabelPlacement, LabelsNeverOverlapEachOtherMarkersOrTheFrame) {
  for (const std::size_t count : {9u, 40u, 80u, 250u, 400u}) {
    for (unsigned seed = 0; seed < 10; ++seed) {
      const Scene scene = clusters(count, 60, seed);
      const auto labels = scene.place();
      for (std::size_t i = 0; i < count; ++i) {
        if (!labels[i].is_placed) continue;
        EXPECT_TRUE(contains(scene.frame, labels[i].box));
        EXPECT_NEAR(labels[i].box.width(), scene.widths[i], 1e-9);
        for (std::size_t j = 0; j < count; ++j) {
          const double radius = LabelPlacement::kMarkerRadius;
          const Box marker{scene.points[j].x - radius, scene.points[j].y - radius,
                           scene.points[j].x + radius, scene.points[j].y + radius};
          EXPECT_FALSE(overlaps(labels[i].box, marker)) << i << " and marker " << j;
          if (j < i && labels[j].is_placed) {
            EXPECT_FALSE(overlaps(labels[i].box, labels[j].box)) << i << " and " << j;
          }
        }
      }
    }
  }
}

TEST(LabelPlacement, LeaderLinesCrossNoOtherLeaderAndNoLetters) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    const Scene scene = clusters(80, 60, seed);
    const auto labels = scene.place();
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (!labels[i].has_leader) continue;
      for (std::size_t j = 0; j < labels.size(); ++j) {
        if (j == i || !labels[j].is_placed) continue;
        const Box& box = labels[j].box;
        const Box letters{box.left + 1, box.top + 3, box.right - 1, box.bottom - 3};
        EXPECT_FALSE(segment_crosses(scene.points[i], labels[i].leader_end, letters));
        if (labels[j].has_leader) {
          EXPECT_FALSE(segments_cross(scene.points[i], labels[i].leader_end, scene.points[j],
                                      labels[j].leader_end));
        }
      }
    }
  }
}

TEST(LabelPlacement, AllLabelsOfALooseSceneArePlaced) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    EXPECT_EQ(count_placed(clusters(9, 60, seed).place()), 9u);
    EXPECT_EQ(count_placed(clusters(40, 80, seed).place()), 40u) << seed;
  }
}

TEST(LabelPlacement, LonelyPointHasItsLabelAtTheRight) {
  Scene scene;
  scene.points = {{100, 100}};
  scene.widths = {30};
  const PlacedLabel label = scene.place()[0];
  EXPECT_TRUE(label.is_placed);
  EXPECT_FALSE(label.has_leader);
  EXPECT_EQ(label.anchor, "start");
  EXPECT_EQ(label.box.left, 107);
  EXPECT_EQ(label.box.top, 92.5);
}

TEST(LabelPlacement, PointAtTheRightEdgeHasItsLabelAtTheLeft) {
  Scene scene;
  scene.points = {{680, 100}};
  scene.widths = {30};
  EXPECT_EQ(scene.place()[0].anchor, "end");
  EXPECT_EQ(scene.place()[0].box.right, 673);
}

TEST(LabelPlacement, LabelWiderThanTheFrameIsNotPlaced) {
  Scene scene;
  scene.points = {{300, 200}};
  scene.widths = {700};
  EXPECT_FALSE(scene.place()[0].is_placed);
}

TEST(LabelPlacement, PointWithoutLabelTakesNoRoom) {
  Scene scene;
  scene.points = {{300, 200}, {300, 200}};
  scene.widths = {0, 30};
  EXPECT_FALSE(scene.place()[0].is_placed);
  EXPECT_EQ(scene.place()[1].anchor, "start");
}

TEST(SegmentCrosses, TellsInsideFromOutside) {
  const Box box{10, 10, 20, 20};
  EXPECT_TRUE(segment_crosses({0, 15}, {30, 15}, box));
  EXPECT_TRUE(segment_crosses({12, 12}, {13, 18}, box));
  EXPECT_TRUE(segment_crosses({15, 0}, {15, 12}, box));
  EXPECT_FALSE(segment_crosses({0, 15}, {9, 15}, box));
  EXPECT_FALSE(segment_crosses({0, 25}, {30, 25}, box));
  EXPECT_FALSE(segment_crosses({0, 12}, {12, 0}, box));
}

}  // namespace
}  // namespace eigenhead::detail
