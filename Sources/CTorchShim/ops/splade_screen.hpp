// Finds the vocabulary entries that can have a positive weight, by products of bytes.
//
// Most maxima over a text's tokens are far below zero: a few hundred of 30,522 entries are positive.
// To find out which may be, the screen computes all logits with weights and hidden states rounded to
// 8 bits, for which the processor has four times the rate of float32, and adds a bound on what the
// rounding can have changed. The others have weight 0 for certain and are never computed exactly.
//
// Bound. Let h be a row of hidden states, w a weight row, c its bias, and h', w' their rounded forms.
//   |h.w - h'.w'| = |(h - h').w' + h.(w - w')| <= |h - h'| |w'| + |h| |w - w'|   (Cauchy-Schwarz)
// with norms that are computed, not estimated. What float32 arithmetic adds, in units of
// u = 2^-24 |h| |w|, where |h'| <= 2 |h| because a row's largest rounding error is 1/254 of its largest
// element and D <= 2^16:
//   - the exact product of D terms, which the screen must not contradict: D
//   - h'.w', which is exact in integers, made a float, times two scales: 20
//   - the norms, summed in 16 lanes, and the sum of the bound: D / 8 + 36
// The screen adds (D + 32) 2^-23 |h| |w|, which is 2 D + 64 of these units. Where squares underflow, a
// norm is short by less than 2^-54, which is added to each; the product of two such terms exceeds what
// the D products of the logit can lose by underflow. Adding c rounds, but never past zero, neither here
// nor in the exact logit. A NaN or an infinity makes a norm NaN or infinite, and its row a candidate
// everywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "packed.hpp"

namespace spw {

class SpladeScreen {
 public:
  // The sums of a row's products of bytes have to fit 32 bits.
  static constexpr int64_t largest_hidden_size = 1 << 16;

  // Rounds the output layer, `weight` [V, D] and `bias` [V] (or undefined), both float32 on the CPU.
  SpladeScreen(at::Tensor weight, at::Tensor bias);

  // Whether this processor has the instructions.
  static bool is_available();

  int64_t vocabulary_size() const { return weight_.size(0); }
  int64_t hidden_size() const { return weight_.size(1); }
  int64_t panel_count() const { return panels_; }
  const at::Tensor &weight() const { return weight_; }
  const at::Tensor &bias() const { return bias_; }

  // One word of 48 bits for each sequence and panel of 48 entries, [B][panels]: 1 where the largest
  // logit of the sequence may be positive. `hidden` is [T, D] float32. Stops and returns nothing once
  // more than `limit` bits are 1.
  std::optional<std::vector<uint64_t>> candidates(const float *hidden,
                                                  const PackedLengths &lengths,
                                                  int64_t limit) const;

 private:
  // Hidden states as unsigned bytes around 128, their scales, and the norms that the bound needs.
  struct RoundedRows {
    std::vector<uint32_t> words;       // [T][depth]
    std::vector<float> scales;         // [T]
    std::vector<float> largest_norm;   // [B]
    std::vector<float> largest_error;  // [B], of |h - h'|
    std::vector<int32_t> sequences;    // [T]
  };

  RoundedRows round_rows(const float *hidden, const PackedLengths &lengths) const;
  // Returns the number of candidates among the panels.
  int64_t screen_panels(int64_t first, int64_t count, const RoundedRows &rows,
                        const PackedLengths &lengths, std::vector<float> &largest,
                        std::vector<uint64_t> &result) const;

  at::Tensor weight_;
  at::Tensor bias_;
  int64_t depth_;  // words of a row
  int64_t panels_;
  std::vector<uint32_t> words_;   // [panels][depth][48]
  std::vector<float> scales_;     // each of these [panels x 48]
  std::vector<int32_t> offsets_;  // 128 times the sum of a row's bytes
  std::vector<float> norms_;      // |w'|
  std::vector<float> errors_;     // |w - w'| + (D + 32) 2^-23 |w|
  std::vector<float> biases_;
};

}  // namespace spw
