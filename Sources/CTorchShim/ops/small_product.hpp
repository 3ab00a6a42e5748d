// Matrix products of the size that attention has within one head: tens of rows and columns.
//
// The left side is read one element at a time, so its rows and columns may lie any distance apart and
// a transposed left side costs nothing; the right side is read in vectors along its rows.
#pragma once

#include <cstdint>

#include "vector.hpp"

namespace spw {

// A matrix in the scratch memory of a worker.
struct LeftMatrix {
  const float *elements;
  int64_t row_stride;
  int64_t column_stride;
};

template <int Lanes, int Rows, int Vectors, bool Adds>
SPW_INLINE void multiply_block(const LeftMatrix &left, const float *right, int64_t right_stride,
                               int64_t depth, float *out, int64_t out_stride) {
  using F = Floats<Lanes>;
  F sum[Rows][Vectors];
  for (int r = 0; r < Rows; ++r) {
    for (int v = 0; v < Vectors; ++v) {
      sum[r][v] = Adds ? load<Lanes>(out + r * out_stride + v * Lanes) : F(0.0f);
    }
  }
  for (int64_t k = 0; k < depth; ++k) {
    F row[Vectors];
    for (int v = 0; v < Vectors; ++v) row[v] = load<Lanes>(right + k * right_stride + v * Lanes);
    for (int r = 0; r < Rows; ++r) {
      const F element = left.elements[r * left.row_stride + k * left.column_stride];
      for (int v = 0; v < Vectors; ++v) sum[r][v] = element * row[v] + sum[r][v];
    }
  }
  for (int r = 0; r < Rows; ++r) {
    for (int v = 0; v < Vectors; ++v) store<Lanes>(out + r * out_stride + v * Lanes, sum[r][v]);
  }
}

template <int Lanes, int Rows, bool Adds>
SPW_INLINE void multiply_rows(const LeftMatrix &left, const float *right, int64_t right_stride,
                              int64_t depth, int64_t columns, float *out, int64_t out_stride) {
  int64_t column = 0;
  for (; column + 2 * Lanes <= columns; column += 2 * Lanes) {
    multiply_block<Lanes, Rows, 2, Adds>(left, right + column, right_stride, depth, out + column,
                                         out_stride);
  }
  if (column < columns) {
    multiply_block<Lanes, Rows, 1, Adds>(left, right + column, right_stride, depth, out + column,
                                         out_stride);
  }
}

// out (+)= left [rows, depth] x right [depth, columns]; `rows` is a multiple of 8, `columns` of 16.
template <int Lanes, bool Adds = false>
SPW_INLINE void multiply(LeftMatrix left, int64_t rows, const float *right, int64_t right_stride,
                         int64_t depth, int64_t columns, float *out, int64_t out_stride) {
  // 8 x 2 or 4 x 2 vectors of sums: what 32 or 16 registers hold beside the factors.
  constexpr int block = Lanes == 16 ? 8 : 4;
  for (int64_t row = 0; row < rows; row += block) {
    multiply_rows<Lanes, block, Adds>(left, right, right_stride, depth, columns, out, out_stride);
    left.elements += block * left.row_stride;
    out += block * out_stride;
  }
}

}  // namespace spw
