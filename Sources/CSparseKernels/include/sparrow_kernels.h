#ifndef SPARROW_KERNELS_H
#define SPARROW_KERNELS_H

// The inner loops of the sparse index, in C11, chosen at run time by what the processor can do.
//
// All functions are pure computations over memory that the caller owns: no allocation, no global
// state, no failure except where a return value says so. Postings of one term within one window
// of at most 65,536 documents are a list of 16-bit local document numbers and a list of 8-bit
// weights. Rows hold the exact weights of one document: its term numbers (16 or 32 bits each,
// ascending), then its weights (float32, or float16 as IEEE 754 binary16).

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The instruction sets for which kernels exist.
enum {
  SPK_PORTABLE = 0,
  SPK_AVX2 = 1,
  SPK_AVX512 = 2,
  SPK_NEON = 3,
};

// How rows store term numbers and weights.
enum {
  SPK_ROW_U16_F32 = 0,
  SPK_ROW_U16_F16 = 1,
  SPK_ROW_U32_F32 = 2,
  SPK_ROW_U32_F16 = 3,
};

// How the numbers of dense vectors are stored.
enum {
  SPK_DENSE_F32 = 0,
  SPK_DENSE_F16 = 1,
  SPK_DENSE_I8 = 2,
};

// Rows of many documents, one after another.
typedef struct {
  // Start of each row, counted in entries; one more than there are rows.
  const uint64_t *offsets;
  // The rows.
  const uint8_t *entries;
  // How many entries there are in all.
  uint64_t entry_count;
  // How many rows there are.
  uint64_t row_count;
  // One of SPK_ROW_*.
  int32_t format;
} spk_rows;

// A query written out: one weight a dimension.
typedef struct {
  const float *weights;
  // How many there are; at least 65,536 where rows have 16-bit term numbers.
  uint64_t dimension;
} spk_query;

// The kernels that differ from one instruction set to another. All of them give the same results,
// bit for bit.
typedef struct {
  // One of SPK_PORTABLE and so on.
  int32_t level;

  // The largest of `count` numbers, 0 when there are none.
  uint32_t (*maximum)(const uint32_t *sums, size_t count);

  // How many numbers are at least `threshold`.
  size_t (*count_at_least)(const uint32_t *sums, size_t count, uint32_t threshold);

  // Writes positions and values of the numbers that are at least `threshold` (1 or more), sets
  // these numbers to zero, or all of them if `clears_all` is not zero, and returns how many were
  // written. `positions` and `values` have room for `count` and 16 more.
  size_t (*collect)(
      uint32_t *sums, size_t count, uint32_t threshold, int32_t clears_all, uint32_t *positions,
      uint32_t *values);

  // Computes the dot product of the query with each of the numbered rows: products in float64,
  // added up in eight interleaved sums, rounded once to float32. Returns 0, or 1 when a row
  // number, row offset or term number is out of range (its score is then 0).
  int32_t (*score_rows)(
      const spk_rows *rows, const spk_query *query, const uint32_t *numbers, size_t count,
      float *scores);

  // Computes the dot products of a dense query with consecutive dense rows of one of the formats
  // SPK_DENSE_*. The dimension is a multiple of 64.
  void (*score_dense)(
      const uint8_t *rows, int32_t format, size_t row_count, const float *query,
      size_t dimension, float *scores);

  // Converts float32 to float16, rounding to nearest, ties to even, and back.
  void (*to_half)(const float *source, uint16_t *target, size_t count);
  void (*from_half)(const uint16_t *source, float *target, size_t count);

  // CRC-32C (Castagnoli) of `count` bytes, continuing from `seed` (0 at the start).
  uint32_t (*checksum)(uint32_t seed, const void *bytes, size_t count);
} spk_kernels;

// The kernels of one instruction set, null when this processor or build lacks it.
const spk_kernels *spk_kernels_for(int32_t level);

// The fastest kernels of this processor.
const spk_kernels *spk_best_kernels(void);

// Adds `factor * weight` to the sum of each listed document; `sums` has room for 65,536 numbers.
void spk_accumulate(
    uint32_t *sums, const uint8_t *numbers, const uint8_t *weights, size_t count,
    uint32_t factor);

// Copies one row out: term numbers widened to 32 bits and weights to float32.
void spk_read_row(
    const spk_rows *rows, uint64_t start, size_t count, uint32_t *terms, float *weights);

// Writes one row of `count` entries in the given format; weights must already be exactly
// representable in it.
void spk_write_row(
    uint8_t *target, int32_t format, const uint32_t *terms, const float *weights, size_t count);

// Lists for each term the documents that have it (the last step of a counting sort). Document `d`
// of the window has the entries from `ends[d - 1]` (0 for the first) up to `ends[d]`; `next` holds
// for each term where its next posting goes and is advanced.
void spk_invert(
    const uint64_t *ends, size_t document_count, const uint32_t *terms, const float *weights,
    uint32_t *next, uint16_t *numbers, float *posting_weights);

// What a posting list says about its weights.
typedef struct {
  // `scale * quantized >= weight` holds exactly for every posting.
  float scale;
  // The largest of the negated weights, 0 when none is negative.
  float largest_negative;
  // Lower bounds of the 10th, 100th and 1000th largest weight, in units of `scale`; 0 when there
  // are fewer postings.
  uint8_t levels[3];
} spk_list_summary;

// The bytes that a list of `count` postings takes.
size_t spk_list_size(size_t count);

// Writes a posting list: document numbers, then weights quantized to 1...255 (weights that are not
// above zero become 1), then padding to an even number of bytes. Returns the bytes written.
size_t spk_write_list(
    const uint16_t *numbers, const float *weights, size_t count, uint8_t *target,
    spk_list_summary *summary);

#ifdef __cplusplus
}
#endif

#endif
