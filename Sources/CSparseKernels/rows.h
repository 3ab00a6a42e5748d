// Shared by all kernels: reading rows, converting halves, and the order in which products are
// added up.

#ifndef SPARROW_ROWS_H
#define SPARROW_ROWS_H

#include <string.h>

#include "include/sparrow_kernels.h"

// How many rows ahead `score_rows` asks the processor to fetch.
enum { SPK_PREFETCH_DISTANCE = 4 };

static inline size_t spk_index_width(int32_t format) { return format >= SPK_ROW_U32_F32 ? 4 : 2; }

static inline size_t spk_weight_width(int32_t format) { return format & 1 ? 2 : 4; }

static inline size_t spk_entry_width(int32_t format) {
  return spk_index_width(format) + spk_weight_width(format);
}

static inline uint16_t spk_load_u16(const uint8_t *bytes) {
  uint16_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

static inline uint32_t spk_load_u32(const uint8_t *bytes) {
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

static inline float spk_load_f32(const uint8_t *bytes) {
  float value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

static inline float spk_float_of_half(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
  uint32_t exponent = (half >> 10) & 0x1Fu;
  uint32_t fraction = half & 0x3FFu;
  uint32_t bits;
  if (exponent == 0x1F) {
    // A quiet not-a-number stays one, as in hardware.
    bits = sign | 0x7F800000u | (fraction << 13) | (fraction ? 0x400000u : 0);
  } else if (exponent != 0) {
    bits = sign | ((exponent + 112) << 23) | (fraction << 13);
  } else if (fraction == 0) {
    bits = sign;
  } else {
    int32_t shift = __builtin_clz(fraction) - 21;
    bits = sign | ((uint32_t)(113 - shift) << 23) | (((fraction << shift) & 0x3FFu) << 13);
  }
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline uint16_t spk_half_of_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t sign = (bits >> 16) & 0x8000u;
  uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return (uint16_t)(sign | 0x7E00u | ((magnitude >> 13) & 0x1FFu));
  if (magnitude >= 0x477FF000u) return (uint16_t)(sign | 0x7C00u);
  if (magnitude < 0x33000001u) return (uint16_t)sign;
  if (magnitude < 0x38800000u) {
    // Subnormal: the fraction with its hidden bit, shifted into place and rounded.
    uint32_t shift = 126 - (magnitude >> 23);
    uint32_t fraction = (magnitude & 0x7FFFFFu) | 0x800000u;
    uint32_t rest = fraction & ((1u << shift) - 1);
    uint32_t half = fraction >> shift;
    uint32_t middle = 1u << (shift - 1);
    if (rest > middle || (rest == middle && (half & 1))) half += 1;
    return (uint16_t)(sign | half);
  }
  uint32_t rounded = magnitude - 0x38000000u + 0xFFFu + ((magnitude >> 13) & 1);
  return (uint16_t)(sign | (rounded >> 13));
}

static inline uint32_t spk_row_term(const uint8_t *terms, int32_t format, size_t position) {
  return spk_index_width(format) == 4 ? spk_load_u32(terms + 4 * position)
                                      : spk_load_u16(terms + 2 * position);
}

static inline float spk_row_weight(const uint8_t *weights, int32_t format, size_t position) {
  return spk_weight_width(format) == 4 ? spk_load_f32(weights + 4 * position)
                                       : spk_float_of_half(spk_load_u16(weights + 2 * position));
}

// Adds eight interleaved sums in the order that halving a vector register gives.
static inline float spk_add_lanes(const double lanes[8]) {
  double a0 = lanes[0] + lanes[4], a1 = lanes[1] + lanes[5];
  double a2 = lanes[2] + lanes[6], a3 = lanes[3] + lanes[7];
  return (float)((a0 + a2) + (a1 + a3));
}

// Adds the products of entries `start`... to their lanes, one by one. Returns 0, or 1 when a term
// number is out of range.
static inline int32_t spk_add_products(
    double lanes[8], const uint8_t *terms, const uint8_t *weights, int32_t format, size_t start,
    size_t count, const spk_query *query) {
  for (size_t i = start; i < count; i++) {
    uint32_t term = spk_row_term(terms, format, i);
    if (term >= query->dimension) return 1;
    lanes[i % 8] += (double)query->weights[term] * (double)spk_row_weight(weights, format, i);
  }
  return 0;
}

// Where one row lies; `is_valid` is 0 when its number or offsets are out of range.
typedef struct {
  const uint8_t *terms;
  const uint8_t *weights;
  size_t count;
  int32_t is_valid;
} spk_row;

static inline spk_row spk_locate_row(const spk_rows *rows, uint32_t number) {
  spk_row row = {rows->entries, rows->entries, 0, 0};
  if (number >= rows->row_count) return row;
  uint64_t start = rows->offsets[number], end = rows->offsets[number + 1];
  if (start > end || end > rows->entry_count) return row;
  row.count = (size_t)(end - start);
  row.terms = rows->entries + start * spk_entry_width(rows->format);
  row.weights = row.terms + row.count * spk_index_width(rows->format);
  row.is_valid = 1;
  return row;
}

// Asks for the first cache lines of a row that will be read soon.
static inline void spk_prefetch_row(const spk_rows *rows, uint32_t number) {
  spk_row row = spk_locate_row(rows, number);
  size_t bytes = row.count * spk_entry_width(rows->format);
  if (bytes > 1024) bytes = 1024;
  for (size_t offset = 0; offset < bytes; offset += 64) __builtin_prefetch(row.terms + offset);
}

#endif
