// What every operation meets: packed batches, parameters and their gradients.
#pragma once

#include <cstdint>

#include "../libtorch.hpp"

namespace spw {

// Where the sequences of a packed batch begin, checked.
struct PackedLengths {
  // `row_count` is the number of rows the lengths must end at.
  PackedLengths(const at::Tensor &cumulative_lengths, int64_t row_count);

  int64_t count() const { return tensor.numel() - 1; }
  int64_t begin(int64_t sequence) const { return starts[sequence]; }
  int64_t end(int64_t sequence) const { return starts[sequence + 1]; }
  int64_t length(int64_t sequence) const { return end(sequence) - begin(sequence); }
  int64_t longest() const;

  at::Tensor tensor;  // int32, contiguous, on the CPU
  const int32_t *starts;
};

// The gradient of a leaf to which an operation may add in place, created with zeros at first; an
// undefined tensor when the gradient has to be returned to libtorch instead.
//
// Adding in place saves a table's operations (a tied embedding has two) a dense [V, D] each: at
// 250,000 x 384 that is 384 MB a use, and the pass that would add them.
at::Tensor gradient_in_place(const at::Tensor &parameter);

// Gives a parameter the gradient `found` (float32): in place where possible, and then returns an
// undefined tensor, else converted to its type. Nothing for a parameter that is undefined or fixed.
at::Tensor parameter_gradient(const at::Tensor &parameter, const at::Tensor &found);

// A parameter as the kernels read it, without history; undefined stays so.
at::Tensor as_float(const at::Tensor &parameter);

// Whether the kernels compute with a tensor: float32 or bfloat16 on the CPU.
bool has_kernels(const at::Tensor &tensor);

// Whether an operation on these tensors (some may be undefined) will be differentiated.
bool is_recorded(at::TensorList tensors);

void check_probability(double probability);

template <class Element>
const Element *elements(const at::Tensor &tensor) {
  return tensor.defined() ? tensor.const_data_ptr<Element>() : nullptr;
}

template <class Element>
Element *mutable_elements(const at::Tensor &tensor) {
  return tensor.defined() ? tensor.mutable_data_ptr<Element>() : nullptr;
}

}  // namespace spw
