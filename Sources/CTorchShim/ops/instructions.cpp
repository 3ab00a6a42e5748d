// Detection of the processor's instructions.
#include "instructions.hpp"

#include <algorithm>

#include "../boundary.hpp"
#include "../include/sparrow_torch_ops.h"

namespace spw {

namespace {

Instructions detect() noexcept {
#if SPW_X86
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  const bool vnni = avx512 && __builtin_cpu_supports("avx512vnni");
  const bool pairs = vnni && __builtin_cpu_supports("avx512bf16");
  if (pairs && (spw_cpu_features() & 8) != 0) return Instructions::bfloat16_tiles;
  if (pairs) return Instructions::avx512_bfloat16;
  if (vnni) return Instructions::avx512_vnni;
  if (avx512) return Instructions::avx512;
  if (avx2) return Instructions::avx2;
#endif
  return Instructions::portable;
}

constexpr int32_t no_limit = static_cast<int32_t>(Instructions::bfloat16_tiles);
thread_local int32_t limit = no_limit;

}  // namespace

Instructions instructions() noexcept {
  static const auto found = static_cast<int32_t>(detect());
  return static_cast<Instructions>(std::min(found, limit));
}

int32_t instruction_limit() noexcept { return limit; }

void set_instruction_limit(int32_t level) noexcept { limit = level; }

}  // namespace spw

extern "C" {

int32_t spw_instructions(void) { return static_cast<int32_t>(spw::instructions()); }

int32_t spw_limit_instructions(int32_t level) {
  return spw::guarded("limit_instructions", [&] {
    TORCH_CHECK(level >= 0, "expected a level of at least 0, found ", level);
    spw::set_instruction_limit(std::min(level, spw::no_limit));
  });
}

}  // extern "C"
