// The parts of packed attention (packed_attention.cpp) among themselves.
#pragma once

#include <cstdint>

#include "../include/sparrow_torch_ops.h"
#include "packed.hpp"
#include "random.hpp"

namespace spw {

struct AttentionShape {
  int64_t head_count;
  int64_t width;  // of a head
  float scale;    // of the scores
};

// Three tensors [T, heads x width] whose last dimension is contiguous: query, key and value, or
// their gradients. They may be parts of one [T, 3 x heads x width].
struct AttentionTensors {
  at::Tensor query;
  at::Tensor key;
  at::Tensor value;
};

// Everything of one call; what one direction has no use for is undefined.
struct AttentionCall {
  AttentionShape shape;
  AttentionTensors inputs;
  Dropout dropout;
  at::Tensor out;         // [T, heads x width]
  at::Tensor logarithms;  // [T, heads] float32: of each row's sum of exponentials
  at::Tensor out_gradient = {};
  AttentionTensors gradients = {};
};

// Writes `out` and, when they are defined, `logarithms`.
void packed_attention_forward(const AttentionCall &call, const PackedLengths &lengths);

// Writes `gradients` from the gradient of `out`.
void packed_attention_backward(const AttentionCall &call, const PackedLengths &lengths);

// The kernels, with float32 arithmetic for either type and with products of bfloat16 pairs.
template <class Element>
void attention_forward_by_floats(const AttentionCall &call, const PackedLengths &lengths);
template <class Element>
void attention_backward_by_floats(const AttentionCall &call, const PackedLengths &lengths);
void attention_forward_by_pairs(const AttentionCall &call, const PackedLengths &lengths);
void attention_backward_by_pairs(const AttentionCall &call, const PackedLengths &lengths);

}  // namespace spw
