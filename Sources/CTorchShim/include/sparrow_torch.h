// The C interface between Swift and libtorch.
//
// Every call returns a status; 0 means success, anything else leaves a message that
// spw_last_message() returns until the next call of the same thread. Out-parameters stay untouched
// on failure. A handle that a call returns belongs to the caller, who frees it with
// spw_tensor_free(). Handles given to a call are borrowed. No call throws.
#ifndef SPARROW_TORCH_H
#define SPARROW_TORCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A tensor of libtorch. A null pointer stands for "no tensor" where a comment allows it.
typedef struct SpwTensor {
  void *pointer;
} SpwTensor;

// Status codes.
enum {
  SPW_OK = 0,
  SPW_INVALID_ARGUMENT = 1,  // shapes, types or values do not fit
  SPW_OUT_OF_MEMORY = 2,
  SPW_NOT_IMPLEMENTED = 3,
  SPW_FAILURE = 4
};

// Element types; the values equal c10::ScalarType.
enum {
  SPW_UINT8 = 0,
  SPW_INT32 = 3,
  SPW_INT64 = 4,
  SPW_FLOAT16 = 5,
  SPW_FLOAT32 = 6,
  SPW_FLOAT64 = 7,
  SPW_BOOL = 11,
  SPW_BFLOAT16 = 15
};

// Device kinds; the values equal c10::DeviceType.
enum { SPW_CPU = 0, SPW_CUDA = 1, SPW_MPS = 13 };

// --- library -----------------------------------------------------------------------------------

// The version of this interface; raised when a signature changes.
int32_t spw_abi_version(void);
// The message of the last failed call of this thread; never null, valid until the next call.
const char *spw_last_message(void);
// "2.15.0" and the like; a static string.
const char *spw_torch_version(void);
// The instruction set libtorch chose: "AVX512", "AVX2", "DEFAULT"; a static string.
const char *spw_cpu_capability(void);
// Bits: 1 AVX2, 2 AVX-512F, 4 AVX-512 BF16, 8 AMX BF16, 16 AVX-512 VNNI.
int32_t spw_cpu_features(void);
int32_t spw_thread_count(void);
int32_t spw_set_thread_count(int32_t count);
// 1 when devices of that kind can be used, else 0.
int32_t spw_device_is_available(int32_t kind);

// --- creation and properties ---------------------------------------------------------------------

void spw_tensor_free(SpwTensor tensor);  // accepts null
// Copies `byte_count` bytes; fails when that is not what the sizes need.
int32_t spw_tensor_from_bytes(const void *bytes, size_t byte_count, const int64_t *sizes,
                              int32_t rank, int32_t type, SpwTensor *out);
// Wraps memory that stays valid until `release(context)` is called, once, when the last use ends.
int32_t spw_tensor_borrow(void *bytes, size_t byte_count, const int64_t *sizes, int32_t rank,
                          int32_t type, void (*release)(void *), void *context, SpwTensor *out);
// Copies the elements, row-major, into `bytes`; fails when `byte_count` is not their size.
int32_t spw_tensor_copy_bytes(SpwTensor tensor, void *bytes, size_t byte_count);
int32_t spw_full(const int64_t *sizes, int32_t rank, double value, int32_t type, SpwTensor *out);
int32_t spw_arange(int64_t start, int64_t end, int32_t type, SpwTensor *out);
int32_t spw_tensor_rank(SpwTensor tensor, int32_t *out);
int32_t spw_tensor_sizes(SpwTensor tensor, int64_t *sizes, int32_t rank);
int32_t spw_tensor_type(SpwTensor tensor, int32_t *out);
int32_t spw_tensor_device(SpwTensor tensor, int32_t *kind, int32_t *index);
int32_t spw_tensor_to_type(SpwTensor tensor, int32_t type, SpwTensor *out);
int32_t spw_tensor_to_device(SpwTensor tensor, int32_t kind, int32_t index, SpwTensor *out);
int32_t spw_tensor_clone(SpwTensor tensor, SpwTensor *out);
int32_t spw_tensor_contiguous(SpwTensor tensor, SpwTensor *out);
int32_t spw_tensor_item(SpwTensor tensor, double *out);

// --- autograd --------------------------------------------------------------------------------------

int32_t spw_gradient_mode(void);                // 1 when operations are recorded
int32_t spw_set_gradient_mode(int32_t enabled);
int32_t spw_requires_gradient(SpwTensor tensor, int32_t *out);
int32_t spw_set_requires_gradient(SpwTensor tensor, int32_t required);
int32_t spw_gradient(SpwTensor tensor, SpwTensor *out);  // null handle when there is none
int32_t spw_clear_gradient(SpwTensor tensor);
int32_t spw_detach(SpwTensor tensor, SpwTensor *out);
// `gradient` may be null for a scalar root.
int32_t spw_backward(SpwTensor root, SpwTensor gradient);

// --- element-wise ----------------------------------------------------------------------------------

enum SpwUnary {
  SPW_NEGATE = 0, SPW_ABS = 1, SPW_EXP = 2, SPW_LOG = 3, SPW_LOG1P = 4, SPW_SQRT = 5,
  SPW_RELU = 6, SPW_TANH = 7, SPW_SIGMOID = 8, SPW_GELU = 9, SPW_GELU_TANH = 10, SPW_SQUARE = 11,
  SPW_LOGICAL_NOT = 12, SPW_IS_FINITE = 13, SPW_RSQRT = 14, SPW_COS = 15, SPW_SIN = 16
};
int32_t spw_unary(int32_t operation, SpwTensor input, SpwTensor *out);

enum SpwBinary {
  SPW_ADD = 0, SPW_SUBTRACT = 1, SPW_MULTIPLY = 2, SPW_DIVIDE = 3, SPW_MAXIMUM = 4,
  SPW_MINIMUM = 5, SPW_POWER = 6, SPW_EQUAL = 7, SPW_NOT_EQUAL = 8, SPW_LESS = 9,
  SPW_LESS_EQUAL = 10, SPW_GREATER = 11, SPW_GREATER_EQUAL = 12, SPW_LOGICAL_AND = 13,
  SPW_LOGICAL_OR = 14
};
int32_t spw_binary(int32_t operation, SpwTensor left, SpwTensor right, SpwTensor *out);
int32_t spw_binary_scalar(int32_t operation, SpwTensor left, double right, SpwTensor *out);
int32_t spw_where(SpwTensor condition, SpwTensor yes, SpwTensor no, SpwTensor *out);
int32_t spw_masked_fill(SpwTensor input, SpwTensor mask, double value, SpwTensor *out);

// In place; not recorded unless gradient mode is on.
int32_t spw_copy_into(SpwTensor target, SpwTensor source);
int32_t spw_add_into(SpwTensor target, SpwTensor source, double factor);
int32_t spw_multiply_into(SpwTensor target, double factor);
int32_t spw_fill_into(SpwTensor target, double value);

// --- reductions ------------------------------------------------------------------------------------

enum SpwReduction {
  SPW_SUM = 0, SPW_MEAN = 1, SPW_AMAX = 2, SPW_AMIN = 3, SPW_LOGSUMEXP = 4, SPW_NORM = 5,
  SPW_STD = 6 /* divides by n - 1 */, SPW_ANY = 7, SPW_ALL = 8
};
// Over the given dimensions, or all of them when `dimension_count` is 0.
int32_t spw_reduce(int32_t operation, SpwTensor input, const int64_t *dimensions,
                   int32_t dimension_count, int32_t keep, SpwTensor *out);
int32_t spw_max_with_index(SpwTensor input, int64_t dimension, int32_t keep, SpwTensor *values,
                           SpwTensor *indices);
int32_t spw_topk(SpwTensor input, int64_t count, int64_t dimension, SpwTensor *values,
                 SpwTensor *indices);
int32_t spw_sort(SpwTensor input, int64_t dimension, int32_t descending, SpwTensor *values,
                 SpwTensor *indices);
int32_t spw_cumulative_sum(SpwTensor input, int64_t dimension, SpwTensor *out);
int32_t spw_cumulative_logsumexp(SpwTensor input, int64_t dimension, SpwTensor *out);
int32_t spw_softmax(SpwTensor input, int64_t dimension, int32_t logarithm, SpwTensor *out);

// --- shape and indexing ----------------------------------------------------------------------------

int32_t spw_reshape(SpwTensor input, const int64_t *sizes, int32_t rank, SpwTensor *out);
int32_t spw_expand(SpwTensor input, const int64_t *sizes, int32_t rank, SpwTensor *out);
int32_t spw_permute(SpwTensor input, const int64_t *order, int32_t rank, SpwTensor *out);
int32_t spw_transpose(SpwTensor input, int64_t first, int64_t second, SpwTensor *out);
int32_t spw_squeeze(SpwTensor input, int64_t dimension, SpwTensor *out);
int32_t spw_unsqueeze(SpwTensor input, int64_t dimension, SpwTensor *out);
int32_t spw_narrow(SpwTensor input, int64_t dimension, int64_t start, int64_t length,
                   SpwTensor *out);
int32_t spw_concatenate(const SpwTensor *inputs, int32_t count, int64_t dimension, SpwTensor *out);
int32_t spw_stack(const SpwTensor *inputs, int32_t count, int64_t dimension, SpwTensor *out);
int32_t spw_index_select(SpwTensor input, int64_t dimension, SpwTensor indices, SpwTensor *out);
int32_t spw_gather(SpwTensor input, int64_t dimension, SpwTensor indices, SpwTensor *out);
// A copy of `input` in which `source` is written at `indices` along `dimension`.
int32_t spw_scatter(SpwTensor input, int64_t dimension, SpwTensor indices, SpwTensor source,
                    SpwTensor *out);
int32_t spw_diagonal(SpwTensor input, int64_t offset, SpwTensor *out);
int32_t spw_nonzero(SpwTensor input, SpwTensor *out);  // int64 [count, rank]

// --- linear algebra and layers -----------------------------------------------------------------------

int32_t spw_matmul(SpwTensor left, SpwTensor right, SpwTensor *out);
int32_t spw_linear(SpwTensor input, SpwTensor weight, SpwTensor bias, SpwTensor *out);  // bias: null allowed
int32_t spw_embedding(SpwTensor table, SpwTensor indices, SpwTensor *out);
int32_t spw_layer_norm(SpwTensor input, SpwTensor weight, SpwTensor bias, double epsilon,
                       SpwTensor *out);
int32_t spw_attention(SpwTensor query, SpwTensor key, SpwTensor value, SpwTensor additive_mask,
                      double dropout, double scale, SpwTensor *out);  // mask: null allowed

// --- random numbers --------------------------------------------------------------------------------

int32_t spw_manual_seed(uint64_t seed);
// The CPU generator's state as a uint8 tensor, and back.
int32_t spw_random_state(SpwTensor *out);
int32_t spw_set_random_state(SpwTensor state);
int32_t spw_normal_into(SpwTensor target, double mean, double deviation);
int32_t spw_uniform_into(SpwTensor target, double low, double high);

// --- optimisation ------------------------------------------------------------------------------------

// One AdamW step (Loshchilov & Hutter 2019) over `count` parameters at once; `steps` are float32
// scalars that hold the number of steps done so far, and are advanced.
int32_t spw_adamw(const SpwTensor *parameters, const SpwTensor *gradients,
                  const SpwTensor *first_moments, const SpwTensor *second_moments,
                  const SpwTensor *steps, int32_t count, double learning_rate, double beta1,
                  double beta2, double weight_decay, double epsilon);
// The 2-norm of all gradients together.
int32_t spw_gradient_norm(const SpwTensor *gradients, int32_t count, double *out);
int32_t spw_scale_gradients(const SpwTensor *gradients, int32_t count, double factor);

#ifdef __cplusplus
}
#endif

#endif
