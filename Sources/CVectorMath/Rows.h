// Template: reductions of rows and columns.
#include "Precision.h"
#include "Reductions.h"

VM_REDUCE(VM_CLONES, sum_absolute, (const REAL *x, long count), __builtin_fabs((double)x[i]))
VM_REDUCE(VM_CLONES, sum_squares, (const REAL *x, long count), (double)x[i] * (double)x[i])
VM_REDUCE(VM_CLONES, sum_absolute_difference, (const REAL *a, const REAL *b, long count),
          __builtin_fabs((double)a[i] - (double)b[i]))

VM_CLONES double F(sum)(const REAL *x, long count) { return F(row_sum)(x, count); }
VM_CLONES double F(dot)(const REAL *a, const REAL *b, long count) { return F(row_dot)(a, b, count); }
VM_CLONES REAL F(max)(const REAL *x, long count) { return F(row_max)(x, 1, count); }
VM_CLONES double F(log_sum_exp)(const REAL *x, long count) { return F(row_log_sum_exp)(x, count); }

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

VM_CLONES void F(softmax_rows)(const REAL *x, REAL *y, long rows, long count) {
  if (count > 0) F(row_softmax)(x, count, y, count, rows, count, 1, 0, 0, (F(mask)){0, 1, 0});
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
