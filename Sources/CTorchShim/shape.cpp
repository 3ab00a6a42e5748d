// Shapes, indexing, linear algebra and layers.
#include "boundary.hpp"
#include "ops/linear.hpp"

using spw::get;
using spw::get_all;
using spw::get_optional;
using spw::guarded;
using spw::produce;
using spw::shape;

extern "C" {

int32_t spw_reshape(SpwTensor input, const int64_t *sizes, int32_t rank, SpwTensor *out) {
  return produce("reshape", out, [&] { return at::reshape(get(input), shape(sizes, rank)); });
}

int32_t spw_expand(SpwTensor input, const int64_t *sizes, int32_t rank, SpwTensor *out) {
  return produce("expand", out, [&] { return get(input).expand(shape(sizes, rank)); });
}

int32_t spw_permute(SpwTensor input, const int64_t *order, int32_t rank, SpwTensor *out) {
  return produce("permute", out, [&] { return at::permute(get(input), shape(order, rank)); });
}

int32_t spw_transpose(SpwTensor input, int64_t first, int64_t second, SpwTensor *out) {
  return produce("transpose", out, [&] { return at::transpose(get(input), first, second); });
}

int32_t spw_squeeze(SpwTensor input, int64_t dimension, SpwTensor *out) {
  return produce("squeeze", out, [&] { return at::squeeze(get(input), dimension); });
}

int32_t spw_unsqueeze(SpwTensor input, int64_t dimension, SpwTensor *out) {
  return produce("unsqueeze", out, [&] { return at::unsqueeze(get(input), dimension); });
}

int32_t spw_narrow(SpwTensor input, int64_t dimension, int64_t start, int64_t length,
                   SpwTensor *out) {
  return produce("narrow", out,
                 [&] { return at::narrow(get(input), dimension, start, length); });
}

int32_t spw_concatenate(const SpwTensor *inputs, int32_t count, int64_t dimension,
                        SpwTensor *out) {
  return produce("concatenate", out, [&] { return at::cat(get_all(inputs, count), dimension); });
}

int32_t spw_stack(const SpwTensor *inputs, int32_t count, int64_t dimension, SpwTensor *out) {
  return produce("stack", out, [&] { return at::stack(get_all(inputs, count), dimension); });
}

int32_t spw_index_select(SpwTensor input, int64_t dimension, SpwTensor indices, SpwTensor *out) {
  return produce("index_select", out,
                 [&] { return at::index_select(get(input), dimension, get(indices)); });
}

int32_t spw_gather(SpwTensor input, int64_t dimension, SpwTensor indices, SpwTensor *out) {
  return produce("gather", out, [&] { return at::gather(get(input), dimension, get(indices)); });
}

int32_t spw_scatter(SpwTensor input, int64_t dimension, SpwTensor indices, SpwTensor source,
                    SpwTensor *out) {
  return produce("scatter", out, [&] {
    return at::scatter(get(input), dimension, get(indices), get(source));
  });
}

int32_t spw_diagonal(SpwTensor input, int64_t offset, SpwTensor *out) {
  return produce("diagonal", out, [&] { return at::diagonal(get(input), offset); });
}

int32_t spw_nonzero(SpwTensor input, SpwTensor *out) {
  return produce("nonzero", out, [&] { return at::nonzero(get(input)); });
}

int32_t spw_matmul(SpwTensor left, SpwTensor right, SpwTensor *out) {
  return produce("matmul", out, [&] { return at::matmul(get(left), get(right)); });
}

int32_t spw_linear(SpwTensor input, SpwTensor weight, SpwTensor bias, SpwTensor *out) {
  return produce("linear", out,
                 [&] { return spw::linear(get(input), get(weight), get_optional(bias)); });
}

int32_t spw_embedding(SpwTensor table, SpwTensor indices, SpwTensor *out) {
  return produce("embedding", out, [&] { return at::embedding(get(table), get(indices)); });
}

int32_t spw_layer_norm(SpwTensor input, SpwTensor weight, SpwTensor bias, double epsilon,
                       SpwTensor *out) {
  return produce("layer_norm", out, [&] {
    return at::layer_norm(get(input), get(weight).sizes(), get(weight), get_optional(bias),
                          epsilon);
  });
}

int32_t spw_attention(SpwTensor query, SpwTensor key, SpwTensor value, SpwTensor additive_mask,
                      double dropout, double scale, SpwTensor *out) {
  return produce("attention", out, [&] {
    return at::scaled_dot_product_attention(get(query), get(key), get(value),
                                            get_optional(additive_mask), dropout,
                                            /*is_causal=*/false, scale);
  });
}

}  // extern "C"
