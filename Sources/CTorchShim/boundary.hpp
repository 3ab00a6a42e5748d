// The one place where C++ exceptions end and where handles become tensors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "include/sparrow_torch.h"
#include "libtorch.hpp"

namespace spw {

// Records the exception in flight as this thread's message and returns its status.
int32_t record_exception(const char *operation) noexcept;
// Records a message of our own.
int32_t record_failure(int32_t status, const char *operation, const std::string &message) noexcept;

// Runs `body`, which returns nothing, and turns anything thrown into a status.
template <class Body>
int32_t guarded(const char *operation, Body &&body) noexcept {
  try {
    body();
    return SPW_OK;
  } catch (...) {
    return record_exception(operation);
  }
}

inline at::Tensor &get(SpwTensor handle) {
  TORCH_CHECK(handle.pointer != nullptr, "a tensor is missing (null handle)");
  return *static_cast<at::Tensor *>(handle.pointer);
}

inline std::optional<at::Tensor> get_optional(SpwTensor handle) {
  if (handle.pointer == nullptr) return std::nullopt;
  return *static_cast<at::Tensor *>(handle.pointer);
}

inline std::vector<at::Tensor> get_all(const SpwTensor *handles, int32_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(static_cast<size_t>(count));
  for (int32_t i = 0; i < count; ++i) tensors.push_back(get(handles[i]));
  return tensors;
}

inline SpwTensor make_handle(at::Tensor tensor) {
  return SpwTensor{new at::Tensor(std::move(tensor))};
}

// Runs `body`, which returns a tensor, and hands it to the caller.
template <class Body>
int32_t produce(const char *operation, SpwTensor *out, Body &&body) noexcept {
  return guarded(operation, [&] { *out = make_handle(body()); });
}

inline at::IntArrayRef shape(const int64_t *sizes, int32_t rank) {
  return at::IntArrayRef(sizes, static_cast<size_t>(rank));
}

}  // namespace spw
