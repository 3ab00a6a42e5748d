// The fused SPLADE head: from hidden states to term weights without logits in between.
//
//   z[b][v] = max over tokens t of b of hidden[t] . weight[v] + bias[v];   out[b][v] = f(z[b][v])
//
// f never descends, so the maximum may be taken before it. Saved for the backward pass are the
// weights and the rows that hold the maxima, [B, V] each, in place of several [T, V].
#include "splade_head.hpp"

#include "../boundary.hpp"
#include "autograd.hpp"

namespace spw {

namespace {

bool uses_kernels(const SpladeHeadInputs &inputs) {
  return inputs.pooling == SPW_POOL_MAX && has_kernels(inputs.hidden) &&
         has_kernels(inputs.weight);
}

SpladeHeadInputs make_inputs(const at::Tensor &hidden, const at::Tensor &weight,
                             const at::Tensor &bias, int64_t pooling, int64_t activation) {
  return {hidden.contiguous(), weight.contiguous(),
          bias.defined() ? bias.to(at::kFloat).contiguous() : at::Tensor(),
          static_cast<int32_t>(pooling), static_cast<int32_t>(activation)};
}

struct SpladeHead : torch::autograd::Function<SpladeHead> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &hidden,
                            const at::Tensor &weight, const std::optional<at::Tensor> &bias,
                            const at::Tensor &cumulative_lengths, int64_t pooling,
                            int64_t activation) {
    const PackedLengths lengths(cumulative_lengths, hidden.size(0));
    const at::Tensor offset = bias.value_or(at::Tensor());
    const SpladeHeadInputs inputs = make_inputs(hidden, weight, offset, pooling, activation);
    at::Tensor weights;
    at::Tensor sources;
    if (uses_kernels(inputs)) {
      splade_head_forward(inputs, lengths, weights, sources);
    } else {
      splade_head_forward_sliced(inputs, lengths, weights, sources);
    }
    context->save_for_backward({hidden, weight, offset, lengths.tensor, weights, sources});
    context->saved_data["pooling"] = pooling;
    context->saved_data["activation"] = activation;
    return weights;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    torch::autograd::variable_list result(6);
    if (!gradients[0].defined()) return result;
    const auto saved = context->get_saved_variables();
    const at::Tensor &hidden = saved[0];
    const at::Tensor &weight = saved[1];
    const at::Tensor &bias = saved[2];
    const PackedLengths lengths(saved[3], hidden.size(0));
    const SpladeHeadInputs inputs =
        make_inputs(hidden, weight, bias, context->saved_data["pooling"].toInt(),
                    context->saved_data["activation"].toInt());
    SpladeHeadTargets targets{context->needs_input_grad(0), context->needs_input_grad(1),
                              bias.defined() && context->needs_input_grad(2), {}, {}};
    if (targets.needs_weight) targets.weight = gradient_in_place(weight);
    if (targets.needs_bias) targets.bias = gradient_in_place(bias);
    const auto compute =
        uses_kernels(inputs) ? splade_head_backward : splade_head_backward_sliced;
    const SpladeHeadGradients found =
        compute(inputs, lengths, saved[4], saved[5], gradients[0], targets);
    if (found.hidden.defined()) result[0] = found.hidden.to(hidden.scalar_type());
    if (found.weight.defined()) result[1] = found.weight.to(weight.scalar_type());
    if (found.bias.defined()) result[2] = found.bias.to(bias.scalar_type());
    return result;
  }
};

}  // namespace

SpladeHeadInputs checked_head_inputs(const at::Tensor &hidden, const at::Tensor &weight,
                                     const std::optional<at::Tensor> &bias, int32_t pooling,
                                     int32_t activation) {
  TORCH_CHECK(hidden.dim() == 2 && weight.dim() == 2 && hidden.size(1) == weight.size(1),
              "expected hidden states [T, D] and weights [V, D], found ", hidden.sizes(), " and ",
              weight.sizes());
  TORCH_CHECK(hidden.is_floating_point() && weight.is_floating_point(),
              "expected floating-point hidden states and weights, found ", hidden.scalar_type(),
              " and ", weight.scalar_type());
  TORCH_CHECK(hidden.size(1) > 0, "expected a hidden size of at least 1, found ", hidden.sizes());
  TORCH_CHECK(!bias || (bias->dim() == 1 && bias->size(0) == weight.size(0)),
              "expected a bias of ", weight.size(0), " elements, found ", bias->sizes());
  TORCH_CHECK(pooling == SPW_POOL_MAX || pooling == SPW_POOL_SUM, "unknown pooling ", pooling);
  TORCH_CHECK(activation == SPW_ACTIVATION_RELU || activation == SPW_ACTIVATION_LOG1P_RELU,
              "unknown activation ", activation);
  TORCH_CHECK(hidden.size(0) <= std::numeric_limits<int32_t>::max(), "too many tokens: ",
              hidden.size(0));
  return make_inputs(hidden, weight, bias.value_or(at::Tensor()), pooling, activation);
}

}  // namespace spw

extern "C" int32_t spw_splade_head(SpwTensor hidden, SpwTensor weight, SpwTensor bias,
                                   SpwTensor cumulative_lengths, int32_t pooling,
                                   int32_t activation, SpwTensor *out) {
  return spw::produce("splade_head", out, [&] {
    const auto offset = spw::get_optional(bias);
    spw::checked_head_inputs(spw::get(hidden), spw::get(weight), offset, pooling, activation);
    return spw::SpladeHead::apply(spw::get(hidden), spw::get(weight), offset,
                                  spw::get(cumulative_lengths), static_cast<int64_t>(pooling),
                                  static_cast<int64_t>(activation));
  });
}
