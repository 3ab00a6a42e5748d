// Picks the widest vector instructions the processor has, once, at run time.
//
// A kernel is a struct with `template <int Lanes> static void run(...)`, written with the vectors of
// vector.hpp and marked SPW_INLINE throughout. dispatch<Kernel>(...) inlines it into a function that
// is compiled for AVX-512 (16 lanes), AVX2 (8 lanes) or the baseline (4 lanes: SSE2, NEON), so one
// source serves every processor.
#pragma once

#include <cstdint>

#define SPW_INLINE inline __attribute__((always_inline))

#if defined(__x86_64__)
#define SPW_X86 1
#define SPW_TARGET_AVX2 __attribute__((target("avx2,fma,f16c")))
#define SPW_TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,f16c")))
#else
#define SPW_X86 0
#endif

namespace spw {

// Each level includes the ones before it.
enum class Instructions : int32_t {
  portable = 0,
  avx2 = 1,
  avx512 = 2,
  avx512_vnni = 3,      // products of bytes
  avx512_bfloat16 = 4,  // products of bfloat16 pairs
  bfloat16_tiles = 5,   // AMX: libtorch's matrix product is then faster than any vector kernel
};

// The best level the processor has, at most the limit that spw_limit_instructions() sets.
Instructions instructions() noexcept;

// The limit of the current thread; work that is handed to other threads takes it along.
int32_t instruction_limit() noexcept;
void set_instruction_limit(int32_t level) noexcept;

#if SPW_X86
template <class Kernel, class... Arguments>
SPW_TARGET_AVX512 void run_avx512(Arguments... arguments) {
  Kernel::template run<16>(arguments...);
}

template <class Kernel, class... Arguments>
SPW_TARGET_AVX2 void run_avx2(Arguments... arguments) {
  Kernel::template run<8>(arguments...);
}
#endif

template <class Kernel, class... Arguments>
void run_portable(Arguments... arguments) {
  Kernel::template run<4>(arguments...);
}

// Arguments are passed by value: pointers and numbers.
template <class Kernel, class... Arguments>
void dispatch(Arguments... arguments) {
#if SPW_X86
  const Instructions level = instructions();
  if (level >= Instructions::avx512) return run_avx512<Kernel>(arguments...);
  if (level >= Instructions::avx2) return run_avx2<Kernel>(arguments...);
#endif
  run_portable<Kernel>(arguments...);
}

}  // namespace spw
