// The tables of kernels, one an instruction set; `spk_kernels_for` chooses among them.

#ifndef SPARROW_KERNEL_TABLES_H
#define SPARROW_KERNEL_TABLES_H

#include "include/sparrow_kernels.h"

extern const spk_kernels spk_portable_kernels;

#if defined(__x86_64__)
extern const spk_kernels spk_avx2_kernels;
extern const spk_kernels spk_avx512_kernels;
#endif

#if defined(__aarch64__)
extern const spk_kernels spk_neon_kernels;
#endif

uint32_t spk_portable_checksum(uint32_t seed, const void *bytes, size_t count);

#endif
