#include "kernels.h"

const spk_kernels *spk_kernels_for(int32_t level) {
  switch (level) {
    case SPK_PORTABLE: return &spk_portable_kernels;
#if defined(__x86_64__)
    case SPK_AVX2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                     __builtin_cpu_supports("f16c") && __builtin_cpu_supports("sse4.2")
                 ? &spk_avx2_kernels
                 : NULL;
    case SPK_AVX512:
      return spk_kernels_for(SPK_AVX2) && __builtin_cpu_supports("avx512f") &&
                     __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                     __builtin_cpu_supports("avx512dq")
                 ? &spk_avx512_kernels
                 : NULL;
#endif
#if defined(__aarch64__)
    case SPK_NEON: return &spk_neon_kernels;
#endif
    default: return NULL;
  }
}

const spk_kernels *spk_best_kernels(void) {
  static const int32_t levels[] = {SPK_AVX512, SPK_AVX2, SPK_NEON};
  for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
    const spk_kernels *kernels = spk_kernels_for(levels[i]);
    if (kernels) return kernels;
  }
  return &spk_portable_kernels;
}
