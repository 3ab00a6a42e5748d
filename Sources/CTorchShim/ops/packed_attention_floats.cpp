// Attention within packed sequences on the CPU, in float32: one head of one sequence a task.
//
// Nothing is padded, no mask exists, and scores live for 32 query rows at a time in the second cache.
// The backward pass makes the probabilities again from the scores and the saved logarithm of each
// row's sum, and the dropout mask from its counters.
#include "attention_head.hpp"
#include "small_product.hpp"

namespace spw {

namespace {

// float32 copies of one head, `columns` wide (the width rounded up to 16), and the scores of one
// block of queries.
struct Scratch {
  int64_t columns;
  std::vector<float> query, key, value, turned_key, turned_value, out_gradient;
  std::vector<float> query_gradient, key_gradient, value_gradient, scores, score_gradient;
  std::vector<uint16_t> numbers;

  Scratch(int64_t longest, int64_t head_width) : columns(rounded_up(head_width, 16)) {
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

// Copies rows to float32 with zeros after their width, and zero rows from `count` to `padded_count`.
template <int Lanes, class Element>
SPW_INLINE void copy_rows(const HeadRows<Element> &from, int64_t first, int64_t count,
                          int64_t width, int64_t padded_count, int64_t columns, float *to) {
  for (int64_t r = 0; r < count; ++r) {
    for (int64_t c = 0; c < columns; c += Lanes) {
      Floats<Lanes> value = 0.0f;
      if (c < width) value = load_some<Lanes>(from.row(first + r) + c, width - c);
      store<Lanes>(to + r * columns + c, value);
    }
  }
  std::fill(to + count * columns, to + padded_count * columns, 0.0f);
}

template <class Element>
struct ForwardHead {
  template <int Lanes>
  static SPW_INLINE void run(const AttentionHead<Element> *of, Scratch *with) {
    const AttentionHead<Element> &head = *of;
    Scratch &s = *with;
    const int64_t columns = s.columns;
    const int64_t stride = head.stride;
    copy_rows<Lanes>(head.key, 0, head.length, head.width, stride, columns, s.key.data());
    transpose<Lanes>(s.key.data(), columns, stride, columns, s.turned_key.data(), stride);
    copy_rows<Lanes>(head.value, 0, head.length, head.width, head.length, columns, s.value.data());
    for (int64_t first = 0; first < head.length; first += query_block) {
      const int64_t count = std::min(query_block, head.length - first);
      const int64_t rows = rounded_up(count, 8);
      copy_rows<Lanes>(head.query, first, count, head.width, rows, columns, s.query.data());
      multiply<Lanes>({s.query.data(), columns, 1}, rows, s.turned_key.data(), stride, head.width,
                      stride, s.scores.data(), stride);
      float factors[query_block];
      for (int64_t i = 0; i < count; ++i) {
        factors[i] = exponentiate<Lanes>(head, first + i, s.scores.data() + i * stride,
                                         s.numbers.data());
      }
      float *context = s.query_gradient.data();
      multiply<Lanes>({s.scores.data(), stride, 1}, rows, s.value.data(), columns, head.length,
                      columns, context, columns);
      for (int64_t i = 0; i < count; ++i) {
        store_row<Lanes>(context + i * columns, factors[i], head.width, head.out.row(first + i));
      }
    }
  }
};

// With P the probabilities, D the dropout factors, dO the gradient of the output:
//   dV = (P D)^T dO,  dP = D (dO V^T),  dS = P (dP - rowsum(P dP)) scale,  dQ = dS K,  dK = dS^T Q
template <class Element>
struct BackwardHead {
  template <int Lanes>
  static SPW_INLINE void run(const AttentionHead<Element> *of, Scratch *with) {
    const AttentionHead<Element> &head = *of;
    Scratch &s = *with;
    const int64_t columns = s.columns;
    const int64_t stride = head.stride;
    copy_rows<Lanes>(head.key, 0, head.length, head.width, stride, columns, s.key.data());
    transpose<Lanes>(s.key.data(), columns, stride, columns, s.turned_key.data(), stride);
    copy_rows<Lanes>(head.value, 0, head.length, head.width, stride, columns, s.value.data());
    transpose<Lanes>(s.value.data(), columns, stride, columns, s.turned_value.data(), stride);
    std::fill_n(s.key_gradient.data(), stride * columns, 0.0f);
    std::fill_n(s.value_gradient.data(), stride * columns, 0.0f);
    for (int64_t first = 0; first < head.length; first += query_block) {
      const int64_t count = std::min(query_block, head.length - first);
      const int64_t rows = rounded_up(count, 8);
      copy_rows<Lanes>(head.query, first, count, head.width, rows, columns, s.query.data());
      copy_rows<Lanes>(head.out_gradient, first, count, head.width, rows, columns,
                       s.out_gradient.data());
      multiply<Lanes>({s.query.data(), columns, 1}, rows, s.turned_key.data(), stride, head.width,
                      stride, s.scores.data(), stride);
      multiply<Lanes>({s.out_gradient.data(), columns, 1}, rows, s.turned_value.data(), stride,
                      head.width, stride, s.score_gradient.data(), stride);
      for (int64_t i = 0; i < count; ++i) {
        differentiate_scores<Lanes>(head, first + i, output_agreement<Lanes>(head, first + i),
                                    s.scores.data() + i * stride,
                                    s.score_gradient.data() + i * stride, s.numbers.data());
      }
      multiply<Lanes, true>({s.scores.data(), 1, stride}, stride, s.out_gradient.data(), columns,
                            count, columns, s.value_gradient.data(), columns);
      multiply<Lanes, true>({s.score_gradient.data(), 1, stride}, stride, s.query.data(), columns,
                            count, columns, s.key_gradient.data(), columns);
      multiply<Lanes>({s.score_gradient.data(), stride, 1}, rows, s.key.data(), columns,
                      head.length, columns, s.query_gradient.data(), columns);
      for (int64_t i = 0; i < count; ++i) {
        store_row<Lanes>(s.query_gradient.data() + i * columns, 1.0f, head.width,
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
};

}  // namespace

template <class Element>
void attention_forward_by_floats(const AttentionCall &call, const PackedLengths &lengths) {
  for_each_head<Element>(call, lengths, Scratch(lengths.longest(), call.shape.width),
                         [](const AttentionHead<Element> *head, Scratch *scratch) {
                           dispatch<ForwardHead<Element>>(head, scratch);
                         });
}

template <class Element>
void attention_backward_by_floats(const AttentionCall &call, const PackedLengths &lengths) {
  for_each_head<Element>(call, lengths, Scratch(lengths.longest(), call.shape.width),
                         [](const AttentionHead<Element> *head, Scratch *scratch) {
                           dispatch<BackwardHead<Element>>(head, scratch);
                         });
}

template void attention_forward_by_floats<float>(const AttentionCall &, const PackedLengths &);
template void attention_forward_by_floats<at::BFloat16>(const AttentionCall &,
                                                        const PackedLengths &);
template void attention_backward_by_floats<float>(const AttentionCall &, const PackedLengths &);
template void attention_backward_by_floats<at::BFloat16>(const AttentionCall &,
                                                         const PackedLengths &);

}  // namespace spw
