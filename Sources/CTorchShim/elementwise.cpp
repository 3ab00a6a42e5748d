// Operations on single elements, and reductions.
#include "boundary.hpp"

using spw::get;
using spw::guarded;
using spw::produce;
using spw::shape;

namespace {

// One switch serves tensors and numbers on the right-hand side.
template <class Right>
at::Tensor binary(int32_t operation, const at::Tensor &left, const Right &right) {
  switch (operation) {
    case SPW_ADD: return at::add(left, right);
    case SPW_SUBTRACT: return at::sub(left, right);
    case SPW_MULTIPLY: return at::mul(left, right);
    case SPW_DIVIDE: return at::div(left, right);
    case SPW_POWER: return at::pow(left, right);
    case SPW_EQUAL: return at::eq(left, right);
    case SPW_NOT_EQUAL: return at::ne(left, right);
    case SPW_LESS: return at::lt(left, right);
    case SPW_LESS_EQUAL: return at::le(left, right);
    case SPW_GREATER: return at::gt(left, right);
    case SPW_GREATER_EQUAL: return at::ge(left, right);
    default: TORCH_CHECK(false, "unknown binary operation ", operation);
  }
}

at::Tensor reduce(int32_t operation, const at::Tensor &input, at::IntArrayRef dimensions,
                  bool keep) {
  switch (operation) {
    case SPW_SUM: return at::sum(input, dimensions, keep);
    case SPW_MEAN: return at::mean(input, dimensions, keep);
    case SPW_AMAX: return at::amax(input, dimensions, keep);
    case SPW_AMIN: return at::amin(input, dimensions, keep);
    case SPW_LOGSUMEXP: return at::logsumexp(input, dimensions, keep);
    case SPW_NORM: return at::linalg_vector_norm(input, 2, dimensions, keep);
    case SPW_STD: return at::std(input, dimensions, /*unbiased=*/true, keep);
    case SPW_ANY: return at::any(input, dimensions, keep);
    case SPW_ALL: return at::all(input, dimensions, keep);
    default: TORCH_CHECK(false, "unknown reduction ", operation);
  }
}

void hand_over(std::tuple<at::Tensor, at::Tensor> pair, SpwTensor *values, SpwTensor *indices) {
  const SpwTensor first = spw::make_handle(std::get<0>(pair));
  *indices = spw::make_handle(std::get<1>(pair));
  *values = first;
}

}  // namespace

extern "C" {

int32_t spw_unary(int32_t operation, SpwTensor input, SpwTensor *out) {
  return produce("unary", out, [&]() -> at::Tensor {
    const at::Tensor &x = get(input);
    switch (operation) {
      case SPW_NEGATE: return at::neg(x);
      case SPW_ABS: return at::abs(x);
      case SPW_EXP: return at::exp(x);
      case SPW_LOG: return at::log(x);
      case SPW_LOG1P: return at::log1p(x);
      case SPW_SQRT: return at::sqrt(x);
      case SPW_RELU: return at::relu(x);
      case SPW_TANH: return at::tanh(x);
      case SPW_SIGMOID: return at::sigmoid(x);
      case SPW_GELU: return at::gelu(x);
      case SPW_GELU_TANH: return at::gelu(x, "tanh");
      case SPW_SQUARE: return at::square(x);
      case SPW_LOGICAL_NOT: return at::logical_not(x);
      case SPW_IS_FINITE: return at::isfinite(x);
      case SPW_RSQRT: return at::rsqrt(x);
      case SPW_COS: return at::cos(x);
      case SPW_SIN: return at::sin(x);
      default: TORCH_CHECK(false, "unknown unary operation ", operation);
    }
  });
}

int32_t spw_binary(int32_t operation, SpwTensor left, SpwTensor right, SpwTensor *out) {
  return produce("binary", out, [&]() -> at::Tensor {
    switch (operation) {
      case SPW_MAXIMUM: return at::maximum(get(left), get(right));
      case SPW_MINIMUM: return at::minimum(get(left), get(right));
      case SPW_LOGICAL_AND: return at::logical_and(get(left), get(right));
      case SPW_LOGICAL_OR: return at::logical_or(get(left), get(right));
      default: return binary(operation, get(left), get(right));
    }
  });
}

int32_t spw_binary_scalar(int32_t operation, SpwTensor left, double right, SpwTensor *out) {
  return produce("binary_scalar", out, [&]() -> at::Tensor {
    switch (operation) {
      case SPW_MAXIMUM: return at::clamp_min(get(left), right);
      case SPW_MINIMUM: return at::clamp_max(get(left), right);
      default: return binary(operation, get(left), at::Scalar(right));
    }
  });
}

int32_t spw_where(SpwTensor condition, SpwTensor yes, SpwTensor no, SpwTensor *out) {
  return produce("where", out, [&] { return at::where(get(condition), get(yes), get(no)); });
}

int32_t spw_masked_fill(SpwTensor input, SpwTensor mask, double value, SpwTensor *out) {
  return produce("masked_fill", out,
                 [&] { return at::masked_fill(get(input), get(mask), value); });
}

int32_t spw_copy_into(SpwTensor target, SpwTensor source) {
  return guarded("copy_into", [&] { get(target).copy_(get(source)); });
}

int32_t spw_add_into(SpwTensor target, SpwTensor source, double factor) {
  return guarded("add_into", [&] { get(target).add_(get(source), factor); });
}

int32_t spw_multiply_into(SpwTensor target, double factor) {
  return guarded("multiply_into", [&] { get(target).mul_(factor); });
}

int32_t spw_fill_into(SpwTensor target, double value) {
  return guarded("fill_into", [&] { get(target).fill_(value); });
}

int32_t spw_reduce(int32_t operation, SpwTensor input, const int64_t *dimensions,
                   int32_t dimension_count, int32_t keep, SpwTensor *out) {
  return produce("reduce", out, [&]() -> at::Tensor {
    if (dimension_count > 0) {
      return reduce(operation, get(input), shape(dimensions, dimension_count), keep != 0);
    }
    std::vector<int64_t> all(static_cast<size_t>(get(input).dim()));
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
    return reduce(operation, get(input), all, keep != 0);
  });
}

int32_t spw_max_with_index(SpwTensor input, int64_t dimension, int32_t keep, SpwTensor *values,
                           SpwTensor *indices) {
  return guarded("max_with_index", [&] {
    hand_over(at::max(get(input), dimension, keep != 0), values, indices);
  });
}

int32_t spw_topk(SpwTensor input, int64_t count, int64_t dimension, SpwTensor *values,
                 SpwTensor *indices) {
  return guarded("topk", [&] {
    hand_over(at::topk(get(input), count, dimension), values, indices);
  });
}

int32_t spw_sort(SpwTensor input, int64_t dimension, int32_t descending, SpwTensor *values,
                 SpwTensor *indices) {
  return guarded("sort", [&] {
    hand_over(at::sort(get(input), /*stable=*/true, dimension, descending != 0), values, indices);
  });
}

int32_t spw_cumulative_sum(SpwTensor input, int64_t dimension, SpwTensor *out) {
  return produce("cumulative_sum", out, [&] { return at::cumsum(get(input), dimension); });
}

int32_t spw_cumulative_logsumexp(SpwTensor input, int64_t dimension, SpwTensor *out) {
  return produce("cumulative_logsumexp", out,
                 [&] { return at::logcumsumexp(get(input), dimension); });
}

int32_t spw_softmax(SpwTensor input, int64_t dimension, int32_t logarithm, SpwTensor *out) {
  return produce("softmax", out, [&] {
    return logarithm != 0 ? at::log_softmax(get(input), dimension)
                          : at::softmax(get(input), dimension);
  });
}

}  // extern "C"
