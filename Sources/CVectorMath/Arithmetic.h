// Template: sums and products of arrays. Coefficients arrive in double and are rounded once.
#include "Precision.h"

#define VM_LOOP(VALUE) \
  VM_VECTORIZE         \
  for (long i = 0; i < count; ++i) y[i] = VALUE;

VM_CLONES void F(fill)(REAL *y, long count, REAL value) { VM_LOOP(value) }

VM_CLONES void F(scale)(const REAL *x, REAL *y, long count, double c, double o) {
  const REAL cc = (REAL)c, oo = (REAL)o;
  VM_LOOP(cc * x[i] + oo)
}

void F(copy_strided)(const REAL *x, long xstride, REAL *y, long ystride, long count) {
  if (xstride == 1 && ystride == 1) {
    if (x != y) memcpy(y, x, (size_t)count * sizeof(REAL));
    return;
  }
  if (xstride == 0 && ystride == 1) return F(fill)(y, count, *x);
  for (long i = 0; i < count; ++i) y[i * ystride] = x[i * xstride];
}

VM_CLONES void F(add_strided)(const REAL *x, long xstride, REAL *y, long ystride, long count) {
  if (xstride == 1 && ystride == 1) {
    VM_LOOP(y[i] + x[i])
  } else {
    for (long i = 0; i < count; ++i) y[i * ystride] += x[i * xstride];
  }
}

// Tiles of 16 x 16: each of their lines of memory is used whole while it is near.
VM_CLONES void F(transpose)(const REAL *x, long xstride, REAL *y, long ystride, long rows, long columns) {
  enum { tile = 16 };
  long whole_rows = rows - rows % tile, whole_columns = columns - columns % tile;
  for (long r = 0; r < whole_rows; r += tile)
    for (long c = 0; c < whole_columns; c += tile) {
      REAL block[tile][tile];
      for (int j = 0; j < tile; ++j)
        for (int i = 0; i < tile; ++i) block[i][j] = x[(c + j) * xstride + r + i];
      for (int i = 0; i < tile; ++i) memcpy(y + (r + i) * ystride + c, block[i], sizeof block[i]);
    }
  for (long r = 0; r < whole_rows; ++r)
    for (long c = whole_columns; c < columns; ++c) y[r * ystride + c] = x[c * xstride + r];
  for (long r = whole_rows; r < rows; ++r)
    for (long c = 0; c < columns; ++c) y[r * ystride + c] = x[c * xstride + r];
}
#undef VM_LOOP

// Entry by entry where the rows have one, along the rows where they are contiguous.
#define VM_LOOKUP(MOVE)                                                                             \
  const long length = lookup->length, row_step = lookup->row_step, table_step = lookup->table_step; \
  for (long i = 0; i < lookup->count; ++i) {                                                        \
    const long from = i * lookup->table_stride + lookup->step * (long)indices[i * lookup->index_stride]; \
    const long to = i * lookup->row_stride;                                                         \
    if (length == 1) {                                                                              \
      MOVE(to, from)                                                                                \
    } else if (row_step == 1 && table_step == 1) {                                                  \
      VM_VECTORIZE                                                                                  \
      for (long j = 0; j < length; ++j) { MOVE(to + j, from + j) }                                  \
    } else {                                                                                        \
      for (long j = 0; j < length; ++j) { MOVE(to + j * row_step, from + j * table_step) }          \
    }                                                                                               \
  }
#define VM_READ(ROW, TABLE) rows[ROW] = table[TABLE];
#define VM_ADD(ROW, TABLE) table[TABLE] += rows[ROW];

VM_CLONES void F(gather)(const vm_lookup *lookup, const REAL *table, const int32_t *indices, REAL *rows) {
  VM_LOOKUP(VM_READ)
}

VM_CLONES void F(scatter)(const vm_lookup *lookup, const REAL *rows, const int32_t *indices, REAL *table) {
  VM_LOOKUP(VM_ADD)
}
#undef VM_ADD
#undef VM_READ
#undef VM_LOOKUP
