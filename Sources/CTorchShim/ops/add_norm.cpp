// Dropout, residual and layer norm in one pass: LN(dropout(input + input_bias) + residual).
//
// Three operations of libtorch read and write the hidden states seven times forward and more
// backward, and draw the mask serially. Here each row is read once, normalised in the first cache and
// written once. Saved for the backward pass are the sum before the norm and two numbers a row; the
// mask is drawn again. The gradients of the bias, scale and shift are summed in the same pass.
#include "../boundary.hpp"
#include "../include/sparrow_torch_ops.h"
#include "autograd.hpp"
#include "norm_row.hpp"
#include "packed.hpp"
#include "parallel.hpp"

namespace spw {

namespace {

constexpr int64_t row_grain = 32;

template <class Element>
struct NormRows {
  int64_t width = 0;
  float epsilon = 0;
  Dropout dropout;
  // Parameters; all but `weight` may be absent.
  const float *input_bias = nullptr;
  const float *weight = nullptr;
  const float *bias = nullptr;
  // Forward; sum and statistics are absent when nothing is recorded, the residual when there is none.
  const Element *input = nullptr;
  const Element *residual = nullptr;
  Element *sum = nullptr;
  NormStatistics *statistics = nullptr;
  Element *out = nullptr;
  // Backward; the gradient of the residual is absent when it is not wanted.
  const Element *out_gradient = nullptr;
  Element *input_gradient = nullptr;
  Element *residual_gradient = nullptr;
};

template <class Element>
struct NormForward {
  template <int Lanes>
  static SPW_INLINE void run(const NormRows<Element> *of, int64_t begin, int64_t end) {
    using F = Floats<Lanes>;
    const NormRows<Element> &rows = *of;
    const int64_t width = rows.width;
    std::vector<float> row(static_cast<size_t>(padded_width(width)));
    std::vector<uint16_t> numbers(static_cast<size_t>(random_blocks(width) * random_block));
    const bool drops = rows.dropout.is_active();
    for (int64_t r = begin; r < end; ++r) {
      if (drops) draw_row<Lanes>(rows.dropout, r, width, numbers.data());
      for (int64_t c = 0; c < width; c += Lanes) {
        const int64_t count = width - c;
        F x = load_some<Lanes>(rows.input + r * width + c, count);
        if (rows.input_bias != nullptr) x += load_some<Lanes>(rows.input_bias + c, count);
        if (drops) {
          x *= kept_factor<Lanes>(rows.dropout, numbers.data() + c, rows.dropout.scale);
        }
        if (rows.residual != nullptr) x += load_some<Lanes>(rows.residual + r * width + c, count);
        // What is normalised is what is saved: rounded to the type of the tensors.
        Element rounded[Lanes];
        store<Lanes>(rounded, x);
        store<Lanes>(row.data() + c, load<Lanes>(rounded));
        if (rows.sum != nullptr) store_some<Lanes>(rows.sum + r * width + c, x, count);
      }
      const NormStatistics statistics = norm_statistics<Lanes>(row.data(), width, rows.epsilon);
      if (rows.statistics != nullptr) rows.statistics[r] = statistics;
      for (int64_t c = 0; c < width; c += Lanes) {
        const F value =
            normalized<Lanes>(row.data(), statistics, rows.weight, rows.bias, c, width);
        store_some<Lanes>(rows.out + r * width + c, value, width - c);
      }
    }
  }
};

// Adds to the sums of the gradients of weight, bias and input bias, in this order.
template <class Element>
struct NormBackward {
  template <int Lanes>
  static SPW_INLINE void run(const NormRows<Element> *of, int64_t begin, int64_t end,
                             float *weight_sum, float *bias_sum, float *input_bias_sum) {
    using F = Floats<Lanes>;
    const NormRows<Element> &rows = *of;
    const int64_t width = rows.width;
    std::vector<float> row(static_cast<size_t>(padded_width(width)));
    std::vector<float> gradient(row.size());
    std::vector<uint16_t> numbers(static_cast<size_t>(random_blocks(width) * random_block));
    const bool drops = rows.dropout.is_active();
    for (int64_t r = begin; r < end; ++r) {
      for (int64_t c = 0; c < width; c += Lanes) {
        store<Lanes>(row.data() + c, load_some<Lanes>(rows.sum + r * width + c, width - c));
        store<Lanes>(gradient.data() + c,
                     load_some<Lanes>(rows.out_gradient + r * width + c, width - c));
      }
      norm_backward<Lanes>(row.data(), rows.statistics[r], rows.weight, width, gradient.data(),
                           weight_sum, bias_sum);
      if (drops) draw_row<Lanes>(rows.dropout, r, width, numbers.data());
      for (int64_t c = 0; c < width; c += Lanes) {
        F x = load<Lanes>(gradient.data() + c);
        if (rows.residual_gradient != nullptr) {
          store_some<Lanes>(rows.residual_gradient + r * width + c, x, width - c);
        }
        if (drops) {
          x *= kept_factor<Lanes>(rows.dropout, numbers.data() + c, rows.dropout.scale);
        }
        store<Lanes>(input_bias_sum + c, load<Lanes>(input_bias_sum + c) + x);
        store_some<Lanes>(rows.input_gradient + r * width + c, x, width - c);
      }
    }
  }
};

NormStatistics *statistics_of(const at::Tensor &tensor) {
  return tensor.defined() ? static_cast<NormStatistics *>(tensor.mutable_data_ptr()) : nullptr;
}

// The parameters, float32 for the kernels; absent ones undefined.
struct Parameters {
  at::Tensor input_bias, weight, bias;

  explicit Parameters(const torch::autograd::variable_list &of)
      : input_bias(as_float(of[0])), weight(as_float(of[1])), bias(as_float(of[2])) {}
};

template <class Element>
NormRows<Element> make_rows(const Parameters &parameters, int64_t width, double epsilon,
                            const Dropout &dropout) {
  NormRows<Element> rows;
  rows.width = width;
  rows.epsilon = static_cast<float>(epsilon);
  rows.dropout = dropout;
  rows.input_bias = elements<float>(parameters.input_bias);
  rows.weight = elements<float>(parameters.weight);
  rows.bias = elements<float>(parameters.bias);
  return rows;
}

template <class Element>
void forward(NormRows<Element> rows, const at::Tensor &input, const at::Tensor &residual,
             const at::Tensor &sum, const at::Tensor &statistics, const at::Tensor &out) {
  rows.input = elements<Element>(input);
  rows.residual = elements<Element>(residual);
  rows.sum = mutable_elements<Element>(sum);
  rows.statistics = statistics_of(statistics);
  rows.out = mutable_elements<Element>(out);
  parallel_ranges(out.size(0), row_grain, [&](int64_t begin, int64_t end) {
    dispatch<NormForward<Element>>(static_cast<const NormRows<Element> *>(&rows), begin, end);
  });
}

// Returns the sums of the gradients of input bias, weight and bias, [3, D] float32.
template <class Element>
at::Tensor backward(NormRows<Element> rows, const at::Tensor &sum, const at::Tensor &statistics,
                    const at::Tensor &out_gradient, const at::Tensor &input_gradient,
                    const at::Tensor &residual_gradient) {
  rows.sum = mutable_elements<Element>(sum);
  rows.statistics = statistics_of(statistics);
  rows.out_gradient = elements<Element>(out_gradient);
  rows.input_gradient = mutable_elements<Element>(input_gradient);
  rows.residual_gradient = mutable_elements<Element>(residual_gradient);
  const Ranges ranges(sum.size(0), row_grain);
  ColumnSums sums(ranges.number, 3, rows.width);
  parallel_tasks(ranges.number, [&](int64_t range, int32_t) {
    dispatch<NormBackward<Element>>(static_cast<const NormRows<Element> *>(&rows),
                                    ranges.begin(range), ranges.end(range),
                                    sums.vector(range, 1), sums.vector(range, 2),
                                    sums.vector(range, 0));
  });
  return sums.total(ranges.number, rows.width);
}

struct AddNorm : torch::autograd::Function<AddNorm> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            const std::optional<at::Tensor> &input_bias,
                            const std::optional<at::Tensor> &residual, const at::Tensor &weight,
                            const std::optional<at::Tensor> &bias, double epsilon,
                            double probability, int64_t seed, int64_t place, bool records) {
    const at::Tensor from = input.contiguous();
    const at::Tensor other = residual ? residual->contiguous() : at::Tensor();
    const torch::autograd::variable_list given{input_bias.value_or(at::Tensor()), weight,
                                               bias.value_or(at::Tensor())};
    const at::Tensor out = at::empty_like(from);
    at::Tensor sum;
    at::Tensor statistics;
    if (records) {
      sum = at::empty_like(from);
      statistics = at::empty({from.size(0), 2}, from.options().dtype(at::kFloat));
    }
    const Parameters parameters(given);
    const Dropout dropout(probability, static_cast<uint64_t>(seed), static_cast<uint64_t>(place));
    if (from.scalar_type() == at::kBFloat16) {
      spw::forward(make_rows<at::BFloat16>(parameters, from.size(1), epsilon, dropout), from,
                   other, sum, statistics, out);
    } else {
      spw::forward(make_rows<float>(parameters, from.size(1), epsilon, dropout), from, other, sum,
                   statistics, out);
    }
    context->save_for_backward({given[0], given[1], given[2], sum, statistics});
    context->saved_data["has_residual"] = residual.has_value();
    context->saved_data["probability"] = probability;
    context->saved_data["seed"] = seed;
    context->saved_data["place"] = place;
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list incoming) {
    torch::autograd::variable_list result(10);
    if (!incoming[0].defined()) return result;
    const auto saved = context->get_saved_variables();
    const at::Tensor &sum = saved[3];
    const Parameters parameters(saved);
    const double probability = context->saved_data["probability"].toDouble();
    const Dropout dropout(probability,
                          static_cast<uint64_t>(context->saved_data["seed"].toInt()),
                          static_cast<uint64_t>(context->saved_data["place"].toInt()));
    const at::Tensor out_gradient = incoming[0].to(sum.scalar_type()).contiguous();
    const bool has_residual = context->saved_data["has_residual"].toBool();
    result[0] = at::empty_like(sum);
    // Without dropout the two gradients are the same.
    if (has_residual && dropout.is_active()) result[2] = at::empty_like(sum);
    at::Tensor sums;
    if (sum.scalar_type() == at::kBFloat16) {
      sums = spw::backward(make_rows<at::BFloat16>(parameters, sum.size(1), 0, dropout), sum,
                           saved[4], out_gradient, result[0], result[2]);
    } else {
      sums = spw::backward(make_rows<float>(parameters, sum.size(1), 0, dropout), sum, saved[4],
                           out_gradient, result[0], result[2]);
    }
    if (has_residual && !dropout.is_active()) result[2] = result[0];
    result[1] = parameter_gradient(saved[0], sums[0]);
    result[3] = parameter_gradient(saved[1], sums[1]);
    result[4] = parameter_gradient(saved[2], sums[2]);
    return result;
  }
};

// The same by libtorch's operations, for other devices and types.
at::Tensor add_norm_by_parts(const at::Tensor &input, const std::optional<at::Tensor> &input_bias,
                             const std::optional<at::Tensor> &residual, const at::Tensor &weight,
                             const std::optional<at::Tensor> &bias, double epsilon,
                             double probability) {
  const auto type = input.scalar_type();
  at::Tensor sum = input_bias ? input + input_bias->to(type) : input;
  if (probability > 0) sum = at::dropout(sum, probability, /*train=*/true);
  if (residual) sum = sum + *residual;
  const auto shift = bias ? std::optional(bias->to(type)) : std::nullopt;
  return at::layer_norm(sum, {sum.size(1)}, weight.to(type), shift, epsilon);
}

void check(const at::Tensor &input, const std::optional<at::Tensor> &input_bias,
           const std::optional<at::Tensor> &residual, const at::Tensor &weight,
           const std::optional<at::Tensor> &bias, double probability) {
  TORCH_CHECK(input.dim() == 2 && input.size(1) > 0, "expected [T, D], found ", input.sizes());
  TORCH_CHECK(!residual || (residual->sizes() == input.sizes() &&
                            residual->scalar_type() == input.scalar_type()),
              "expected a residual like the input, ", input.sizes(), " ", input.scalar_type(),
              ", found ", residual->sizes(), " ", residual->scalar_type());
  for (const auto &parameter : {input_bias, std::optional(weight), bias}) {
    TORCH_CHECK(!parameter || (parameter->dim() == 1 && parameter->size(0) == input.size(1)),
                "expected a parameter of ", input.size(1), " elements, found ",
                parameter->sizes());
  }
  check_probability(probability);
}

}  // namespace

}  // namespace spw

extern "C" int32_t spw_add_layer_norm(SpwTensor input, SpwTensor input_bias, SpwTensor residual,
                                      SpwTensor weight, SpwTensor bias, double epsilon,
                                      double dropout, uint64_t seed, uint64_t place,
                                      SpwTensor *out) {
  return spw::produce("add_layer_norm", out, [&] {
    const at::Tensor &from = spw::get(input);
    const at::Tensor &scale = spw::get(weight);
    const auto offset = spw::get_optional(input_bias);
    const auto other = spw::get_optional(residual);
    const auto shift = spw::get_optional(bias);
    spw::check(from, offset, other, scale, shift, dropout);
    if (!spw::has_kernels(from)) {
      return spw::add_norm_by_parts(from, offset, other, scale, shift, epsilon, dropout);
    }
    const bool records =
        spw::is_recorded({from, other.value_or(at::Tensor()), offset.value_or(at::Tensor()), scale,
                          shift.value_or(at::Tensor())});
    return spw::AddNorm::apply(from, offset, other, scale, shift, epsilon, dropout,
                               static_cast<int64_t>(seed), static_cast<int64_t>(place), records);
  });
}
