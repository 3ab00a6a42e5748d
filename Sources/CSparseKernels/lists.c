// Loops that are the same on every processor: postings are added up by scattered writes, which no
// vector instruction makes faster, and building is bound by memory.

#include <math.h>

#include "rows.h"

void spk_accumulate(
    uint32_t *sums, const uint8_t *numbers, const uint8_t *weights, size_t count,
    uint32_t factor) {
  size_t i = 0;
  // Eight at a time: two loads of numbers, one of weights, and no aliasing in between.
  for (; i + 8 <= count; i += 8) {
    uint64_t low, high, packed;
    memcpy(&low, numbers + 2 * i, 8);
    memcpy(&high, numbers + 2 * i + 8, 8);
    memcpy(&packed, weights + i, 8);
    sums[low & 0xFFFF] += factor * (uint32_t)(packed & 0xFF);
    sums[(low >> 16) & 0xFFFF] += factor * (uint32_t)((packed >> 8) & 0xFF);
    sums[(low >> 32) & 0xFFFF] += factor * (uint32_t)((packed >> 16) & 0xFF);
    sums[low >> 48] += factor * (uint32_t)((packed >> 24) & 0xFF);
    sums[high & 0xFFFF] += factor * (uint32_t)((packed >> 32) & 0xFF);
    sums[(high >> 16) & 0xFFFF] += factor * (uint32_t)((packed >> 40) & 0xFF);
    sums[(high >> 32) & 0xFFFF] += factor * (uint32_t)((packed >> 48) & 0xFF);
    sums[high >> 48] += factor * (uint32_t)(packed >> 56);
  }
  for (; i < count; i++) sums[spk_load_u16(numbers + 2 * i)] += factor * weights[i];
}

void spk_read_row(
    const spk_rows *rows, uint64_t start, size_t count, uint32_t *terms, float *weights) {
  const uint8_t *row_terms = rows->entries + start * spk_entry_width(rows->format);
  const uint8_t *row_weights = row_terms + count * spk_index_width(rows->format);
  for (size_t i = 0; i < count; i++) {
    terms[i] = spk_row_term(row_terms, rows->format, i);
    weights[i] = spk_row_weight(row_weights, rows->format, i);
  }
}

void spk_write_row(
    uint8_t *target, int32_t format, const uint32_t *terms, const float *weights, size_t count) {
  uint8_t *row_weights = target + count * spk_index_width(format);
  for (size_t i = 0; i < count; i++) {
    if (spk_index_width(format) == 4) {
      memcpy(target + 4 * i, &terms[i], 4);
    } else {
      uint16_t term = (uint16_t)terms[i];
      memcpy(target + 2 * i, &term, 2);
    }
    if (spk_weight_width(format) == 4) {
      memcpy(row_weights + 4 * i, &weights[i], 4);
    } else {
      uint16_t half = spk_half_of_float(weights[i]);
      memcpy(row_weights + 2 * i, &half, 2);
    }
  }
}

void spk_invert(
    const uint64_t *ends, size_t document_count, const uint32_t *terms, const float *weights,
    uint32_t *next, uint16_t *numbers, float *posting_weights) {
  uint64_t entry = 0;
  for (size_t document = 0; document < document_count; document++) {
    for (; entry < ends[document]; entry++) {
      uint32_t position = next[terms[entry]]++;
      numbers[position] = (uint16_t)document;
      posting_weights[position] = weights[entry];
    }
  }
}

// The smallest level in 1...255 for which `level * scale >= weight`, 1 for weights not above zero.
static inline uint32_t level_of(double weight, double scale, double inverse) {
  double guess = weight * inverse;
  uint32_t level = guess > 1 ? (guess < 255 ? (uint32_t)guess : 255) : 1;
  // Truncation and rounding may have left the level one or two short of the weight.
  while (level < 255 && level * scale < weight) level += 1;
  return level;
}

size_t spk_list_size(size_t count) { return 3 * count + (count & 1); }

size_t spk_write_list(
    const uint16_t *numbers, const float *weights, size_t count, uint8_t *target,
    spk_list_summary *summary) {
  static const size_t ranks[3] = {10, 100, 1000};
  float largest = 0, smallest = 0;
  for (size_t i = 0; i < count; i++) {
    largest = weights[i] > largest ? weights[i] : largest;
    smallest = weights[i] < smallest ? weights[i] : smallest;
  }
  float scale = largest / 255;
  while ((double)scale * 255 < (double)largest) scale = nextafterf(scale, INFINITY);
  double inverse = scale > 0 ? 1 / (double)scale : 0;

  uint32_t histogram[256] = {0};
  memcpy(target, numbers, 2 * count);
  for (size_t i = 0; i < count; i++) {
    uint32_t level = level_of((double)weights[i], (double)scale, inverse);
    target[2 * count + i] = (uint8_t)level;
    histogram[level] += 1;
  }
  if (count & 1) target[3 * count] = 0;

  summary->scale = scale;
  summary->largest_negative = -smallest;
  size_t seen = 0, rank = 0;
  memset(summary->levels, 0, sizeof summary->levels);
  for (uint32_t level = 255; level > 0 && rank < 3; level--) {
    seen += histogram[level];
    // A weight of this level is above the level below it.
    for (; rank < 3 && seen >= ranks[rank]; rank++) summary->levels[rank] = (uint8_t)(level - 1);
  }
  return spk_list_size(count);
}
