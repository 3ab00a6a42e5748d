#include "splade_screen.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "panel.hpp"
#include "parallel.hpp"
#include "vector.hpp"

namespace spw {

namespace {

// Panels that a worker takes at once, about a third of a second cache for D = 384.
constexpr int64_t panel_group = 16;

struct Rounding {
  float scale;  // of one unit
  float norm;   // |x|
  float rounded_norm;
  float error;  // |x - x'|
};

float norm_of(float sum_of_squares) { return std::sqrt(sum_of_squares) + 0x1p-54f; }

// The larger of two, or a NaN.
float larger_or_nan(float a, float b) { return a != a || a >= b ? a : b; }

// Rounds `width` numbers to bytes of -127 to 127 and adds `offset` (0 or 128) to each; a NaN becomes
// -127, and makes the norms NaN.
struct RoundRow {
  template <int Lanes>
  static SPW_INLINE void run(const float *row, int64_t width, int32_t offset, uint8_t *bytes,
                             Rounding *result) {
    using F = Floats<Lanes>;
    using I = Integers<Lanes>;
    typedef uint8_t Bytes __attribute__((ext_vector_type(Lanes)));
    const F zero = 0.0f;
    F largest = zero;
    for (int64_t c = 0; c < width; c += Lanes) {
      const F x = load_some<Lanes>(row + c, width - c);
      largest = larger<Lanes>(x < zero ? -x : x, largest);
    }
    const float maximum = largest_lane<Lanes>(largest);
    const F unit = maximum / 127.0f;
    const F inverse = maximum > 0 ? 127.0f / maximum : 0.0f;
    F squares = zero;
    F rounded_squares = zero;
    F error_squares = zero;
    for (int64_t c = 0; c < width; c += Lanes) {
      const F x = load_some<Lanes>(row + c, width - c);
      // Adding 1.5 * 2^23 rounds to an integer.
      const F magic = 12582912.0f;
      F number = (x * inverse + magic) - magic;
      number = number >= F(-127.0f) ? number : F(-127.0f);
      number = number <= F(127.0f) ? number : F(127.0f);
      const I integer = __builtin_convertvector(number, I) + offset;
      const Bytes rounded = __builtin_convertvector(integer, Bytes);
      uint8_t part[Lanes];
      __builtin_memcpy(part, &rounded, sizeof(rounded));
      std::copy_n(part, std::min<int64_t>(Lanes, width - c), bytes + c);
      const F value = number * unit;
      squares += x * x;
      rounded_squares += value * value;
      error_squares += (x - value) * (x - value);
    }
    *result = {unit[0], norm_of(sum_of_lanes<Lanes>(squares)),
               norm_of(sum_of_lanes<Lanes>(rounded_squares)),
               norm_of(sum_of_lanes<Lanes>(error_squares))};
  }
};

// Folds rows of one panel of integer sums into the largest of scale x (sum - offset).
struct FoldBytes {
  template <int Lanes>
  static SPW_INLINE void run(const int32_t *sums, const int32_t *offsets, const float *scales,
                             int64_t count, float *largest) {
    using F = Floats<Lanes>;
    using I = Integers<Lanes>;
    for (int64_t column = 0; column < panel_columns; column += Lanes) {
      I offset;
      __builtin_memcpy(&offset, offsets + column, sizeof(offset));
      F best = load<Lanes>(largest + column);
      for (int64_t r = 0; r < count; ++r) {
        I sum;
        __builtin_memcpy(&sum, sums + r * panel_columns + column, sizeof(sum));
        const F value = __builtin_convertvector(sum - offset, F) * F(scales[r]);
        best = larger<Lanes>(value, best);
      }
      store<Lanes>(largest + column, best);
    }
  }
};

constexpr float float_error(int64_t width) {
  return static_cast<float>(width + 32) * 1.1920929e-7f;
}

}  // namespace

bool SpladeScreen::is_available() { return instructions() >= Instructions::avx512_vnni; }

SpladeScreen::SpladeScreen(at::Tensor weight, at::Tensor bias)
    : weight_(std::move(weight)),
      bias_(std::move(bias)),
      depth_(word_count(WordKind::byte_quads, weight_.size(1))),
      panels_((weight_.size(0) + panel_columns - 1) / panel_columns),
      words_(static_cast<size_t>(panels_ * panel_columns * depth_)),
      scales_(static_cast<size_t>(panels_ * panel_columns)),
      offsets_(scales_.size()),
      norms_(scales_.size()),
      errors_(scales_.size()),
      biases_(scales_.size()) {
  const int64_t width = hidden_size();
  const float *rows = weight_.const_data_ptr<float>();
  const float *biases = elements<float>(bias_);
  parallel_tasks(panels_, [&](int64_t panel, int32_t) {
    std::vector<uint32_t> packed(static_cast<size_t>(panel_columns * depth_));
    const int64_t first = panel * panel_columns;
    const int64_t count = std::min(panel_columns, vocabulary_size() - first);
    for (int64_t r = 0; r < count; ++r) {
      const auto entry = static_cast<size_t>(first + r);
      auto *bytes = reinterpret_cast<uint8_t *>(packed.data() + r * depth_);
      Rounding rounding;
      dispatch<RoundRow>(rows + (first + r) * width, width, 0, bytes, &rounding);
      int32_t sum = 0;
      for (int64_t c = 0; c < width; ++c) sum += static_cast<int8_t>(bytes[c]);
      scales_[entry] = rounding.scale;
      offsets_[entry] = 128 * sum;
      norms_[entry] = rounding.rounded_norm;
      errors_[entry] = rounding.error + float_error(width) * rounding.norm;
      biases_[entry] = biases == nullptr ? 0.0f : biases[entry];
    }
    transpose_into_panel(packed.data(), count, depth_,
                         words_.data() + panel * panel_columns * depth_);
  });
}

SpladeScreen::RoundedRows SpladeScreen::round_rows(const float *hidden,
                                                   const PackedLengths &lengths) const {
  const int64_t tokens = lengths.end(lengths.count() - 1);
  const int64_t width = hidden_size();
  RoundedRows rows;
  rows.words.resize(static_cast<size_t>(tokens * depth_));
  rows.scales.resize(static_cast<size_t>(tokens));
  rows.largest_norm.resize(static_cast<size_t>(lengths.count()));
  rows.largest_error.resize(static_cast<size_t>(lengths.count()));
  rows.sequences.resize(static_cast<size_t>(tokens));
  parallel_ranges(lengths.count(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      float norm = 0;
      float error = 0;
      for (int64_t t = lengths.begin(b); t < lengths.end(b); ++t) {
        Rounding rounding;
        auto *bytes = reinterpret_cast<uint8_t *>(rows.words.data() + t * depth_);
        dispatch<RoundRow>(hidden + t * width, width, 128, bytes, &rounding);
        rows.scales[static_cast<size_t>(t)] = rounding.scale;
        rows.sequences[static_cast<size_t>(t)] = static_cast<int32_t>(b);
        norm = larger_or_nan(norm, rounding.norm);
        error = larger_or_nan(error, rounding.error);
      }
      rows.largest_norm[static_cast<size_t>(b)] = norm;
      rows.largest_error[static_cast<size_t>(b)] = error;
    }
  });
  return rows;
}

int64_t SpladeScreen::screen_panels(int64_t first, int64_t count, const RoundedRows &rows,
                                    const PackedLengths &lengths, std::vector<float> &largest,
                                    std::vector<uint64_t> &result) const {
  const int64_t columns = count * panel_columns;
  largest.assign(static_cast<size_t>(lengths.count() * columns),
                 -std::numeric_limits<float>::infinity());
  alignas(64) int32_t sums[tile_rows * panel_columns];
  const auto tokens = static_cast<int64_t>(rows.scales.size());
  for (int64_t token = 0; token < tokens; token += tile_rows) {
    const int64_t row_count = std::min(tile_rows, tokens - token);
    for (int64_t p = 0; p < count; ++p) {
      multiply_tile(WordKind::byte_quads, row_count, rows.words.data() + token * depth_,
                    words_.data() + (first + p) * panel_columns * depth_, depth_, sums);
      for (int64_t row = 0; row < row_count;) {
        const int64_t b = rows.sequences[static_cast<size_t>(token + row)];
        const int64_t end = std::min(row_count, lengths.end(b) - token);
        dispatch<FoldBytes>(static_cast<const int32_t *>(sums + row * panel_columns),
                            offsets_.data() + (first + p) * panel_columns,
                            rows.scales.data() + token + row, end - row,
                            largest.data() + b * columns + p * panel_columns);
        row = end;
      }
    }
  }
  int64_t candidate_count = 0;
  for (int64_t b = 0; b < lengths.count(); ++b) {
    const float norm = rows.largest_norm[static_cast<size_t>(b)];
    const float error = rows.largest_error[static_cast<size_t>(b)];
    if (lengths.length(b) == 0) continue;
    for (int64_t p = 0; p < count; ++p) {
      uint64_t bits = 0;
      const int64_t here =
          std::min(panel_columns, vocabulary_size() - (first + p) * panel_columns);
      for (int64_t c = 0; c < here; ++c) {
        const auto entry = static_cast<size_t>((first + p) * panel_columns + c);
        const float logit = largest[static_cast<size_t>(b * columns + p * panel_columns + c)];
        const float bound = error * norms_[entry] + norm * errors_[entry];
        const float most = logit * scales_[entry] + bound + biases_[entry];
        bits |= static_cast<uint64_t>(!(most <= 0)) << c;
      }
      result[static_cast<size_t>(b * panels_ + first + p)] = bits;
      candidate_count += __builtin_popcountll(bits);
    }
  }
  return candidate_count;
}

std::optional<std::vector<uint64_t>> SpladeScreen::candidates(const float *hidden,
                                                              const PackedLengths &lengths,
                                                              int64_t limit) const {
  std::vector<uint64_t> result(static_cast<size_t>(lengths.count() * panels_));
  if (lengths.count() == 0) return result;
  const RoundedRows rows = round_rows(hidden, lengths);
  const int64_t tasks = (panels_ + panel_group - 1) / panel_group;
  std::vector<std::vector<float>> largest(static_cast<size_t>(parallel_width()));
  std::atomic<int64_t> total{0};
  parallel_tasks(tasks, [&](int64_t task, int32_t worker) {
    if (total > limit) return;
    const int64_t first = task * panel_group;
    total += screen_panels(first, std::min(panel_group, panels_ - first), rows, lengths,
                           largest[static_cast<size_t>(worker)], result);
  });
  if (total > limit) return std::nullopt;
  return result;
}

}  // namespace spw
