// Kernels for x86-64 processors with AVX2, FMA and F16C.

#if defined(__x86_64__)

#include <immintrin.h>

#include <string.h>

#include "kernels.h"
#include "rows.h"

#define TARGET __attribute__((target("avx2,fma,f16c,sse4.2,popcnt")))

TARGET static uint32_t maximum(const uint32_t *sums, size_t count) {
  __m256i best = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    best = _mm256_max_epu32(best, _mm256_loadu_si256((const __m256i *)(sums + i)));
  }
  uint32_t lanes[8], result = 0;
  _mm256_storeu_si256((__m256i *)lanes, best);
  for (size_t j = 0; j < 8; j++) result = lanes[j] > result ? lanes[j] : result;
  for (; i < count; i++) result = sums[i] > result ? sums[i] : result;
  return result;
}

// A bit for each of eight numbers that is at least `threshold`.
TARGET static inline uint32_t mask_at_least(__m256i values, __m256i threshold) {
  __m256i is_at_least = _mm256_cmpeq_epi32(_mm256_max_epu32(values, threshold), values);
  return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(is_at_least));
}

TARGET static size_t count_at_least(const uint32_t *sums, size_t count, uint32_t threshold) {
  __m256i limit = _mm256_set1_epi32((int32_t)threshold);
  size_t result = 0, i = 0;
  for (; i + 8 <= count; i += 8) {
    __m256i values = _mm256_loadu_si256((const __m256i *)(sums + i));
    result += (size_t)__builtin_popcount(mask_at_least(values, limit));
  }
  for (; i < count; i++) result += sums[i] >= threshold;
  return result;
}

TARGET static size_t collect(
    uint32_t *sums, size_t count, uint32_t threshold, int32_t clears_all, uint32_t *positions,
    uint32_t *values) {
  __m256i limit = _mm256_set1_epi32((int32_t)threshold), zero = _mm256_setzero_si256();
  size_t found = 0, i = 0;
  for (; i + 8 <= count; i += 8) {
    uint32_t mask = mask_at_least(_mm256_loadu_si256((const __m256i *)(sums + i)), limit);
    while (mask) {
      size_t position = i + (size_t)__builtin_ctz(mask);
      mask &= mask - 1;
      positions[found] = (uint32_t)position;
      values[found] = sums[position];
      found += 1;
      sums[position] = 0;
    }
    if (clears_all) _mm256_storeu_si256((__m256i *)(sums + i), zero);
  }
  for (; i < count; i++) {
    if (sums[i] >= threshold) {
      positions[found] = (uint32_t)i;
      values[found] = sums[i];
      found += 1;
      sums[i] = 0;
    }
    if (clears_all) sums[i] = 0;
  }
  return found;
}

TARGET static inline __m256i load_terms(const uint8_t *terms, int32_t format) {
  return spk_index_width(format) == 4
             ? _mm256_loadu_si256((const __m256i *)terms)
             : _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)terms));
}

TARGET static inline __m256 load_weights(const uint8_t *weights, int32_t format) {
  return spk_weight_width(format) == 4
             ? _mm256_loadu_ps((const float *)weights)
             : _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)weights));
}

// Whether any of eight 32-bit term numbers is out of range.
TARGET static inline int32_t is_outside(__m256i terms, __m256i last) {
  return _mm256_movemask_epi8(_mm256_cmpeq_epi32(_mm256_max_epu32(terms, last), last)) != -1;
}

TARGET static inline int32_t score_row(
    spk_row row, int32_t format, const spk_query *query, float *score) {
  __m256d low = _mm256_setzero_pd(), high = _mm256_setzero_pd();
  __m256i last = _mm256_set1_epi32((int32_t)(uint32_t)(query->dimension - 1));
  size_t i = 0;
  for (; i + 8 <= row.count; i += 8) {
    __m256i terms = load_terms(row.terms + i * spk_index_width(format), format);
    if (spk_index_width(format) == 4 && is_outside(terms, last)) return 1;
    __m256 query_weights = _mm256_i32gather_ps(query->weights, terms, 4);
    __m256 weights = load_weights(row.weights + i * spk_weight_width(format), format);
    low = _mm256_fmadd_pd(
        _mm256_cvtps_pd(_mm256_castps256_ps128(query_weights)),
        _mm256_cvtps_pd(_mm256_castps256_ps128(weights)), low);
    high = _mm256_fmadd_pd(
        _mm256_cvtps_pd(_mm256_extractf128_ps(query_weights, 1)),
        _mm256_cvtps_pd(_mm256_extractf128_ps(weights, 1)), high);
  }
  double lanes[8];
  _mm256_storeu_pd(lanes, low);
  _mm256_storeu_pd(lanes + 4, high);
  if (spk_add_products(lanes, row.terms, row.weights, format, i, row.count, query)) return 1;
  *score = spk_add_lanes(lanes);
  return 0;
}

#include "score_rows.inc"

TARGET static void to_half(const float *source, uint16_t *target, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m128i halves = _mm256_cvtps_ph(_mm256_loadu_ps(source + i), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128((__m128i *)(target + i), halves);
  }
  for (; i < count; i++) target[i] = spk_half_of_float(source[i]);
}

TARGET static void from_half(const uint16_t *source, float *target, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m128i halves = _mm_loadu_si128((const __m128i *)(source + i));
    _mm256_storeu_ps(target + i, _mm256_cvtph_ps(halves));
  }
  for (; i < count; i++) target[i] = spk_float_of_half(source[i]);
}

TARGET uint32_t spk_sse42_checksum(uint32_t seed, const void *bytes, size_t count) {
  const uint8_t *next = bytes;
  uint64_t value = ~seed;
  for (; count >= 8; next += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, next, 8);
    value = _mm_crc32_u64(value, word);
  }
  uint32_t result = (uint32_t)value;
  for (; count > 0; next++, count--) result = _mm_crc32_u8(result, *next);
  return ~result;
}

#include "score_dense.inc"

const spk_kernels spk_avx2_kernels = {
    .level = SPK_AVX2,
    .maximum = maximum,
    .count_at_least = count_at_least,
    .collect = collect,
    .score_rows = score_rows,
    .score_dense = score_dense,
    .to_half = to_half,
    .from_half = from_half,
    .checksum = spk_sse42_checksum,
};

#endif
