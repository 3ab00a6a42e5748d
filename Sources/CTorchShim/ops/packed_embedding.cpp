// The input of a BERT encoder in one pass: dropout(LN(word[ids] + position[...] + type[...])).
//
// libtorch makes three gathered copies, two sums, a norm and a mask, converts each table to the
// precision of the computation, and returns a dense gradient for each table. Here a row is gathered,
// normalised and written once; the backward pass gathers it again and adds to the rows of the tables
// that were used, in place, where the tied output layer adds as well.
#include "../boundary.hpp"
#include "../include/sparrow_torch_ops.h"
#include "autograd.hpp"
#include "norm_row.hpp"
#include "packed.hpp"
#include "parallel.hpp"

namespace spw {

namespace {

constexpr int64_t row_grain = 32;
constexpr int table_count = 3;

struct Lookup {
  int64_t width = 0;
  float epsilon = 0;
  Dropout dropout;
  const float *tables[table_count] = {};     // null when absent
  const int32_t *indices[table_count] = {};  // [T]
  const float *weight = nullptr;
  const float *bias = nullptr;
};

template <int Lanes>
SPW_INLINE void gather(const Lookup &lookup, int64_t token, float *row) {
  const int64_t width = lookup.width;
  for (int64_t c = 0; c < width; c += Lanes) {
    Floats<Lanes> sum = 0.0f;
    for (int t = 0; t < table_count; ++t) {
      if (lookup.tables[t] == nullptr) continue;
      sum += load_some<Lanes>(lookup.tables[t] + lookup.indices[t][token] * width + c, width - c);
    }
    store<Lanes>(row + c, sum);
  }
}

struct EmbeddingForward {
  template <int Lanes, class Element>
  static SPW_INLINE void run(const Lookup *of, int64_t begin, int64_t end, Element *out) {
    const Lookup &lookup = *of;
    const int64_t width = lookup.width;
    std::vector<float> row(static_cast<size_t>(padded_width(width)));
    std::vector<uint16_t> numbers(static_cast<size_t>(random_blocks(width) * random_block));
    const bool drops = lookup.dropout.is_active();
    for (int64_t r = begin; r < end; ++r) {
      gather<Lanes>(lookup, r, row.data());
      const NormStatistics statistics = norm_statistics<Lanes>(row.data(), width, lookup.epsilon);
      if (drops) draw_row<Lanes>(lookup.dropout, r, width, numbers.data());
      for (int64_t c = 0; c < width; c += Lanes) {
        Floats<Lanes> value =
            normalized<Lanes>(row.data(), statistics, lookup.weight, lookup.bias, c, width);
        if (drops) {
          value *= kept_factor<Lanes>(lookup.dropout, numbers.data() + c, lookup.dropout.scale);
        }
        store_some<Lanes>(out + r * width + c, value, width - c);
      }
    }
  }
};

// Writes the gradient of each gathered sum, [T, D] float32, and adds to those of weight and bias.
struct EmbeddingBackward {
  template <int Lanes, class Element>
  static SPW_INLINE void run(const Lookup *of, int64_t begin, int64_t end, const Element *incoming,
                             float *gradient, float *weight_sum, float *bias_sum) {
    const Lookup &lookup = *of;
    const int64_t width = lookup.width;
    std::vector<float> row(static_cast<size_t>(padded_width(width)));
    std::vector<float> sum(row.size());
    std::vector<uint16_t> numbers(static_cast<size_t>(random_blocks(width) * random_block));
    const bool drops = lookup.dropout.is_active();
    for (int64_t r = begin; r < end; ++r) {
      gather<Lanes>(lookup, r, row.data());
      const NormStatistics statistics = norm_statistics<Lanes>(row.data(), width, lookup.epsilon);
      if (drops) draw_row<Lanes>(lookup.dropout, r, width, numbers.data());
      for (int64_t c = 0; c < width; c += Lanes) {
        Floats<Lanes> x = load_some<Lanes>(incoming + r * width + c, width - c);
        if (drops) {
          x *= kept_factor<Lanes>(lookup.dropout, numbers.data() + c, lookup.dropout.scale);
        }
        store<Lanes>(sum.data() + c, x);
      }
      norm_backward<Lanes>(row.data(), statistics, lookup.weight, width, sum.data(), weight_sum,
                           bias_sum);
      std::copy_n(sum.data(), width, gradient + r * width);
    }
  }
};

// table[index] += the gradient of each token with that index, in the order of tokens. Workers own
// columns, because tokens repeat.
void scatter(const at::Tensor &table, const int32_t *indices, const at::Tensor &gradient) {
  const int64_t width = gradient.size(1);
  const float *from = gradient.const_data_ptr<float>();
  float *to = table.mutable_data_ptr<float>();
  parallel_ranges(width, 64, [&](int64_t begin, int64_t end) {
    for (int64_t token = 0; token < gradient.size(0); ++token) {
      const float *row = from + token * width;
      float *sum = to + indices[token] * width;
      for (int64_t c = begin; c < end; ++c) sum[c] += row[c];
    }
  });
}

struct PackedEmbedding : torch::autograd::Function<PackedEmbedding> {
  // `tables` are word, position and type; `indices` their [T] int32.
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &word,
                            const at::Tensor &position, const std::optional<at::Tensor> &type,
                            const at::Tensor &weight, const at::Tensor &bias,
                            const at::Tensor &ids, const at::Tensor &positions,
                            const std::optional<at::Tensor> &types, double epsilon,
                            double probability, int64_t seed, int64_t place, int64_t out_type) {
    const torch::autograd::variable_list saved{
        word, position, type.value_or(at::Tensor()), weight, bias, ids, positions,
        types.value_or(at::Tensor())};
    context->save_for_backward(saved);
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["probability"] = probability;
    context->saved_data["seed"] = seed;
    context->saved_data["place"] = place;
    const Inputs inputs(saved, context);
    const at::Tensor out =
        at::empty({ids.size(0), word.size(1)},
                  word.options().dtype(static_cast<at::ScalarType>(out_type)).requires_grad(false));
    const Lookup *lookup = &inputs.lookup;
    parallel_ranges(ids.size(0), row_grain, [&](int64_t begin, int64_t end) {
      if (out.scalar_type() == at::kBFloat16) {
        dispatch<EmbeddingForward>(lookup, begin, end, out.mutable_data_ptr<at::BFloat16>());
      } else {
        dispatch<EmbeddingForward>(lookup, begin, end, out.mutable_data_ptr<float>());
      }
    });
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list incoming) {
    torch::autograd::variable_list result(13);
    if (!incoming[0].defined()) return result;
    const auto saved = context->get_saved_variables();
    const Inputs inputs(saved, context);
    const Lookup *lookup = &inputs.lookup;
    const at::Tensor out_gradient = incoming[0].contiguous();
    const int64_t tokens = out_gradient.size(0);
    const int64_t width = lookup->width;
    const at::Tensor gradient = at::empty({tokens, width}, at::kFloat);
    float *rows = gradient.mutable_data_ptr<float>();
    const Ranges ranges(tokens, row_grain);
    ColumnSums sums(ranges.number, 2, width);
    parallel_tasks(ranges.number, [&](int64_t range, int32_t) {
      const int64_t begin = ranges.begin(range);
      const int64_t end = ranges.end(range);
      if (out_gradient.scalar_type() == at::kBFloat16) {
        dispatch<EmbeddingBackward>(lookup, begin, end,
                                    out_gradient.const_data_ptr<at::BFloat16>(), rows,
                                    sums.vector(range, 0), sums.vector(range, 1));
      } else {
        dispatch<EmbeddingBackward>(lookup, begin, end, out_gradient.const_data_ptr<float>(), rows,
                                    sums.vector(range, 0), sums.vector(range, 1));
      }
    });
    for (int t = 0; t < table_count; ++t) {
      const at::Tensor &table = saved[static_cast<size_t>(t)];
      if (!table.defined() || !table.requires_grad()) continue;
      at::Tensor sum = gradient_in_place(table);
      if (!sum.defined()) {
        sum = at::zeros(table.sizes(), at::kFloat);
        scatter(sum, lookup->indices[t], gradient);
        result[static_cast<size_t>(t)] = sum.to(table.scalar_type());
      } else {
        scatter(sum, lookup->indices[t], gradient);
      }
    }
    const at::Tensor total = sums.total(ranges.number, width);
    result[3] = parameter_gradient(saved[3], total[0]);
    result[4] = parameter_gradient(saved[4], total[1]);
    return result;
  }

  // Keeps what the pointers of `lookup` refer to.
  struct Inputs {
    std::vector<at::Tensor> kept;
    Lookup lookup;

    Inputs(const torch::autograd::variable_list &saved, torch::autograd::AutogradContext *context) {
      lookup.width = saved[0].size(1);
      lookup.epsilon = static_cast<float>(context->saved_data["epsilon"].toDouble());
      lookup.dropout = Dropout(context->saved_data["probability"].toDouble(),
                               static_cast<uint64_t>(context->saved_data["seed"].toInt()),
                               static_cast<uint64_t>(context->saved_data["place"].toInt()));
      for (size_t t = 0; t < table_count; ++t) {
        if (!saved[t].defined()) continue;
        lookup.tables[t] = keep(as_float(saved[t])).const_data_ptr<float>();
        lookup.indices[t] = saved[5 + t].const_data_ptr<int32_t>();
      }
      lookup.weight = keep(as_float(saved[3])).const_data_ptr<float>();
      lookup.bias = keep(as_float(saved[4])).const_data_ptr<float>();
    }

    const at::Tensor &keep(const at::Tensor &tensor) { return kept.emplace_back(tensor); }
  };
};

// Indices [T] as int32, each below the number of rows.
at::Tensor checked_indices(const at::Tensor &indices, int64_t row_count) {
  const at::Tensor numbers = indices.to(at::kInt).contiguous();
  const int32_t *elements = numbers.const_data_ptr<int32_t>();
  for (int64_t i = 0; i < numbers.numel(); ++i) {
    TORCH_CHECK(elements[i] >= 0 && elements[i] < row_count, "expected indices from 0 to ",
                row_count - 1, ", found ", elements[i], " at position ", i);
  }
  return numbers;
}

at::Tensor embedding_by_parts(const std::vector<at::Tensor> &tables,
                              const std::vector<at::Tensor> &indices, const at::Tensor &weight,
                              const at::Tensor &bias, double epsilon, double probability,
                              at::ScalarType type) {
  at::Tensor sum = at::embedding(tables[0], indices[0]);
  for (size_t t = 1; t < tables.size(); ++t) sum = sum + at::embedding(tables[t], indices[t]);
  sum = at::layer_norm(sum, {sum.size(1)}, weight, bias, epsilon).to(type);
  return probability > 0 ? at::dropout(sum, probability, /*train=*/true) : sum;
}

}  // namespace

}  // namespace spw

extern "C" int32_t spw_packed_embedding(SpwTensor word, SpwTensor position, SpwTensor type,
                                        SpwTensor ids, SpwTensor positions, SpwTensor types,
                                        SpwTensor weight, SpwTensor bias, double epsilon,
                                        double dropout, uint64_t seed, uint64_t place,
                                        int32_t out_type, SpwTensor *out) {
  return spw::produce("packed_embedding", out, [&] {
    TORCH_CHECK((type.pointer == nullptr) == (types.pointer == nullptr),
                "give both a table of types and types, or neither");
    std::vector<at::Tensor> tables{spw::get(word), spw::get(position)};
    std::vector<at::Tensor> indices{spw::get(ids), spw::get(positions)};
    if (type.pointer != nullptr) {
      tables.push_back(spw::get(type));
      indices.push_back(spw::get(types));
    }
    const at::Tensor &scale = spw::get(weight);
    const at::Tensor &shift = spw::get(bias);
    const int64_t width = tables[0].size(-1);
    for (size_t t = 0; t < tables.size(); ++t) {
      TORCH_CHECK(tables[t].dim() == 2 && tables[t].size(1) == width && width > 0,
                  "expected tables [rows, ", width, "], found ", tables[t].sizes());
      TORCH_CHECK(indices[t].dim() == 1 && indices[t].size(0) == indices[0].size(0),
                  "expected ", indices[0].size(0), " indices, found ", indices[t].sizes());
    }
    TORCH_CHECK(scale.dim() == 1 && scale.size(0) == width && shift.sizes() == scale.sizes(),
                "expected a scale and a shift of ", width, " elements, found ", scale.sizes(),
                " and ", shift.sizes());
    spw::check_probability(dropout);
    const auto result_type = static_cast<at::ScalarType>(out_type);
    if (!spw::has_kernels(at::empty({0}, tables[0].options().dtype(result_type)))) {
      return spw::embedding_by_parts(tables, indices, scale, shift, epsilon, dropout, result_type);
    }
    for (size_t t = 0; t < tables.size(); ++t) {
      indices[t] = spw::checked_indices(indices[t], tables[t].size(0));
    }
    const bool typed = tables.size() > 2;
    return spw::PackedEmbedding::apply(
        tables[0], tables[1], typed ? std::optional(tables[2]) : std::nullopt, scale, shift,
        indices[0], indices[1], typed ? std::optional(indices[2]) : std::nullopt, epsilon, dropout,
        static_cast<int64_t>(seed), static_cast<int64_t>(place), static_cast<int64_t>(out_type));
  });
}
