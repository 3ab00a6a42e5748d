// Linear maps by tiles and panels (panel.hpp), where nothing is recorded.
//
// libtorch's float32 product comes from a library that keeps to AVX2 on processors of other makers: on
// a Zen 5 core it runs maps of the size of MiniLM's at 94 GFLOP/s, and the tiles run them at 157 to
// 225. For bfloat16 the two are level at about 400, but libtorch compiles a product for each new number
// of rows, which costs milliseconds and 6 MB. Few rows do not pay for turning the weight into panels,
// and where the processor has tiles of bfloat16 (AMX) libtorch uses them.
#include "linear.hpp"

#include <algorithm>
#include <vector>

#include "packed.hpp"
#include "panel.hpp"
#include "parallel.hpp"
#include "vector.hpp"

namespace spw {

namespace {

constexpr int64_t least_rows = 64;

// Words that stay in half of a second cache of 512 kB.
constexpr int64_t cached_words = 64 << 10;

struct StoreTile {
  template <int Lanes, class Element>
  static SPW_INLINE void run(const float *sums, const float *bias, int64_t row_count,
                             int64_t column_count, Element *out, int64_t stride) {
    for (int64_t r = 0; r < row_count; ++r) {
      for (int64_t c = 0; c < column_count; c += Lanes) {
        const Floats<Lanes> value = load<Lanes>(sums + r * panel_columns + c);
        store_some<Lanes>(out + r * stride + c, value + load<Lanes>(bias + c), column_count - c);
      }
    }
  }
};

// The rows of `table` as they are: one row after another, in words.
const uint32_t *words_of(const at::Tensor &table) {
  return static_cast<const uint32_t *>(table.const_data_ptr());
}

template <class Element>
class TiledLinear {
 public:
  TiledLinear(WordKind word_kind, const at::Tensor &input, const at::Tensor &weight,
              const at::Tensor &bias, const at::Tensor &result)
      : kind(word_kind),
        row_count(input.size(0)),
        column_count(weight.size(0)),
        depth(word_count(word_kind, weight.size(1))),
        panel_count((column_count + panel_columns - 1) / panel_columns),
        rows(words_of(input)),
        out(result.mutable_data_ptr<Element>()),
        panels(static_cast<size_t>(panel_count * panel_columns * depth)),
        biases(static_cast<size_t>(panel_count * panel_columns)) {
    if (bias.defined()) std::copy_n(bias.const_data_ptr<float>(), column_count, biases.data());
    const uint32_t *from = words_of(weight);
    parallel_tasks(panel_count, [&](int64_t panel, int32_t) {
      const int64_t first = panel * panel_columns;
      transpose_into_panel(from + first * depth, std::min(panel_columns, column_count - first),
                           depth, panels.data() + first * depth);
    });
  }

  void run() {
    const int64_t block = std::clamp<int64_t>(cached_words / depth, 32, 256) / tile_rows * tile_rows;
    parallel_tasks((row_count + block - 1) / block, [&](int64_t task, int32_t) {
      multiply_rows(task * block, std::min(block, row_count - task * block));
    });
  }

 private:
  // Groups of panels stay in the second cache while the rows of a block pass by.
  void multiply_rows(int64_t first, int64_t count) {
    const int64_t group = std::clamp<int64_t>(cached_words / (depth * panel_columns), 1, 8);
    alignas(64) float sums[tile_rows * panel_columns];
    for (int64_t begin = 0; begin < panel_count; begin += group) {
      const int64_t end = std::min(begin + group, panel_count);
      for (int64_t row = first; row < first + count; row += tile_rows) {
        const int64_t here = std::min(tile_rows, first + count - row);
        for (int64_t panel = begin; panel < end; ++panel) {
          const int64_t column = panel * panel_columns;
          multiply_tile(kind, here, rows + row * depth, panels.data() + column * depth, depth,
                        sums);
          dispatch<StoreTile>(static_cast<const float *>(sums), biases.data() + column, here,
                              std::min(panel_columns, column_count - column),
                              out + row * column_count + column, column_count);
        }
      }
    }
  }

  WordKind kind;
  int64_t row_count;
  int64_t column_count;
  int64_t depth;
  int64_t panel_count;
  const uint32_t *rows;
  Element *out;
  std::vector<uint32_t> panels;  // [panels][depth][48]
  std::vector<float> biases;     // [panels x 48]
};

// Whatever does not fit is left to libtorch, which says what is wrong with it.
bool suits_tiles(const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias) {
  const bool fits = has_kernels(input) && has_kernels(weight) &&
                    input.scalar_type() == weight.scalar_type() && input.dim() >= 2 &&
                    weight.dim() == 2 && weight.numel() > 0 && input.size(-1) == weight.size(1);
  if (!fits || is_recorded({input, weight, bias})) return false;
  if (bias.defined() && (!has_kernels(bias) || bias.sizes() != weight.sizes().slice(0, 1))) {
    return false;
  }
  if (input.numel() < least_rows * input.size(-1)) return false;
  const Instructions level = instructions();
  if (input.scalar_type() == at::kFloat) return level >= Instructions::avx512;
  return level == Instructions::avx512_bfloat16 && weight.size(1) % 2 == 0;
}

}  // namespace

at::Tensor linear(const at::Tensor &input, const at::Tensor &weight,
                  const std::optional<at::Tensor> &bias) {
  if (!suits_tiles(input, weight, bias.value_or(at::Tensor()))) {
    return at::linear(input, weight, bias);
  }
  const at::Tensor rows = input.reshape({-1, input.size(-1)}).contiguous();
  const at::Tensor table = weight.contiguous();
  const at::Tensor offsets = as_float(bias.value_or(at::Tensor()));
  const at::Tensor out = at::empty({rows.size(0), table.size(0)}, rows.options());
  if (rows.scalar_type() == at::kFloat) {
    TiledLinear<float>(WordKind::floats, rows, table, offsets, out).run();
  } else {
    TiledLinear<at::BFloat16>(WordKind::bfloat16_pairs, rows, table, offsets, out).run();
  }
  std::vector<int64_t> sizes = input.sizes().vec();
  sizes.back() = table.size(0);
  return out.reshape(sizes);
}

}  // namespace spw
