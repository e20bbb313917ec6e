#pragma once

#include "eigenhead/analysis/detail/centering.hpp"
#include "eigenhead/core/error.hpp"
#include "eigenhead/core/parallel.hpp"
#include "eigenhead/core/shape.hpp"
#include "eigenhead/core/tensor.hpp"
#include "eigenhead/core/tensor_view.hpp"
#include "eigenhead/kernels/matmul.hpp"
#include "eigenhead/kernels/packed_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenhead {

namespace detail {

/// The rows divided by their lengths; rows of zeros stay.
template <class Scalar>
Tensor<Scalar, 2> unit_rows(TensorView<const Scalar, 2> rows) {
  Tensor<Scalar, 2> result(rows);
  for (Index i = 0; i < result.extent(0); ++i) {
    const Scalar length = result.vector(i).stableNorm();
    if (length > 0) result.vector(i) /= length;
  }
  return result;
}

template <class Scalar>
void check_rows(TensorView<const Scalar, 2> a, TensorView<const Scalar, 2> b,
                std::string_view function) {
  if (a.extent(1) != b.extent(1))
    fail<ShapeError>(function, ": rows must have the same length; got ", a.shape(), " and ",
                     b.shape());
  check_finite(a, std::string(function) + ": the first argument");
  check_finite(b, std::string(function) + ": the second argument");
}

}  // namespace detail

/// The cosine of the angle between each row of `a` [n, C] and each row of `b` [m, C]:
/// a_i . b_j / (|a_i| |b_j|), [n, m]; 0 where a row is zero.
///
/// @param executor  where the work runs; null: on the calling thread
/// @throws ShapeError when the rows differ in length, ValueError when a number is not finite
///
/// As sklearn.metrics.pairwise.cosine_similarity. Rows are scaled to length 1 before the product.
template <class Scalar>
Tensor<Scalar, 2> cosine_similarity(TensorView<const Scalar, 2> a,
                                    typename detail::Identity<TensorView<const Scalar, 2>>::type b,
                                    Executor* executor = nullptr) {
  detail::check_rows<Scalar>(a, b, "cosine_similarity");
  Tensor<Scalar, 2> result({a.extent(0), b.extent(0)});
  MultiplyOptions<Scalar> options;
  options.executor = executor;
  multiply<Scalar>(detail::unit_rows<Scalar>(a), PackedMatrix<Scalar>(detail::unit_rows<Scalar>(b)),
                   result, options);
  return result;
}

/// Which rows are nearest to each query, best first.
template <class Scalar>
struct Neighbors {
  Tensor<std::int64_t, 2> indices;  ///< [n, k], rows of the corpus
  Tensor<Scalar, 2> similarities;   ///< [n, k], falling along a row
};

enum class Similarity {
  cosine,         ///< a . b / (|a| |b|); 0 where one is zero
  inner_product,  ///< a . b
};

struct NearestOptions {
  Index count = 1;  ///< k, at most the number of rows of the corpus
  Similarity similarity = Similarity::cosine;
  Executor* executor = nullptr;  ///< where the work runs; null: on the calling thread
};

namespace detail {

/// Finds the best of blocks of the corpus that come one after the other.
template <class Scalar>
class NearestSearch {
 public:
  NearestSearch(Index num_queries, Index count)
      : count_(static_cast<std::size_t>(count)), best_(static_cast<std::size_t>(num_queries)) {}

  /// `similarities` [n, m] with rows `begin` ... of the corpus.
  void add(Index query, TensorView<const Scalar, 1> similarities, Index begin) {
    std::vector<Candidate>& best = best_[static_cast<std::size_t>(query)];
    for (Index i = 0; i < similarities.extent(0); ++i) {
      const Candidate candidate = {similarities(i), begin + i};
      if (best.size() == count_) {
        if (!is_better(candidate, best.front())) continue;
        std::pop_heap(best.begin(), best.end(), is_better);
        best.back() = candidate;
      } else {
        best.push_back(candidate);
      }
      std::push_heap(best.begin(), best.end(), is_better);
    }
  }

  Neighbors<Scalar> finish() {
    const Shape<2> shape{static_cast<Index>(best_.size()), static_cast<Index>(count_)};
    Neighbors<Scalar> result{Tensor<std::int64_t, 2>(shape), Tensor<Scalar, 2>(shape)};
    for (Index query = 0; query < shape[0]; ++query) {
      std::vector<Candidate>& best = best_[static_cast<std::size_t>(query)];
      std::sort_heap(best.begin(), best.end(), is_better);
      for (Index i = 0; i < shape[1]; ++i) {
        result.similarities(query, i) = best[static_cast<std::size_t>(i)].first;
        result.indices(query, i) = best[static_cast<std::size_t>(i)].second;
      }
    }
    return result;
  }

 private:
  using Candidate = std::pair<Scalar, Index>;
  static bool is_better(const Candidate& a, const Candidate& b) {
    return a.first > b.first || (a.first == b.first && a.second < b.second);
  }

  std::size_t count_;
  std::vector<std::vector<Candidate>> best_;  // heaps with the worst in front
};

}  // namespace detail

/// The rows of `corpus` [m, C] that are most similar to each row of `queries` [n, C]: all are
/// compared, by blocks of the corpus, so that only [n, 1024] similarities are held at a time.
///
/// Equally similar rows come in their order. Throws ShapeError when rows differ in length,
/// ValueError when a number is not finite or unless 0 <= count <= m.
template <class Scalar>
Neighbors<Scalar> top_k_nearest(TensorView<const Scalar, 2> queries,
                                typename detail::Identity<TensorView<const Scalar, 2>>::type corpus,
                                const NearestOptions& options) {
  constexpr Index kBlock = 1024;
  detail::check_rows<Scalar>(queries, corpus, "top_k_nearest");
  check<ValueError>(options.count >= 0 && options.count <= corpus.extent(0),
                    "top_k_nearest: count must be >= 0 and <= the rows of the corpus", "count",
                    options.count, "corpus", corpus.shape());
  const bool is_cosine = options.similarity == Similarity::cosine;
  const auto prepared = [&](TensorView<const Scalar, 2> rows) {
    return is_cosine ? detail::unit_rows<Scalar>(rows) : Tensor<Scalar, 2>(rows);
  };
  const Tensor<Scalar, 2> left = prepared(queries);
  detail::NearestSearch<Scalar> search(left.extent(0), options.count);
  MultiplyOptions<Scalar> multiply_options;
  multiply_options.executor = options.executor;
  for (Index begin = 0; begin < corpus.extent(0); begin += kBlock) {
    const Index end = std::min(begin + kBlock, corpus.extent(0));
    Tensor<Scalar, 2> similarities({left.extent(0), end - begin});
    multiply<Scalar>(left, PackedMatrix<Scalar>(prepared(corpus.slice(0, begin, end))),
                     similarities, multiply_options);
    parallel_for(options.executor, left.extent(0), 16, [&](Index first, Index last) {
      for (Index query = first; query < last; ++query)
        if (options.count > 0) search.add(query, std::as_const(similarities)[query], begin);
    });
  }
  return search.finish();
}

}  // namespace eigenhead
