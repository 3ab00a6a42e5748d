#include "packed.hpp"

#include <algorithm>

namespace spw {

PackedLengths::PackedLengths(const at::Tensor &cumulative_lengths, int64_t row_count)
    : tensor(cumulative_lengths) {
  TORCH_CHECK(tensor.dim() == 1 && tensor.numel() >= 1, "cumulative lengths must be [B + 1], found ",
              tensor.sizes());
  TORCH_CHECK(tensor.scalar_type() == at::kInt && tensor.is_cpu(),
              "cumulative lengths must be int32 on the CPU, found ", tensor.scalar_type(), " on ",
              tensor.device());
  tensor = tensor.contiguous();
  starts = tensor.const_data_ptr<int32_t>();
  TORCH_CHECK(starts[0] == 0, "cumulative lengths must begin with 0, found ", starts[0]);
  for (int64_t i = 0; i < count(); ++i) {
    TORCH_CHECK(length(i) >= 0, "cumulative lengths must not descend, found ", starts[i], " before ",
                starts[i + 1], " at position ", i);
  }
  TORCH_CHECK(starts[count()] == row_count, "cumulative lengths must end with the number of rows, ",
              row_count, ", found ", starts[count()]);
}

int64_t PackedLengths::longest() const {
  int64_t longest = 0;
  for (int64_t i = 0; i < count(); ++i) longest = std::max(longest, length(i));
  return longest;
}

at::Tensor gradient_in_place(const at::Tensor &parameter) {
  const bool suits = parameter.defined() && parameter.is_leaf() && parameter.requires_grad() &&
                     parameter.is_cpu() && parameter.scalar_type() == at::kFloat &&
                     parameter.is_contiguous();
  if (!suits) return {};
  at::Tensor &gradient = parameter.mutable_grad();
  if (!gradient.defined()) {
    gradient = at::zeros_like(parameter, at::TensorOptions().requires_grad(false));
  }
  const bool fits = gradient.scalar_type() == at::kFloat && gradient.layout() == at::kStrided &&
                    gradient.is_contiguous();
  return fits ? gradient : at::Tensor();
}

at::Tensor parameter_gradient(const at::Tensor &parameter, const at::Tensor &found) {
  if (!parameter.defined() || !parameter.requires_grad()) return {};
  const at::Tensor sum = gradient_in_place(parameter);
  if (!sum.defined()) return found.to(parameter.scalar_type());
  at::NoGradGuard guard;
  sum.add_(found);
  return {};
}

at::Tensor as_float(const at::Tensor &parameter) {
  return parameter.defined() ? parameter.detach().to(at::kFloat).contiguous() : parameter;
}

bool has_kernels(const at::Tensor &tensor) {
  return tensor.is_cpu() &&
         (tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kBFloat16);
}

bool is_recorded(at::TensorList tensors) {
  if (!at::GradMode::is_enabled()) return false;
  return std::any_of(tensors.begin(), tensors.end(), [](const at::Tensor &tensor) {
    return tensor.defined() && tensor.requires_grad();
  });
}

void check_probability(double probability) {
  TORCH_CHECK(probability >= 0 && probability <= 1,
              "expected a dropout probability from 0 to 1, found ", probability);
}

}  // namespace spw
