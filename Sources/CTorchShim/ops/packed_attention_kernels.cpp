// Attention within packed sequences on the CPU: one head of one sequence a task.
//
// Nothing is padded, no mask exists, and scores live for 32 query rows at a time in the second cache.
// The backward pass makes the probabilities again from the scores and the saved logarithm of each
// row's sum, and the dropout mask from its counters. All arithmetic is float32, whatever the type of
// the tensors.
#include <algorithm>
#include <cmath>
#include <vector>

#include "packed_attention.hpp"
#include "parallel.hpp"
#include "small_product.hpp"

namespace spw {

namespace {

constexpr int64_t query_block = 32;

constexpr int64_t rounded_up(int64_t count, int64_t unit) {
  return (count + unit - 1) / unit * unit;
}

// Rows of one head in a tensor.
template <class Element>
struct Rows {
  Element *first = nullptr;
  int64_t stride = 0;

  Rows() = default;
  Rows(const at::Tensor &tensor, int64_t token, int64_t column)
      : first(static_cast<Element *>(tensor.data_ptr()) + token * tensor.stride(0) + column),
        stride(tensor.stride(0)) {}

  Element *row(int64_t index) const { return first + index * stride; }
};

// One head of one sequence. `columns` is the width and `stride` the length, rounded up to 16.
template <class Element>
struct Head {
  int64_t length, stride, width, columns;
  float scale;
  Dropout dropout;
  uint64_t first_block;      // of random numbers, for query 0
  uint64_t block_stride;     // from one query to the next
  Rows<Element> query = {}, key = {}, value = {}, out = {};
  Rows<Element> out_gradient = {}, query_gradient = {}, key_gradient = {}, value_gradient = {};
  float *logarithms = nullptr;  // of query 0
  int64_t logarithm_stride = 0;
};

// float32 copies of one head, and the scores of one block of queries.
struct Scratch {
  std::vector<float> query, key, value, turned_key, turned_value, out_gradient;
  std::vector<float> query_gradient, key_gradient, value_gradient, scores, score_gradient;
  std::vector<uint16_t> numbers;

  Scratch(int64_t longest, int64_t columns) {
    const auto length = static_cast<size_t>(rounded_up(std::max<int64_t>(longest, 1), 16));
    const auto width = static_cast<size_t>(columns);
    for (auto *rows : {&key, &value, &turned_key, &turned_value, &key_gradient, &value_gradient}) {
      rows->resize(length * width);
    }
    for (auto *rows : {&query, &out_gradient, &query_gradient}) rows->resize(query_block * width);
    for (auto *rows : {&scores, &score_gradient}) rows->resize(query_block * length);
    numbers.resize(static_cast<size_t>(random_blocks(longest) * random_block));
  }
};

// Copies rows to float32, times `factor`: `columns` of them with zeros after `width`, and zero rows
// from `count` to `padded_count`.
template <int Lanes, class Element>
SPW_INLINE void copy_rows(const Rows<Element> &from, int64_t first, int64_t count,
                          const Head<Element> &head, float factor, int64_t padded_count,
                          std::vector<float> &to) {
  for (int64_t r = 0; r < count; ++r) {
    for (int64_t c = 0; c < head.columns; c += Lanes) {
      Floats<Lanes> value = 0.0f;
      if (c < head.width) value = load_some<Lanes>(from.row(first + r) + c, head.width - c);
      store<Lanes>(to.data() + r * head.columns + c, value * Floats<Lanes>(factor));
    }
  }
  std::fill(to.data() + count * head.columns, to.data() + padded_count * head.columns, 0.0f);
}

template <int Lanes, class Element>
SPW_INLINE void store_row(const float *from, float factor, int64_t width, Element *to) {
  for (int64_t c = 0; c < width; c += Lanes) {
    store_some<Lanes>(to + c, load<Lanes>(from + c) * Floats<Lanes>(factor), width - c);
  }
}

template <int Lanes, class Element>
SPW_INLINE void draw_row(const Head<Element> &head, int64_t query, Scratch &scratch) {
  const uint64_t first = head.first_block + static_cast<uint64_t>(query) * head.block_stride;
  for (int64_t block = 0; block < random_blocks(head.length); ++block) {
    random_numbers<Lanes>(head.dropout, first + static_cast<uint64_t>(block),
                          scratch.numbers.data() + block * random_block);
  }
}

// Turns the scores of one query into exponentials, dropped ones 0, and returns the sum of all.
template <int Lanes, class Element>
SPW_INLINE float exponentiate(const Head<Element> &head, int64_t query, float *scores,
                              Scratch &scratch) {
  using F = Floats<Lanes>;
  const F nothing = -std::numeric_limits<float>::infinity();
  std::fill(scores + head.length, scores + head.stride, nothing[0]);
  F largest = nothing;
  for (int64_t j = 0; j < head.stride; j += Lanes) {
    largest = larger<Lanes>(load<Lanes>(scores + j), largest);
  }
  const float maximum = largest_lane<Lanes>(largest);
  const bool drops = head.dropout.is_active();
  if (drops) draw_row<Lanes>(head, query, scratch);
  F sum = 0.0f;
  for (int64_t j = 0; j < head.stride; j += Lanes) {
    F power = exponential<Lanes>(load<Lanes>(scores + j) - F(maximum));
    sum += power;
    if (drops) power *= kept_factor<Lanes>(head.dropout, scratch.numbers.data() + j, 1.0f);
    store<Lanes>(scores + j, power);
  }
  const float total = sum_of_lanes<Lanes>(sum);
  if (head.logarithms != nullptr) {
    head.logarithms[query * head.logarithm_stride] = maximum + std::log(total);
  }
  return total;
}

template <class Element>
struct ForwardHead {
  template <int Lanes>
  static SPW_INLINE void run(const Head<Element> *of, Scratch *with) {
    const Head<Element> &head = *of;
    Scratch &s = *with;
    copy_rows<Lanes>(head.key, 0, head.length, head, 1.0f, head.stride, s.key);
    transpose<Lanes>(s.key.data(), head.columns, head.stride, head.columns, s.turned_key.data(),
                     head.stride);
    copy_rows<Lanes>(head.value, 0, head.length, head, 1.0f, head.length, s.value);
    for (int64_t first = 0; first < head.length; first += query_block) {
      const int64_t count = std::min(query_block, head.length - first);
      const int64_t rows = rounded_up(count, 8);
      copy_rows<Lanes>(head.query, first, count, head, head.scale, rows, s.query);
      multiply<Lanes>({s.query.data(), head.columns, 1}, rows, s.turned_key.data(), head.stride,
                      head.width, head.stride, s.scores.data(), head.stride);
      float factors[query_block];
      for (int64_t i = 0; i < count; ++i) {
        float *scores = s.scores.data() + i * head.stride;
        const float sum = exponentiate<Lanes>(head, first + i, scores, s);
        factors[i] = (head.dropout.is_active() ? head.dropout.scale : 1.0f) / sum;
      }
      float *context = s.query_gradient.data();
      multiply<Lanes>({s.scores.data(), head.stride, 1}, rows, s.value.data(), head.columns,
                      head.length, head.columns, context, head.columns);
      for (int64_t i = 0; i < count; ++i) {
        store_row<Lanes>(context + i * head.columns, factors[i], head.width,
                         head.out.row(first + i));
      }
    }
  }
};

// With P the probabilities, D the dropout factors, dO the gradient of the output:
//   dV = (P D)^T dO,  dP = D (dO V^T),  dS = P (dP - rowsum(P dP)),  dQ = dS K,  dK = dS^T Q
// and the row's sum of P dP is dO . O.
template <class Element>
struct BackwardHead {
  template <int Lanes>
  static SPW_INLINE void run(const Head<Element> *of, Scratch *with) {
    const Head<Element> &head = *of;
    Scratch &s = *with;
    const int64_t columns = head.columns;
    const int64_t stride = head.stride;
    copy_rows<Lanes>(head.key, 0, head.length, head, 1.0f, head.stride, s.key);
    transpose<Lanes>(s.key.data(), head.columns, head.stride, head.columns, s.turned_key.data(),
                     head.stride);
    copy_rows<Lanes>(head.value, 0, head.length, head, 1.0f, head.stride, s.value);
    transpose<Lanes>(s.value.data(), head.columns, head.stride, head.columns,
                     s.turned_value.data(), head.stride);
    std::fill_n(s.key_gradient.data(), stride * columns, 0.0f);
    std::fill_n(s.value_gradient.data(), stride * columns, 0.0f);
    for (int64_t first = 0; first < head.length; first += query_block) {
      const int64_t count = std::min(query_block, head.length - first);
      const int64_t rows = rounded_up(count, 8);
      copy_rows<Lanes>(head.query, first, count, head, head.scale, rows, s.query);
      copy_rows<Lanes>(head.out_gradient, first, count, head, 1.0f, rows, s.out_gradient);
      multiply<Lanes>({s.query.data(), columns, 1}, rows, s.turned_key.data(), stride, head.width,
                      stride, s.scores.data(), stride);
      multiply<Lanes>({s.out_gradient.data(), columns, 1}, rows, s.turned_value.data(), stride,
                      head.width, stride, s.score_gradient.data(), stride);
      for (int64_t i = 0; i < count; ++i) differentiate<Lanes>(head, first + i, i, s);
      multiply<Lanes, true>({s.scores.data(), 1, stride}, stride, s.out_gradient.data(), columns,
                            count, columns, s.value_gradient.data(), columns);
      multiply<Lanes, true>({s.score_gradient.data(), 1, stride}, stride, s.query.data(), columns,
                            count, columns, s.key_gradient.data(), columns);
      multiply<Lanes>({s.score_gradient.data(), stride, 1}, rows, s.key.data(), columns,
                      head.length, columns, s.query_gradient.data(), columns);
      for (int64_t i = 0; i < count; ++i) {
        store_row<Lanes>(s.query_gradient.data() + i * columns, head.scale, head.width,
                         head.query_gradient.row(first + i));
      }
    }
    for (int64_t j = 0; j < head.length; ++j) {
      store_row<Lanes>(s.key_gradient.data() + j * columns, 1.0f, head.width,
                       head.key_gradient.row(j));
      store_row<Lanes>(s.value_gradient.data() + j * columns, 1.0f, head.width,
                       head.value_gradient.row(j));
    }
  }

  // Of one query, turns scores into P D and the gradient dO V^T into dS.
  template <int Lanes>
  static SPW_INLINE void differentiate(const Head<Element> &head, int64_t query, int64_t row,
                                       Scratch &s) {
    using F = Floats<Lanes>;
    float *scores = s.scores.data() + row * head.stride;
    float *gradient = s.score_gradient.data() + row * head.stride;
    F product = 0.0f;
    for (int64_t c = 0; c < head.width; c += Lanes) {
      product += load_some<Lanes>(s.out_gradient.data() + row * head.columns + c, head.width - c) *
                 load_some<Lanes>(head.out.row(query) + c, head.width - c);
    }
    const F agreement = sum_of_lanes<Lanes>(product);
    const F logarithm = head.logarithms[query * head.logarithm_stride];
    const bool drops = head.dropout.is_active();
    if (drops) draw_row<Lanes>(head, query, s);
    for (int64_t j = 0; j < head.stride; j += Lanes) {
      const F probability = exponential<Lanes>(load<Lanes>(scores + j) - logarithm);
      F factor = 1.0f;
      if (drops) {
        factor = kept_factor<Lanes>(head.dropout, s.numbers.data() + j, head.dropout.scale);
      }
      store<Lanes>(scores + j, probability * factor);
      store<Lanes>(gradient + j, probability * (load<Lanes>(gradient + j) * factor - agreement));
    }
    // Keys that only fill up have probabilities like others.
    std::fill(scores + head.length, scores + head.stride, 0.0f);
    std::fill(gradient + head.length, gradient + head.stride, 0.0f);
  }
};

template <class Kernel, class Element, class Fill>
void for_each_head(const AttentionShape &shape, const PackedLengths &lengths,
                   const Dropout &dropout, const Fill &fill) {
  const int64_t columns = rounded_up(shape.width, 16);
  std::vector<Scratch> scratch(static_cast<size_t>(parallel_width()),
                               Scratch(lengths.longest(), columns));
  parallel_tasks(lengths.count() * shape.head_count, [&](int64_t task, int32_t worker) {
    const int64_t sequence = task / shape.head_count;
    const int64_t index = task % shape.head_count;
    const int64_t token = lengths.begin(sequence);
    const int64_t length = lengths.length(sequence);
    if (length == 0) return;
    const auto blocks = static_cast<uint64_t>(random_blocks(lengths.longest()));
    const auto row = static_cast<uint64_t>(token * shape.head_count + index);
    Head<Element> head{length, rounded_up(length, 16), shape.width, columns, shape.scale, dropout,
                       row * blocks, blocks * static_cast<uint64_t>(shape.head_count)};
    fill(head, token, index);
    dispatch<Kernel>(static_cast<const Head<Element> *>(&head),
                     &scratch[static_cast<size_t>(worker)]);
  });
}

template <class Element>
void forward(const AttentionShape &shape, const PackedLengths &lengths,
             const AttentionTensors &inputs, const Dropout &dropout, const at::Tensor &out,
             const at::Tensor &logarithms) {
  using Kernel = ForwardHead<Element>;
  for_each_head<Kernel, Element>(
      shape, lengths, dropout, [&](Head<Element> &head, int64_t token, int64_t index) {
        const int64_t column = index * shape.width;
        head.query = Rows<Element>(inputs.query, token, column);
        head.key = Rows<Element>(inputs.key, token, column);
        head.value = Rows<Element>(inputs.value, token, column);
        head.out = Rows<Element>(out, token, column);
        if (!logarithms.defined()) return;
        head.logarithms = logarithms.mutable_data_ptr<float>() + token * shape.head_count + index;
        head.logarithm_stride = shape.head_count;
      });
}

template <class Element>
void backward(const AttentionShape &shape, const PackedLengths &lengths,
              const AttentionTensors &inputs, const Dropout &dropout, const at::Tensor &out,
              const at::Tensor &logarithms, const at::Tensor &out_gradient,
              const AttentionTensors &gradients) {
  using Kernel = BackwardHead<Element>;
  for_each_head<Kernel, Element>(
      shape, lengths, dropout, [&](Head<Element> &head, int64_t token, int64_t index) {
        const int64_t column = index * shape.width;
        head.query = Rows<Element>(inputs.query, token, column);
        head.key = Rows<Element>(inputs.key, token, column);
        head.value = Rows<Element>(inputs.value, token, column);
        head.out = Rows<Element>(out, token, column);
        head.out_gradient = Rows<Element>(out_gradient, token, column);
        head.query_gradient = Rows<Element>(gradients.query, token, column);
        head.key_gradient = Rows<Element>(gradients.key, token, column);
        head.value_gradient = Rows<Element>(gradients.value, token, column);
        head.logarithms = logarithms.mutable_data_ptr<float>() + token * shape.head_count + index;
        head.logarithm_stride = shape.head_count;
      });
}

}  // namespace

void packed_attention_forward(const AttentionShape &shape, const PackedLengths &lengths,
                              const AttentionTensors &inputs, const Dropout &dropout,
                              const at::Tensor &out, const at::Tensor &logarithms) {
  const bool half = out.scalar_type() == at::kBFloat16;
  const auto compute = half ? forward<at::BFloat16> : forward<float>;
  compute(shape, lengths, inputs, dropout, out, logarithms);
}

void packed_attention_backward(const AttentionShape &shape, const PackedLengths &lengths,
                               const AttentionTensors &inputs, const Dropout &dropout,
                               const at::Tensor &out, const at::Tensor &logarithms,
                               const at::Tensor &out_gradient, const AttentionTensors &gradients) {
  const bool half = out.scalar_type() == at::kBFloat16;
  const auto compute = half ? backward<at::BFloat16> : backward<float>;
  compute(shape, lengths, inputs, dropout, out, logarithms, out_gradient, gradients);
}

}  // namespace spw
