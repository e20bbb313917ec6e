#pragma once

// A linear layer by oneDNN on one thread, with weights that it packed beforehand: the peer of
// multiply(). Empty where the program is built without oneDNN.

#ifdef EIGENHEAD_HAS_ONEDNN

#include "eigenhead/core/tensor.hpp"

#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.hpp>

#include <unordered_map>

namespace eigenhead {

class OneDnnLinear {
 public:
  /// output [M, N] = input [M, K] * weight [N, K]^T; all must outlive this object.
  OneDnnLinear(const Tensor<float, 2>& input, const Tensor<float, 2>& weight,
               Tensor<float, 2>& output)
      : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    using dnnl::memory;
    use_one_thread();
    const memory::dims in = {input.extent(0), input.extent(1)};
    const memory::dims across = {weight.extent(0), weight.extent(1)};
    const memory::dims out = {output.extent(0), output.extent(1)};
    constexpr auto kFloat = memory::data_type::f32;
    const memory::desc in_format(in, kFloat, memory::format_tag::ab);
    const memory::desc plain_weight(across, kFloat, memory::format_tag::ab);
    const memory::desc any_weight(across, kFloat, memory::format_tag::any);
    const memory::desc out_format(out, kFloat, memory::format_tag::ab);
    const dnnl::inner_product_forward::primitive_desc description(
        {dnnl::prop_kind::forward_inference, in_format, any_weight, out_format}, engine_);
    memory plain(plain_weight, engine_, const_cast<float*>(weight.data()));
    memory packed(description.weights_desc(), engine_);
    dnnl::reorder(plain, packed).execute(stream_, plain, packed);
    stream_.wait();
    primitive_ = dnnl::inner_product_forward(description);
    arguments_ = {{DNNL_ARG_SRC, memory(in_format, engine_, const_cast<float*>(input.data()))},
                  {DNNL_ARG_WEIGHTS, packed},
                  {DNNL_ARG_DST, memory(out_format, engine_, output.data())}};
  }

  void run() {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }

 private:
  /// oneDNN takes as many threads as OpenMP gives it, which it alone brings into this program.
  static void use_one_thread() {
    using SetThreads = void (*)(int);
    if (void* function = dlsym(RTLD_DEFAULT, "omp_set_num_threads"))
      reinterpret_cast<SetThreads>(function)(1);
  }

  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::inner_product_forward primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

}  // namespace eigenhead

#endif
