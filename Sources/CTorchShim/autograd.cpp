// Recording of operations, gradients, random state and the optimiser.

#include "boundary.hpp"

using spw::get;
using spw::get_all;
using spw::guarded;
using spw::produce;

extern "C" {

int32_t spw_gradient_mode(void) { return at::GradMode::is_enabled() ? 1 : 0; }

int32_t spw_set_gradient_mode(int32_t enabled) {
  return guarded("set_gradient_mode", [&] { at::GradMode::set_enabled(enabled != 0); });
}

int32_t spw_requires_gradient(SpwTensor tensor, int32_t *out) {
  return guarded("requires_gradient", [&] { *out = get(tensor).requires_grad() ? 1 : 0; });
}

int32_t spw_set_requires_gradient(SpwTensor tensor, int32_t required) {
  return guarded("set_requires_gradient", [&] { get(tensor).requires_grad_(required != 0); });
}

int32_t spw_gradient(SpwTensor tensor, SpwTensor *out) {
  return guarded("gradient", [&] {
    const at::Tensor gradient = get(tensor).grad();
    *out = gradient.defined() ? spw::make_handle(gradient) : SpwTensor{nullptr};
  });
}

int32_t spw_clear_gradient(SpwTensor tensor) {
  return guarded("clear_gradient", [&] { get(tensor).mutable_grad().reset(); });
}

int32_t spw_detach(SpwTensor tensor, SpwTensor *out) {
  return produce("detach", out, [&] { return get(tensor).detach(); });
}

int32_t spw_backward(SpwTensor root, SpwTensor gradient) {
  return guarded("backward", [&] {
    if (gradient.pointer == nullptr) {
      get(root).backward();
    } else {
      get(root).backward(get(gradient));
    }
  });
}

int32_t spw_manual_seed(uint64_t seed) {
  return guarded("manual_seed", [&] { at::manual_seed(seed); });
}

int32_t spw_random_state(SpwTensor *out) {
  return produce("random_state", out,
                 [&] { return at::detail::getDefaultCPUGenerator().get_state(); });
}

int32_t spw_set_random_state(SpwTensor state) {
  return guarded("set_random_state", [&] {
    auto generator = at::detail::getDefaultCPUGenerator();
    generator.set_state(get(state));
  });
}

int32_t spw_normal_into(SpwTensor target, double mean, double deviation) {
  return guarded("normal", [&] {
    at::NoGradGuard guard;
    get(target).normal_(mean, deviation);
  });
}

int32_t spw_uniform_into(SpwTensor target, double low, double high) {
  return guarded("uniform", [&] {
    at::NoGradGuard guard;
    get(target).uniform_(low, high);
  });
}

int32_t spw_adamw(const SpwTensor *parameters, const SpwTensor *gradients,
                  const SpwTensor *first_moments, const SpwTensor *second_moments,
                  const SpwTensor *steps, int32_t count, double learning_rate, double beta1,
                  double beta2, double weight_decay, double epsilon) {
  return guarded("adamw", [&] {
    at::NoGradGuard guard;
    const auto step_tensors = get_all(steps, count);
    at::_foreach_add_(step_tensors, 1);
    at::_fused_adamw_(get_all(parameters, count), get_all(gradients, count),
                      get_all(first_moments, count), get_all(second_moments, count), {},
                      step_tensors, learning_rate, beta1, beta2, weight_decay, epsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
  });
}

int32_t spw_gradient_norm(const SpwTensor *gradients, int32_t count, double *out) {
  return guarded("gradient_norm", [&] {
    at::NoGradGuard guard;
    if (count == 0) {
      *out = 0;
      return;
    }
    const auto norms = at::_foreach_norm(get_all(gradients, count), 2);
    *out = at::stack(norms).norm().item().toDouble();
  });
}

int32_t spw_scale_gradients(const SpwTensor *gradients, int32_t count, double factor) {
  return guarded("scale_gradients", [&] {
    at::NoGradGuard guard;
    if (count > 0) at::_foreach_mul_(get_all(gradients, count), factor);
  });
}

}  // extern "C"
