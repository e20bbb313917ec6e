#pragma once

#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul.hpp"
#include "eigenhead/kernels/packed_matrix.hpp"
#include "eigenhead/kernels/score_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace eigenhead::detail {

/// A = H_0 H_1 ... T ... H_1 H_0 with T tridiagonal and H_c = I - factor_c v_c v_c^T.
template <class Scalar>
struct TridiagonalForm {
  Tensor<Scalar, 1> diagonal;      // [p], of T
  Tensor<Scalar, 1> off_diagonal;  // [p], T(c, c + 1); the last is 0
  Tensor<Scalar, 2> reflectors;    // [p, p]: row c holds v_c from column c + 1 on, 0 before
  Tensor<Scalar, 1> factors;       // [p]
};

/// Reduces a symmetric matrix to tridiagonal form, column after column.
///
/// The trailing matrix is multiplied with a vector for each column, but updated once for
/// kBlock of them, by a matrix product (Dongarra, Hammarling and Sorensen 1989; LAPACK's sytrd).
template <class Scalar>
class TridiagonalReduction {
 public:
  /// `matrix` [p, p], symmetric, entries around 1
  static TridiagonalForm<Scalar> run(Tensor<Scalar, 2> matrix, Executor* executor) {
    TridiagonalReduction reduction(std::move(matrix), executor);
    for (Index begin = 0; begin < reduction.size_; begin += kBlock) reduction.reduce_block(begin);
    return std::move(reduction.form_);
  }

 private:
  static constexpr Index kBlock = 32;

  TridiagonalReduction(Tensor<Scalar, 2> matrix, Executor* executor)
      : executor_(executor),
        kernels_(few_row_kernels<Scalar>(active_kernels())),
        size_(matrix.extent(0)),
        pairs_({2 * kBlock, size_}),
        swapped_pairs_({2 * kBlock, size_}) {
    form_.diagonal = Tensor<Scalar, 1>(size_);
    form_.off_diagonal = Tensor<Scalar, 1>(size_);
    form_.factors = Tensor<Scalar, 1>(size_);
    form_.reflectors = std::move(matrix);  // rows that are done give their place to reflectors
  }

  void reduce_block(Index begin) {
    const Index end = std::min(begin + kBlock, size_);
    pairs_.fill(0);
    for (Index column = begin; column < end; ++column) reduce_column(column, 2 * (column - begin));
    if (end == size_) return;
    const Index count = 2 * (end - begin);
    for (Index i = 0; i < count; ++i) swapped_pairs_.vector(i) = -pairs_.vector(i ^ 1);
    const auto part = [&](const Tensor<Scalar, 2>& rows) {
      return rows.slice(0, 0, count).slice(1, end, size_).transpose(0, 1);  // [rest, count]
    };
    const TensorView<Scalar, 2> rest = form_.reflectors.slice(0, end, size_).slice(1, end, size_);
    MultiplyOptions<Scalar> options;
    options.residual = rest;
    options.executor = executor_;
    multiply<Scalar>(part(pairs_), PackedMatrix<Scalar>(part(swapped_pairs_)), rest, options);
  }

  /// `num_pairs` rows of pairs_, v and w in turns, stand for updates - v w^T - w v^T of the matrix
  /// that are still to be made.
  void reduce_column(Index column, Index num_pairs) {
    Scalar weights[2 * kBlock];
    for (Index i = 0; i < num_pairs; ++i) weights[i] = -pairs_(i ^ 1, column);
    Scalar* row = form_.reflectors.data() + column * size_;
    add_pairs(weights, num_pairs, column, row);
    form_.diagonal(column) = row[column];
    std::fill_n(row, column + 1, Scalar(0));
    if (column + 1 == size_) return;
    const Index begin = column + 1;
    make_reflector(column, row + begin);

    // w = factor (A v), then made such that v w^T + w v^T is the whole update.
    Scalar* v = pairs_.data() + num_pairs * size_;
    Scalar* w = v + size_;
    std::copy(row, row + size_, v);
    kernels_.multiply_rows({v + begin, size_, 1, form_.reflectors.data() + begin * size_ + begin,
                            size_, size_ - begin, size_ - begin, w + begin, size_});
    kernels_.multiply_rows({v + begin, size_, 1, pairs_.data() + begin, size_, num_pairs,
                            size_ - begin, weights, 2 * kBlock});
    for (Index i = 0; i < num_pairs; i += 2) {
      std::swap(weights[i], weights[i + 1]);
      weights[i] *= -1;
      weights[i + 1] *= -1;
    }
    add_pairs(weights, num_pairs, begin, w);
    const Scalar factor = form_.factors(column);
    VectorMap<Scalar> w_vector(w, size_);
    const VectorMap<const Scalar> v_vector(v, size_);
    w_vector *= factor;
    w_vector -= (factor * w_vector.dot(v_vector) / 2) * v_vector;
  }

  /// target[i] += sum of weights * pairs[i] for i >= begin
  void add_pairs(const Scalar* weights, Index num_pairs, Index begin, Scalar* target) {
    kernels_.add_weighted_rows({weights, 2 * kBlock, 1, pairs_.data() + begin, size_, num_pairs,
                                size_ - begin, target + begin, size_});
  }

  /// Replaces what is right of the diagonal, x, by v with H x = off_diagonal e_1 and v[0] = 1.
  void make_reflector(Index column, Scalar* x) {
    VectorMap<Scalar> vector(x, size_ - column - 1);
    const Scalar first = x[0];
    const Scalar rest = vector.tail(vector.size() - 1).squaredNorm();
    Scalar length = first;
    if (rest > 0) {
      length = first > 0 ? -std::sqrt(first * first + rest) : std::sqrt(first * first + rest);
      form_.factors(column) = (length - first) / length;
      vector /= first - length;
    }
    x[0] = 1;
    form_.off_diagonal(column) = length;
  }

  Executor* executor_;
  const FewRowKernels<Scalar>& kernels_;
  Index size_;
  Tensor<Scalar, 2> pairs_;  // [2 kBlock, p]: v, w of each column of the block
  Tensor<Scalar, 2> swapped_pairs_;
  TridiagonalForm<Scalar> form_;
};

/// Turns eigenvectors of T, the rows of `vectors` [k, p], into those of A: applies H_0 H_1 ... from
/// the right end on, kBlock reflectors at a time as I - V^T S V (Schreiber and Van Loan 1989).
template <class Scalar>
void apply_reflectors(const TridiagonalForm<Scalar>& form, TensorView<Scalar, 2> vectors,
                      Executor* executor) {
  constexpr Index kBlock = 32;
  const Index size = form.factors.size();
  for (Index begin = (size - 1) / kBlock * kBlock; begin >= 0; begin -= kBlock) {
    const Index count = std::min(kBlock, size - begin);
    const TensorView<const Scalar, 2> v =
        form.reflectors.slice(0, begin, begin + count).slice(1, begin, size);  // [count, rest]
    const PackedMatrix<Scalar> packed(v);
    Tensor<Scalar, 2> products({count, count});
    multiply<Scalar>(v, packed, products);
    Tensor<Scalar, 2> s({count, count});  // upper triangle
    for (Index i = 0; i < count; ++i) {
      s(i, i) = form.factors(begin + i);
      for (Index row = 0; row < i; ++row)
        for (Index k = row; k < i; ++k) s(row, i) -= s(i, i) * s(row, k) * products(k, i);
    }
    s.matrix() *= -1;
    const TensorView<Scalar, 2> part = vectors.slice(1, begin, size);
    Tensor<Scalar, 2> scores({vectors.extent(0), count});
    Tensor<Scalar, 2> weights({vectors.extent(0), count});
    MultiplyOptions<Scalar> options;
    options.executor = executor;
    multiply<Scalar>(part, packed, scores, options);
    multiply<Scalar>(scores, PackedMatrix<Scalar>(s), weights, options);
    options.residual = part;
    multiply<Scalar>(weights, PackedMatrix<Scalar>(v.transpose(0, 1)), part, options);
  }
}

}  // namespace eigenhead::detail
