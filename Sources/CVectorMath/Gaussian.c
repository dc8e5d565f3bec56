// Normal numbers by position: Philox 4x32-10 (Salmon, Moraes, Dror, Shaw 2011) and the method of Box and Muller.
//
// Counter j gives numbers 2 j and 2 j + 1. No operation is contracted or reassociated, so every processor that follows
// IEEE 754 computes the same bits.
#include "include/CVectorMath.h"
#pragma clang fp contract(off)

#define VM_BITS 64
#include "Precision.h"
#include "Exponential.h"
#include "Trigonometric.h"

enum { vm_counters = 128 };

VM_INLINE void vm_philox(uint64_t counter, uint64_t seed, uint64_t stream, uint64_t *first, uint64_t *second) {
  const uint64_t low = 0xffffffffu;
  uint64_t x0 = counter & low, x1 = counter >> 32, x2 = stream & low, x3 = stream >> 32;
  uint64_t key0 = seed & low, key1 = seed >> 32;
  VM_PRAGMA(clang loop unroll(full))
  for (int round = 0; round < 10; ++round) {
    uint64_t p = 0xd2511f53u * (x0 & low), q = 0xcd9e8d57u * (x2 & low);
    // What lies above the low 32 bits is left: nothing reads it.
    x0 = (q >> 32) ^ x1 ^ key0;
    x2 = (p >> 32) ^ x3 ^ key1;
    x1 = q;
    x3 = p;
    key0 = (key0 + 0x9e3779b9u) & low;
    key1 = (key1 + 0xbb67ae85u) & low;
  }
  *first = x0 << 32 | (x1 & low);
  *second = x2 << 32 | (x3 & low);
}

// log x for x from 2^-52 to 1.
VM_INLINE double vm_log_unit(double x) {
  const uint64_t root = vm_bits_f64(0.70710678118654752440);
  uint64_t bits = vm_bits_f64(x) - root;
  double one_f = vm_from_bits_f64((bits & 0xfffffffffffffu) + root);
  uint64_t exponent = (bits + (1023ull << 52)) >> 52;
  double n = vm_from_bits_f64(exponent | 0x4330000000000000u) - (0x1p52 + 1023.0);
  double f = one_f - 1.0, s = f / (2.0 + f), z = s * s, twice = s + s;
  double tail = twice * z * vm_horner_f64(vm_log_r_f64, VM_LENGTH(vm_log_r_f64), z);
  return n * LN2_HIGH + (twice + (tail + n * LN2_LOW));
}

// One pair: radius from the first word, angle from the second (its top two bits are the quadrant).
VM_INLINE void vm_pair(uint64_t first, uint64_t second, double *one, double *other) {
  double u = 2.0 - vm_from_bits_f64(first >> 12 | 0x3ff0000000000000u);
  double radius = __builtin_elementwise_sqrt(-2.0 * vm_log_unit(u));
  double turn = vm_from_bits_f64((second << 2) >> 12 | 0x3ff0000000000000u) - 1.5;
  double r = turn * 1.57079632679489661923;
  double sine = vm_sin_kernel_f64(r), cosine = vm_cos_kernel_f64(r);
  uint64_t quadrant = second >> 62;
  double a = (quadrant & 1) != 0 ? sine : cosine, b = (quadrant & 1) != 0 ? cosine : sine;
  *one = radius * vm_from_bits_f64(vm_bits_f64(a) ^ ((quadrant + 1) & 2) << 62);
  *other = radius * vm_from_bits_f64(vm_bits_f64(b) ^ (quadrant & 2) << 62);
}

// Pairs from `counter` on, at most vm_counters: the first number of each, and the second.
VM_CLONES static void vm_pairs(double *one, double *other, uint64_t counter, long pairs, uint64_t seed,
                               uint64_t stream) {
  uint64_t first[vm_counters], second[vm_counters];
  // Two loops, each of two chains at a time: the processor looks far enough ahead to overlap them.
  VM_VECTORIZE_CHAIN
  for (long i = 0; i < pairs; ++i) vm_philox(counter + (uint64_t)i, seed, stream, &first[i], &second[i]);
  VM_VECTORIZE_CHAIN
  for (long i = 0; i < pairs; ++i) vm_pair(first[i], second[i], &one[i], &other[i]);
}

#define VM_GAUSSIAN(REAL_TYPE, S)                                                                                  \
  VM_CLONES static void vm_interleave_##S(REAL_TYPE *y, const double *one, const double *other, long pairs,       \
                                          double deviation, double mean) {                                        \
    VM_VECTORIZE                                                                                                  \
    for (long i = 0; i < pairs; ++i) {                                                                            \
      y[2 * i] = (REAL_TYPE)(one[i] * deviation + mean);                                                          \
      y[2 * i + 1] = (REAL_TYPE)(other[i] * deviation + mean);                                                    \
    }                                                                                                             \
  }                                                                                                               \
  void vm_gaussian_##S(REAL_TYPE *y, uint64_t first, long count, uint64_t seed, uint64_t stream, double deviation, \
                       double mean) {                                                                             \
    double one[vm_counters], other[vm_counters];                                                                  \
    REAL_TYPE edge[2 * vm_counters];                                                                              \
    while (count > 0) {                                                                                           \
      long skipped = (long)(first & 1), pairs = (skipped + count + 1) / 2;                                        \
      pairs = pairs < vm_counters ? pairs : vm_counters;                                                          \
      vm_pairs(one, other, first >> 1, pairs, seed, stream);                                                      \
      long taken = 2 * pairs - skipped < count ? 2 * pairs - skipped : count;                                     \
      if (taken == 2 * pairs) {                                                                                   \
        vm_interleave_##S(y, one, other, pairs, deviation, mean);                                                 \
      } else {                                                                                                    \
        vm_interleave_##S(edge, one, other, pairs, deviation, mean);                                              \
        for (long i = 0; i < taken; ++i) y[i] = edge[skipped + i];                                                \
      }                                                                                                           \
      y += taken;                                                                                                 \
      first += (uint64_t)taken;                                                                                   \
      count -= taken;                                                                                             \
    }                                                                                                             \
  }

VM_GAUSSIAN(float, f32)
VM_GAUSSIAN(double, f64)
