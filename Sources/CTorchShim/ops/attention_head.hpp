// What the kernels of packed attention share: where one head of one sequence lies, its softmax, and
// the loop over all heads.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "packed_attention.hpp"
#include "parallel.hpp"
#include "vector.hpp"

namespace spw {

// Query rows whose scores exist at a time.
constexpr int64_t query_block = 32;

constexpr int64_t rounded_up(int64_t count, int64_t unit) {
  return (count + unit - 1) / unit * unit;
}

// Rows of one head in a tensor.
template <class Element>
struct HeadRows {
  Element *first = nullptr;
  int64_t stride = 0;

  HeadRows() = default;
  HeadRows(const at::Tensor &tensor, int64_t token, int64_t column)
      : first(static_cast<Element *>(tensor.data_ptr()) + token * tensor.stride(0) + column),
        stride(tensor.stride(0)) {}

  Element *row(int64_t index) const { return first + index * stride; }
};

// One head of one sequence. Scores have `stride` columns: the length rounded up to 16.
template <class Element>
struct AttentionHead {
  int64_t length, stride, width;
  float scale;
  Dropout dropout;
  uint64_t first_block;   // of random numbers, for query 0
  uint64_t block_stride;  // from one query to the next
  HeadRows<Element> query = {}, key = {}, value = {}, out = {};
  HeadRows<Element> out_gradient = {}, query_gradient = {}, key_gradient = {}, value_gradient = {};
  float *logarithms = nullptr;  // of query 0
  int64_t logarithm_stride = 0;
};

// The random numbers of one query's probabilities.
template <int Lanes, class Element>
SPW_INLINE void draw_probabilities(const AttentionHead<Element> &head, int64_t query,
                                   uint16_t *numbers) {
  const uint64_t first = head.first_block + static_cast<uint64_t>(query) * head.block_stride;
  for (int64_t block = 0; block < random_blocks(head.length); ++block) {
    random_numbers<Lanes>(head.dropout, first + static_cast<uint64_t>(block),
                          numbers + block * random_block);
  }
}

// Turns the scores of one query into exponentials, dropped ones 0, and returns what the weighted sum
// of values must be multiplied by.
template <int Lanes, class Element>
SPW_INLINE float exponentiate(const AttentionHead<Element> &head, int64_t query, float *scores,
                              uint16_t *numbers) {
  using F = Floats<Lanes>;
  std::fill(scores + head.length, scores + head.stride, -std::numeric_limits<float>::infinity());
  F largest = -std::numeric_limits<float>::infinity();
  for (int64_t j = 0; j < head.stride; j += Lanes) {
    largest = larger<Lanes>(load<Lanes>(scores + j), largest);
  }
  const float maximum = largest_lane<Lanes>(largest) * head.scale;
  const bool drops = head.dropout.is_active();
  if (drops) draw_probabilities<Lanes>(head, query, numbers);
  F sum = 0.0f;
  for (int64_t j = 0; j < head.stride; j += Lanes) {
    F power = exponential<Lanes>(load<Lanes>(scores + j) * F(head.scale) - F(maximum));
    sum += power;
    if (drops) power *= kept_factor<Lanes>(head.dropout, numbers + j, 1.0f);
    store<Lanes>(scores + j, power);
  }
  const float total = sum_of_lanes<Lanes>(sum);
  if (head.logarithms != nullptr) {
    head.logarithms[query * head.logarithm_stride] = maximum + std::log(total);
  }
  return (drops ? head.dropout.scale : 1.0f) / total;
}

// Of one query, turns scores into dropped probabilities P D, and the gradient dO V^T into the
// gradient of the scores; `agreement` is dO . O, which is the row's sum of P dP.
template <int Lanes, class Element>
SPW_INLINE void differentiate_scores(const AttentionHead<Element> &head, int64_t query,
                                     float agreement, float *scores, float *gradient,
                                     uint16_t *numbers) {
  using F = Floats<Lanes>;
  const F logarithm = head.logarithms[query * head.logarithm_stride];
  const F scale = head.scale;
  const bool drops = head.dropout.is_active();
  if (drops) draw_probabilities<Lanes>(head, query, numbers);
  for (int64_t j = 0; j < head.stride; j += Lanes) {
    const F probability = exponential<Lanes>(load<Lanes>(scores + j) * scale - logarithm);
    F factor = 1.0f;
    if (drops) factor = kept_factor<Lanes>(head.dropout, numbers + j, head.dropout.scale);
    const F difference = load<Lanes>(gradient + j) * factor - F(agreement);
    store<Lanes>(scores + j, probability * factor);
    store<Lanes>(gradient + j, probability * difference * scale);
  }
  // Columns that only fill up have probabilities like others.
  std::fill(scores + head.length, scores + head.stride, 0.0f);
  std::fill(gradient + head.length, gradient + head.stride, 0.0f);
}

// The sum of products of one row of the output and of its gradient.
template <int Lanes, class Element>
SPW_INLINE float output_agreement(const AttentionHead<Element> &head, int64_t query) {
  Floats<Lanes> sum = 0.0f;
  for (int64_t c = 0; c < head.width; c += Lanes) {
    sum += load_some<Lanes>(head.out_gradient.row(query) + c, head.width - c) *
           load_some<Lanes>(head.out.row(query) + c, head.width - c);
  }
  return sum_of_lanes<Lanes>(sum);
}

template <int Lanes, class Element>
SPW_INLINE void store_row(const float *from, float factor, int64_t width, Element *to) {
  for (int64_t c = 0; c < width; c += Lanes) {
    store_some<Lanes>(to + c, load<Lanes>(from + c) * Floats<Lanes>(factor), width - c);
  }
}

template <class Element>
HeadRows<Element> rows_of(const at::Tensor &tensor, int64_t token, int64_t column) {
  return tensor.defined() ? HeadRows<Element>(tensor, token, column) : HeadRows<Element>();
}

// Calls `body(head, scratch)` for each head of each sequence, on all threads, each of which has
// its copy of `scratch`.
template <class Element, class Scratch, class Body>
void for_each_head(const AttentionCall &call, const PackedLengths &lengths, const Scratch &scratch,
                   const Body &body) {
  const AttentionShape &shape = call.shape;
  std::vector<Scratch> scratches(static_cast<size_t>(parallel_width()), scratch);
  const auto blocks = static_cast<uint64_t>(random_blocks(lengths.longest()));
  parallel_tasks(lengths.count() * shape.head_count, [&](int64_t task, int32_t worker) {
    const int64_t index = task % shape.head_count;
    const int64_t token = lengths.begin(task / shape.head_count);
    const int64_t length = lengths.length(task / shape.head_count);
    if (length == 0) return;
    const int64_t column = index * shape.width;
    const auto random_row = static_cast<uint64_t>(token * shape.head_count + index);
    AttentionHead<Element> head{length, rounded_up(length, 16), shape.width, shape.scale,
                                call.dropout, random_row * blocks,
                                blocks * static_cast<uint64_t>(shape.head_count)};
    head.query = rows_of<Element>(call.inputs.query, token, column);
    head.key = rows_of<Element>(call.inputs.key, token, column);
    head.value = rows_of<Element>(call.inputs.value, token, column);
    head.out = rows_of<Element>(call.out, token, column);
    head.out_gradient = rows_of<Element>(call.out_gradient, token, column);
    head.query_gradient = rows_of<Element>(call.gradients.query, token, column);
    head.key_gradient = rows_of<Element>(call.gradients.key, token, column);
    head.value_gradient = rows_of<Element>(call.gradients.value, token, column);
    if (call.logarithms.defined()) {
      head.logarithms =
          call.logarithms.mutable_data_ptr<float>() + token * shape.head_count + index;
      head.logarithm_stride = shape.head_count;
    }
    body(static_cast<const AttentionHead<Element> *>(&head),
         &scratches[static_cast<size_t>(worker)]);
  });
}

}  // namespace spw
