#pragma once

#include "eigenhead/analysis/detail/inverse_iteration.hpp"
#include "eigenhead/analysis/detail/symmetric_eigensolver.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul.hpp"
#include "eigenhead/kernels/packed_matrix.hpp"
#include "eigenhead/kernels/score_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace eigenhead::detail {

/// The k largest eigenvalues and eigenvectors of M^T M, M [rows, c], without forming it: block
/// Lanczos with full orthogonalization, Rayleigh-Ritz on all that was seen, and thick restarts.
///
/// Each step multiplies with M and M^T in one pass over M. The projected matrix is computed, not
/// assumed to be banded, so that rounding cannot mislead it, and the error is known: the residual
/// |M^T M v - value v| of a pair is at least the distance to a true eigenvalue.
/// Musco and Musco 2015 (block Krylov), Wu and Simon 2000 (thick restart).
template <class Scalar>
class BlockKrylov {
 public:
  BlockKrylov(TensorView<const Scalar, 2> m, Index count, Executor* executor)
      : m_(m),
        count_(count),
        executor_(executor),
        rows_(few_row_kernels<Scalar>(active_kernels())),
        size_(m.extent(1)),
        block_size_(block_size(count)),
        most_vectors_(std::min(size_, 3 * count + 16 * block_size_)),
        sums_({std::min(Index{16}, divide_up(m.extent(0), 4 * kRows)), size_, block_size_}),
        basis_({most_vectors_ + block_size_, size_}),
        projected_({most_vectors_, most_vectors_}) {}

  static constexpr int kMostSteps = 300;

  /// False when the residuals did not become small in time, or fall so slowly that they will not;
  /// `result` is then the best there is. Only the wanted eigenvalues are there.
  bool run(SymmetricEigen<Scalar>& result, int most_steps = kMostSteps) {
    Tensor<Scalar, 2> block({block_size_, size_});
    for (Scalar& number : block) number = static_cast<Scalar>(numbers_.next());
    orthonormalize(block);
    for (int step = 1; step <= most_steps; ++step) {
      Tensor<Scalar, 2> image = expand(block);
      const bool is_full = num_vectors_ + block_size_ > most_vectors_;
      if (num_vectors_ >= 2 * count_ || is_full) {
        const bool is_done = has_converged(image);
        const bool is_last = is_done || step == most_steps ||
                             (step >= std::max(steps_to_judge(count_), most_steps / 8) &&
                              is_hopeless(most_steps - step));
        if (is_last || is_full) keep(is_done ? count_ : num_kept());
        if (is_last) {
          result.values.assign(ritz_.values.begin(), ritz_.values.begin() + count_);
          result.vectors = Tensor<Scalar, 2>(basis_.slice(0, 0, count_));
          return is_done;
        }
      }
      block = std::move(image);
      orthonormalize(block);
    }
    return false;
  }

  /// As many steps as the products of all columns of M and their eigenvectors would cost; 0 where
  /// they are too few for most spectra.
  static int affordable_steps(Index rows, Index columns, Index count) {
    const auto block = static_cast<double>(block_size(count));
    const auto n = static_cast<double>(rows);
    const auto c = static_cast<double>(columns);
    // 4 n c b operations a step, which as products of few columns take half as long again.
    const double steps = (n * c * c + 8 * c * c * c) / (6 * n * c * block);
    const double needed = 2 * static_cast<double>(count) / block + 4.5;
    const bool is_worthwhile = 3 * static_cast<double>(count) + 4 * block < c && steps > needed;
    return is_worthwhile ? static_cast<int>(std::min(steps, double{kMostSteps})) : 0;
  }

 private:
  static constexpr Index kRows = 64;  // as many as stay in cache between the two products

  static Index block_size(Index count) {
    const Index width = matmul_kernels<Scalar>(active_kernels()).vector_width;
    return divide_up(std::min(Index{24}, std::max(Index{8}, count)), width) * width;
  }

  /// As many as tell noise, whose residuals fall more and more slowly at first, from the rest.
  static int steps_to_judge(Index count) {
    return static_cast<int>(std::max(Index{4}, divide_up(2 * count, block_size(count)) + 2));
  }

  Index num_kept() const { return std::min(count_ + block_size_, num_vectors_); }

  /// Adds the orthonormal rows of `block` to the basis; returns M^T M block^T, orthogonal to it.
  Tensor<Scalar, 2> expand(const Tensor<Scalar, 2>& block) {
    Tensor<Scalar, 2> image = apply(block);
    copy<Scalar, 2>(block, basis_.slice(0, num_vectors_, num_vectors_ + block_size_));
    num_vectors_ += block_size_;
    const Tensor<Scalar, 2> products = remove_basis(image);
    for (Index j = 0; j < block_size_; ++j) {
      const Index column = num_vectors_ - block_size_ + j;
      for (Index i = 0; i <= column; ++i)
        projected_(i, column) = projected_(column, i) = static_cast<double>(products(j, i));
    }
    remove_basis(image);
    return image;
  }

  /// M^T M of the rows of `block` [b, c].
  Tensor<Scalar, 2> apply(const Tensor<Scalar, 2>& block) {
    const PackedMatrix<Scalar> packed(block);
    parallel_for(executor_, sums_.extent(0), 1, [&](Index begin, Index end) {
      for (Index share = begin; share < end; ++share) sum_share(share, packed);
    });
    for (Index share = 1; share < sums_.extent(0); ++share)
      sums_[0].matrix() += sums_[share].matrix();
    return Tensor<Scalar, 2>(sums_[0].transpose(0, 1));
  }

  /// The part of M^T M block^T that comes from some rows of M.
  void sum_share(Index share, const PackedMatrix<Scalar>& block) {
    const TensorView<Scalar, 2> sum = sums_[share];
    Tensor<Scalar, 2> products({kRows, block_size_});
    MultiplyOptions<Scalar> options;
    const Index last = part_begin(m_.extent(0), sums_.extent(0), share + 1);
    for (Index begin = part_begin(m_.extent(0), sums_.extent(0), share), end; begin < last;
         begin = end) {
      end = std::min(begin + kRows, last);
      const TensorView<const Scalar, 2> part = m_.slice(0, begin, end);
      const TensorView<Scalar, 2> product = products.slice(0, 0, end - begin);
      multiply<Scalar>(part, block, product);
      multiply<Scalar>(part.transpose(0, 1), PackedMatrix<Scalar>(product.transpose(0, 1)), sum,
                       options);
      options.residual = sum;
    }
  }

  /// rows -= their projection on the basis; returns the inner products [b, num_vectors].
  Tensor<Scalar, 2> remove_basis(Tensor<Scalar, 2>& rows) {
    Tensor<Scalar, 2> products({rows.extent(0), num_vectors_});
    if (num_vectors_ == 0) return products;
    multiply<Scalar>(rows, PackedMatrix<Scalar>(basis_.slice(0, 0, num_vectors_)), products);
    const Tensor<Scalar, 2> weights(-products.matrix());
    rows_.add_weighted_rows({weights.data(), num_vectors_, rows.extent(0), basis_.data(), size_,
                             num_vectors_, size_, rows.data(), size_});
    return products;
  }

  /// Makes the rows orthonormal, and orthogonal to the basis once more: rows that were all but
  /// inside it are mostly rounding after they are normalized.
  void orthonormalize(Tensor<Scalar, 2>& rows) {
    for (int pass = 0; pass < 2; ++pass) {
      if (pass > 0) remove_basis(rows);
      for (Index i = 0; i < rows.extent(0); ++i) {
        VectorMap<Scalar> row = rows.vector(i);
        for (Index j = 0; j < i; ++j) row -= row.dot(rows.vector(j)) * rows.vector(j);
        const Scalar length = row.norm();
        if (length > std::numeric_limits<Scalar>::min()) {
          row /= length;
          continue;
        }
        for (Index k = 0; k < size_; ++k) row(k) = static_cast<Scalar>(numbers_.next());
        row.normalize();
      }
    }
  }

  /// Solves the projected problem; true when the residuals of the first `count_` pairs are small.
  bool has_converged(const Tensor<Scalar, 2>& image) {
    ritz_ = symmetric_eigen<double>(
        Tensor<double, 2>(projected_.slice(0, 0, num_vectors_).slice(1, 0, num_vectors_)),
        std::min(num_kept(), num_vectors_), nullptr);
    Tensor<Scalar, 2> lengths({block_size_, block_size_});
    multiply<Scalar>(image, PackedMatrix<Scalar>(image), lengths);
    constexpr double kEpsilon = std::numeric_limits<Scalar>::epsilon();
    const double smallest = 16 * kEpsilon * ritz_.values[0];
    const double relative = 0.01 * std::sqrt(kEpsilon);
    bool is_done = true;
    double largest = 0;
    for (Index i = 0; i < count_; ++i) {
      // The residual of a Ritz vector is what its part in the last block becomes outside the basis.
      double square = 0;
      const auto* weights = ritz_.vectors.data() + (i + 1) * num_vectors_ - block_size_;
      for (Index a = 0; a < block_size_; ++a)
        for (Index b = 0; b < block_size_; ++b)
          square += weights[a] * weights[b] * static_cast<double>(lengths(a, b));
      const double allowed =
          std::max(smallest, relative * ritz_.values[static_cast<std::size_t>(i)]);
      if (square <= allowed * allowed) continue;
      is_done = false;
      largest = std::max(largest, std::sqrt(square) / allowed);
    }
    excesses_.push_back(std::log(largest));
    return is_done;
  }

  /// Whether the residuals fall too slowly to become small in so many more steps: as fast as in the
  /// last half of the steps and a quarter faster, for they fall faster once the vectors are apart.
  bool is_hopeless(int steps_left) const {
    if (excesses_.size() < 2) return false;
    const std::size_t last = excesses_.size() - 1;
    const std::size_t middle = last / 2;
    const double rate = (excesses_[middle] - excesses_[last]) / static_cast<double>(last - middle);
    return !(excesses_[last] <= 1.25 * rate * steps_left);
  }

  /// Replaces the basis by the first `count` Ritz vectors.
  void keep(Index count) {
    const Tensor<Scalar, 2> weights = cast<Scalar, double, 2>(ritz_.vectors.slice(0, 0, count));
    Tensor<Scalar, 2> kept({count, size_});
    rows_.add_weighted_rows({weights.data(), num_vectors_, count, basis_.data(), size_,
                             num_vectors_, size_, kept.data(), size_});
    copy<Scalar, 2>(kept, basis_.slice(0, 0, count));
    projected_.fill(0);
    for (Index i = 0; i < count; ++i) projected_(i, i) = ritz_.values[static_cast<std::size_t>(i)];
    num_vectors_ = count;
  }

  TensorView<const Scalar, 2> m_;
  Index count_;
  Executor* executor_;
  const FewRowKernels<Scalar>& rows_;
  Index size_;
  Index block_size_;
  Index most_vectors_;
  Index num_vectors_ = 0;
  Tensor<Scalar, 3> sums_;       // [shares, c, b]; fixed, so that no bit depends on the threads
  Tensor<Scalar, 2> basis_;      // [most_vectors + b, c], the first num_vectors rows are used
  Tensor<double, 2> projected_;  // basis M^T M basis^T
  SymmetricEigen<double> ritz_;
  std::vector<double> excesses_;  // logarithms of the largest residual by what it may be
  StartNumbers numbers_;
};

}  // namespace eigenhead::detail
