// Attention within packed sequences for bfloat16, by the processor's products of bfloat16 pairs.
//
// The same steps as packed_attention_floats.cpp at twice the rate. The processor multiplies two
// neighbours along the inner dimension at once, so each product wants its factors in one of two forms:
// rows as they are (pairs along the row), or two rows interleaved (pairs down the columns).
// Probabilities and score gradients are rounded to bfloat16 before they are multiplied; the softmax
// and all sums are float32.
#include "attention_head.hpp"

#if SPW_X86
#include <immintrin.h>
#endif

namespace spw {

#if SPW_X86

namespace {

#define SPW_PAIR_TARGET \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma,f16c")))
#define SPW_PAIR_INLINE SPW_PAIR_TARGET inline __attribute__((always_inline))

using Head = AttentionHead<at::BFloat16>;

constexpr int lanes = 16;

// Words hold two bfloat16. `columns` is the width rounded up to 32, so `columns / 2` words are whole
// vectors; `stride` below is the length rounded up to 16.
struct Scratch {
  int64_t columns;
  std::vector<uint32_t> rows;                          // [stride][columns / 2], of key or value
  std::vector<uint32_t> turned_key, turned_value;      // [columns / 2][stride]
  std::vector<uint32_t> key_pairs, value_pairs;        // [stride / 2][columns]
  std::vector<uint32_t> query, out_gradient;           // [32][columns / 2]
  std::vector<uint32_t> query_pairs, out_gradient_pairs;  // [16][columns]
  std::vector<float> scores, score_gradient;           // [32][stride]
  std::vector<uint32_t> probabilities;                 // [32][stride / 2]: rows of probabilities or
                                                       // of score gradients
  std::vector<uint32_t> probability_pairs, score_gradient_pairs;  // [16][stride]
  std::vector<float> product;                          // [32][columns]
  std::vector<float> key_gradient, value_gradient;     // [stride][columns]
  std::vector<uint16_t> numbers;

  Scratch(int64_t longest, int64_t head_width) : columns(rounded_up(head_width, 32)) {
    const auto length = static_cast<size_t>(rounded_up(std::max<int64_t>(longest, 1), 16));
    const auto width = static_cast<size_t>(columns);
    for (auto *half : {&rows, &turned_key, &turned_value, &key_pairs, &value_pairs}) {
      half->resize(length * width / 2);
    }
    for (auto *half : {&query, &out_gradient, &query_pairs, &out_gradient_pairs}) {
      half->resize(query_block * width / 2);
    }
    for (auto *half : {&probabilities, &probability_pairs, &score_gradient_pairs}) {
      half->resize(query_block * length / 2);
    }
    for (auto *full : {&scores, &score_gradient}) full->resize(query_block * length);
    product.resize(query_block * width);
    for (auto *full : {&key_gradient, &value_gradient}) full->resize(length * width);
    numbers.resize(static_cast<size_t>(random_blocks(longest) * random_block));
  }
};

// --- products ------------------------------------------------------------------------------------

struct LeftWords {
  const uint32_t *words;
  int64_t row_stride;
  int64_t column_stride;
};

template <int Vectors, bool Adds>
SPW_PAIR_INLINE void multiply_block(const LeftWords &left, const uint32_t *right,
                                    int64_t right_stride, int64_t depth, float *out,
                                    int64_t out_stride) {
  __m512 sum[8][Vectors];
  for (int r = 0; r < 8; ++r) {
    for (int v = 0; v < Vectors; ++v) {
      sum[r][v] = Adds ? _mm512_loadu_ps(out + r * out_stride + v * lanes) : _mm512_setzero_ps();
    }
  }
  for (int64_t k = 0; k < depth; ++k) {
    __m512bh row[Vectors];
    for (int v = 0; v < Vectors; ++v) {
      row[v] = reinterpret_cast<__m512bh>(
          _mm512_loadu_si512(right + k * right_stride + v * lanes));
    }
    for (int r = 0; r < 8; ++r) {
      const uint32_t word = left.words[r * left.row_stride + k * left.column_stride];
      const auto pair =
          reinterpret_cast<__m512bh>(_mm512_set1_epi32(static_cast<int32_t>(word)));
      for (int v = 0; v < Vectors; ++v) sum[r][v] = _mm512_dpbf16_ps(sum[r][v], pair, row[v]);
    }
  }
  for (int r = 0; r < 8; ++r) {
    for (int v = 0; v < Vectors; ++v) {
      _mm512_storeu_ps(out + r * out_stride + v * lanes, sum[r][v]);
    }
  }
}

// out (+)= left [rows, depth words] x right [depth][columns]; `rows` is a multiple of 8, `columns` of
// 16.
template <bool Adds>
SPW_PAIR_INLINE void multiply(LeftWords left, int64_t rows, const uint32_t *right,
                              int64_t right_stride, int64_t depth, int64_t columns, float *out,
                              int64_t out_stride) {
  for (int64_t row = 0; row < rows; row += 8) {
    int64_t column = 0;
    for (; column + 2 * lanes <= columns; column += 2 * lanes) {
      multiply_block<2, Adds>(left, right + column, right_stride, depth, out + column, out_stride);
    }
    if (column < columns) {
      multiply_block<1, Adds>(left, right + column, right_stride, depth, out + column, out_stride);
    }
    left.words += 8 * left.row_stride;
    out += 8 * out_stride;
  }
}

// --- forms ---------------------------------------------------------------------------------------

// Copies rows, with zeros after their width and zero rows up to `padded_count`.
SPW_PAIR_INLINE void copy_rows(const HeadRows<at::BFloat16> &from, int64_t first, int64_t count,
                               int64_t width, int64_t padded_count, int64_t columns,
                               uint32_t *to) {
  for (int64_t r = 0; r < padded_count; ++r) {
    auto *row = reinterpret_cast<at::BFloat16 *>(to + r * columns / 2);
    const int64_t copied = r < count ? width : 0;
    if (copied > 0) {
      __builtin_memcpy(row, from.row(first + r), static_cast<size_t>(copied) * 2);
    }
    if (copied < columns) {
      __builtin_memset(row + copied, 0, static_cast<size_t>(columns - copied) * 2);
    }
  }
}

// 16 bfloat16 in the low halves of words.
SPW_PAIR_INLINE __m512i widened(const uint32_t *from) {
  return _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(from)));
}

// Interleaves rows 0 and 1, 2 and 3 ...: to[r / 2][c] = row r and row r + 1 at column c.
SPW_PAIR_INLINE void interleave_rows(const uint32_t *from, int64_t row_count, int64_t columns,
                                     uint32_t *to) {
  for (int64_t r = 0; r < row_count; r += 2) {
    for (int64_t c = 0; c < columns; c += lanes) {
      const __m512i low = widened(from + (r * columns + c) / 2);
      const __m512i high = widened(from + ((r + 1) * columns + c) / 2);
      _mm512_storeu_si512(to + r / 2 * columns + c,
                          _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
  }
}

SPW_PAIR_INLINE __m256i rounded(const float *from) {
  return reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_loadu_ps(from)));
}

// Rounds float rows to bfloat16 rows.
SPW_PAIR_INLINE void round_rows(const float *from, int64_t count, int64_t stride, uint32_t *to) {
  for (int64_t i = 0; i < count * stride; i += lanes) {
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(to + i / 2), rounded(from + i));
  }
}

// Rounds float rows and interleaves them two by two.
SPW_PAIR_INLINE void round_pairs(const float *from, int64_t count, int64_t stride, uint32_t *to) {
  for (int64_t r = 0; r < count; r += 2) {
    for (int64_t j = 0; j < stride; j += lanes) {
      const __m512i low = _mm512_cvtepu16_epi32(rounded(from + r * stride + j));
      const __m512i high = _mm512_cvtepu16_epi32(rounded(from + (r + 1) * stride + j));
      _mm512_storeu_si512(to + r / 2 * stride + j,
                          _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
  }
}

// Words are only moved, so they may pass as floats.
SPW_PAIR_INLINE void turn_rows(const uint32_t *from, int64_t words, int64_t stride, uint32_t *to) {
  transpose<lanes>(reinterpret_cast<const float *>(from), words, stride, words,
                   reinterpret_cast<float *>(to), stride);
}

// --- one head --------------------------------------------------------------------------------------

SPW_PAIR_TARGET void forward_head(const Head &head, Scratch &s) {
  const int64_t columns = s.columns;
  const int64_t words = columns / 2;
  const int64_t stride = head.stride;
  copy_rows(head.key, 0, head.length, head.width, stride, columns, s.rows.data());
  turn_rows(s.rows.data(), words, stride, s.turned_key.data());
  copy_rows(head.value, 0, head.length, head.width, stride, columns, s.rows.data());
  interleave_rows(s.rows.data(), stride, columns, s.value_pairs.data());
  for (int64_t first = 0; first < head.length; first += query_block) {
    const int64_t count = std::min(query_block, head.length - first);
    const int64_t rows = rounded_up(count, 8);
    copy_rows(head.query, first, count, head.width, rows, columns, s.query.data());
    multiply<false>({s.query.data(), words, 1}, rows, s.turned_key.data(), stride, words, stride,
                    s.scores.data(), stride);
    float factors[query_block];
    for (int64_t i = 0; i < count; ++i) {
      factors[i] = exponentiate<lanes>(head, first + i, s.scores.data() + i * stride,
                                       s.numbers.data());
    }
    round_rows(s.scores.data(), rows, stride, s.probabilities.data());
    multiply<false>({s.probabilities.data(), stride / 2, 1}, rows, s.value_pairs.data(), columns,
                    stride / 2, columns, s.product.data(), columns);
    for (int64_t i = 0; i < count; ++i) {
      store_row<lanes>(s.product.data() + i * columns, factors[i], head.width,
                       head.out.row(first + i));
    }
  }
}

SPW_PAIR_TARGET void backward_head(const Head &head, Scratch &s) {
  const int64_t columns = s.columns;
  const int64_t words = columns / 2;
  const int64_t stride = head.stride;
  copy_rows(head.value, 0, head.length, head.width, stride, columns, s.rows.data());
  turn_rows(s.rows.data(), words, stride, s.turned_value.data());
  copy_rows(head.key, 0, head.length, head.width, stride, columns, s.rows.data());
  turn_rows(s.rows.data(), words, stride, s.turned_key.data());
  interleave_rows(s.rows.data(), stride, columns, s.key_pairs.data());
  std::fill_n(s.key_gradient.data(), stride * columns, 0.0f);
  std::fill_n(s.value_gradient.data(), stride * columns, 0.0f);
  for (int64_t first = 0; first < head.length; first += query_block) {
    const int64_t count = std::min(query_block, head.length - first);
    const int64_t rows = rounded_up(count, 8);
    copy_rows(head.query, first, count, head.width, rows, columns, s.query.data());
    interleave_rows(s.query.data(), rows, columns, s.query_pairs.data());
    copy_rows(head.out_gradient, first, count, head.width, rows, columns, s.out_gradient.data());
    interleave_rows(s.out_gradient.data(), rows, columns, s.out_gradient_pairs.data());
    multiply<false>({s.query.data(), words, 1}, rows, s.turned_key.data(), stride, words, stride,
                    s.scores.data(), stride);
    multiply<false>({s.out_gradient.data(), words, 1}, rows, s.turned_value.data(), stride, words,
                    stride, s.score_gradient.data(), stride);
    for (int64_t i = 0; i < count; ++i) {
      differentiate_scores<lanes>(head, first + i, output_agreement<lanes>(head, first + i),
                                  s.scores.data() + i * stride,
                                  s.score_gradient.data() + i * stride, s.numbers.data());
    }
    // Rows that only fill up: the zero query has zero scores, which are no zero probabilities.
    std::fill(s.scores.data() + count * stride, s.scores.data() + rows * stride, 0.0f);
    std::fill(s.score_gradient.data() + count * stride, s.score_gradient.data() + rows * stride,
              0.0f);
    round_pairs(s.scores.data(), rows, stride, s.probability_pairs.data());
    round_pairs(s.score_gradient.data(), rows, stride, s.score_gradient_pairs.data());
    round_rows(s.score_gradient.data(), rows, stride, s.probabilities.data());
    multiply<true>({s.probability_pairs.data(), 1, stride}, stride, s.out_gradient_pairs.data(),
                   columns, rows / 2, columns, s.value_gradient.data(), columns);
    multiply<true>({s.score_gradient_pairs.data(), 1, stride}, stride, s.query_pairs.data(),
                   columns, rows / 2, columns, s.key_gradient.data(), columns);
    multiply<false>({s.probabilities.data(), stride / 2, 1}, rows, s.key_pairs.data(), columns,
                    stride / 2, columns, s.product.data(), columns);
    for (int64_t i = 0; i < count; ++i) {
      store_row<lanes>(s.product.data() + i * columns, 1.0f, head.width,
                       head.query_gradient.row(first + i));
    }
  }
  for (int64_t j = 0; j < head.length; ++j) {
    store_row<lanes>(s.key_gradient.data() + j * columns, 1.0f, head.width,
                     head.key_gradient.row(j));
    store_row<lanes>(s.value_gradient.data() + j * columns, 1.0f, head.width,
                     head.value_gradient.row(j));
  }
}

}  // namespace

void attention_forward_by_pairs(const AttentionCall &call, const PackedLengths &lengths) {
  for_each_head<at::BFloat16>(call, lengths, Scratch(lengths.longest(), call.shape.width),
                              [](const Head *head, Scratch *scratch) {
                                forward_head(*head, *scratch);
                              });
}

void attention_backward_by_pairs(const AttentionCall &call, const PackedLengths &lengths) {
  for_each_head<at::BFloat16>(call, lengths, Scratch(lengths.longest(), call.shape.width),
                              [](const Head *head, Scratch *scratch) {
                                backward_head(*head, *scratch);
                              });
}

#else

void attention_forward_by_pairs(const AttentionCall &call, const PackedLengths &lengths) {
  attention_forward_by_floats<at::BFloat16>(call, lengths);
}

void attention_backward_by_pairs(const AttentionCall &call, const PackedLengths &lengths) {
  attention_backward_by_floats<at::BFloat16>(call, lengths);
}

#endif

}  // namespace spw
