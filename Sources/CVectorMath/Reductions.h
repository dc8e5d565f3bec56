// Template: reductions of one row, for use within other loops.
#include "Precision.h"
#include "Exponential.h"

// A sum over a row, in Double.
#ifndef VM_REDUCE
#define VM_REDUCE(LINKAGE, NAME, PARAMETERS, TERM)             \
  LINKAGE double F(NAME) PARAMETERS {                          \
    VM_PRAGMA(clang fp reassociate(on) contract(fast))         \
    double sum = 0;                                            \
    VM_PRAGMA(clang loop vectorize(enable) interleave(enable)) \
    for (long i = 0; i < count; ++i) sum += TERM;              \
    return sum;                                                \
  }
#endif

VM_REDUCE(VM_INLINE, row_sum, (const REAL *x, long count), (double)x[i])
VM_REDUCE(VM_INLINE, row_dot, (const REAL *a, const REAL *b, long count), (double)a[i] * (double)b[i])

// The maximum of s x[i].
VM_INLINE REAL F(row_max)(const REAL *x, REAL s, long count) {
  enum { lanes = 64 / sizeof(REAL) };
  typedef REAL vector __attribute__((vector_size(64), aligned(sizeof(REAL))));
  const REAL least = -(REAL)__builtin_inf();
  REAL result = least;
  long i = 0;
  if (count >= lanes) {
    vector m = least - (vector){0};
    for (; i + lanes <= count; i += lanes) m = __builtin_elementwise_max(m, *(const vector *)(x + i) * s);
    result = __builtin_reduce_max(m);
  }
  for (; i < count; ++i) result = s * x[i] > result ? s * x[i] : result;
  return result;
}

// log sum e^x, by pieces.
VM_INLINE double F(row_log_sum_exp)(const REAL *x, long count) {
  enum { length = 256 };
  REAL power[length];
  const REAL shift = F(row_max)(x, 1, count);
  if (shift == -(REAL)__builtin_inf()) return count > 0 && x[0] != x[0] ? (double)x[0] : (double)shift;
  double sum = 0;
  for (long start = 0; start < count; start += length) {
    const long taken = count - start < length ? count - start : length;
    VM_VECTORIZE_CHAIN
    for (long i = 0; i < taken; ++i) power[i] = F(exp_below)(x[start + i] - shift);
    sum += F(row_sum)(power, taken);
  }
  return (double)shift + __builtin_log(sum);
}

// Which entries of a row are kept by a mask: the first row / divisor % modulus + 1, or all if the modulus is 0.
typedef struct {
  long first, divisor, modulus;
} F(mask);

VM_INLINE long F(kept)(F(mask) mask, long row, long count) {
  if (mask.modulus == 0) return count;
  const long kept = (mask.first + row) / mask.divisor % mask.modulus + 1;
  return kept < count ? kept : count;
}

// y = s x for the entries of a row that are kept, and minus infinity for the others up to `taken`; returns the maximum.
VM_INLINE REAL F(scale_kept)(const REAL *x, REAL *y, REAL s, long kept, long taken) {
  enum { lanes = 64 / sizeof(REAL) };
  typedef REAL vector __attribute__((vector_size(64), aligned(sizeof(REAL))));
  typedef INT integers __attribute__((vector_size(64)));
  const REAL least = -(REAL)__builtin_inf();
  const vector minus_infinity = least - (vector){0};
  integers lane;
  for (int i = 0; i < lanes; ++i) lane[i] = i;
  vector most = minus_infinity;
  long i = 0;
  for (; i + lanes <= taken; i += lanes) {
    const integers in = lane < (INT)(kept - i);
    const vector scaled = *(const vector *)(x + i) * s;
    const vector value = (vector)(((integers)scaled & in) | ((integers)minus_infinity & ~in));
    *(vector *)(y + i) = value;
    most = __builtin_elementwise_max(most, value);
  }
  REAL result = __builtin_reduce_max(most);
  for (; i < taken; ++i) {
    y[i] = i < kept ? x[i] * s : least;
    result = y[i] > result ? y[i] : result;
  }
  return result;
}

// Rows of e^(s x) over their sums, where a number of each row may be a factor of s; entries that are not kept give 0, as
// do rows of minus infinities. Loops over parts of rows have few different lengths, which the processor foresees; the
// exponentials of short rows are one loop for a group of them.
VM_INLINE void F(row_softmax)(const REAL *x, long xstride, REAL *y, long ystride, long rows, long count, double s,
                              const REAL *factor, long fstride, F(mask) mask) {
  enum { part = 128 };
  const int whole = ystride == count && (mask.modulus == 0 || count <= part);
  const long group = whole && count < 1024 ? 1024 / count : 1;
  for (long first = 0; first < rows; first += group) {
    const long last = first + group < rows ? first + group : rows;
    long taken = count;
    for (long r = first; r < last; ++r) {
      const REAL ss = (REAL)(factor ? s * (double)factor[r * fstride] : s);
      const long kept = F(kept)(mask, r, count), parts = (kept + part - 1) & -(long)part;
      if (!whole) taken = parts < count ? parts : count;
      REAL *to = y + r * ystride;
      REAL shift = F(scale_kept)(x + r * xstride, to, ss, kept, taken);
      shift = shift == -(REAL)__builtin_inf() ? (REAL)0 : shift;
      VM_VECTORIZE
      for (long i = 0; i < taken; ++i) to[i] -= shift;
    }
    REAL *start = y + first * ystride;
    const long total = whole ? (last - first) * count : taken;
    VM_VECTORIZE_CHAIN
    for (long i = 0; i < total; ++i) start[i] = F(exp_below)(start[i]);
    for (long r = first; r < last; ++r) {
      REAL *to = y + r * ystride;
      const double sum = F(row_sum)(to, taken);
      const REAL inverse = (REAL)(sum == 0 ? 0 : 1 / sum);
      VM_VECTORIZE
      for (long i = 0; i < taken; ++i) to[i] *= inverse;
      for (long i = taken; i < count; ++i) to[i] = 0;
    }
  }
}
