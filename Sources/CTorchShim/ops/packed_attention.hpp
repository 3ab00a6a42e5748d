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

// Writes `out` [T, heads x width] and, when it is defined, the logarithm of each row's sum of
// exponentials, [T, heads] float32.
void packed_attention_forward(const AttentionShape &shape, const PackedLengths &lengths,
                              const AttentionTensors &inputs, const Dropout &dropout,
                              const at::Tensor &out, const at::Tensor &logarithms);

// Writes `gradients` from the gradient of `out`.
void packed_attention_backward(const AttentionShape &shape, const PackedLengths &lengths,
                               const AttentionTensors &inputs, const Dropout &dropout,
                               const at::Tensor &out, const at::Tensor &logarithms,
                               const at::Tensor &out_gradient, const AttentionTensors &gradients);

}  // namespace spw
