// Versions, processor features, threads and devices.
#include "boundary.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static_assert(SPW_UINT8 == static_cast<int>(c10::ScalarType::Byte));
static_assert(SPW_INT32 == static_cast<int>(c10::ScalarType::Int));
static_assert(SPW_INT64 == static_cast<int>(c10::ScalarType::Long));
static_assert(SPW_FLOAT16 == static_cast<int>(c10::ScalarType::Half));
static_assert(SPW_FLOAT32 == static_cast<int>(c10::ScalarType::Float));
static_assert(SPW_FLOAT64 == static_cast<int>(c10::ScalarType::Double));
static_assert(SPW_BOOL == static_cast<int>(c10::ScalarType::Bool));
static_assert(SPW_BFLOAT16 == static_cast<int>(c10::ScalarType::BFloat16));
static_assert(SPW_CPU == static_cast<int>(c10::DeviceType::CPU));
static_assert(SPW_CUDA == static_cast<int>(c10::DeviceType::CUDA));
static_assert(SPW_MPS == static_cast<int>(c10::DeviceType::MPS));

extern "C" {

int32_t spw_abi_version(void) { return 1; }

const char *spw_torch_version(void) { return TORCH_VERSION; }

const char *spw_cpu_capability(void) {
  static const std::string name = at::get_cpu_capability();
  return name.c_str();
}

int32_t spw_cpu_features(void) {
#if defined(__x86_64__)
  int32_t bits = 0;
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) bits |= 1;
  if (__builtin_cpu_supports("avx512f")) bits |= 2;
  if (__builtin_cpu_supports("avx512bf16")) bits |= 4;
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
    if (edx & (1u << 22)) bits |= 8;
  }
  if (__builtin_cpu_supports("avx512vnni")) bits |= 16;
  return bits;
#else
  return 0;
#endif
}

int32_t spw_thread_count(void) { return at::get_num_threads(); }

int32_t spw_set_thread_count(int32_t count) {
  return spw::guarded("set_thread_count", [&] {
    TORCH_CHECK(count >= 1, "expected at least one thread, found ", count);
    at::set_num_threads(count);
  });
}

int32_t spw_device_is_available(int32_t kind) {
  switch (kind) {
    case SPW_CPU: return 1;
    case SPW_CUDA: return at::hasCUDA() ? 1 : 0;
    case SPW_MPS: return at::hasMPS() ? 1 : 0;
    default: return 0;
  }
}

}  // extern "C"
