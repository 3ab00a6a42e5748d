// The SPLADE head by libtorch operations: for other devices, other types and sum pooling.
//
// The vocabulary is taken in slices, so that the logits of one slice, not of all entries, exist at a
// time; the backward pass makes them again (sum) or needs only the rows that hold maxima (max).
#include <algorithm>

#include "splade_head.hpp"

namespace spw {

namespace {

// Elements of the largest intermediate of one slice: 128 MB of float32.
constexpr int64_t slice_budget = 32 << 20;

// Vocabulary entries a slice may have when each needs `cost` elements.
int64_t slice_size(int64_t cost) {
  return std::clamp<int64_t>(slice_budget / std::max<int64_t>(cost, 1), 64, 1 << 16);
}

at::Tensor activate(const at::Tensor &logits, bool twice) {
  const at::Tensor once = at::log1p(at::relu(logits));
  return twice ? at::log1p(once) : once;
}

// df/dz, 0 where z <= 0.
at::Tensor slope(const at::Tensor &logits, bool twice) {
  const at::Tensor positive = at::relu(logits);
  at::Tensor divisor = positive + 1;
  if (twice) divisor = divisor * (at::log1p(positive) + 1);
  return at::where(logits > 0, divisor.reciprocal(), at::zeros({}, logits.options()));
}

class Sliced {
 public:
  Sliced(const SpladeHeadInputs &head, const PackedLengths &packed)
      : inputs(head), lengths(packed), twice(head.activation != SPW_ACTIVATION_RELU) {
    const auto device = inputs.hidden.device();
    const at::Tensor starts = lengths.tensor.to(device, at::kLong);
    const at::Tensor counts = starts.diff();
    first_rows = starts.narrow(0, 0, lengths.count());
    sequences = at::repeat_interleave(counts);
    // [B, longest]: the row of each position, T for positions after the end.
    const at::Tensor position = at::arange(lengths.longest(), counts.options());
    const at::Tensor rows = first_rows.unsqueeze(1) + position.unsqueeze(0);
    const at::Tensor outside = position.unsqueeze(0) >= counts.unsqueeze(1);
    padded_rows = rows.masked_fill(outside, inputs.token_count()).reshape(-1);
  }

  at::Tensor slice_of_weight(int64_t first, int64_t count) const {
    return inputs.weight.narrow(0, first, count).to(inputs.hidden.scalar_type());
  }

  // [T, count] float32
  at::Tensor logits(int64_t first, int64_t count) const {
    const at::Tensor product = at::mm(inputs.hidden, slice_of_weight(first, count).t());
    const at::Tensor wide = product.to(at::kFloat);
    return inputs.bias.defined() ? wide + inputs.bias.narrow(0, first, count) : wide;
  }

  at::Tensor summed(const at::Tensor &values) const {
    const at::Tensor sums = at::zeros({lengths.count(), values.size(1)}, values.options());
    return sums.index_add(0, sequences, values);
  }

  // The largest logit of each sequence, and its row.
  std::tuple<at::Tensor, at::Tensor> largest(const at::Tensor &values) const {
    const at::Tensor nothing = at::full({1, values.size(1)},
                                        -std::numeric_limits<float>::infinity(), values.options());
    const at::Tensor padded =
        at::cat({values, nothing}).index_select(0, padded_rows)
            .reshape({lengths.count(), lengths.longest(), values.size(1)});
    const auto [maximum, position] = padded.max(1);
    const at::Tensor rows = position + first_rows.unsqueeze(1);
    return {maximum, rows.clamp(0, inputs.token_count() - 1)};
  }

  const SpladeHeadInputs &inputs;
  const PackedLengths &lengths;
  bool twice;
  at::Tensor first_rows;
  at::Tensor sequences;
  at::Tensor padded_rows;
};

// Adds the gradients of one slice of a maximum.
void add_maximum(const Sliced &sliced, int64_t first, int64_t count, const at::Tensor &slopes,
                 const at::Tensor &sources, const SpladeHeadGradients &sums) {
  const at::Tensor places = at::nonzero(slopes);
  const at::Tensor entries = places.select(1, 1);
  const at::Tensor factor =
      slopes.index({places.select(1, 0), entries}).unsqueeze(1).to(at::kFloat);
  const at::Tensor rows = sources.index({places.select(1, 0), entries});
  if (sums.weight.defined()) {
    const at::Tensor from = sliced.inputs.hidden.index_select(0, rows).to(at::kFloat);
    sums.weight.narrow(0, first, count).index_add_(0, entries, from.mul_(factor));
  }
  if (sums.hidden.defined()) {
    const at::Tensor weight = sliced.inputs.weight.narrow(0, first, count);
    const at::Tensor from = weight.index_select(0, entries).to(at::kFloat);
    sums.hidden.index_add_(0, rows, from.mul_(factor));
  }
  if (sums.bias.defined()) sums.bias.narrow(0, first, count).add_(slopes.sum(0));
}

// Adds the gradients of one slice of a sum.
void add_sum(const Sliced &sliced, int64_t first, int64_t count, const at::Tensor &gradient,
             const SpladeHeadGradients &sums) {
  const at::Tensor logits = sliced.logits(first, count);
  const at::Tensor slopes =
      gradient.index_select(0, sliced.sequences) * slope(logits, sliced.twice);
  const at::Tensor narrow = slopes.to(sliced.inputs.hidden.scalar_type());
  if (sums.weight.defined()) {
    sums.weight.narrow(0, first, count).add_(at::mm(narrow.t(), sliced.inputs.hidden));
  }
  if (sums.hidden.defined()) {
    sums.hidden.add_(at::mm(narrow, sliced.slice_of_weight(first, count)));
  }
  if (sums.bias.defined()) sums.bias.narrow(0, first, count).add_(slopes.sum(0));
}

}  // namespace

void splade_head_forward_sliced(const SpladeHeadInputs &inputs, const PackedLengths &lengths,
                                at::Tensor &weights, at::Tensor &sources) {
  const bool is_sum = inputs.pooling == SPW_POOL_SUM;
  const auto options = inputs.hidden.options().dtype(at::kFloat);
  weights = at::zeros({lengths.count(), inputs.vocabulary_size()}, options);
  if (!is_sum) sources = at::zeros(weights.sizes(), options.dtype(at::kLong));
  if (inputs.token_count() == 0) return;
  const Sliced sliced(inputs, lengths);
  const int64_t step = slice_size(is_sum ? inputs.token_count() : sliced.padded_rows.numel());
  for (int64_t first = 0; first < inputs.vocabulary_size(); first += step) {
    const int64_t count = std::min(step, inputs.vocabulary_size() - first);
    const at::Tensor logits = sliced.logits(first, count);
    if (is_sum) {
      weights.narrow(1, first, count).copy_(sliced.summed(activate(logits, sliced.twice)));
    } else {
      const auto [maximum, rows] = sliced.largest(logits);
      weights.narrow(1, first, count).copy_(activate(maximum, sliced.twice));
      sources.narrow(1, first, count).copy_(rows);
    }
  }
}

SpladeHeadGradients splade_head_backward_sliced(const SpladeHeadInputs &inputs,
                                                const PackedLengths &lengths,
                                                const at::Tensor &weights,
                                                const at::Tensor &sources,
                                                const at::Tensor &gradient,
                                                const SpladeHeadTargets &targets) {
  const bool is_sum = inputs.pooling == SPW_POOL_SUM;
  const auto options = inputs.hidden.options().dtype(at::kFloat);
  SpladeHeadGradients result;
  if (targets.needs_hidden) result.hidden = at::zeros(inputs.hidden.sizes(), options);
  SpladeHeadGradients sums{result.hidden, targets.weight, targets.bias};
  if (targets.needs_weight && !sums.weight.defined()) {
    sums.weight = result.weight = at::zeros(inputs.weight.sizes(), options);
  }
  if (targets.needs_bias && !sums.bias.defined()) {
    sums.bias = result.bias = at::zeros(inputs.bias.sizes(), options);
  }
  if (inputs.token_count() == 0) return result;
  const Sliced sliced(inputs, lengths);
  const int64_t cost =
      is_sum ? inputs.token_count() : lengths.count() * std::max<int64_t>(1, inputs.hidden_size());
  const int64_t step = slice_size(cost);
  for (int64_t first = 0; first < inputs.vocabulary_size(); first += step) {
    const int64_t count = std::min(step, inputs.vocabulary_size() - first);
    const at::Tensor incoming = gradient.narrow(1, first, count).to(at::kFloat);
    if (is_sum) {
      add_sum(sliced, first, count, incoming, sums);
      continue;
    }
    // ln(1 + z) = w gives 1 / (1 + z) = e^-w; applied twice, the inner w is e^weight - 1.
    const at::Tensor weight = weights.narrow(1, first, count);
    at::Tensor factor = at::exp(-weight);
    if (sliced.twice) factor = factor * at::exp(-at::expm1(weight));
    const at::Tensor zero = at::zeros({}, weight.options());
    const at::Tensor slopes = at::where(weight <= 0, zero, incoming * factor);
    add_maximum(sliced, first, count, slopes, sources.narrow(1, first, count), sums);
  }
  return result;
}

}  // namespace spw
