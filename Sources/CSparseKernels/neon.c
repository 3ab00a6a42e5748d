// Kernels for 64-bit Arm processors, all of which have NEON.

#if defined(__aarch64__)

#include <arm_neon.h>

#include <string.h>

#include "kernels.h"
#include "rows.h"

#define TARGET

static uint32_t maximum(const uint32_t *sums, size_t count) {
  uint32x4_t best = vdupq_n_u32(0);
  size_t i = 0;
  for (; i + 4 <= count; i += 4) best = vmaxq_u32(best, vld1q_u32(sums + i));
  uint32_t result = vmaxvq_u32(best);
  for (; i < count; i++) result = sums[i] > result ? sums[i] : result;
  return result;
}

static size_t count_at_least(const uint32_t *sums, size_t count, uint32_t threshold) {
  uint32x4_t limit = vdupq_n_u32(threshold), found = vdupq_n_u32(0);
  size_t i = 0;
  // A comparison that holds is all ones, that is minus one.
  for (; i + 4 <= count; i += 4) found = vsubq_u32(found, vcgeq_u32(vld1q_u32(sums + i), limit));
  size_t result = vaddvq_u32(found);
  for (; i < count; i++) result += sums[i] >= threshold;
  return result;
}

static inline size_t collect_one(
    uint32_t *sums, size_t position, uint32_t threshold, size_t found, uint32_t *positions,
    uint32_t *values) {
  if (sums[position] < threshold) return found;
  positions[found] = (uint32_t)position;
  values[found] = sums[position];
  sums[position] = 0;
  return found + 1;
}

static size_t collect(
    uint32_t *sums, size_t count, uint32_t threshold, int32_t clears_all, uint32_t *positions,
    uint32_t *values) {
  uint32x4_t limit = vdupq_n_u32(threshold), zero = vdupq_n_u32(0);
  size_t found = 0, i = 0;
  for (; i + 8 <= count; i += 8) {
    uint32x4_t is_low = vcgeq_u32(vld1q_u32(sums + i), limit);
    uint32x4_t is_high = vcgeq_u32(vld1q_u32(sums + i + 4), limit);
    if (vmaxvq_u32(vorrq_u32(is_low, is_high))) {
      for (size_t j = i; j < i + 8; j++) {
        found = collect_one(sums, j, threshold, found, positions, values);
      }
    }
    if (clears_all) {
      vst1q_u32(sums + i, zero);
      vst1q_u32(sums + i + 4, zero);
    }
  }
  for (; i < count; i++) {
    found = collect_one(sums, i, threshold, found, positions, values);
    if (clears_all) sums[i] = 0;
  }
  return found;
}

static inline float32x4_t load_weights(const uint8_t *weights, int32_t format) {
  if (spk_weight_width(format) == 4) return vreinterpretq_f32_u8(vld1q_u8(weights));
  return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(weights)));
}

// Four query weights, fetched one by one: NEON cannot gather. Returns 1 when a term number is out
// of range.
static inline int32_t gather(
    const uint8_t *terms, int32_t format, const spk_query *query, float32x4_t *weights) {
  float found[4];
  for (size_t j = 0; j < 4; j++) {
    uint32_t term = spk_row_term(terms, format, j);
    if (term >= query->dimension) return 1;
    found[j] = query->weights[term];
  }
  *weights = vld1q_f32(found);
  return 0;
}

static inline int32_t score_row(
    spk_row row, int32_t format, const spk_query *query, float *score) {
  float64x2_t sums[4] = {vdupq_n_f64(0), vdupq_n_f64(0), vdupq_n_f64(0), vdupq_n_f64(0)};
  size_t i = 0;
  for (; i + 8 <= row.count; i += 8) {
    for (size_t half = 0; half < 2; half++) {
      size_t j = i + 4 * half;
      float32x4_t query_weights;
      if (gather(row.terms + j * spk_index_width(format), format, query, &query_weights)) return 1;
      float32x4_t weights = load_weights(row.weights + j * spk_weight_width(format), format);
      sums[2 * half] = vfmaq_f64(
          sums[2 * half], vcvt_f64_f32(vget_low_f32(query_weights)),
          vcvt_f64_f32(vget_low_f32(weights)));
      sums[2 * half + 1] = vfmaq_f64(
          sums[2 * half + 1], vcvt_high_f64_f32(query_weights), vcvt_high_f64_f32(weights));
    }
  }
  double lanes[8];
  for (size_t j = 0; j < 4; j++) vst1q_f64(lanes + 2 * j, sums[j]);
  if (spk_add_products(lanes, row.terms, row.weights, format, i, row.count, query)) return 1;
  *score = spk_add_lanes(lanes);
  return 0;
}

#include "score_rows.inc"

static void to_half(const float *source, uint16_t *target, size_t count) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    vst1_u16(target + i, vreinterpret_u16_f16(vcvt_f16_f32(vld1q_f32(source + i))));
  }
  for (; i < count; i++) target[i] = spk_half_of_float(source[i]);
}

static void from_half(const uint16_t *source, float *target, size_t count) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    vst1q_f32(target + i, vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(source + i))));
  }
  for (; i < count; i++) target[i] = spk_float_of_half(source[i]);
}

#if defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

static uint32_t neon_checksum(uint32_t seed, const void *bytes, size_t count) {
  const uint8_t *next = bytes;
  uint32_t value = ~seed;
  for (; count >= 8; next += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, next, 8);
    value = __crc32cd(value, word);
  }
  for (; count > 0; next++, count--) value = __crc32cb(value, *next);
  return ~value;
}
#else
#define neon_checksum spk_portable_checksum
#endif

#include "score_dense.inc"

const spk_kernels spk_neon_kernels = {
    .level = SPK_NEON,
    .maximum = maximum,
    .count_at_least = count_at_least,
    .collect = collect,
    .score_rows = score_rows,
    .score_dense = score_dense,
    .to_half = to_half,
    .from_half = from_half,
    .checksum = neon_checksum,
};

#endif
