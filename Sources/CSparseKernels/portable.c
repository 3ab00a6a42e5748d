// Kernels in plain C: for processors without the others, and the yardstick of their tests.

#include <string.h>

#include "kernels.h"
#include "rows.h"

#define TARGET

static uint32_t maximum(const uint32_t *sums, size_t count) {
  uint32_t result = 0;
  for (size_t i = 0; i < count; i++) result = sums[i] > result ? sums[i] : result;
  return result;
}

static size_t count_at_least(const uint32_t *sums, size_t count, uint32_t threshold) {
  size_t result = 0;
  for (size_t i = 0; i < count; i++) result += sums[i] >= threshold;
  return result;
}

static size_t collect(
    uint32_t *sums, size_t count, uint32_t threshold, int32_t clears_all, uint32_t *positions,
    uint32_t *values) {
  size_t found = 0;
  for (size_t i = 0; i < count; i++) {
    if (sums[i] >= threshold) {
      positions[found] = (uint32_t)i;
      values[found] = sums[i];
      found += 1;
      sums[i] = 0;
    }
  }
  if (clears_all) memset(sums, 0, count * sizeof *sums);
  return found;
}

static int32_t score_rows(
    const spk_rows *rows, const spk_query *query, const uint32_t *numbers, size_t count,
    float *scores) {
  int32_t status = 0;
  for (size_t i = 0; i < count; i++) {
    if (i + SPK_PREFETCH_DISTANCE < count) {
      spk_prefetch_row(rows, numbers[i + SPK_PREFETCH_DISTANCE]);
    }
    spk_row row = spk_locate_row(rows, numbers[i]);
    double lanes[8] = {0};
    int32_t failed = spk_add_products(
        lanes, row.terms, row.weights, rows->format, 0, row.count, query);
    if (!row.is_valid || failed) {
      status = 1;
      scores[i] = 0;
    } else {
      scores[i] = spk_add_lanes(lanes);
    }
  }
  return status;
}

static void to_half(const float *source, uint16_t *target, size_t count) {
  for (size_t i = 0; i < count; i++) target[i] = spk_half_of_float(source[i]);
}

static void from_half(const uint16_t *source, float *target, size_t count) {
  for (size_t i = 0; i < count; i++) target[i] = spk_float_of_half(source[i]);
}

// Remainders of all four-bit polynomials under the reflected Castagnoli polynomial.
static const uint32_t remainders[16] = {
    0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3,
    0x61C69362, 0x7198540D, 0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
    0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75,
};

uint32_t spk_portable_checksum(uint32_t seed, const void *bytes, size_t count) {
  const uint8_t *next = bytes;
  uint32_t value = ~seed;
  for (size_t i = 0; i < count; i++) {
    value ^= next[i];
    value = (value >> 4) ^ remainders[value & 15];
    value = (value >> 4) ^ remainders[value & 15];
  }
  return ~value;
}

#include "score_dense.inc"

const spk_kernels spk_portable_kernels = {
    .level = SPK_PORTABLE,
    .maximum = maximum,
    .count_at_least = count_at_least,
    .collect = collect,
    .score_rows = score_rows,
    .score_dense = score_dense,
    .to_half = to_half,
    .from_half = from_half,
    .checksum = spk_portable_checksum,
};
