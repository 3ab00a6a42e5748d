// Layer norm of one row, forward and backward, in float32.
//
// Rows lie in scratch memory, padded to a multiple of 16 elements.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "random.hpp"

namespace spw {

constexpr int64_t padded_width(int64_t width) { return (width + 15) / 16 * 16; }

struct NormStatistics {
  float mean;
  float reciprocal_deviation;
};

// Of a row whose padding may hold anything; it is overwritten.
template <int Lanes>
SPW_INLINE NormStatistics norm_statistics(float *row, int64_t width, float epsilon) {
  using F = Floats<Lanes>;
  const int64_t padded = padded_width(width);
  std::fill(row + width, row + padded, 0.0f);
  F sum = 0.0f;
  for (int64_t c = 0; c < padded; c += Lanes) sum += load<Lanes>(row + c);
  const float mean = sum_of_lanes<Lanes>(sum) / static_cast<float>(width);
  // Padding that equals the mean adds nothing to the variance.
  std::fill(row + width, row + padded, mean);
  F squares = 0.0f;
  for (int64_t c = 0; c < padded; c += Lanes) {
    const F difference = load<Lanes>(row + c) - F(mean);
    squares += difference * difference;
  }
  const float variance = sum_of_lanes<Lanes>(squares) / static_cast<float>(width);
  return {mean, 1.0f / std::sqrt(variance + epsilon)};
}

// out = (row - mean) / deviation * weight + bias
template <int Lanes>
SPW_INLINE Floats<Lanes> normalized(const float *row, const NormStatistics &statistics,
                                    const float *weight, const float *bias, int64_t column,
                                    int64_t width) {
  using F = Floats<Lanes>;
  const F standard = (load<Lanes>(row + column) - F(statistics.mean)) *
                     F(statistics.reciprocal_deviation);
  const F scaled = standard * load_some<Lanes>(weight + column, width - column);
  return bias == nullptr ? scaled : scaled + load_some<Lanes>(bias + column, width - column);
}

// From a row, and the gradient of its norm in `gradient` (padded with zeros), the gradient of the row
// in place of it; adds to the gradients of weight and bias (padded).
template <int Lanes>
SPW_INLINE void norm_backward(const float *row, const NormStatistics &statistics,
                              const float *weight, int64_t width, float *gradient,
                              float *weight_gradient, float *bias_gradient) {
  using F = Floats<Lanes>;
  const F mean = statistics.mean;
  const F reciprocal = statistics.reciprocal_deviation;
  F sum = 0.0f;
  F product = 0.0f;
  for (int64_t c = 0; c < width; c += Lanes) {
    const F standard = (load<Lanes>(row + c) - mean) * reciprocal;
    const F incoming = load<Lanes>(gradient + c);
    store<Lanes>(weight_gradient + c, load<Lanes>(weight_gradient + c) + incoming * standard);
    store<Lanes>(bias_gradient + c, load<Lanes>(bias_gradient + c) + incoming);
    const F scaled = incoming * load_some<Lanes>(weight + c, width - c);
    sum += scaled;
    product += scaled * standard;
    store<Lanes>(gradient + c, scaled);
  }
  const F mean_gradient = sum_of_lanes<Lanes>(sum) / static_cast<float>(width);
  const F mean_product = sum_of_lanes<Lanes>(product) / static_cast<float>(width);
  for (int64_t c = 0; c < width; c += Lanes) {
    const F standard = (load<Lanes>(row + c) - mean) * reciprocal;
    const F result = (load<Lanes>(gradient + c) - mean_gradient - standard * mean_product);
    store<Lanes>(gradient + c, result * reciprocal);
  }
}

// The dropout numbers of one row of a matrix.
template <int Lanes>
SPW_INLINE void draw_row(const Dropout &dropout, int64_t row, int64_t width, uint16_t *numbers) {
  const int64_t blocks = random_blocks(width);
  for (int64_t block = 0; block < blocks; ++block) {
    random_numbers<Lanes>(dropout, static_cast<uint64_t>(row * blocks + block),
                          numbers + block * random_block);
  }
}

// Sums over rows of several columns vectors, one set for each range of rows, so that workers do not
// meet and the order of addition is fixed.
class ColumnSums {
 public:
  ColumnSums(int64_t ranges, int64_t vectors, int64_t width)
      : vector_count(vectors),
        padded(padded_width(width)),
        sums(static_cast<size_t>(ranges * vectors * padded), 0.0f) {}

  float *vector(int64_t range, int64_t index) {
    return sums.data() + (range * vector_count + index) * padded;
  }

  // The sums over all ranges, [vectors, width] float32.
  at::Tensor total(int64_t ranges, int64_t width) {
    at::Tensor result = at::zeros({vector_count, width}, at::kFloat);
    float *out = result.mutable_data_ptr<float>();
    for (int64_t range = 0; range < ranges; ++range) {
      for (int64_t v = 0; v < vector_count; ++v) {
        const float *from = vector(range, v);
        for (int64_t c = 0; c < width; ++c) out[v * width + c] += from[c];
      }
    }
    return result;
  }

 private:
  int64_t vector_count;
  int64_t padded;
  std::vector<float> sums;
};

}  // namespace spw
