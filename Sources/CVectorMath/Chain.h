// Template: one step of a chain on a block of rows.
#include "Precision.h"

#define VM_EACH(VALUE) \
  VM_VECTORIZE         \
  for (long j = 0; j < columns; ++j) y[j] = VALUE;

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
  // Rows that follow one another, all alike, are one long row.
  const int alike = sstride == 0 && tstride == 0 && ustride == 0 && ostride == 0 && step->form < VM_ROW_FORMS;
  if (rows > 1 && alike && ystride == columns && (!a || astride == columns) && (!b || bstride == columns) &&
      (!c || cstride == columns) && (!d || dstride == columns)) {
    columns *= rows;
    rows = 1;
  }
  if (step->form == VM_ROW_SOFTMAX && ystride == columns && astride == columns)
    return F(softmax_rows)(a, y, rows, columns);
  for (long r = 0; r < rows; ++r) {
    double s = coefficients[step->s], t = coefficients[step->t], u = coefficients[step->u];
    double o = coefficients[step->o];
    if (sfactor) s *= (double)sfactor[r * sstride];
    if (tfactor) t *= (double)tfactor[r * tstride];
    if (ufactor) u *= (double)ufactor[r * ustride];
    if (shift) o += (double)shift[r * ostride];
    const REAL ss = (REAL)s, tt = (REAL)t, uu = (REAL)u, oo = (REAL)o;
    switch (step->form) {
      case VM_NUMBER: VM_EACH(oo) break;
      case VM_SCALE: VM_EACH(ss * a[j] + oo) break;
      case VM_SUM2: VM_EACH(ss * a[j] + (tt * b[j] + oo)) break;
      case VM_SUM3: VM_EACH(ss * a[j] + (tt * b[j] + (uu * c[j] + oo))) break;
      case VM_PRODUCT2: VM_EACH(ss * (a[j] * b[j]) + oo) break;
      case VM_PRODUCT3: VM_EACH(ss * (a[j] * b[j] * c[j])) break;
      case VM_PRODUCT2_SUM: VM_EACH(ss * (a[j] * b[j]) + (tt * c[j] + oo)) break;
      case VM_PRODUCT2_PRODUCT2: VM_EACH(ss * (a[j] * b[j]) + (tt * (c[j] * d[j]) + oo)) break;
      case VM_QUOTIENT: VM_EACH(ss * a[j] / (tt * b[j] + oo)) break;
      case VM_ROOT_QUOTIENT: VM_EACH(ss * a[j] / (__builtin_elementwise_sqrt(tt * b[j]) + oo)) break;
      case VM_ROOT_QUOTIENT_SUM:
        VM_EACH(c[j] + (uu * c[j] + ss * a[j] / (__builtin_elementwise_sqrt(tt * b[j]) + oo)))
        break;
      case VM_MAXIMUM:
        if (!a) { VM_EACH(ss > b[j] || ss != ss ? ss : b[j]) }
        else if (!b) { VM_EACH(a[j] > tt || a[j] != a[j] ? a[j] : tt) }
        else { VM_EACH(a[j] > b[j] || a[j] != a[j] ? a[j] : b[j]) }
        break;
      case VM_ANGLE:
        for (long j = 0; j < columns; ++j)
          y[j] = (REAL)atan2(a ? (double)a[j] : s, b ? (double)b[j] : t);
        break;
      case VM_MAP: step->F(map)(a, y, columns, step->number); break;
      case VM_ROW_SUM: y[r] = (REAL)F(sum)(a, columns); break;
      case VM_ROW_DOT: y[r] = (REAL)F(dot)(a, b, columns); break;
      case VM_ROW_MAXIMUM: y[r] = F(max)(a, columns); break;
      case VM_ROW_LOG_SUM_EXP: y[r] = (REAL)F(log_sum_exp)(a, columns); break;
      case VM_ROW_SOFTMAX: F(softmax_rows)(a, y, 1, columns); break;
      case VM_ROW_MASK: {
        long kept = (first + r) / step->divisor % step->modulus + 1;
        if (kept > columns) kept = columns;
        if (a != y) memcpy(y, a, (size_t)kept * sizeof(REAL));
        const REAL fill = (REAL)step->number;
        VM_VECTORIZE
        for (long j = kept; j < columns; ++j) y[j] = fill;
        break;
      }
    }
    if (a) a += astride;
    if (b) b += bstride;
    if (c) c += cstride;
    if (d) d += dstride;
    if (step->form < VM_REDUCTIONS) y += ystride;
  }
}
#undef VM_EACH
