// Functions of one variable, over arrays.
#include "include/CVectorMath.h"

#include <math.h>

#pragma clang fp contract(fast)

#define VM_BITS 32
#include "Functions.h"
#undef VM_BITS
#define VM_BITS 64
#include "Functions.h"

// The logarithm and the exponential are taken in double: the error would grow with the exponent otherwise.
static VM_CLONES void vm_general_power_f32(const float *x, float *y, long count, double p) {
  VM_VECTORIZE_CHAIN
  for (long i = 0; i < count; ++i) y[i] = (float)vm_exp1_f64(p * vm_log1_f64((double)x[i]));
}

static void vm_general_power_f64(const double *x, double *y, long count, double p) {
  for (long i = 0; i < count; ++i) y[i] = pow(x[i], p);
}

// Whole and half numbers are products of squares, of the root if need be, a block at a time.
#define VM_POWER(REAL_TYPE, S)                                                                      \
  VM_CLONES void vm_power_##S(const REAL_TYPE *x, REAL_TYPE *y, long count, double p) {             \
    enum { length = 256 };                                                                          \
    REAL_TYPE base[length], result[length];                                                         \
    if (!(fabs(p) <= 16 && 2 * p == floor(2 * p))) return vm_general_power_##S(x, y, count, p);      \
    long twice = (long)fabs(2 * p);                                                                 \
    for (long start = 0; start < count; start += length) {                                          \
      long taken = count - start < length ? count - start : length;                                 \
      for (long i = 0; i < taken; ++i) {                                                            \
        base[i] = x[start + i];                                                                     \
        result[i] = twice % 2 ? __builtin_elementwise_sqrt(base[i]) : (REAL_TYPE)1;                 \
      }                                                                                             \
      for (long rest = twice / 2; rest > 0; rest /= 2) {                                            \
        if (rest % 2)                                                                               \
          for (long i = 0; i < taken; ++i) result[i] *= base[i];                                    \
        for (long i = 0; i < taken; ++i) base[i] *= base[i];                                        \
      }                                                                                             \
      for (long i = 0; i < taken; ++i) y[start + i] = p < 0 ? 1 / result[i] : result[i];            \
    }                                                                                               \
  }

VM_POWER(float, f32)
VM_POWER(double, f64)
