// Template: one step of a chain on a block of rows.
#include "Precision.h"
#include "Reductions.h"

// Of each row: its numbers, and then its entries.
#define VM_EACH_ROW(WORK)                                                             \
  for (long r = 0; r < rows; ++r) {                                                   \
    const REAL ss = sfactor ? (REAL)(s * (double)sfactor[r * sstride]) : (REAL)s;     \
    const REAL tt = tfactor ? (REAL)(t * (double)tfactor[r * tstride]) : (REAL)t;     \
    const REAL uu = ufactor ? (REAL)(u * (double)ufactor[r * ustride]) : (REAL)u;     \
    const REAL oo = shift ? (REAL)(o + (double)shift[r * ostride]) : (REAL)o;         \
    (void)ss, (void)tt, (void)uu, (void)oo;                                           \
    WORK                                                                              \
    y += ystride;                                                                     \
    if (a) a += astride;                                                              \
    if (b) b += bstride;                                                              \
    if (c) c += cstride;                                                              \
    if (d) d += dstride;                                                              \
  }                                                                                   \
  break;

#define VM_EACH(VALUE) \
  VM_EACH_ROW(VM_VECTORIZE for (long j = 0; j < columns; ++j) y[j] = VALUE;)

// One number for each row, whatever its distance in the result is.
#define VM_EACH_REDUCED(VALUE)                                               \
  for (long r = 0; r < rows; ++r, a += astride) {                            \
    y[r] = VALUE;                                                            \
    if (b) b += bstride;                                                     \
  }                                                                          \
  break;

VM_INLINE const REAL *F(start)(const vm_register *registers, int32_t number, long *stride) {
  *stride = number < 0 ? 0 : registers[number].stride;
  return number < 0 ? 0 : (const REAL *)registers[number].data;
}

// Three steps in one pass: a mean of x, a mean of its squares, and what moves by one over the root of the other.
VM_INLINE void F(means)(const vm_step *step, const vm_register *registers, const double *coefficients, long rows,
                        long columns) {
  const vm_step *square = step + 1, *last = step + 2;
  long astride, xstride, cstride, pstride;
  const REAL *a = F(start)(registers, step->a, &astride), *x = F(start)(registers, step->b, &xstride);
  const REAL *c = F(start)(registers, square->c, &cstride), *p = F(start)(registers, last->c, &pstride);
  const vm_register *mean = registers + step->target, *root = registers + square->target;
  const vm_register *moved = registers + last->target;
  const REAL s = (REAL)coefficients[step->s], t = (REAL)coefficients[step->t], o = (REAL)coefficients[step->o];
  const REAL s2 = (REAL)coefficients[square->s], t2 = (REAL)coefficients[square->t];
  const REAL o2 = (REAL)coefficients[square->o], s3 = (REAL)coefficients[last->s], t3 = (REAL)coefficients[last->t];
  const REAL u3 = (REAL)coefficients[last->u], o3 = (REAL)coefficients[last->o];
  for (long r = 0; r < rows; ++r) {
    REAL *m = (REAL *)mean->data + r * mean->stride, *v = (REAL *)root->data + r * root->stride;
    REAL *y = (REAL *)moved->data + r * moved->stride;
    VM_VECTORIZE
    for (long j = 0; j < columns; ++j) {
      const REAL first = s * a[j] + (t * x[j] + o), second = s2 * (x[j] * x[j]) + (t2 * c[j] + o2), old = p[j];
      m[j] = first;
      v[j] = second;
      y[j] = old + (u3 * old + s3 * first / (__builtin_elementwise_sqrt(t3 * second) + o3));
    }
    (a += astride, x += xstride, c += cstride, p += pstride);
  }
}

VM_CLONES void F(chain_step)(const vm_step *step, const vm_register *registers, const double *coefficients, long rows,
                             long columns, long first) {
  if (step->form == VM_MEANS) return F(means)(step, registers, coefficients, rows, columns);
  long ystride = registers[step->target].stride, astride, bstride, cstride, dstride, sstride, tstride, ustride, ostride;
  REAL *y = (REAL *)registers[step->target].data;
  const REAL *a = F(start)(registers, step->a, &astride), *b = F(start)(registers, step->b, &bstride);
  const REAL *c = F(start)(registers, step->c, &cstride), *d = F(start)(registers, step->d, &dstride);
  const REAL *sfactor = F(start)(registers, step->s_factor, &sstride);
  const REAL *tfactor = F(start)(registers, step->t_factor, &tstride);
  const REAL *ufactor = F(start)(registers, step->u_factor, &ustride);
  const REAL *shift = F(start)(registers, step->shift, &ostride);
  long zstride;
  REAL *z = (REAL *)F(start)(registers, step->second, &zstride);
  // Rows that follow one another, all alike, are one long row.
  const int alike = sstride == 0 && tstride == 0 && ustride == 0 && ostride == 0 && step->form < VM_ROW_FORMS;
  if (rows > 1 && alike && ystride == columns && (!a || astride == columns) && (!b || bstride == columns) &&
      (!c || cstride == columns) && (!d || dstride == columns) && (!z || zstride == columns)) {
    columns *= rows;
    rows = 1;
  }
  const double s = coefficients[step->s], t = coefficients[step->t], u = coefficients[step->u];
  const double o = coefficients[step->o];
  const F(mask) mask = {first, step->divisor, step->modulus};
  switch (step->form) {
    case VM_NUMBER: VM_EACH(oo)
    case VM_SCALE: VM_EACH(ss * a[j] + oo)
    case VM_SUM2: VM_EACH(ss * a[j] + (tt * b[j] + oo))
    case VM_SUM3: VM_EACH(ss * a[j] + (tt * b[j] + (uu * c[j] + oo)))
    case VM_PRODUCT2: VM_EACH(ss * (a[j] * b[j]) + oo)
    case VM_PRODUCT3: VM_EACH(ss * (a[j] * b[j] * c[j]))
    case VM_PRODUCT2_SUM: VM_EACH(ss * (a[j] * b[j]) + (tt * c[j] + oo))
    case VM_PRODUCT2_PRODUCT2: VM_EACH(ss * (a[j] * b[j]) + (tt * (c[j] * d[j]) + oo))
    case VM_QUOTIENT: VM_EACH(ss * a[j] / (tt * b[j] + oo))
    case VM_ROOT_QUOTIENT: VM_EACH(ss * a[j] / (__builtin_elementwise_sqrt(tt * b[j]) + oo))
    case VM_ROOT_QUOTIENT_SUM:
      VM_EACH(c[j] + (uu * c[j] + ss * a[j] / (__builtin_elementwise_sqrt(tt * b[j]) + oo)))
    case VM_MAXIMUM:
      if (!a) { VM_EACH(ss > b[j] || ss != ss ? ss : b[j]) }
      if (!b) { VM_EACH(a[j] > tt || a[j] != a[j] ? a[j] : tt) }
      VM_EACH(a[j] > b[j] || a[j] != a[j] ? a[j] : b[j])
    case VM_ANGLE:
      VM_EACH_ROW(for (long j = 0; j < columns; ++j) y[j] =
                      (REAL)atan2(step->a < 0 ? (double)ss : (double)a[j], step->b < 0 ? (double)tt : (double)b[j]);)
    case VM_MAP: VM_EACH_ROW(step->F(map)(a, y, columns, step->number);)
    case VM_PAIR: VM_EACH_ROW(step->F(pair)(a, y, z, columns); z += zstride;)
    case VM_ROW_SUM: VM_EACH_REDUCED((REAL)F(row_sum)(a, columns))
    case VM_ROW_DOT: VM_EACH_REDUCED((REAL)F(row_dot)(a, b, columns))
    case VM_ROW_MAXIMUM: VM_EACH_REDUCED(F(row_max)(a, 1, columns))
    case VM_ROW_LOG_SUM_EXP: VM_EACH_REDUCED((REAL)F(row_log_sum_exp)(a, columns))
    case VM_ROW_SOFTMAX:
      return F(row_softmax)(a, astride, y, ystride, rows, columns, s, sfactor, sstride, mask);
    case VM_ROW_MASK:
      for (long r = 0; r < rows; ++r, a += astride, y += ystride) {
        const long kept = F(kept)(mask, r, columns);
        if (a != y) memcpy(y, a, (size_t)kept * sizeof(REAL));
        for (long j = kept; j < columns; ++j) y[j] = (REAL)step->number;
      }
      return;
  }
}
#undef VM_EACH
#undef VM_EACH_ROW
#undef VM_EACH_REDUCED
