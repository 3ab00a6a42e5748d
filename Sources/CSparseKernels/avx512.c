// Kernels for x86-64 processors with AVX-512 (F, BW, DQ, VL).

#if defined(__x86_64__)

#include <immintrin.h>

#include <string.h>

#include "kernels.h"
#include "rows.h"

#define TARGET \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,sse4.2,popcnt,bmi")))

uint32_t spk_sse42_checksum(uint32_t seed, const void *bytes, size_t count);

// The mask of the first `count` of sixteen lanes.
TARGET static inline __mmask16 first_lanes(size_t count) {
  return count >= 16 ? (__mmask16)0xFFFF : (__mmask16)((1u << count) - 1);
}

TARGET static uint32_t maximum(const uint32_t *sums, size_t count) {
  __m512i best = _mm512_setzero_si512();
  for (size_t i = 0; i < count; i += 16) {
    best = _mm512_max_epu32(best, _mm512_maskz_loadu_epi32(first_lanes(count - i), sums + i));
  }
  return _mm512_reduce_max_epu32(best);
}

TARGET static size_t count_at_least(const uint32_t *sums, size_t count, uint32_t threshold) {
  __m512i limit = _mm512_set1_epi32((int32_t)threshold);
  size_t result = 0;
  for (size_t i = 0; i < count; i += 16) {
    __mmask16 lanes = first_lanes(count - i);
    __m512i values = _mm512_maskz_loadu_epi32(lanes, sums + i);
    __mmask16 mask = _mm512_mask_cmpge_epu32_mask(lanes, values, limit);
    result += (size_t)__builtin_popcount(mask);
  }
  return result;
}

TARGET static size_t collect(
    uint32_t *sums, size_t count, uint32_t threshold, int32_t clears_all, uint32_t *positions,
    uint32_t *values) {
  __m512i limit = _mm512_set1_epi32((int32_t)threshold), zero = _mm512_setzero_si512();
  __m512i steps = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  size_t found = 0;
  for (size_t i = 0; i < count; i += 16) {
    __mmask16 lanes = first_lanes(count - i);
    __m512i numbers = _mm512_maskz_loadu_epi32(lanes, sums + i);
    __mmask16 mask = _mm512_mask_cmpge_epu32_mask(lanes, numbers, limit);
    if (mask) {
      __m512i places = _mm512_add_epi32(steps, _mm512_set1_epi32((int32_t)i));
      _mm512_storeu_si512(positions + found, _mm512_maskz_compress_epi32(mask, places));
      _mm512_storeu_si512(values + found, _mm512_maskz_compress_epi32(mask, numbers));
      found += (size_t)__builtin_popcount(mask);
    }
    _mm512_mask_storeu_epi32(sums + i, clears_all ? lanes : mask, zero);
  }
  return found;
}

TARGET static inline __m256i load_terms(const uint8_t *terms, int32_t format, __mmask8 lanes) {
  return spk_index_width(format) == 4
             ? _mm256_maskz_loadu_epi32(lanes, terms)
             : _mm256_cvtepu16_epi32(_mm_maskz_loadu_epi16(lanes, terms));
}

TARGET static inline __m256 load_weights(
    const uint8_t *weights, int32_t format, __mmask8 lanes) {
  return spk_weight_width(format) == 4
             ? _mm256_maskz_loadu_ps(lanes, weights)
             : _mm256_cvtph_ps(_mm_maskz_loadu_epi16(lanes, weights));
}

TARGET static inline int32_t score_row(
    spk_row row, int32_t format, const spk_query *query, float *score) {
  __m512d sums = _mm512_setzero_pd();
  __m256i last = _mm256_set1_epi32((int32_t)(uint32_t)(query->dimension - 1));
  for (size_t i = 0; i < row.count; i += 8) {
    __mmask8 lanes = row.count - i >= 8 ? (__mmask8)0xFF : (__mmask8)((1u << (row.count - i)) - 1);
    __m256i terms = load_terms(row.terms + i * spk_index_width(format), format, lanes);
    if (spk_index_width(format) == 4 && _mm256_cmpgt_epu32_mask(terms, last)) return 1;
    __m256 query_weights =
        _mm256_mmask_i32gather_ps(_mm256_setzero_ps(), lanes, terms, query->weights, 4);
    __m256 weights = load_weights(row.weights + i * spk_weight_width(format), format, lanes);
    sums = _mm512_fmadd_pd(_mm512_cvtps_pd(query_weights), _mm512_cvtps_pd(weights), sums);
  }
  double lanes[8];
  _mm512_storeu_pd(lanes, sums);
  *score = spk_add_lanes(lanes);
  return 0;
}

#include "score_rows.inc"

TARGET static void to_half(const float *source, uint16_t *target, size_t count) {
  for (size_t i = 0; i < count; i += 16) {
    __mmask16 lanes = first_lanes(count - i);
    __m512 floats = _mm512_maskz_loadu_ps(lanes, source + i);
    __m256i halves = _mm512_cvtps_ph(floats, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm256_mask_storeu_epi16(target + i, lanes, halves);
  }
}

TARGET static void from_half(const uint16_t *source, float *target, size_t count) {
  for (size_t i = 0; i < count; i += 16) {
    __mmask16 lanes = first_lanes(count - i);
    __m256i halves = _mm256_maskz_loadu_epi16(lanes, source + i);
    _mm512_mask_storeu_ps(target + i, lanes, _mm512_cvtph_ps(halves));
  }
}

#include "score_dense.inc"

const spk_kernels spk_avx512_kernels = {
    .level = SPK_AVX512,
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
