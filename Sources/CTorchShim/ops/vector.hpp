// Vectors of 4, 8 or 16 lanes and the functions of them that the kernels share.
//
// The types are the compiler's own vector extensions, so `a * b + c` becomes one fused instruction
// where the target has it. Everything is inlined into the functions of instructions.hpp.
#pragma once

#include <cstdint>
#include <limits>
#include <utility>

#include "../libtorch.hpp"
#include "instructions.hpp"

// Wide vectors are never passed in a call: every function here is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

namespace spw {

template <int Lanes>
struct Vector {
  typedef float Floats __attribute__((ext_vector_type(Lanes)));
  typedef int32_t Integers __attribute__((ext_vector_type(Lanes)));
  typedef uint32_t Words __attribute__((ext_vector_type(Lanes)));
  typedef uint16_t Halves __attribute__((ext_vector_type(Lanes)));
};

template <int Lanes>
using Floats = typename Vector<Lanes>::Floats;
template <int Lanes>
using Integers = typename Vector<Lanes>::Integers;
template <int Lanes>
using Words = typename Vector<Lanes>::Words;

template <class To, class From>
SPW_INLINE To same_bits(const From &from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  __builtin_memcpy(&to, &from, sizeof(to));
  return to;
}

// --- memory ------------------------------------------------------------------------------------

template <int Lanes>
SPW_INLINE Floats<Lanes> load(const float *from) {
  Floats<Lanes> value;
  __builtin_memcpy(&value, from, sizeof(value));
  return value;
}

template <int Lanes>
SPW_INLINE Floats<Lanes> load(const at::BFloat16 *from) {
  typename Vector<Lanes>::Halves halves;
  __builtin_memcpy(&halves, from, sizeof(halves));
  return same_bits<Floats<Lanes>>(__builtin_convertvector(halves, Words<Lanes>) << 16);
}

// Loads the first `count` (1 to Lanes) elements; the other lanes are 0.
template <int Lanes, class Element>
SPW_INLINE Floats<Lanes> load_some(const Element *from, int64_t count) {
  if (count >= Lanes) return load<Lanes>(from);
  Element part[Lanes] = {};
  for (int64_t i = 0; i < count; ++i) part[i] = from[i];
  return load<Lanes>(part);
}

template <int Lanes>
SPW_INLINE void store(float *to, const Floats<Lanes> &value) {
  __builtin_memcpy(to, &value, sizeof(value));
}

// Rounds to nearest, ties to even; a NaN stays one.
template <int Lanes>
SPW_INLINE void store(at::BFloat16 *to, const Floats<Lanes> &value) {
  const Words<Lanes> bits = same_bits<Words<Lanes>>(value);
  const Words<Lanes> rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const Words<Lanes> quiet = 0x7fc0;
  const Words<Lanes> kept = value == value ? rounded : quiet;
  const auto halves = __builtin_convertvector(kept, typename Vector<Lanes>::Halves);
  __builtin_memcpy(to, &halves, sizeof(halves));
}

template <int Lanes, class Element>
SPW_INLINE void store_some(Element *to, const Floats<Lanes> &value, int64_t count) {
  if (count >= Lanes) return store<Lanes>(to, value);
  Element part[Lanes];
  store<Lanes>(part, value);
  for (int64_t i = 0; i < count; ++i) to[i] = part[i];
}

template <int Lanes>
SPW_INLINE Floats<Lanes> filled(float value) {
  return Floats<Lanes>(value);
}

// --- lanes together ----------------------------------------------------------------------------

template <int Lanes>
SPW_INLINE float sum_of_lanes(const Floats<Lanes> &value) {
  if constexpr (Lanes == 1) {
    return value[0];
  } else if constexpr (Lanes == 2) {
    return value[0] + value[1];
  } else {
    const Floats<Lanes / 2> half = value.lo + value.hi;
    return sum_of_lanes<Lanes / 2>(half);
  }
}

template <int Lanes>
SPW_INLINE Floats<Lanes> larger(const Floats<Lanes> &a, const Floats<Lanes> &b) {
  return a > b ? a : b;
}

template <int Lanes>
SPW_INLINE Floats<Lanes> smaller(const Floats<Lanes> &a, const Floats<Lanes> &b) {
  return a < b ? a : b;
}

template <int Lanes>
SPW_INLINE float largest_lane(const Floats<Lanes> &value) {
  if constexpr (Lanes == 2) {
    return value[0] > value[1] ? value[0] : value[1];
  } else {
    const Floats<Lanes / 2> low = value.lo;
    const Floats<Lanes / 2> high = value.hi;
    return largest_lane<Lanes / 2>(larger<Lanes / 2>(low, high));
  }
}

// Exchanges elements `Distance` lanes apart between two rows of a square: a step of a transposition.
template <int Distance, int... Lane, class V>
SPW_INLINE void exchange(V &upper, V &lower, std::integer_sequence<int, Lane...>) {
  constexpr int count = static_cast<int>(sizeof...(Lane));
  const V first = __builtin_shufflevector(
      upper, lower, ((Lane & Distance) != 0 ? count + Lane - Distance : Lane)...);
  const V second = __builtin_shufflevector(
      upper, lower, ((Lane & Distance) != 0 ? count + Lane : Lane + Distance)...);
  upper = first;
  lower = second;
}

template <int Lanes, int Distance, class V>
SPW_INLINE void exchange_all(V (&rows)[Lanes]) {
  if constexpr (Distance > 0) {
    for (int r = 0; r < Lanes; ++r) {
      if ((r & Distance) == 0) {
        exchange<Distance>(rows[r], rows[r + Distance], std::make_integer_sequence<int, Lanes>());
      }
    }
    exchange_all<Lanes, Distance / 2>(rows);
  }
}

// to [columns][to_stride] = from [rows][from_stride]; both counts are multiples of Lanes.
template <int Lanes>
SPW_INLINE void transpose(const float *from, int64_t from_stride, int64_t rows, int64_t columns,
                          float *to, int64_t to_stride) {
  for (int64_t row = 0; row < rows; row += Lanes) {
    for (int64_t column = 0; column < columns; column += Lanes) {
      Floats<Lanes> square[Lanes];
      for (int i = 0; i < Lanes; ++i) {
        square[i] = load<Lanes>(from + (row + i) * from_stride + column);
      }
      exchange_all<Lanes, Lanes / 2>(square);
      for (int i = 0; i < Lanes; ++i) {
        store<Lanes>(to + (column + i) * to_stride + row, square[i]);
      }
    }
  }
}

// --- functions ---------------------------------------------------------------------------------

// e^x within 2 units in the last place; 0 below -87.3, never above e^88.3 (NaN stays NaN).
template <int Lanes>
SPW_INLINE Floats<Lanes> exponential(const Floats<Lanes> &x) {
  using F = Floats<Lanes>;
  using I = Integers<Lanes>;
  const F lowest = -87.33654f;
  const F highest = 88.3f;
  F clamped = x < lowest ? lowest : x;
  clamped = clamped > highest ? highest : clamped;
  // x = n ln 2 + r with |r| <= ln 2 / 2; ln 2 in two parts keeps r exact. Adding 1.5 * 2^23 rounds.
  const F magic = 12582912.0f;
  const F shifted = clamped * F(1.44269504f) + magic;
  const F n = shifted - magic;
  const F r = (clamped - n * F(0.693359375f)) - n * F(-2.12194440e-4f);
  F p = F(1.9875691500e-4f);
  p = p * r + F(1.3981999507e-3f);
  p = p * r + F(8.3334519073e-3f);
  p = p * r + F(4.1665795894e-2f);
  p = p * r + F(1.6666665459e-1f);
  p = p * r + F(5.0000001201e-1f);
  p = p * r * r + r + F(1.0f);
  const I exponent = (same_bits<I>(shifted) - I(0x4b400000)) << 23;
  const F scaled = same_bits<F>(same_bits<I>(p) + exponent);
  const F zero = 0.0f;
  return x < lowest ? zero : (x == x ? scaled : x);
}

// ln(1 + x) for x >= 0, within 2 units in the last place.
template <int Lanes>
SPW_INLINE Floats<Lanes> log_of_one_plus(const Floats<Lanes> &x) {
  using F = Floats<Lanes>;
  using I = Integers<Lanes>;
  const F u = x + F(1.0f);
  // What rounding 1 + x lost, relative to u, is added to the logarithm at the end.
  const F lost = (x - (u - F(1.0f))) / u;
  // u = m 2^e with m in [sqrt(1/2), sqrt(2)).
  const I bits = same_bits<I>(u);
  const I offset = bits - I(0x3f3504f3);
  const I e = offset >> 23;
  const F m = same_bits<F>((offset & I(0x007fffff)) + I(0x3f3504f3));
  const F exponent = __builtin_convertvector(e, F);
  const F f = m - F(1.0f);
  const F square = f * f;
  F p = F(7.0376836292e-2f);
  p = p * f + F(-1.1514610310e-1f);
  p = p * f + F(1.1676998740e-1f);
  p = p * f + F(-1.2420140846e-1f);
  p = p * f + F(1.4249322787e-1f);
  p = p * f + F(-1.6668057665e-1f);
  p = p * f + F(2.0000714765e-1f);
  p = p * f + F(-2.4999993993e-1f);
  p = p * f + F(3.3333331174e-1f);
  F tail = p * f * square - F(0.5f) * square + lost + exponent * F(-2.12194440e-4f);
  const F result = f + tail + exponent * F(0.693359375f);
  return u < F(std::numeric_limits<float>::infinity()) ? result : x;
}

// The density and the distribution function of the standard normal distribution; the distribution
// function within 1.5e-7 (Abramowitz & Stegun 7.1.26).
template <int Lanes>
SPW_INLINE void normal_distribution(const Floats<Lanes> &x, Floats<Lanes> &density,
                                    Floats<Lanes> &distribution) {
  using F = Floats<Lanes>;
  const F magnitude = x < F(0.0f) ? -x : x;
  const F decay = exponential<Lanes>(F(-0.5f) * x * x);
  const F t = F(1.0f) / (F(1.0f) + F(0.3275911f * 0.70710678f) * magnitude);
  F p = F(0.5f * 1.061405429f);
  p = p * t + F(0.5f * -1.453152027f);
  p = p * t + F(0.5f * 1.421413741f);
  p = p * t + F(0.5f * -0.284496736f);
  p = p * t + F(0.5f * 0.254829592f);
  const F upper_tail = p * t * decay;
  density = F(0.39894228f) * decay;
  distribution = x < F(0.0f) ? upper_tail : F(1.0f) - upper_tail;
}

}  // namespace spw
