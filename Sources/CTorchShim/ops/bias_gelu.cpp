// Bias and GELU in one pass: gelu(input + bias), with the exact Gaussian distribution function.
//
// Between the two linear maps of a layer the hidden states are at their widest. libtorch adds the
// bias in the product, writes, reads, writes again, and backward sums the gradient of the bias in a
// pass of its own; here each of forward and backward reads and writes once. Saved for the backward
// pass is the input.
#include "../boundary.hpp"
#include "../include/sparrow_torch_ops.h"
#include "autograd.hpp"
#include "norm_row.hpp"
#include "packed.hpp"
#include "parallel.hpp"

namespace spw {

namespace {

constexpr int64_t row_grain = 16;

struct GeluForward {
  template <int Lanes, class Element>
  static SPW_INLINE void run(const Element *input, const float *bias, int64_t rows, int64_t width,
                             Element *out) {
    using F = Floats<Lanes>;
    for (int64_t r = 0; r < rows; ++r, input += width, out += width) {
      for (int64_t c = 0; c < width; c += Lanes) {
        F x = load_some<Lanes>(input + c, width - c);
        if (bias != nullptr) x += load_some<Lanes>(bias + c, width - c);
        F density;
        F distribution;
        normal_distribution<Lanes>(x, density, distribution);
        store_some<Lanes>(out + c, x * distribution, width - c);
      }
    }
  }
};

// Writes the gradient of the input and adds its columns to `bias_sum` (padded).
struct GeluBackward {
  template <int Lanes, class Element>
  static SPW_INLINE void run(const Element *input, const float *bias, const Element *incoming,
                             int64_t rows, int64_t width, Element *gradient, float *bias_sum) {
    using F = Floats<Lanes>;
    for (int64_t r = 0; r < rows; ++r, input += width, incoming += width, gradient += width) {
      for (int64_t c = 0; c < width; c += Lanes) {
        F x = load_some<Lanes>(input + c, width - c);
        if (bias != nullptr) x += load_some<Lanes>(bias + c, width - c);
        F density;
        F distribution;
        normal_distribution<Lanes>(x, density, distribution);
        const F slope = distribution + x * density;
        const F result = slope * load_some<Lanes>(incoming + c, width - c);
        store<Lanes>(bias_sum + c, load<Lanes>(bias_sum + c) + result);
        store_some<Lanes>(gradient + c, result, width - c);
      }
    }
  }
};

template <class Element>
void forward(const at::Tensor &input, const at::Tensor &bias, const at::Tensor &out) {
  const int64_t width = input.size(1);
  const Element *from = input.const_data_ptr<Element>();
  Element *to = out.mutable_data_ptr<Element>();
  const float *offset = elements<float>(bias);
  parallel_ranges(input.size(0), row_grain, [&](int64_t begin, int64_t end) {
    dispatch<GeluForward>(from + begin * width, offset, end - begin, width, to + begin * width);
  });
}

// Returns the gradient of the bias, [1, D] float32.
template <class Element>
at::Tensor backward(const at::Tensor &input, const at::Tensor &bias, const at::Tensor &incoming,
                    const at::Tensor &gradient) {
  const int64_t width = input.size(1);
  const Element *from = input.const_data_ptr<Element>();
  const Element *in = incoming.const_data_ptr<Element>();
  Element *to = gradient.mutable_data_ptr<Element>();
  const float *offset = elements<float>(bias);
  const Ranges ranges(input.size(0), row_grain);
  ColumnSums sums(ranges.number, 1, width);
  parallel_tasks(ranges.number, [&](int64_t range, int32_t) {
    const int64_t begin = ranges.begin(range);
    dispatch<GeluBackward>(from + begin * width, offset, in + begin * width,
                           ranges.end(range) - begin, width, to + begin * width,
                           sums.vector(range, 0));
  });
  return sums.total(ranges.number, width);
}

struct BiasGelu : torch::autograd::Function<BiasGelu> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            const std::optional<at::Tensor> &bias) {
    const at::Tensor from = input.contiguous();
    const at::Tensor offset = bias.value_or(at::Tensor());
    const at::Tensor out = at::empty_like(from);
    const bool half = from.scalar_type() == at::kBFloat16;
    (half ? spw::forward<at::BFloat16> : spw::forward<float>)(from, as_float(offset), out);
    context->save_for_backward({input, offset});
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list incoming) {
    if (!incoming[0].defined()) return {at::Tensor(), at::Tensor()};
    const auto saved = context->get_saved_variables();
    const at::Tensor input = saved[0].contiguous();
    const at::Tensor out_gradient = incoming[0].to(input.scalar_type()).contiguous();
    const at::Tensor gradient = at::empty_like(input);
    const bool half = input.scalar_type() == at::kBFloat16;
    const at::Tensor sums = (half ? spw::backward<at::BFloat16> : spw::backward<float>)(
        input, as_float(saved[1]), out_gradient, gradient);
    return {gradient, parameter_gradient(saved[1], sums[0])};
  }
};

}  // namespace

}  // namespace spw

extern "C" int32_t spw_bias_gelu(SpwTensor input, SpwTensor bias, SpwTensor *out) {
  return spw::produce("bias_gelu", out, [&] {
    const at::Tensor &from = spw::get(input);
    const auto offset = spw::get_optional(bias);
    TORCH_CHECK(from.dim() == 2 && from.size(1) > 0, "expected [T, D], found ", from.sizes());
    TORCH_CHECK(!offset || (offset->dim() == 1 && offset->size(0) == from.size(1)),
                "expected a bias of ", from.size(1), " elements, found ", offset->sizes());
    if (spw::has_kernels(from)) return spw::BiasGelu::apply(from, offset);
    return at::gelu(offset ? from + offset->to(from.scalar_type()) : from);
  });
}
