// Template: reductions of rows and columns.
#include "Precision.h"
#include "Exponential.h"

#define VM_REDUCE(NAME, PARAMETERS, TERM)                \
  VM_CLONES double F(NAME) PARAMETERS {                  \
    VM_PRAGMA(clang fp reassociate(on) contract(fast))   \
    double sum = 0;                                      \
    VM_PRAGMA(clang loop vectorize(enable) interleave(enable)) \
    for (long i = 0; i < count; ++i) sum += TERM;        \
    return sum;                                          \
  }

VM_REDUCE(sum, (const REAL *x, long count), (double)x[i])
VM_REDUCE(dot, (const REAL *a, const REAL *b, long count), (double)a[i] * (double)b[i])
VM_REDUCE(sum_absolute, (const REAL *x, long count), __builtin_fabs((double)x[i]))
VM_REDUCE(sum_squares, (const REAL *x, long count), (double)x[i] * (double)x[i])
VM_REDUCE(sum_absolute_difference, (const REAL *a, const REAL *b, long count),
          __builtin_fabs((double)a[i] - (double)b[i]))
#undef VM_REDUCE

VM_INLINE REAL F(row_max)(const REAL *x, long count) {
  enum { lanes = 64 / sizeof(REAL) };
  typedef REAL vector __attribute__((vector_size(64), aligned(sizeof(REAL))));
  const REAL least = -(REAL)__builtin_inf();
  REAL result = least;
  long i = 0;
  if (count >= lanes) {
    vector m = least - (vector){0};
    for (; i + lanes <= count; i += lanes) m = __builtin_elementwise_max(m, *(const vector *)(x + i));
    result = __builtin_reduce_max(m);
  }
  for (; i < count; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

VM_CLONES REAL F(max)(const REAL *x, long count) { return F(row_max)(x, count); }

// Four rows at a time, so that the running sums are loaded once for four.
VM_CLONES void F(sum_columns)(const REAL *x, long stride, long rows, long columns, double *result) {
  long r = 0;
  for (; r + 4 <= rows; r += 4) {
    const REAL *a = x + r * stride, *b = a + stride, *c = b + stride, *d = c + stride;
    VM_VECTORIZE
    for (long j = 0; j < columns; ++j)
      result[j] += ((double)a[j] + (double)b[j]) + ((double)c[j] + (double)d[j]);
  }
  for (; r < rows; ++r) {
    const REAL *a = x + r * stride;
    VM_VECTORIZE
    for (long j = 0; j < columns; ++j) result[j] += (double)a[j];
  }
}

VM_CLONES void F(dot_columns)(const REAL *a, long astride, const REAL *b, long bstride, long rows, long columns,
                              double *result) {
  long r = 0;
  for (; r + 2 <= rows; r += 2) {
    const REAL *a0 = a + r * astride, *a1 = a0 + astride, *b0 = b + r * bstride, *b1 = b0 + bstride;
    VM_VECTORIZE
    for (long j = 0; j < columns; ++j)
      result[j] += (double)a0[j] * (double)b0[j] + (double)a1[j] * (double)b1[j];
  }
  for (; r < rows; ++r) {
    const REAL *a0 = a + r * astride, *b0 = b + r * bstride;
    VM_VECTORIZE
    for (long j = 0; j < columns; ++j) result[j] += (double)a0[j] * (double)b0[j];
  }
}

VM_CLONES void F(max_columns)(const REAL *x, long stride, long rows, long columns, double *result) {
  for (long r = 0; r < rows; ++r) {
    const REAL *a = x + r * stride;
    VM_VECTORIZE
    for (long j = 0; j < columns; ++j) result[j] = (double)a[j] > result[j] ? (double)a[j] : result[j];
  }
}

// Short rows are taken together: the exponentials of a group of rows are one loop.
VM_CLONES void F(softmax_rows)(const REAL *x, REAL *y, long rows, long count) {
  if (count <= 0) return;
  const long group = count >= 1024 ? 1 : 1024 / count;
  for (long first = 0; first < rows; first += group) {
    long taken = first + group < rows ? group : rows - first, total = taken * count;
    const REAL *from = x + first * count;
    REAL *to = y + first * count;
    for (long r = 0; r < taken; ++r) {
      REAL shift = F(row_max)(from + r * count, count);
      shift = shift == -(REAL)__builtin_inf() ? (REAL)0 : shift;
      VM_VECTORIZE
      for (long i = r * count; i < (r + 1) * count; ++i) to[i] = from[i] - shift;
    }
    VM_VECTORIZE_CHAIN
    for (long i = 0; i < total; ++i) to[i] = F(exp1)(to[i]);
    for (long r = 0; r < taken; ++r) {
      double sum = F(sum)(to + r * count, count);
      REAL inverse = (REAL)(sum == 0 ? 0 : 1 / sum);
      VM_VECTORIZE
      for (long i = r * count; i < (r + 1) * count; ++i) to[i] *= inverse;
    }
  }
}

VM_CLONES void F(softmax_pullback_rows)(const REAL *y, const REAL *dy, REAL *dx, long rows, long count) {
  for (long r = 0; r < rows; ++r, y += count, dy += count, dx += count) {
    REAL mean = (REAL)F(dot)(y, dy, count);
    VM_VECTORIZE
    for (long i = 0; i < count; ++i) dx[i] = y[i] * (dy[i] - mean);
  }
}

VM_CLONES static double F(sum_exp)(const REAL *x, REAL shift, long count) {
  enum { length = 256 };
  REAL power[length];
  double sum = 0;
  for (long start = 0; start < count; start += length) {
    const long taken = count - start < length ? count - start : length;
    VM_VECTORIZE_CHAIN
    for (long i = 0; i < taken; ++i) power[i] = F(exp1)(x[start + i] - shift);
    sum += F(sum)(power, taken);
  }
  return sum;
}

double F(log_sum_exp)(const REAL *x, long count) {
  REAL shift = F(max)(x, count);
  if (shift == -(REAL)__builtin_inf()) return count > 0 && x[0] != x[0] ? (double)x[0] : (double)shift;
  return (double)shift + __builtin_log(F(sum_exp)(x, shift, count));
}

VM_CLONES long F(first_non_finite)(const REAL *x, long count) {
  const long step = 1024;
  for (long start = 0; start < count; start += step) {
    long end = start + step < count ? start + step : count;
    UINT found = 0;
    for (long i = start; i < end; ++i) found |= (F(bits)(x[i]) & EXPONENT_BITS) == EXPONENT_BITS;
    if (!found) continue;
    for (long i = start; i < end; ++i)
      if ((F(bits)(x[i]) & EXPONENT_BITS) == EXPONENT_BITS) return i;
  }
  return -1;
}
