#pragma once

#include "eigenhead/analysis/detail/full_solver.hpp"
#include "eigenhead/analysis/detail/orthonormal_rows.hpp"
#include "eigenhead/analysis/detail/principal_axes.hpp"
#include "eigenhead/analysis/detail/times.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/random/numpy_legacy_random.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace eigenhead::detail {

struct RandomizedOptions {
  Index count = 0;
  Index num_oversamples = 10;
  int num_iterations = 0;
  std::int64_t seed = 0;
  Executor* executor = nullptr;
};

/// The first singular triplets of M [m, w] approximately, as sklearn.utils.extmath.randomized_svd
/// with the generator RandomState(seed): left vectors and right ones as rows, values largest first.
///
/// Halko, Martinsson and Tropp 2011.
template <class Scalar>
struct RandomizedSvd {
  std::vector<double> values;
  Tensor<double, 2> left;   // [k, m]
  Tensor<double, 2> right;  // [k, w]

  RandomizedSvd(TensorView<const Scalar, 2> samples, const RandomizedOptions& options) {
    const bool is_wide = samples.extent(0) < samples.extent(1);
    const TensorView<const Scalar, 2> m = is_wide ? samples.transpose(0, 1) : samples;
    // NumPy draws count + oversamples columns, however many there can be.
    const Tensor<double, 2> drawn =
        NumpyLegacyRandom(options.seed).randn(m.extent(1), options.count + options.num_oversamples);
    Tensor<Scalar, 2> rows = cast<Scalar, double, 2>(drawn.transpose(0, 1));
    // Any basis of the same span gives the same result: scikit-learn takes factors of LU and QR.
    for (int i = 0; i < options.num_iterations; ++i) {
      rows = image(rows, m.transpose(0, 1), options);
      rows = image(rows, m, options);
    }
    finish(m, image(rows, m.transpose(0, 1), options), options);
    if (is_wide) std::swap(left, right);
  }

 private:
  /// An orthonormal basis, as rows, of rows [w, a] * m [a, b].
  static Tensor<Scalar, 2> image(const Tensor<Scalar, 2>& rows, TensorView<const Scalar, 2> m,
                                 const RandomizedOptions& options) {
    Tensor<Scalar, 2> result = times<Scalar>(rows, m, options.executor);
    if (result.extent(0) > result.extent(1))
      result = Tensor<Scalar, 2>(result.slice(0, 0, result.extent(1)));
    orthonormalize_rows(result);
    return result;
  }

  /// The singular triplets of basis^T basis M.
  void finish(TensorView<const Scalar, 2> m, const Tensor<Scalar, 2>& basis,
              const RandomizedOptions& options) {
    const Tensor<double, 2> projected =
        cast<double, Scalar, 2>(times<Scalar>(basis, m, options.executor));
    const PrincipalAxes<double> svd = full_solver<double>(projected);
    const Index count = options.count;
    values.assign(svd.singular_values.begin(), svd.singular_values.begin() + count);
    right = Tensor<double, 2>(svd.components.slice(0, 0, count));
    Tensor<double, 2> inside = times<double>(right, projected.transpose(0, 1), nullptr);
    for (Index i = 0; i < count; ++i)
      if (values[static_cast<std::size_t>(i)] > 0)
        inside.vector(i) /= values[static_cast<std::size_t>(i)];
    left = times<double>(inside, cast<double, Scalar, 2>(basis), nullptr);
  }
};

}  // namespace eigenhead::detail
