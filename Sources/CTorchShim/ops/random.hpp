// Random bits for dropout from a counter, so that a mask need not be stored.
//
// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") turns a 64-bit
// key and a 128-bit counter into four words that depend on nothing else. The backward pass asks for
// the same counters and finds the same mask, and every worker can start anywhere. libtorch's own CPU
// generator is one serial Mersenne Twister and cost 500 of the 631 ms of a MiniLM forward pass.
//
// The unit is a block of 128 numbers of 16 bits, from 16 consecutive counters. Number n of a block
// comes from counter n % 16, word n / 32, and of that word from the low half when n / 16 is even.
#pragma once

#include <cstdint>

#include "vector.hpp"

namespace spw {

// Which elements are dropped: element [row][column] when its number is below the threshold.
struct Dropout {
  uint64_t seed;
  uint64_t place;      // tells the uses of one seed apart
  uint32_t threshold;  // probability times 65,536, rounded
  float scale;         // of elements that stay: 1 / (1 - probability)

  // Everything is dropped when the probability is 1.
  explicit Dropout(double probability = 0, uint64_t seed_of_stream = 0,
                   uint64_t place_in_stream = 0)
      : seed(seed_of_stream),
        place(place_in_stream),
        threshold(static_cast<uint32_t>(probability * 65536.0 + 0.5)),
        scale(probability < 1 ? static_cast<float>(1.0 / (1.0 - probability)) : 0.0f) {}

  bool is_active() const { return threshold > 0; }
};

constexpr int64_t random_block = 128;

inline int64_t random_blocks(int64_t columns) {
  return (columns + random_block - 1) / random_block;
}

// The high and low words of the products of `x` and a constant.
template <int Lanes>
SPW_INLINE void wide_product(const Words<Lanes> &x, uint32_t factor, Words<Lanes> &high,
                             Words<Lanes> &low) {
  typedef uint64_t Pairs __attribute__((ext_vector_type(Lanes / 2)));
  const Pairs pairs = same_bits<Pairs>(x);
  const Pairs lower_half = 0xffffffffull;
  const Pairs even = (pairs & lower_half) * Pairs(factor);
  const Pairs odd = (pairs >> 32) * Pairs(factor);
  high = same_bits<Words<Lanes>>((even >> 32) | (odd & ~lower_half));
  low = same_bits<Words<Lanes>>((even & lower_half) | (odd << 32));
}

// Four words for each of `Lanes` consecutive counters from `index` on.
template <int Lanes>
SPW_INLINE void philox(uint64_t seed, uint64_t place, uint64_t index, Words<Lanes> (&word)[4]) {
  using W = Words<Lanes>;
  W lane;
  for (int i = 0; i < Lanes; ++i) lane[i] = static_cast<uint32_t>(i);
  word[0] = W(static_cast<uint32_t>(index)) + lane;
  word[1] = W(static_cast<uint32_t>(index >> 32));
  word[2] = W(static_cast<uint32_t>(place));
  word[3] = W(static_cast<uint32_t>(place >> 32));
  uint32_t key0 = static_cast<uint32_t>(seed);
  uint32_t key1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    W high0, low0, high1, low1;
    wide_product<Lanes>(word[0], 0xD2511F53u, high0, low0);
    wide_product<Lanes>(word[2], 0xCD9E8D57u, high1, low1);
    word[0] = high1 ^ word[1] ^ W(key0);
    word[1] = low1;
    word[2] = high0 ^ word[3] ^ W(key1);
    word[3] = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

// The 128 numbers of a block.
template <int Lanes>
SPW_INLINE void random_numbers(const Dropout &dropout, uint64_t block, uint16_t *numbers) {
  using Halves = typename Vector<Lanes>::Halves;
  for (int first = 0; first < 16; first += Lanes) {
    Words<Lanes> word[4];
    philox<Lanes>(dropout.seed, dropout.place, block * 16 + static_cast<uint64_t>(first), word);
    for (int w = 0; w < 4; ++w) {
      const Halves low = __builtin_convertvector(word[w] & 0xffff, Halves);
      const Halves high = __builtin_convertvector(word[w] >> 16, Halves);
      __builtin_memcpy(numbers + w * 32 + first, &low, sizeof(low));
      __builtin_memcpy(numbers + w * 32 + 16 + first, &high, sizeof(high));
    }
  }
}

// `factor` where the numbers keep the element, 0 where they drop it.
template <int Lanes>
SPW_INLINE Floats<Lanes> kept_factor(const Dropout &dropout, const uint16_t *numbers,
                                     float factor) {
  typename Vector<Lanes>::Halves halves;
  __builtin_memcpy(&halves, numbers, sizeof(halves));
  const Integers<Lanes> number = __builtin_convertvector(halves, Integers<Lanes>);
  const Integers<Lanes> threshold = static_cast<int32_t>(dropout.threshold);
  const Floats<Lanes> dropped = 0.0f;
  const Floats<Lanes> kept = factor;
  return number < threshold ? dropped : kept;
}

}  // namespace spw
