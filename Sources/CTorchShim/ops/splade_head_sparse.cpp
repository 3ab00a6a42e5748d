// The SPLADE head for inference: straight to sparse rows.
//
// With the screen (splade_screen.hpp) only entries that can be positive are computed in float32: the
// weight rows of a sequence's candidates are gathered into panels and run through the very tiles of
// the full computation, so that the result is bit for bit that of the full one. Without the screen, or
// when it lets too much through, the weights of the batch are computed densely and then gathered.
//
// Measured on one Zen 5 core, splade-tiny, 16 SciFact documents of 256 tokens: see
// Benchmarks/RESULTS.md.
#include <algorithm>

#include "../boundary.hpp"
#include "panel.hpp"
#include "parallel.hpp"
#include "splade_head.hpp"
#include "splade_screen.hpp"

namespace spw {

namespace {

// Weights that exist at a time where they are computed densely: 64 MB of float32.
constexpr int64_t dense_budget = 16 << 20;

// The positive entries of one sequence, ascending.
struct SparseRow {
  std::vector<int32_t> indices;
  std::vector<float> values;
};

// Not `> 0`: a NaN is an entry, so that it is noticed.
bool is_stored(float weight) { return !(weight <= 0); }

void gather_dense(const at::Tensor &weights, SparseRow *rows) {
  const at::Tensor dense = weights.cpu().contiguous();
  const int64_t columns = dense.size(1);
  const float *elements = dense.const_data_ptr<float>();
  parallel_tasks(dense.size(0), [&](int64_t b, int32_t) {
    SparseRow &row = rows[b];
    for (int64_t v = 0; v < columns; ++v) {
      const float weight = elements[b * columns + v];
      if (!is_stored(weight)) continue;
      row.indices.push_back(static_cast<int32_t>(v));
      row.values.push_back(weight);
    }
  });
}

// Takes the sequences in groups, so that memory does not grow with their number.
std::vector<SparseRow> compute_dense(const SpladeHeadInputs &inputs,
                                     const PackedLengths &lengths) {
  const bool fused = inputs.pooling == SPW_POOL_MAX && has_kernels(inputs.hidden) &&
                     has_kernels(inputs.weight);
  const auto compute = fused ? splade_head_forward : splade_head_forward_sliced;
  const int64_t group =
      std::max<int64_t>(1, dense_budget / std::max<int64_t>(1, inputs.vocabulary_size()));
  std::vector<SparseRow> rows(static_cast<size_t>(lengths.count()));
  for (int64_t first = 0; first < lengths.count(); first += group) {
    const int64_t count = std::min(group, lengths.count() - first);
    const int64_t token = lengths.begin(first);
    const int64_t token_count = lengths.begin(first + count) - token;
    SpladeHeadInputs part = inputs;
    part.hidden = inputs.hidden.narrow(0, token, token_count);
    const PackedLengths part_lengths(lengths.tensor.narrow(0, first, count + 1) - token,
                                     token_count);
    at::Tensor weights;
    at::Tensor sources;
    compute(part, part_lengths, weights, sources);
    gather_dense(weights, rows.data() + first);
  }
  return rows;
}

// Computes the weights of `candidates` for the rows of one sequence.
SparseRow compute_candidates(const SpladeScreen &screen, const float *hidden, int64_t row_count,
                             const std::vector<int32_t> &candidates, bool twice) {
  const int64_t width = screen.hidden_size();
  const float *weight = screen.weight().const_data_ptr<float>();
  const float *bias = elements<float>(screen.bias());
  std::vector<uint32_t> packed(static_cast<size_t>(panel_columns * width));
  std::vector<uint32_t> panel(packed.size());
  alignas(64) float logits[tile_rows * panel_columns];
  SparseRow row;
  for (size_t first = 0; first < candidates.size(); first += panel_columns) {
    const int64_t count =
        std::min(panel_columns, static_cast<int64_t>(candidates.size() - first));
    float biases[panel_columns] = {};
    for (int64_t c = 0; c < count; ++c) {
      const int64_t entry = candidates[first + static_cast<size_t>(c)];
      pack_rows(WordKind::floats, weight + entry * width, 1, width, packed.data() + c * width);
      if (bias != nullptr) biases[c] = bias[entry];
    }
    transpose_into_panel(packed.data(), count, width, panel.data());
    PanelMaximum maximum;
    for (int64_t token = 0; token < row_count; token += tile_rows) {
      const int64_t here = std::min(tile_rows, row_count - token);
      multiply_tile(WordKind::floats, here,
                    reinterpret_cast<const uint32_t *>(hidden + token * width), panel.data(),
                    width, logits);
      maximum.fold(logits, here, token);
    }
    float weights[panel_columns];
    maximum.activate(biases, twice, weights);
    for (int64_t c = 0; c < count; ++c) {
      if (!is_stored(weights[c])) continue;
      row.indices.push_back(candidates[first + static_cast<size_t>(c)]);
      row.values.push_back(weights[c]);
    }
  }
  return row;
}

std::vector<int32_t> positions_of_bits(const uint64_t *words, int64_t word_count) {
  std::vector<int32_t> positions;
  for (int64_t w = 0; w < word_count; ++w) {
    for (uint64_t bits = words[w]; bits != 0; bits &= bits - 1) {
      positions.push_back(static_cast<int32_t>(w * panel_columns + __builtin_ctzll(bits)));
    }
  }
  return positions;
}

// Returns false when so much passes the screen that the dense road is faster: where half of the entries
// are candidates, or an eighth when that road has the rate of bfloat16.
bool compute_screened(const SpladeScreen &screen, const at::Tensor &hidden,
                      const PackedLengths &lengths, bool twice, std::vector<SparseRow> &rows) {
  const at::Tensor states = hidden.to(at::kFloat).contiguous();
  const float *from = states.const_data_ptr<float>();
  const int64_t share = hidden.scalar_type() == at::kBFloat16 ? 8 : 2;
  const auto passed =
      screen.candidates(from, lengths, lengths.count() * screen.vocabulary_size() / share);
  if (!passed) return false;
  rows.resize(static_cast<size_t>(lengths.count()));
  parallel_tasks(lengths.count(), [&](int64_t b, int32_t) {
    const auto candidates =
        positions_of_bits(passed->data() + b * screen.panel_count(), screen.panel_count());
    rows[static_cast<size_t>(b)] =
        compute_candidates(screen, from + lengths.begin(b) * screen.hidden_size(),
                           lengths.length(b), candidates, twice);
  });
  return true;
}

struct SparseRows {
  at::Tensor offsets;
  at::Tensor indices;
  at::Tensor values;
};

SparseRows joined(const std::vector<SparseRow> &rows) {
  SparseRows result;
  result.offsets = at::empty({static_cast<int64_t>(rows.size()) + 1}, at::kLong);
  int64_t *offsets = result.offsets.mutable_data_ptr<int64_t>();
  offsets[0] = 0;
  for (size_t b = 0; b < rows.size(); ++b) {
    offsets[b + 1] = offsets[b] + static_cast<int64_t>(rows[b].indices.size());
  }
  result.indices = at::empty({offsets[rows.size()]}, at::kInt);
  result.values = at::empty({offsets[rows.size()]}, at::kFloat);
  for (size_t b = 0; b < rows.size(); ++b) {
    std::copy(rows[b].indices.begin(), rows[b].indices.end(),
              result.indices.mutable_data_ptr<int32_t>() + offsets[b]);
    std::copy(rows[b].values.begin(), rows[b].values.end(),
              result.values.mutable_data_ptr<float>() + offsets[b]);
  }
  return result;
}

const SpladeScreen *get_screen(SpwSpladeScreen handle, const SpladeHeadInputs &inputs) {
  if (handle.pointer == nullptr || inputs.pooling != SPW_POOL_MAX || !has_kernels(inputs.hidden) ||
      !SpladeScreen::is_available()) {
    return nullptr;
  }
  const auto *screen = static_cast<const SpladeScreen *>(handle.pointer);
  TORCH_CHECK(screen->hidden_size() == inputs.hidden_size() &&
                  screen->vocabulary_size() == inputs.vocabulary_size(),
              "the screen was made for weights [", screen->vocabulary_size(), ", ",
              screen->hidden_size(), "], found ", inputs.weight.sizes());
  return screen;
}

}  // namespace

}  // namespace spw

extern "C" {

int32_t spw_splade_screen_create(SpwTensor weight, SpwTensor bias, SpwSpladeScreen *out) {
  return spw::guarded("splade_screen_create", [&] {
    const at::Tensor &rows = spw::get(weight);
    const auto offset = spw::get_optional(bias);
    TORCH_CHECK(rows.dim() == 2 && rows.size(1) > 0 && rows.is_cpu() &&
                    rows.scalar_type() == at::kFloat,
                "expected float32 weights [V, D] on the CPU, found ", rows.scalar_type(), " ",
                rows.sizes(), " on ", rows.device());
    TORCH_CHECK(rows.size(1) <= spw::SpladeScreen::largest_hidden_size,
                "expected a hidden size of at most ", spw::SpladeScreen::largest_hidden_size,
                ", found ", rows.size(1));
    TORCH_CHECK(!offset || (offset->dim() == 1 && offset->size(0) == rows.size(0)),
                "expected a bias of ", rows.size(0), " elements, found ", offset->sizes());
    out->pointer = new spw::SpladeScreen(spw::as_float(rows),
                                         spw::as_float(offset.value_or(at::Tensor())));
  });
}

void spw_splade_screen_free(SpwSpladeScreen screen) {
  delete static_cast<spw::SpladeScreen *>(screen.pointer);
}

int32_t spw_splade_head_sparse(SpwTensor hidden, SpwTensor weight, SpwTensor bias,
                               SpwSpladeScreen screen, SpwTensor cumulative_lengths,
                               int32_t pooling, int32_t activation, SpwTensor *row_offsets,
                               SpwTensor *indices, SpwTensor *values) {
  return spw::guarded("splade_head_sparse", [&] {
    at::NoGradGuard guard;
    const spw::SpladeHeadInputs inputs =
        spw::checked_head_inputs(spw::get(hidden), spw::get(weight), spw::get_optional(bias),
                                 pooling, activation);
    const spw::PackedLengths lengths(spw::get(cumulative_lengths), inputs.token_count());
    const bool twice = activation != SPW_ACTIVATION_RELU;
    const spw::SpladeScreen *prepared = spw::get_screen(screen, inputs);
    std::vector<spw::SparseRow> rows;
    if (prepared == nullptr ||
        !spw::compute_screened(*prepared, inputs.hidden, lengths, twice, rows)) {
      rows = spw::compute_dense(inputs, lengths);
    }
    const spw::SparseRows result = spw::joined(rows);
    const SpwTensor first = spw::make_handle(result.offsets);
    const SpwTensor second = spw::make_handle(result.indices);
    *values = spw::make_handle(result.values);
    *row_offsets = first;
    *indices = second;
  });
}

}  // extern "C"
