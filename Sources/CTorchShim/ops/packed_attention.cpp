// Self-attention within each sequence of a packed batch.
//
// out = dropout(softmax(query . key^T * scale)) . value, for each head and sequence. libtorch's own
// attention wants sequences padded to one length with a mask that undoes it, or one call a sequence;
// either way it works on rows that are not there or starts tens of small operations. Saved for the
// backward pass are the inputs, the output and one number a row and head.
#include "packed_attention.hpp"

#include "../boundary.hpp"
#include "autograd.hpp"

namespace spw {

namespace {

at::Tensor with_dense_rows(const at::Tensor &tensor) {
  return tensor.stride(1) == 1 ? tensor : tensor.contiguous();
}

// Three tensors, or the three parts of one.
AttentionTensors parts_of(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value) {
  if (key.defined()) return {with_dense_rows(query), with_dense_rows(key), with_dense_rows(value)};
  const at::Tensor all = with_dense_rows(query);
  const int64_t width = all.size(1) / 3;
  return {all.narrow(1, 0, width), all.narrow(1, width, width), all.narrow(1, 2 * width, width)};
}

struct PackedAttention : torch::autograd::Function<PackedAttention> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &query,
                            const std::optional<at::Tensor> &key,
                            const std::optional<at::Tensor> &value,
                            const at::Tensor &cumulative_lengths, int64_t head_count, double scale,
                            double probability, int64_t seed, int64_t place) {
    const PackedLengths lengths(cumulative_lengths, query.size(0));
    const at::Tensor second = key.value_or(at::Tensor());
    const at::Tensor third = value.value_or(at::Tensor());
    const AttentionTensors inputs = parts_of(query, second, third);
    const int64_t columns = inputs.query.size(1);
    const AttentionShape shape{head_count, columns / head_count, static_cast<float>(scale)};
    const at::Tensor out = at::empty({query.size(0), columns}, query.options());
    const at::Tensor logarithms =
        at::empty({query.size(0), head_count}, query.options().dtype(at::kFloat));
    const Dropout dropout(probability, static_cast<uint64_t>(seed), static_cast<uint64_t>(place));
    packed_attention_forward({shape, inputs, dropout, out, logarithms}, lengths);
    context->save_for_backward({query, second, third, lengths.tensor, out, logarithms});
    context->saved_data["head_count"] = head_count;
    context->saved_data["scale"] = scale;
    context->saved_data["probability"] = probability;
    context->saved_data["seed"] = seed;
    context->saved_data["place"] = place;
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list incoming) {
    torch::autograd::variable_list result(9);
    if (!incoming[0].defined()) return result;
    const auto saved = context->get_saved_variables();
    const AttentionTensors inputs = parts_of(saved[0], saved[1], saved[2]);
    const at::Tensor &out = saved[4];
    const PackedLengths lengths(saved[3], out.size(0));
    const int64_t head_count = context->saved_data["head_count"].toInt();
    const AttentionShape shape{head_count, out.size(1) / head_count,
                               static_cast<float>(context->saved_data["scale"].toDouble())};
    const Dropout dropout(context->saved_data["probability"].toDouble(),
                          static_cast<uint64_t>(context->saved_data["seed"].toInt()),
                          static_cast<uint64_t>(context->saved_data["place"].toInt()));
    result[0] = at::empty(saved[0].sizes(), out.options());
    if (saved[1].defined()) {
      result[1] = at::empty(out.sizes(), out.options());
      result[2] = at::empty(out.sizes(), out.options());
    }
    packed_attention_backward({shape, inputs, dropout, out, saved[5],
                               with_dense_rows(incoming[0].to(out.scalar_type())),
                               parts_of(result[0], result[1], result[2])},
                              lengths);
    return result;
  }
};

// The same by libtorch's operations, recorded by libtorch: one call a sequence.
at::Tensor attention_by_sequence(const AttentionTensors &inputs, const PackedLengths &lengths,
                                 int64_t head_count, double scale, double probability) {
  std::vector<at::Tensor> contexts{inputs.query.narrow(0, 0, 0)};
  for (int64_t b = 0; b < lengths.count(); ++b) {
    const auto heads = [&](const at::Tensor &packed) {
      return packed.narrow(0, lengths.begin(b), lengths.length(b))
          .unflatten(1, {head_count, -1})
          .transpose(0, 1)
          .unsqueeze(0);  // [1, heads, L, width]
    };
    if (lengths.length(b) == 0) continue;
    const at::Tensor context = at::scaled_dot_product_attention(
        heads(inputs.query), heads(inputs.key), heads(inputs.value), std::nullopt, probability,
        /*is_causal=*/false, scale);
    contexts.push_back(context.squeeze(0).transpose(0, 1).flatten(1));
  }
  return at::cat(contexts);
}

void check(const at::Tensor &query, const std::optional<at::Tensor> &key,
           const std::optional<at::Tensor> &value, int64_t head_count, double probability) {
  TORCH_CHECK(key.has_value() == value.has_value(), "give both key and value, or neither");
  TORCH_CHECK(query.dim() == 2, "expected [T, heads x width], found ", query.sizes());
  if (key) {
    TORCH_CHECK(key->sizes() == query.sizes() && value->sizes() == query.sizes() &&
                    key->scalar_type() == query.scalar_type() &&
                    value->scalar_type() == query.scalar_type(),
                "query, key and value differ: ", query.sizes(), " ", query.scalar_type(), ", ",
                key->sizes(), " ", key->scalar_type(), ", ", value->sizes(), " ",
                value->scalar_type());
  }
  const int64_t parts = key ? 1 : 3;
  TORCH_CHECK(head_count > 0 && query.size(1) > 0 && query.size(1) % (parts * head_count) == 0,
              "expected a width that ", parts * head_count, " divides, found ", query.size(1));
  check_probability(probability);
}

bool uses_pairs(const at::Tensor &out) {
  return out.scalar_type() == at::kBFloat16 && instructions() >= Instructions::avx512_bfloat16;
}

}  // namespace

void packed_attention_forward(const AttentionCall &call, const PackedLengths &lengths) {
  if (uses_pairs(call.out)) return attention_forward_by_pairs(call, lengths);
  const bool half = call.out.scalar_type() == at::kBFloat16;
  const auto compute =
      half ? attention_forward_by_floats<at::BFloat16> : attention_forward_by_floats<float>;
  compute(call, lengths);
}

void packed_attention_backward(const AttentionCall &call, const PackedLengths &lengths) {
  if (uses_pairs(call.out)) return attention_backward_by_pairs(call, lengths);
  const bool half = call.out.scalar_type() == at::kBFloat16;
  const auto compute =
      half ? attention_backward_by_floats<at::BFloat16> : attention_backward_by_floats<float>;
  compute(call, lengths);
}

}  // namespace spw

extern "C" int32_t spw_packed_attention(SpwTensor query, SpwTensor key, SpwTensor value,
                                        SpwTensor cumulative_lengths, int32_t head_count,
                                        double scale, double dropout, uint64_t seed,
                                        uint64_t place, SpwTensor *out) {
  return spw::produce("packed_attention", out, [&] {
    const at::Tensor &first = spw::get(query);
    const auto second = spw::get_optional(key);
    const auto third = spw::get_optional(value);
    spw::check(first, second, third, head_count, dropout);
    if (spw::has_kernels(first)) {
      return spw::PackedAttention::apply(
          first, second, third, spw::get(cumulative_lengths), static_cast<int64_t>(head_count),
          scale, dropout, static_cast<int64_t>(seed), static_cast<int64_t>(place));
    }
    const spw::PackedLengths lengths(spw::get(cumulative_lengths), first.size(0));
    const spw::AttentionTensors parts = spw::parts_of(first, second.value_or(at::Tensor()),
                                                      third.value_or(at::Tensor()));
    return spw::attention_by_sequence(parts, lengths, head_count, scale, dropout);
  });
}
