// The matrix product of the heads: a tile of token rows times a panel of vocabulary columns.
//
// Both sides are stored as 32-bit words that hold one float, two bfloat16 or four bytes along the
// inner dimension, because that is what the processor multiplies and adds in one lane. A panel keeps
// 48 vocabulary rows transposed, [depth in words][48], so that lanes run over the vocabulary; a tile
// of up to 8 rows by 48 columns of sums stays in registers for the whole inner dimension and is then
// written once, to memory that never leaves the first cache.
#pragma once

#include <cstdint>

#include "../libtorch.hpp"

namespace spw {

enum class WordKind { floats, bfloat16_pairs, byte_quads };

constexpr int64_t panel_columns = 48;
constexpr int64_t tile_rows = 8;

// The number of elements along the inner dimension in one word.
constexpr int64_t elements_per_word(WordKind kind) {
  return kind == WordKind::floats ? 1 : kind == WordKind::bfloat16_pairs ? 2 : 4;
}

constexpr int64_t word_count(WordKind kind, int64_t elements) {
  return (elements + elements_per_word(kind) - 1) / elements_per_word(kind);
}

// sums[r][c] = the product of row r and panel column c, for `row_count` (1 to 8) rows that lie
// `depth` words apart. `sums` is [8][48], float, or int32 for byte quads, where the rows are unsigned
// and the panel is signed.
void multiply_tile(WordKind kind, int64_t row_count, const uint32_t *rows, const uint32_t *panel,
                   int64_t depth, void *sums);

// Writes `row_count` rows of `width` elements as words, the last word of each row padded with zeros.
// Byte quads are made by the screen, which knows their scales.
void pack_rows(WordKind kind, const float *rows, int64_t row_count, int64_t width, uint32_t *out);
void pack_rows(WordKind kind, const at::BFloat16 *rows, int64_t row_count, int64_t width,
               uint32_t *out);

// Transposes up to 48 packed rows into a panel; missing columns become zeros.
void transpose_into_panel(const uint32_t *rows, int64_t row_count, int64_t depth, uint32_t *panel);

}  // namespace spw
