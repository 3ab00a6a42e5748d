// Packed batches and in-place gradients, which every operation meets.
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

}  // namespace spw
