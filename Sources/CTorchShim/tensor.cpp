// Creation, properties, conversion.
#include <cstring>

#include "boundary.hpp"

using spw::get;
using spw::guarded;
using spw::produce;
using spw::shape;

namespace {

size_t needed_bytes(at::IntArrayRef sizes, at::ScalarType type) {
  size_t count = c10::elementSize(type);
  for (const int64_t size : sizes) {
    TORCH_CHECK(size >= 0, "a size must not be negative, found ", sizes);
    TORCH_CHECK(!__builtin_mul_overflow(count, static_cast<size_t>(size), &count),
                "the sizes ", sizes, " are too large");
  }
  return count;
}

}  // namespace

extern "C" {

void spw_tensor_free(SpwTensor tensor) { delete static_cast<at::Tensor *>(tensor.pointer); }

int32_t spw_tensor_from_bytes(const void *bytes, size_t byte_count, const int64_t *sizes,
                              int32_t rank, int32_t type, SpwTensor *out) {
  return produce("from_bytes", out, [&] {
    const auto scalar_type = static_cast<at::ScalarType>(type);
    const size_t needed = needed_bytes(shape(sizes, rank), scalar_type);
    TORCH_CHECK(needed == byte_count, "sizes ", shape(sizes, rank), " need ", needed,
                " bytes, found ", byte_count);
    at::Tensor tensor = at::empty(shape(sizes, rank), scalar_type);
    if (needed > 0) std::memcpy(tensor.data_ptr(), bytes, needed);
    return tensor;
  });
}

int32_t spw_tensor_borrow(void *bytes, size_t byte_count, const int64_t *sizes, int32_t rank,
                          int32_t type, void (*release)(void *), void *context, SpwTensor *out) {
  return produce("borrow", out, [&] {
    const auto scalar_type = static_cast<at::ScalarType>(type);
    const size_t needed = needed_bytes(shape(sizes, rank), scalar_type);
    TORCH_CHECK(needed == byte_count, "sizes ", shape(sizes, rank), " need ", needed,
                " bytes, found ", byte_count);
    return at::from_blob(bytes, shape(sizes, rank),
                         [release, context](void *) { release(context); },
                         at::TensorOptions().dtype(scalar_type));
  });
}

int32_t spw_tensor_copy_bytes(SpwTensor tensor, void *bytes, size_t byte_count) {
  return guarded("copy_bytes", [&] {
    const at::Tensor source = get(tensor).detach().to(at::kCPU).contiguous();
    TORCH_CHECK(source.nbytes() == byte_count, "the elements take ", source.nbytes(),
                " bytes, found room for ", byte_count);
    if (byte_count > 0) std::memcpy(bytes, source.data_ptr(), byte_count);
  });
}

int32_t spw_full(const int64_t *sizes, int32_t rank, double value, int32_t type, SpwTensor *out) {
  return produce("full", out, [&] {
    return at::full(shape(sizes, rank), value, static_cast<at::ScalarType>(type));
  });
}

int32_t spw_arange(int64_t start, int64_t end, int32_t type, SpwTensor *out) {
  return produce("arange", out,
                 [&] { return at::arange(start, end, static_cast<at::ScalarType>(type)); });
}

int32_t spw_tensor_rank(SpwTensor tensor, int32_t *out) {
  return guarded("rank", [&] { *out = static_cast<int32_t>(get(tensor).dim()); });
}

int32_t spw_tensor_sizes(SpwTensor tensor, int64_t *sizes, int32_t rank) {
  return guarded("sizes", [&] {
    const auto found = get(tensor).sizes();
    TORCH_CHECK(static_cast<int32_t>(found.size()) == rank, "the rank is ", found.size(),
                ", found room for ", rank);
    std::copy(found.begin(), found.end(), sizes);
  });
}

int32_t spw_tensor_type(SpwTensor tensor, int32_t *out) {
  return guarded("type", [&] { *out = static_cast<int32_t>(get(tensor).scalar_type()); });
}

int32_t spw_tensor_device(SpwTensor tensor, int32_t *kind, int32_t *index) {
  return guarded("device", [&] {
    const auto device = get(tensor).device();
    *kind = static_cast<int32_t>(device.type());
    *index = device.has_index() ? device.index() : 0;
  });
}

int32_t spw_tensor_to_type(SpwTensor tensor, int32_t type, SpwTensor *out) {
  return produce("to_type", out,
                 [&] { return get(tensor).to(static_cast<at::ScalarType>(type)); });
}

int32_t spw_tensor_to_device(SpwTensor tensor, int32_t kind, int32_t index, SpwTensor *out) {
  return produce("to_device", out, [&] {
    const auto type = static_cast<c10::DeviceType>(kind);
    const auto device = type == c10::DeviceType::CPU
                            ? c10::Device(type)
                            : c10::Device(type, static_cast<c10::DeviceIndex>(index));
    return get(tensor).to(device);
  });
}

int32_t spw_tensor_clone(SpwTensor tensor, SpwTensor *out) {
  return produce("clone", out, [&] { return get(tensor).clone(); });
}

int32_t spw_tensor_contiguous(SpwTensor tensor, SpwTensor *out) {
  return produce("contiguous", out, [&] { return get(tensor).contiguous(); });
}

int32_t spw_tensor_item(SpwTensor tensor, double *out) {
  return guarded("item", [&] {
    TORCH_CHECK(get(tensor).numel() == 1, "expected one element, found shape ",
                get(tensor).sizes());
    *out = get(tensor).item().toDouble();
  });
}

}  // extern "C"
