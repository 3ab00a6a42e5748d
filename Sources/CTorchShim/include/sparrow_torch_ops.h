// The operations in which sparse retrieval differs from what libtorch has, in C.
//
// The conventions are those of sparrow_torch.h. Every operation that takes part in training records
// itself for automatic differentiation. On the CPU float32 and bfloat16 are computed by kernels of
// this module, chosen by the processor's instructions at run time; other devices and types go through
// libtorch behind the same call.
//
// A batch of sequences is packed: the rows of all sequences lie one after another, without padding,
// and `cumulative_lengths` (int32, on the CPU, [B + 1], from 0 to the number of rows) says where each
// begins.
//
// A parameter that is a float32 leaf on the CPU may be given to bfloat16 inputs; its gradient is then
// added in place to the gradient it has already, without an intermediate copy.
#ifndef SPARROW_TORCH_OPS_H
#define SPARROW_TORCH_OPS_H

#include "sparrow_torch.h"

#ifdef __cplusplus
extern "C" {
#endif

// --- instructions --------------------------------------------------------------------------------

// The level this thread uses: 0 baseline, 1 AVX2, 2 AVX-512, 3 with VNNI, 4 with BF16, 5 with AMX.
int32_t spw_instructions(void);
// This thread's operations use at most this level from now on, so that tests reach every kernel.
int32_t spw_limit_instructions(int32_t level);

// --- SPLADE head -----------------------------------------------------------------------------------

enum SpwPooling { SPW_POOL_MAX = 0, SPW_POOL_SUM = 1 };

enum SpwActivation {
  SPW_ACTIVATION_RELU = 0,       // f(x) = ln(1 + max(0, x))
  SPW_ACTIVATION_LOG1P_RELU = 1  // f(x) = ln(1 + ln(1 + max(0, x)))
};

// out[b][v] = the maximum (or sum) over the tokens t of sequence b of f(hidden[t] . weight[v] +
// bias[v]); 0 for a sequence without tokens. `hidden` is [T, D] float32 or bfloat16, `weight` [V, D]
// and `bias` [V] (null allowed) are of that type or float32, `out` is [B, V] float32. Sums are kept
// in float32. The gradient of a maximum goes to the first token that has it.
int32_t spw_splade_head(SpwTensor hidden, SpwTensor weight, SpwTensor bias,
                        SpwTensor cumulative_lengths, int32_t pooling, int32_t activation,
                        SpwTensor *out);

// The output layer rounded to bytes, made once for a model that encodes: it tells which entries can be
// positive, so that only those are computed. A null pointer stands for "no screen".
typedef struct SpwSpladeScreen {
  void *pointer;
} SpwSpladeScreen;

// `weight` [V, D] and `bias` [V] (null allowed) are float32 on the CPU. The screen belongs to the
// caller and is stale once the weights change.
int32_t spw_splade_screen_create(SpwTensor weight, SpwTensor bias, SpwSpladeScreen *out);
void spw_splade_screen_free(SpwSpladeScreen screen);  // accepts null

// The same weights as spw_splade_head(), as sparse rows: `row_offsets` [B + 1] int64, ascending
// `indices` int32 and `values` float32 of the entries that are not 0. Nothing is recorded. With float32
// hidden states the values are those of spw_splade_head() to the last bit, with or without `screen`
// (null allowed), which was made from the same weight and bias. With bfloat16 hidden states products
// are of float32 where the screen lets little through, else of bfloat16.
int32_t spw_splade_head_sparse(SpwTensor hidden, SpwTensor weight, SpwTensor bias,
                               SpwSpladeScreen screen, SpwTensor cumulative_lengths,
                               int32_t pooling, int32_t activation, SpwTensor *row_offsets,
                               SpwTensor *indices, SpwTensor *values);

// --- attention -------------------------------------------------------------------------------------

// For each sequence and head: dropout(softmax(query . key^T * scale)) . value. `query`, `key` and
// `value` are [T, heads x width] of one type; or `key` and `value` are null and `query` holds the
// three side by side, [T, 3 x heads x width]. `out` is [T, heads x width].
//
// Dropout depends on seed and place alone on the CPU; `place` tells the uses of one seed apart.
int32_t spw_packed_attention(SpwTensor query, SpwTensor key, SpwTensor value,
                             SpwTensor cumulative_lengths, int32_t head_count, double scale,
                             double dropout, uint64_t seed, uint64_t place, SpwTensor *out);

// --- embeddings, norms, activations, dropout --------------------------------------------------------
//
// In each of these, `dropout` is a probability from 0 to 1; elements that stay are scaled by
// 1 / (1 - dropout). On the CPU the mask depends on seed and place alone. Rows are [T, D] float32 or
// bfloat16; arithmetic is float32; parameters are of the rows' type or float32.

// dropout(LN(word[ids] + position[positions] + type[types])), [T, D] of `out_type`. The tables are
// [rows, D], the indices [T]; `type` and `types` may both be null.
int32_t spw_packed_embedding(SpwTensor word, SpwTensor position, SpwTensor type, SpwTensor ids,
                             SpwTensor positions, SpwTensor types, SpwTensor weight, SpwTensor bias,
                             double epsilon, double dropout, uint64_t seed, uint64_t place,
                             int32_t out_type, SpwTensor *out);

// LN(dropout(input + input_bias) + residual); `input_bias`, `residual` and `bias` may be null.
int32_t spw_add_layer_norm(SpwTensor input, SpwTensor input_bias, SpwTensor residual,
                           SpwTensor weight, SpwTensor bias, double epsilon, double dropout,
                           uint64_t seed, uint64_t place, SpwTensor *out);

// gelu(input + bias) by the Gaussian distribution function within 1.5e-7; `bias` may be null.
int32_t spw_bias_gelu(SpwTensor input, SpwTensor bias, SpwTensor *out);

// Any shape; rows run along the last dimension.
int32_t spw_dropout(SpwTensor input, double probability, uint64_t seed, uint64_t place,
                    SpwTensor *out);

#ifdef __cplusplus
}
#endif

#endif
