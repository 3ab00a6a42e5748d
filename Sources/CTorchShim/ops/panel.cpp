// Tiles and panels.
#include "panel.hpp"

#include <algorithm>

#include "vector.hpp"

#if SPW_X86
#include <immintrin.h>
#endif

namespace spw {

namespace {

// --- products ----------------------------------------------------------------------------------

template <int Rows>
struct FloatTile {
  // Three vectors by `Rows` sums are held in registers: 24 of 32 with AVX-512; processors with fewer
  // or narrower registers take the rows in two halves.
  template <int Lanes>
  static SPW_INLINE void run(const uint32_t *rows, const uint32_t *panel, int64_t depth,
                             float *sums) {
    constexpr int block = Lanes == 16 || Rows < 4 ? Rows : 4;
    for (int64_t column = 0; column < panel_columns; column += 3 * Lanes) {
      int64_t row = 0;
      for (; row + block <= Rows; row += block) {
        multiply<Lanes, block>(rows + row * depth, panel + column, depth,
                               sums + row * panel_columns + column);
      }
      for (; row < Rows; ++row) {
        multiply<Lanes, 1>(rows + row * depth, panel + column, depth,
                           sums + row * panel_columns + column);
      }
    }
  }

  template <int Lanes, int Block>
  static SPW_INLINE void multiply(const uint32_t *rows, const uint32_t *panel, int64_t depth,
                                  float *sums) {
    using F = Floats<Lanes>;
    F sum[Block][3];
    for (int r = 0; r < Block; ++r) sum[r][0] = sum[r][1] = sum[r][2] = F(0.0f);
    const float *left = reinterpret_cast<const float *>(rows);
    const float *right = reinterpret_cast<const float *>(panel);
    for (int64_t k = 0; k < depth; ++k, right += panel_columns) {
      const F first = load<Lanes>(right);
      const F second = load<Lanes>(right + Lanes);
      const F third = load<Lanes>(right + 2 * Lanes);
      for (int r = 0; r < Block; ++r) {
        const F element = left[r * depth + k];
        sum[r][0] = element * first + sum[r][0];
        sum[r][1] = element * second + sum[r][1];
        sum[r][2] = element * third + sum[r][2];
      }
    }
    for (int r = 0; r < Block; ++r) {
      for (int v = 0; v < 3; ++v) store<Lanes>(sums + r * panel_columns + v * Lanes, sum[r][v]);
    }
  }
};

template <int Rows>
void float_tile(const uint32_t *rows, const uint32_t *panel, int64_t depth, void *sums) {
  dispatch<FloatTile<Rows>>(rows, panel, depth, static_cast<float *>(sums));
}

#if SPW_X86
template <int Rows>
__attribute__((target("avx512f,avx512bf16"))) void bfloat16_tile(const uint32_t *rows,
                                                                 const uint32_t *panel,
                                                                 int64_t depth, void *sums) {
  __m512 sum[Rows][3];
  for (int r = 0; r < Rows; ++r) sum[r][0] = sum[r][1] = sum[r][2] = _mm512_setzero_ps();
  for (int64_t k = 0; k < depth; ++k, panel += panel_columns) {
    const auto first = reinterpret_cast<__m512bh>(_mm512_loadu_si512(panel));
    const auto second = reinterpret_cast<__m512bh>(_mm512_loadu_si512(panel + 16));
    const auto third = reinterpret_cast<__m512bh>(_mm512_loadu_si512(panel + 32));
    for (int r = 0; r < Rows; ++r) {
      const auto pair = reinterpret_cast<__m512bh>(
          _mm512_set1_epi32(static_cast<int32_t>(rows[r * depth + k])));
      sum[r][0] = _mm512_dpbf16_ps(sum[r][0], pair, first);
      sum[r][1] = _mm512_dpbf16_ps(sum[r][1], pair, second);
      sum[r][2] = _mm512_dpbf16_ps(sum[r][2], pair, third);
    }
  }
  float *out = static_cast<float *>(sums);
  for (int r = 0; r < Rows; ++r) {
    for (int v = 0; v < 3; ++v) _mm512_storeu_ps(out + r * panel_columns + v * 16, sum[r][v]);
  }
}

template <int Rows>
__attribute__((target("avx512f,avx512vnni"))) void byte_tile(const uint32_t *rows,
                                                             const uint32_t *panel, int64_t depth,
                                                             void *sums) {
  __m512i sum[Rows][3];
  for (int r = 0; r < Rows; ++r) sum[r][0] = sum[r][1] = sum[r][2] = _mm512_setzero_si512();
  for (int64_t k = 0; k < depth; ++k, panel += panel_columns) {
    const __m512i first = _mm512_loadu_si512(panel);
    const __m512i second = _mm512_loadu_si512(panel + 16);
    const __m512i third = _mm512_loadu_si512(panel + 32);
    for (int r = 0; r < Rows; ++r) {
      const __m512i quad = _mm512_set1_epi32(static_cast<int32_t>(rows[r * depth + k]));
      sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], quad, first);
      sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], quad, second);
      sum[r][2] = _mm512_dpbusd_epi32(sum[r][2], quad, third);
    }
  }
  int32_t *out = static_cast<int32_t *>(sums);
  for (int r = 0; r < Rows; ++r) {
    for (int v = 0; v < 3; ++v) _mm512_storeu_si512(out + r * panel_columns + v * 16, sum[r][v]);
  }
}
#endif

using Tile = void (*)(const uint32_t *, const uint32_t *, int64_t, void *);

#define SPW_TILES(function)                                                               \
  {function<1>, function<2>, function<3>, function<4>, function<5>, function<6>, function<7>, \
   function<8>}
constexpr Tile float_tiles[tile_rows] = SPW_TILES(float_tile);
#if SPW_X86
constexpr Tile bfloat16_tiles[tile_rows] = SPW_TILES(bfloat16_tile);
constexpr Tile byte_tiles[tile_rows] = SPW_TILES(byte_tile);
#endif
#undef SPW_TILES

// --- packing -----------------------------------------------------------------------------------

struct ConvertRow {
  template <int Lanes, class From, class To>
  static SPW_INLINE void run(const From *from, To *to, int64_t count) {
    for (int64_t i = 0; i < count; i += Lanes) {
      store_some<Lanes>(to + i, load_some<Lanes>(from + i, count - i), count - i);
    }
  }
};

struct TransposeWords {
  template <int Lanes>
  static SPW_INLINE void run(const float *rows, int64_t row_count, int64_t depth, int64_t columns,
                             float *panel) {
    transpose<Lanes>(rows, depth, row_count, columns, panel, panel_columns);
  }
};

template <class Element>
void pack(WordKind kind, const Element *rows, int64_t row_count, int64_t width, uint32_t *out) {
  const int64_t depth = word_count(kind, width);
  for (int64_t r = 0; r < row_count; ++r) {
    const Element *from = rows + r * width;
    uint32_t *to = out + r * depth;
    to[depth - 1] = 0;
    if (kind == WordKind::floats) {
      dispatch<ConvertRow>(from, reinterpret_cast<float *>(to), width);
    } else {
      dispatch<ConvertRow>(from, reinterpret_cast<at::BFloat16 *>(to), width);
    }
  }
}

}  // namespace

void multiply_tile(WordKind kind, int64_t row_count, const uint32_t *rows, const uint32_t *panel,
                   int64_t depth, void *sums) {
#if SPW_X86
  if (kind == WordKind::bfloat16_pairs) {
    return bfloat16_tiles[row_count - 1](rows, panel, depth, sums);
  }
  if (kind == WordKind::byte_quads) return byte_tiles[row_count - 1](rows, panel, depth, sums);
#endif
  float_tiles[row_count - 1](rows, panel, depth, sums);
}

void pack_rows(WordKind kind, const float *rows, int64_t row_count, int64_t width, uint32_t *out) {
  pack(kind, rows, row_count, width, out);
}

void pack_rows(WordKind kind, const at::BFloat16 *rows, int64_t row_count, int64_t width,
               uint32_t *out) {
  pack(kind, rows, row_count, width, out);
}

void transpose_into_panel(const uint32_t *rows, int64_t row_count, int64_t depth,
                          uint32_t *panel) {
  if (row_count < panel_columns) std::fill_n(panel, depth * panel_columns, 0u);
  const int64_t squares = row_count / 16 * 16;
  const int64_t turned = depth / 16 * 16;
  // Words are only moved, so any words may pass as floats.
  dispatch<TransposeWords>(reinterpret_cast<const float *>(rows), squares, depth, turned,
                           reinterpret_cast<float *>(panel));
  for (int64_t r = 0; r < row_count; ++r) {
    const uint32_t *row = rows + r * depth;
    for (int64_t k = r < squares ? turned : 0; k < depth; ++k) panel[k * panel_columns + r] = row[k];
  }
}

}  // namespace spw
