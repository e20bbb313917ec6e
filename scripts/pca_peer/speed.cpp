// pca_speed SAMPLES.npy K THREADS: fits once for each line of standard input and prints the seconds
// of fit_transform and the first explained variance.
#include "eigenhead/analysis/pca.hpp"
#include "eigenhead/io/npy.hpp"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

using namespace eigenhead;

template <class Scalar>
void serve(const NpyArray& array, Index count, int num_threads) {
  const Tensor<Scalar, 2> x = to_tensor<Scalar, 2>(array);
  ThreadPool pool(num_threads);
  PcaOptions options;
  options.n_components = count;
  if (num_threads > 1) options.executor = &pool;
  for (std::string line; std::getline(std::cin, line);) {
    Pca<Scalar> pca(options);
    const auto begin = std::chrono::steady_clock::now();
    const Tensor<Scalar, 2> scores = pca.fit_transform(x);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    std::cout << seconds.count() << ' ' << pca.explained_variance()(0) << std::endl;
  }
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const NpyArray array = read_npy(argv[1]);
  if (array.dtype == DType::f32)
    serve<float>(array, std::atol(argv[2]), std::atoi(argv[3]));
  else
    serve<double>(array, std::atol(argv[2]), std::atoi(argv[3]));
}
