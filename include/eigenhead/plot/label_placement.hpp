#pragma once

#include "eigenhead/plot/axes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead::detail {

struct Point {
  double x = 0;
  double y = 0;
};

/// Where the label of one point stands.
struct PlacedLabel {
  bool is_placed = false;   ///< false: no free place was found
  bool has_leader = false;  ///< a line from the marker to the box
  Box box;
  Point leader_end;                   ///< on the box
  std::string_view anchor = "start";  ///< the side of the text that is next to the marker
};

/// True when the segment from `a` to `b` passes through `box` (Liang and Barsky's clipping).
inline bool segment_crosses(const Point& a, const Point& b, const Box& box) {
  double begin = 0;
  double end = 1;
  const auto clip = [&](double direction, double distance) {
    if (direction == 0) return distance > 0;
    const double t = distance / direction;
    (direction < 0 ? begin : end) = direction < 0 ? std::max(begin, t) : std::min(end, t);
    return begin < end;
  };
  return clip(a.x - b.x, a.x - box.left) && clip(b.x - a.x, box.right - a.x) &&
         clip(a.y - b.y, a.y - box.top) && clip(b.y - a.y, box.bottom - a.y);
}

/// True when the segments `a`-`b` and `c`-`d` cross.
inline bool segments_cross(const Point& a, const Point& b, const Point& c, const Point& d) {
  const auto side = [](const Point& p, const Point& q, const Point& r) {
    return (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
  };
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/// Places labels greedily without overlap: first every label that fits beside its marker, then the
/// others farther away with a leader line, nearest free place first.
class LabelPlacement {
 public:
  static constexpr double kMarkerRadius = 6;
  static constexpr double kHeight = 15;
  static constexpr double kFarthest = 200;      // pixels from marker to label
  static constexpr std::size_t kMostLed = 300;  // more labels than this: no leader lines

  /// `widths` in pixels, one a point; 0 = the point has no label.
  LabelPlacement(std::vector<Point> points, std::vector<double> widths, const Box& frame)
      : points_(std::move(points)),
        widths_(std::move(widths)),
        frame_(frame),
        labels_(points_.size()) {
    for (const Point& point : points_) markers_.push_back(around(point, kMarkerRadius));
  }

  std::vector<PlacedLabel> place() {
    for (std::size_t i = 0; i < points_.size(); ++i)
      if (widths_[i] > 0) place_beside(i);
    if (points_.size() > kMostLed) return labels_;
    for (std::size_t i = 0; i < points_.size(); ++i)
      if (widths_[i] > 0 && !labels_[i].is_placed) place_with_leader(i);
    return labels_;
  }

 private:
  static Box around(const Point& center, double radius) {
    return {center.x - radius, center.y - radius, center.x + radius, center.y + radius};
  }

  /// The part of a label's box that letters cover: a leader line may pass between two labels.
  static Box inked(const Box& box) {
    return {box.left + 1, box.top + 3, box.right - 1, box.bottom - 3};
  }

  /// The box of label `i` whose near side is at `distance` from the marker in direction (dx, dy).
  PlacedLabel candidate(std::size_t i, double dx, double dy, double distance) const {
    const Point near{points_[i].x + dx * distance, points_[i].y + dy * distance};
    PlacedLabel label;
    label.is_placed = true;
    label.leader_end = near;
    label.anchor = dx > 0.3 ? "start" : dx < -0.3 ? "end" : "middle";
    const double share = dx > 0.3 ? 0 : dx < -0.3 ? 1 : 0.5;
    label.box.left = near.x - share * widths_[i];
    label.box.right = label.box.left + widths_[i];
    label.box.top = near.y - kHeight / 2 * (1 - dy);
    label.box.bottom = label.box.top + kHeight;
    return label;
  }

  bool is_free(const PlacedLabel& label) const {
    if (!contains(frame_, label.box)) return false;
    const auto hits = [&](const Box& box) { return overlaps(box, label.box); };
    if (std::any_of(markers_.begin(), markers_.end(), hits)) return false;
    for (std::size_t other = 0; other < labels_.size(); ++other) {
      const PlacedLabel& placed = labels_[other];
      if (!placed.is_placed) continue;
      if (hits(placed.box)) return false;
      if (placed.has_leader && segment_crosses(points_[other], placed.leader_end, inked(label.box)))
        return false;
    }
    return true;
  }

  bool leader_is_free(std::size_t i, const Point& end) const {
    const Point& start = points_[i];
    for (std::size_t other = 0; other < labels_.size(); ++other) {
      if (other == i) continue;
      const bool is_elsewhere = !overlaps(around(start, 1), markers_[other]);
      if (is_elsewhere && segment_crosses(start, end, around(points_[other], 4))) return false;
      const PlacedLabel& placed = labels_[other];
      if (!placed.is_placed) continue;
      if (segment_crosses(start, end, inked(placed.box))) return false;
      if (placed.has_leader && segments_cross(start, end, points_[other], placed.leader_end))
        return false;
    }
    return true;
  }

  void place_beside(std::size_t i) {
    static constexpr std::array<std::array<double, 2>, 8> kDirections = {
        {{1, 0}, {-1, 0}, {0, -1}, {0, 1}, {0.7, -0.7}, {0.7, 0.7}, {-0.7, -0.7}, {-0.7, 0.7}}};
    for (const auto& [dx, dy] : kDirections) {
      const PlacedLabel label = candidate(i, dx, dy, kMarkerRadius + 1);
      if (!is_free(label)) continue;
      labels_[i] = label;
      return;
    }
  }

  void place_with_leader(std::size_t i) {
    constexpr int kAngles = 48;
    constexpr double kTurn = 6.283185307179586;
    for (double distance = 2.5 * kMarkerRadius; distance <= kFarthest; distance += 7) {
      for (int angle = 0; angle < kAngles; ++angle) {
        const double radians = kTurn * angle / kAngles;
        PlacedLabel label = candidate(i, std::cos(radians), std::sin(radians), distance);
        if (!is_free(label) || !leader_is_free(i, label.leader_end)) continue;
        label.has_leader = true;
        labels_[i] = label;
        return;
      }
    }
  }

  std::vector<Point> points_;
  std::vector<double> widths_;
  Box frame_;
  std::vector<Box> markers_;
  std::vector<PlacedLabel> labels_;
};

}  // namespace eigenhead::detail
