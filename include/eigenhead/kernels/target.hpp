#pragma once

// Where kernels can be compiled, and the attribute that each function of a kernel set carries.
//
// The attribute stands on every single function: `#pragma GCC target` means nothing to clang, and a
// -m flag would let the compiler use the instructions everywhere. A function with the attribute
// inlines only others whose instructions it has, too, so a kernel calls no std or Eigen template
// (the linker might keep that copy for callers on older processors) and contains no lambda (which
// would not inherit the attribute).

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define EIGENHEAD_HAS_X86_KERNELS 1
#define EIGENHEAD_TARGET_AVX2 __attribute__((target("avx2,fma,f16c")))
#define EIGENHEAD_TARGET_AVX512 \
  __attribute__((target("avx2,fma,f16c,avx512f,avx512vl,avx512bw,avx512dq")))
#define EIGENHEAD_TARGET_AVX512_BF16 \
  __attribute__((target("avx2,fma,f16c,avx512f,avx512vl,avx512bw,avx512dq,avx512bf16")))
#ifdef __linux__
#define EIGENHEAD_HAS_AMX_KERNELS 1
#else
#define EIGENHEAD_HAS_AMX_KERNELS 0
#endif
#else
#define EIGENHEAD_HAS_X86_KERNELS 0
#define EIGENHEAD_HAS_AMX_KERNELS 0
#endif
