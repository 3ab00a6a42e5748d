// The fused SPLADE head on the CPU, backward: work only where a weight is positive.
//
// The gradient of weights[b][v] reaches one logit, that of the row which holds the maximum, and only
// when the weight is positive. So the gradients of `hidden` and `weight` are sums over the positive
// entries of a row times a number: O(positive entries x D) instead of two [T, V] x D matrix products.
// Rows of `weight` are owned by the worker of their vocabulary range and rows of `hidden` by the
// worker of their sequence, so nothing is added twice at once and the order of addition is fixed.
#include <algorithm>

#include "parallel.hpp"
#include "splade_head.hpp"

namespace spw {

namespace {

// Vocabulary entries that are handled together: their rows stay in the second cache while the rows of
// one sequence after another pass by, and each sequence's rows stay there for all of them.
int64_t block_size(int64_t width) {
  return std::clamp<int64_t>((256 << 10) / (width * 4), 16, 1024);
}

// slopes[i] = the gradient of the logit behind an entry.
struct LogitGradient {
  template <int Lanes>
  static SPW_INLINE void run(const float *weights, const float *gradient, int64_t count,
                             bool twice, float *slopes) {
    using F = Floats<Lanes>;
    const F zero = 0.0f;
    for (int64_t i = 0; i < count; i += Lanes) {
      const F weight = load_some<Lanes>(weights + i, count - i);
      const F slope = load_some<Lanes>(gradient + i, count - i) *
                      activation_slope<Lanes>(weight, twice);
      // Not `weight > 0`: a NaN has to reach the gradients, so that the step is noticed.
      store_some<Lanes>(slopes + i, weight <= zero ? zero : slope, count - i);
    }
  }
};

// to += factor * from
template <int Lanes, class Element>
SPW_INLINE void add_scaled(const Element *from, float factor, float *to, int64_t count) {
  const Floats<Lanes> scale = factor;
  int64_t i = 0;
  for (; i + Lanes <= count; i += Lanes) {
    store<Lanes>(to + i, scale * load<Lanes>(from + i) + load<Lanes>(to + i));
  }
  for (; i < count; ++i) to[i] += factor * static_cast<float>(from[i]);
}

// Row i of `to` gains slopes[i] times the row of `from` that holds the maximum.
struct AddToVocabulary {
  template <int Lanes, class Element>
  static SPW_INLINE void run(const float *slopes, const int32_t *sources, int64_t count,
                             const Element *from, float *to, int64_t width) {
    for (int64_t i = 0; i < count; ++i) {
      if (slopes[i] == 0) continue;
      add_scaled<Lanes>(from + sources[i] * width, slopes[i], to + i * width, width);
    }
  }
};

// The row of `to` that holds the maximum gains slopes[i] times row i of `from`.
struct AddToTokens {
  template <int Lanes, class Element>
  static SPW_INLINE void run(const float *slopes, const int32_t *sources, int64_t count,
                             const Element *from, float *to, int64_t width) {
    for (int64_t i = 0; i < count; ++i) {
      if (slopes[i] == 0) continue;
      add_scaled<Lanes>(from + i * width, slopes[i], to + sources[i] * width, width);
    }
  }
};

class Backward {
 public:
  Backward(const SpladeHeadInputs &head, const PackedLengths &packed, const at::Tensor &slope,
           const at::Tensor &rows)
      : inputs(head),
        lengths(packed),
        slopes(slope.const_data_ptr<float>()),
        sources(rows.const_data_ptr<int32_t>()),
        vocabulary(head.vocabulary_size()),
        width(head.hidden_size()),
        block_columns(block_size(width)) {}

  // Adds to the rows of `weight` and to `bias`; either may be undefined.
  template <class Element>
  void add_parameters(at::Tensor weight, at::Tensor bias) const {
    const Element *hidden = inputs.hidden.const_data_ptr<Element>();
    float *rows = weight.defined() ? weight.mutable_data_ptr<float>() : nullptr;
    float *sums = bias.defined() ? bias.mutable_data_ptr<float>() : nullptr;
    const int64_t blocks = (vocabulary + block_columns - 1) / block_columns;
    parallel_tasks(blocks, [&](int64_t block, int32_t) {
      const int64_t first = block * block_columns;
      const int64_t count = std::min(block_columns, vocabulary - first);
      for (int64_t b = 0; b < lengths.count(); ++b) {
        const float *slope = slopes + b * vocabulary + first;
        if (rows != nullptr) {
          dispatch<AddToVocabulary>(slope, sources + b * vocabulary + first, count, hidden,
                                    rows + first * width, width);
        }
        if (sums != nullptr) {
          for (int64_t i = 0; i < count; ++i) sums[first + i] += slope[i];
        }
      }
    });
  }

  // Adds to the rows of `gradient`, [T, D] float32.
  template <class Element>
  void add_hidden(at::Tensor &gradient) const {
    const Element *weight = inputs.weight.const_data_ptr<Element>();
    float *rows = gradient.mutable_data_ptr<float>();
    // Few groups of sequences, because each reads the whole table once.
    const int64_t groups = std::min<int64_t>(lengths.count(), 2 * parallel_width());
    parallel_tasks(groups, [&](int64_t group, int32_t) {
      const int64_t begin = group * lengths.count() / groups;
      const int64_t end = (group + 1) * lengths.count() / groups;
      for (int64_t first = 0; first < vocabulary; first += block_columns) {
        const int64_t count = std::min(block_columns, vocabulary - first);
        for (int64_t b = begin; b < end; ++b) {
          const int64_t position = b * vocabulary + first;
          dispatch<AddToTokens>(slopes + position, sources + position, count,
                                weight + first * width, rows, width);
        }
      }
    });
  }

 private:
  const SpladeHeadInputs &inputs;
  const PackedLengths &lengths;
  const float *slopes;
  const int32_t *sources;
  int64_t vocabulary;
  int64_t width;
  int64_t block_columns;
};

at::Tensor logit_gradient(const at::Tensor &weights, const at::Tensor &gradient, bool twice) {
  const at::Tensor incoming = gradient.to(at::kFloat).contiguous();
  at::Tensor slopes = at::empty(weights.sizes(), weights.options());
  const float *from = weights.const_data_ptr<float>();
  const float *in = incoming.const_data_ptr<float>();
  float *to = slopes.mutable_data_ptr<float>();
  parallel_ranges(weights.numel(), 16384, [&](int64_t begin, int64_t end) {
    dispatch<LogitGradient>(from + begin, in + begin, end - begin, twice, to + begin);
  });
  return slopes;
}

}  // namespace

SpladeHeadGradients splade_head_backward(const SpladeHeadInputs &inputs,
                                         const PackedLengths &lengths, const at::Tensor &weights,
                                         const at::Tensor &sources, const at::Tensor &gradient,
                                         const SpladeHeadTargets &targets) {
  const bool twice = inputs.activation != SPW_ACTIVATION_RELU;
  const at::Tensor slopes = logit_gradient(weights, gradient, twice);
  const Backward backward(inputs, lengths, slopes, sources);
  SpladeHeadGradients result;

  const bool half_hidden = inputs.hidden.scalar_type() == at::kBFloat16;
  at::Tensor weight = targets.weight;
  at::Tensor bias = targets.bias;
  if (targets.needs_weight && !weight.defined()) {
    weight = result.weight = at::zeros(inputs.weight.sizes(), at::kFloat);
  }
  if (targets.needs_bias && !bias.defined()) {
    bias = result.bias = at::zeros(inputs.bias.sizes(), at::kFloat);
  }
  if (weight.defined() || bias.defined()) {
    if (half_hidden) {
      backward.add_parameters<at::BFloat16>(weight, bias);
    } else {
      backward.add_parameters<float>(weight, bias);
    }
  }
  if (targets.needs_hidden) {
    result.hidden = at::zeros(inputs.hidden.sizes(), at::kFloat);
    if (inputs.weight.scalar_type() == at::kBFloat16) {
      backward.add_hidden<at::BFloat16>(result.hidden);
    } else {
      backward.add_hidden<float>(result.hidden);
    }
  }
  return result;
}

}  // namespace spw
