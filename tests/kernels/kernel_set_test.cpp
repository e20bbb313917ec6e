#include "eigenhead/kernels/kernel_set.hpp"

#include "eigenhead/core/tensor.hpp"
#include "eigenhead/kernels/matmul.hpp"
#include "support/throws.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#ifdef __linux__
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace eigenhead {
namespace {

TEST(KernelSet, NamesGoThereAndBack) {
  for (const char* name : {"reference", "avx2", "avx512", "amx"})
    EXPECT_EQ(to_string(kernel_set_from_name(name)), name);
}

TEST(KernelSet, UnknownNameIsRefused) {
  EXPECT_THROW_WITH(kernel_set_from_name("AVX2"), ValueError,
                    "kernel_set_from_name: name must be reference, avx2, avx512 or amx; got "
                    "\"AVX2\"");
}

TEST(KernelSet, ReferenceIsSupportedAndSlowest) {
  EXPECT_TRUE(is_supported(KernelSet::reference));
  EXPECT_EQ(supported_kernel_sets().front(), KernelSet::reference);
}

TEST(KernelSet, LargerSetsBringTheSmallerOnes) {
  EXPECT_TRUE(is_supported(KernelSet::avx2) || !is_supported(KernelSet::avx512));
  EXPECT_TRUE(is_supported(KernelSet::avx512) || !is_supported(KernelSet::amx));
}

#if defined(__linux__) && defined(__x86_64__)
TEST(KernelSet, DetectionAgreesWithTheKernelOfLinux) {
  std::FILE* file = std::fopen("/proc/cpuinfo", "r");
  if (file == nullptr) GTEST_SKIP() << "no /proc/cpuinfo";
  std::string flags;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) flags += static_cast<char>(c);
  std::fclose(file);
  const auto has_flag = [&](const std::string& name) {
    return flags.find(" " + name + " ") != std::string::npos;
  };
  const bool has_avx2 = has_flag("avx2") && has_flag("fma") && has_flag("f16c");
  EXPECT_EQ(is_supported(KernelSet::avx2), has_avx2);
  EXPECT_EQ(is_supported(KernelSet::avx512), has_avx2 && has_flag("avx512f") &&
                                                 has_flag("avx512vl") && has_flag("avx512bw") &&
                                                 has_flag("avx512dq"));
  const detail::CpuFeatures& features = detail::cpu_features();
  EXPECT_EQ(features.has_avx512_bf16, features.has_avx512 && has_flag("avx512_bf16"));
  EXPECT_EQ(features.has_amx_bf16,
            features.has_avx512 && has_flag("amx_tile") && has_flag("amx_bf16"));
  EXPECT_EQ(features.is_from_amd, flags.find("AuthenticAMD") != std::string::npos);
}
#endif

TEST(KernelSet, ForcedSetIsActiveUntilTheGuardEnds) {
  const KernelSet before = active_kernels();
  for (const KernelSet set : supported_kernel_sets()) {
    const ForcedKernels forced(set);
    EXPECT_EQ(active_kernels(), set);
    {
      const ForcedKernels inner(KernelSet::reference);
      EXPECT_EQ(active_kernels(), KernelSet::reference);
    }
    EXPECT_EQ(active_kernels(), set);
  }
  EXPECT_EQ(active_kernels(), before);
}

TEST(KernelSet, TilesAreNotChosenUnlessAskedFor) {
  EXPECT_NE(detail::best_kernels(), KernelSet::amx);
}

TEST(KernelSet, ForcingAnUnsupportedSetIsRefusedAndChangesNothing) {
  if (is_supported(KernelSet::amx)) GTEST_SKIP() << "every set is supported";
  std::string supported;
  for (const KernelSet set : supported_kernel_sets())
    supported += (supported.empty() ? "" : ", ") + to_string(set);
  const KernelSet before = active_kernels();
  EXPECT_THROW_WITH(force_kernels(KernelSet::amx), ValueError,
                    "force_kernels: set must be a kernel set that this processor supports; got "
                    "amx; supported: " +
                        supported);
  EXPECT_EQ(active_kernels(), before);
}

/// A product that shows which arithmetic ran: 2^-24 with a fused multiply-add, 0 with a separate
/// multiplication, since 1 + 2^-11 + 2^-24 rounds to 1 + 2^-11.
float product_that_tells() {
  const float x = 1.0f + 0x1p-12f;
  const Tensor<float, 2> input({1, 2}, {1.0f, x});
  const Tensor<float, 2> weight({1, 2}, {-(1.0f + 0x1p-11f), x});
  Tensor<float, 2> output(Shape<2>{1, 1});
  multiply<float>(input, PackedMatrix<float>(weight), output);
  return output(0, 0);
}

TEST(KernelSet, ForcedSetIsTheOneThatRuns) {
  for (const KernelSet set : supported_kernel_sets()) {
    const ForcedKernels forced(set);
    const PackedMatrix<float> packed(Tensor<float, 2>(Shape<2>{1, 1}));
    EXPECT_EQ(packed.kernel_set(), set);
    const std::array<Index, 4> widths = {4, 8, 16, 16};
    EXPECT_EQ(packed.kernels().vector_width, widths[static_cast<std::size_t>(set)]);
#ifndef __FMA__
    EXPECT_EQ(product_that_tells(), set == KernelSet::reference ? 0.0f : 0x1p-24f);
#endif
  }
}

TEST(KernelSet, PackedMatrixKeepsTheSetItWasPackedFor) {
  PackedMatrix<float> packed;
  {
    const ForcedKernels forced(KernelSet::reference);
    packed = PackedMatrix<float>(Tensor<float, 2>(Shape<2>{3, 2}));
  }
  EXPECT_EQ(packed.kernel_set(), KernelSet::reference);
}

#ifdef __linux__

/// Runs the disabled test below in a process of its own; returns what it printed.
std::string output_of_child(const std::string& environment) {
  std::array<char, 4096> path{};
  if (readlink("/proc/self/exe", path.data(), path.size() - 1) <= 0) return "no /proc/self/exe";
  const std::string command = environment + " '" + path.data() +
                              "' --gtest_filter=KernelSetChild.* --gtest_also_run_disabled_tests "
                              "2>&1";
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
  pclose(pipe);
  return output;
}

TEST(KernelSetChild, DISABLED_PrintsActiveSet) {
  try {
    std::printf("active set is %s, product %a\n", to_string(active_kernels()).c_str(),
                static_cast<double>(product_that_tells()));
  } catch (const ValueError& error) {
    std::printf("ValueError: %s\n", error.what());
  }
}

TEST(KernelSet, EnvironmentVariableChoosesTheSet) {
  for (const KernelSet set : supported_kernel_sets())
    EXPECT_NE(output_of_child("EIGENHEAD_KERNELS=" + to_string(set))
                  .find("active set is " + to_string(set) + ","),
              std::string::npos);
}

TEST(KernelSet, EmptyEnvironmentVariableMeansTheBestSet) {
  EXPECT_NE(output_of_child("EIGENHEAD_KERNELS=")
                .find("active set is " + to_string(detail::best_kernels()) + ","),
            std::string::npos);
}

TEST(KernelSet, UnknownNameInTheEnvironmentIsRefused) {
  EXPECT_NE(output_of_child("EIGENHEAD_KERNELS=sse9")
                .find("ValueError: active_kernels: environment variable EIGENHEAD_KERNELS must be "
                      "reference, avx2, avx512 or amx; got \"sse9\"\n"),
            std::string::npos);
}

TEST(KernelSet, UnsupportedSetInTheEnvironmentIsRefused) {
  if (is_supported(KernelSet::amx)) GTEST_SKIP() << "every set is supported";
  EXPECT_NE(output_of_child("EIGENHEAD_KERNELS=amx")
                .find("ValueError: active_kernels: environment variable EIGENHEAD_KERNELS must be "
                      "a kernel set that this processor supports; got amx; supported: reference"),
            std::string::npos);
}

void run_every_supported_set() {
  for (const KernelSet set : supported_kernel_sets()) {
    const ForcedKernels forced(set);
    product_that_tells();
  }
}

TEST(KernelSet, EverySupportedSetRunsInANewThread) {
  std::thread thread(run_every_supported_set);
  thread.join();
}

/// Runs `function` in a child process; returns the signal that ended it, 0 for none.
int signal_of_child(void (*function)()) {
  const pid_t child = fork();
  if (child == 0) {
    function();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

TEST(KernelSet, EverySupportedSetRunsAfterFork) {
  run_every_supported_set();
  EXPECT_EQ(signal_of_child(run_every_supported_set), 0);
}

TEST(KernelSet, EverySupportedSetRunsBesideASmallSignalStack) {
  EXPECT_EQ(signal_of_child([] {
              static std::array<char, 8192> memory;
              stack_t stack = {};
              stack.ss_sp = memory.data();
              stack.ss_size = memory.size();
              sigaltstack(&stack, nullptr);
              std::thread(run_every_supported_set).join();
              run_every_supported_set();
            }),
            0);
}

#endif

}  // namespace
}  // namespace eigenhead
