// Dropout from a counter-based generator: the mask is never stored but drawn again.
#include "../boundary.hpp"
#include "../include/sparrow_torch_ops.h"
#include "autograd.hpp"
#include "norm_row.hpp"
#include "packed.hpp"
#include "parallel.hpp"

namespace spw {

namespace {

struct DropRows {
  template <int Lanes, class Element>
  static SPW_INLINE void run(const Dropout *dropout, int64_t begin, int64_t end, int64_t width,
                             const Element *input, Element *out) {
    std::vector<uint16_t> numbers(static_cast<size_t>(random_blocks(width) * random_block));
    for (int64_t r = begin; r < end; ++r) {
      draw_row<Lanes>(*dropout, r, width, numbers.data());
      for (int64_t c = 0; c < width; c += Lanes) {
        const Floats<Lanes> x = load_some<Lanes>(input + r * width + c, width - c);
        const Floats<Lanes> kept =
            kept_factor<Lanes>(*dropout, numbers.data() + c, dropout->scale);
        store_some<Lanes>(out + r * width + c, x * kept, width - c);
      }
    }
  }
};

template <class Element>
void drop(const Dropout &dropout, const at::Tensor &input, const at::Tensor &out) {
  const int64_t width = input.size(-1);
  const Element *from = input.const_data_ptr<Element>();
  Element *to = out.mutable_data_ptr<Element>();
  parallel_ranges(input.numel() / width, 32, [&](int64_t begin, int64_t end) {
    dispatch<DropRows>(&dropout, begin, end, width, from, to);
  });
}

at::Tensor dropped(const at::Tensor &input, double probability, int64_t seed, int64_t place) {
  const Dropout dropout(probability, static_cast<uint64_t>(seed), static_cast<uint64_t>(place));
  const at::Tensor from = input.contiguous();
  const at::Tensor out = at::empty_like(from);
  if (from.numel() == 0) return out;
  if (from.scalar_type() == at::kBFloat16) {
    drop<at::BFloat16>(dropout, from, out);
  } else {
    drop<float>(dropout, from, out);
  }
  return out;
}

struct CountedDropout : torch::autograd::Function<CountedDropout> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            double probability, int64_t seed, int64_t place) {
    context->saved_data["probability"] = probability;
    context->saved_data["seed"] = seed;
    context->saved_data["place"] = place;
    return dropped(input, probability, seed, place);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list incoming) {
    torch::autograd::variable_list result(4);
    if (incoming[0].defined()) {
      result[0] = dropped(incoming[0], context->saved_data["probability"].toDouble(),
                          context->saved_data["seed"].toInt(),
                          context->saved_data["place"].toInt());
    }
    return result;
  }
};

}  // namespace

}  // namespace spw

extern "C" int32_t spw_dropout(SpwTensor input, double probability, uint64_t seed, uint64_t place,
                               SpwTensor *out) {
  return spw::produce("dropout", out, [&] {
    const at::Tensor &from = spw::get(input);
    spw::check_probability(probability);
    TORCH_CHECK(from.dim() >= 1 && from.is_floating_point(),
                "expected floating-point numbers of at least one dimension, found ",
                from.scalar_type(), " ", from.sizes());
    if (spw::has_kernels(from)) {
      return spw::CountedDropout::apply(from, probability, static_cast<int64_t>(seed),
                                        static_cast<int64_t>(place));
    }
    return at::dropout(from, probability, /*train=*/true);
  });
}
