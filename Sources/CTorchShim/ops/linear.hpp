// Linear maps: libtorch's, or by the tiles of the heads where those are faster.
#pragma once

#include <optional>

#include "../libtorch.hpp"

namespace spw {

// input [..., D] . weight [N, D]^T + bias [N], recorded like any operation of libtorch.
at::Tensor linear(const at::Tensor &input, const at::Tensor &weight,
                  const std::optional<at::Tensor> &bias);

}  // namespace spw
