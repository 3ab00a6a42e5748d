// The parts of the fused SPLADE head (splade_head.cpp) among themselves.
#pragma once

#include <cstdint>
#include <vector>

#include "../include/sparrow_torch_ops.h"
#include "packed.hpp"
#include "panel.hpp"
#include "vector.hpp"

namespace spw {

// What the head computes, without autograd. `bias` may be undefined.
struct SpladeHeadInputs {
  at::Tensor hidden;  // [T, D] contiguous
  at::Tensor weight;  // [V, D] contiguous
  at::Tensor bias;    // [V] contiguous, float32 where the kernels run
  int32_t pooling;
  int32_t activation;

  int64_t token_count() const { return hidden.size(0); }
  int64_t hidden_size() const { return hidden.size(1); }
  int64_t vocabulary_size() const { return weight.size(0); }
};

// Checks shapes and types, and makes everything contiguous.
SpladeHeadInputs checked_head_inputs(const at::Tensor &hidden, const at::Tensor &weight,
                                     const std::optional<at::Tensor> &bias, int32_t pooling,
                                     int32_t activation);

// The largest logit of each column of one panel, over rows that are folded in tile by tile.
struct PanelMaximum {
  float largest[panel_columns];
  int32_t sources[panel_columns];

  PanelMaximum();
  // `logits` is [row_count][48]; the first of equal logits stays, a NaN wins over everything.
  void fold(const float *logits, int64_t row_count, int64_t first_source);
  // weights[c] = f(largest[c] + bias[c])
  void activate(const float *bias, bool twice, float *weights) const;
};

struct SpladeHeadGradients {
  at::Tensor hidden;
  at::Tensor weight;
  at::Tensor bias;
};

// Which gradients to compute, and where those of the parameters are to be added (undefined: make a
// new tensor).
struct SpladeHeadTargets {
  bool needs_hidden;
  bool needs_weight;
  bool needs_bias;
  at::Tensor weight;
  at::Tensor bias;
};

// Kernels for max pooling on the CPU. `weights` [B, V] float32 and `sources` [B, V] int32 are
// written; a source is the row of `hidden` that holds the maximum.
void splade_head_forward(const SpladeHeadInputs &inputs, const PackedLengths &lengths,
                         at::Tensor &weights, at::Tensor &sources);
SpladeHeadGradients splade_head_backward(const SpladeHeadInputs &inputs,
                                         const PackedLengths &lengths, const at::Tensor &weights,
                                         const at::Tensor &sources, const at::Tensor &gradient,
                                         const SpladeHeadTargets &targets);

// The same by libtorch operations on slices of the vocabulary, for other devices and sum pooling;
// `sources` is int64 and is not needed for sums.
void splade_head_forward_sliced(const SpladeHeadInputs &inputs, const PackedLengths &lengths,
                                at::Tensor &weights, at::Tensor &sources);
SpladeHeadGradients splade_head_backward_sliced(const SpladeHeadInputs &inputs,
                                                const PackedLengths &lengths,
                                                const at::Tensor &weights,
                                                const at::Tensor &sources,
                                                const at::Tensor &gradient,
                                                const SpladeHeadTargets &targets);

// f of the largest logit, where `z` may be minus infinity (no token) and a NaN stays one.
template <int Lanes>
SPW_INLINE Floats<Lanes> activated(const Floats<Lanes> &z, bool twice) {
  using F = Floats<Lanes>;
  const F zero = 0.0f;
  const F once = log_of_one_plus<Lanes>(z <= zero ? zero : z);
  return twice ? log_of_one_plus<Lanes>(once) : once;
}

// df/dz at the logit whose activation is `weight` > 0.
template <int Lanes>
SPW_INLINE Floats<Lanes> activation_slope(const Floats<Lanes> &weight, bool twice) {
  using F = Floats<Lanes>;
  // ln(1 + z) = w gives 1 / (1 + z) = e^-w; applied twice, the inner w is e^weight - 1.
  const F outer = exponential<Lanes>(-weight);
  if (!twice) return outer;
  const F inner = F(1.0f) / outer - F(1.0f);
  return outer * exponential<Lanes>(-inner);
}

}  // namespace spw
