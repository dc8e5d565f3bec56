// Loops over contiguous memory that Swift does not vectorize by itself: one entry a function and precision.
//
// Every function of `count` elements may be called with count 0. Where one result is written for each element the
// result may be the same array as an operand (never one that overlaps it in part).
#ifndef CVECTORMATH_H
#define CVECTORMATH_H

#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#endif

// y[i] = f(x[i]); the parameter is read by those that have one.
#define VM_DECLARE_MAP(NAME)                                                           \
  void vm_##NAME##_f32(const float *x, float *y, long count, double parameter);        \
  void vm_##NAME##_f64(const double *x, double *y, long count, double parameter);

VM_DECLARE_MAP(relu)
VM_DECLARE_MAP(leaky_relu)  // parameter: the slope below 0
VM_DECLARE_MAP(step)        // 1 above 0, else 0
VM_DECLARE_MAP(step_leaky)  // 1 above 0, else the parameter
VM_DECLARE_MAP(sign)
VM_DECLARE_MAP(absolute)
VM_DECLARE_MAP(square)
VM_DECLARE_MAP(square_root)
VM_DECLARE_MAP(reciprocal)
VM_DECLARE_MAP(reciprocal_square_root)
VM_DECLARE_MAP(power)  // parameter: the exponent
VM_DECLARE_MAP(exponential)
VM_DECLARE_MAP(logarithm)
VM_DECLARE_MAP(sine)
VM_DECLARE_MAP(cosine)
VM_DECLARE_MAP(sine_negative)
VM_DECLARE_MAP(twice)
VM_DECLARE_MAP(minus_square)
VM_DECLARE_MAP(half_reciprocal)
VM_DECLARE_MAP(tanh)
VM_DECLARE_MAP(tanh_slope_of_result)     // 1 - y^2
VM_DECLARE_MAP(sigmoid_slope_of_result)  // y (1 - y)
VM_DECLARE_MAP(sigmoid)
VM_DECLARE_MAP(sigmoid_derivative)
VM_DECLARE_MAP(softplus)
VM_DECLARE_MAP(elu)  // x above 0, e^x - 1 below
VM_DECLARE_MAP(elu_derivative)
VM_DECLARE_MAP(silu)
VM_DECLARE_MAP(silu_derivative)
VM_DECLARE_MAP(erf)
VM_DECLARE_MAP(erf_derivative)
VM_DECLARE_MAP(gelu_exact)
VM_DECLARE_MAP(gelu_exact_derivative)
VM_DECLARE_MAP(gelu_tanh)
VM_DECLARE_MAP(gelu_tanh_derivative)

// y[i] = f(x[i]) and its slope there.
#define VM_DECLARE_PAIR(NAME)                                                      \
  void vm_##NAME##_pair_f32(const float *x, float *y, float *slopes, long count);  \
  void vm_##NAME##_pair_f64(const double *x, double *y, double *slopes, long count);

VM_DECLARE_PAIR(gelu)
VM_DECLARE_PAIR(gelu_tanh)
VM_DECLARE_PAIR(silu)

#define VM_DECLARE_ARITHMETIC(REAL, S)                                                                       \
  /* y = value */                                                                                            \
  void vm_fill_##S(REAL *y, long count, REAL value);                                                         \
  /* y = c x + o */                                                                                          \
  void vm_scale_##S(const REAL *x, REAL *y, long count, double c, double o);                                 \
  /* y[j ystride] = x[j xstride], and the same added to what is there */                                     \
  void vm_copy_strided_##S(const REAL *x, long xstride, REAL *y, long ystride, long count);                  \
  void vm_add_strided_##S(const REAL *x, long xstride, REAL *y, long ystride, long count);                   \
  /* y[r ystride + c] = x[c xstride + r], in tiles */                                                        \
  void vm_transpose_##S(const REAL *x, long xstride, REAL *y, long ystride, long rows, long columns);

#define VM_DECLARE_ROWS(REAL, S)                                                                             \
  double vm_sum_##S(const REAL *x, long count);                                                              \
  double vm_dot_##S(const REAL *a, const REAL *b, long count);                                               \
  REAL vm_max_##S(const REAL *x, long count);                                                                \
  /* result[j] += sum_r x[r stride + j], j < columns; and likewise of products and maxima */                 \
  void vm_sum_columns_##S(const REAL *x, long stride, long rows, long columns, double *result);              \
  void vm_dot_columns_##S(const REAL *a, long astride, const REAL *b, long bstride, long rows, long columns, \
                          double *result);                                                                   \
  void vm_max_columns_##S(const REAL *x, long stride, long rows, long columns, double *result);              \
  /* rows that lie one after the other; a row of minus infinities gives zeros */                             \
  void vm_softmax_rows_##S(const REAL *x, REAL *y, long rows, long count);                                   \
  double vm_log_sum_exp_##S(const REAL *x, long count);                                                      \
  double vm_sum_absolute_##S(const REAL *x, long count);                                                     \
  double vm_sum_squares_##S(const REAL *x, long count);                                                      \
  double vm_sum_absolute_difference_##S(const REAL *a, const REAL *b, long count);                           \
  /* the first position that is infinite or not a number, or -1 */                                           \
  long vm_first_non_finite_##S(const REAL *x, long count);

VM_DECLARE_ARITHMETIC(float, f32)
VM_DECLARE_ARITHMETIC(double, f64)
VM_DECLARE_ROWS(float, f32)
VM_DECLARE_ROWS(double, f64)

// A register of a chain, on one block: the first entry, and how far apart rows begin (0 if all rows are the same).
typedef struct {
  void *_Nullable data;
  long stride;
} vm_register;

// What a step of a chain computes; a, b, c, d are rows, s, t, u, o numbers. Those from VM_ROW_FORMS on look at one row at
// a time, those from VM_REDUCTIONS on give one number for each.
enum {
  VM_NUMBER,             // o
  VM_SCALE,              // s a + o
  VM_SUM2,               // s a + t b + o
  VM_SUM3,               // s a + t b + u c + o
  VM_PRODUCT2,           // s a b + o
  VM_PRODUCT3,           // s a b c
  VM_PRODUCT2_SUM,       // s a b + t c + o
  VM_PRODUCT2_PRODUCT2,  // s a b + t c d + o
  VM_QUOTIENT,           // s a / (t b + o)
  VM_ROOT_QUOTIENT,      // s a / (sqrt(t b) + o)
  VM_ROOT_QUOTIENT_SUM,  // c + u c + s a / (sqrt(t b) + o)
  VM_MEANS,              // with the two steps behind it: s a + t b + o; s b b + t c + o; and the last, of these two
  VM_MAXIMUM,            // of a and b; s or t in place of one that is not there
  VM_ANGLE,              // atan2(a, b), likewise
  VM_MAP,                // f(a)
  VM_PAIR,               // f(a), and its slope to the second target
  VM_ROW_FORMS,
  VM_ROW_SOFTMAX = VM_ROW_FORMS,  // of s a, up to column row / divisor % modulus if the modulus is not 0
  VM_ROW_MASK,  // a up to column row / divisor % modulus, and a number from there on
  VM_REDUCTIONS,
  VM_ROW_SUM = VM_REDUCTIONS,
  VM_ROW_DOT,
  VM_ROW_MAXIMUM,
  VM_ROW_LOG_SUM_EXP,
};

// One step, prepared: registers by number, -1 for none.
typedef struct {
  int32_t form, target, second;
  int32_t a, b, c, d;
  // Positions in the table of coefficients; each is multiplied by its factor, and o added to the shift: registers that
  // hold one number a row.
  int32_t s, t, u, o;
  int32_t s_factor, t_factor, u_factor, shift;
  int32_t divisor, modulus;
  // The parameter of a map, the number of a mask.
  double number;
  void (*_Nullable vm_map_f32)(const float *, float *, long, double);
  void (*_Nullable vm_map_f64)(const double *, double *, long, double);
  void (*_Nullable vm_pair_f32)(const float *, float *, float *, long);
  void (*_Nullable vm_pair_f64)(const double *, double *, double *, long);
} vm_step;

// Rows first ..< first + rows.
void vm_chain_step_f32(const vm_step *step, const vm_register *registers, const double *coefficients, long rows,
                       long columns, long first);
void vm_chain_step_f64(const vm_step *step, const vm_register *registers, const double *coefficients, long rows,
                       long columns, long first);

// Memory of the calling thread, aligned to 64 bytes, valid until the thread returns it; null if the system refuses it. It
// is kept for the thread's next loan. While it is lent, another loan is other memory.
void *_Nullable vm_scratch_borrow(long bytes);
void vm_scratch_return(void *memory);

// Rows of a table by number: row i of `count` has `length` entries that are row_step apart, begins at i row_stride, and
// belongs to the entries of the table, table_step apart, from i table_stride + step indices[i index_stride] on.
typedef struct {
  long count, length;
  long index_stride, table_stride, row_stride;
  long step, table_step, row_step;
} vm_lookup;

// Reads rows from the table; adds rows to it, in their order.
void vm_gather_f32(const vm_lookup *lookup, const float *table, const int32_t *indices, float *rows);
void vm_gather_f64(const vm_lookup *lookup, const double *table, const int32_t *indices, double *rows);
void vm_scatter_f32(const vm_lookup *lookup, const float *rows, const int32_t *indices, float *table);
void vm_scatter_f64(const vm_lookup *lookup, const double *rows, const int32_t *indices, double *table);

// The first position of an index outside 0 ..< size, or -1.
long vm_first_outside(const int32_t *indices, long count, long size);

// Standard normal numbers first ..< first + count of a stream, times `deviation`, plus `mean`.
void vm_gaussian_f32(float *y, uint64_t first, long count, uint64_t seed, uint64_t stream, double deviation,
                     double mean);
void vm_gaussian_f64(double *y, uint64_t first, long count, uint64_t seed, uint64_t stream, double deviation,
                     double mean);

// C = A B, added to what is there if `add`: m x n entries at c[i ci + j], A's at a[i ai + p ap], B's at b[p bp + j bj].
// Returns 0 if there is no memory for packed operands.
int vm_product_f32(long m, long n, long k, const float *a, long ai, long ap, const float *b, long bp, long bj, float *c,
                   long ci, int add);
int vm_product_f64(long m, long n, long k, const double *a, long ai, long ap, const double *b, long bp, long bj,
                   double *c, long ci, int add);

// What a product of small matrices leaves out.
enum {
  VM_TERMS_AFTER = 1,  // a[i][p] is zero where p > i
  VM_TERMS_BEFORE,     // a[i][p] is zero where p < i
  VM_ENTRIES_AFTER,    // c[i][j] is not wanted where j > i: some are computed, the others become zero
};

// C = A B, without most of what `skip` says; A's rows or its columns are contiguous.
int vm_product_triangle_f32(long m, long n, long k, const float *a, long ai, long ap, const float *b, long bp, long bj,
                            float *c, long ci, int skip);
int vm_product_triangle_f64(long m, long n, long k, const double *a, long ai, long ap, const double *b, long bp,
                            long bj, double *c, long ci, int skip);

// B's columns first ..< last, of n, packed for vm_product_packed, in k times n rounded up to vm_packed_step entries in
// all; `first` is a multiple of that.
enum { vm_packed_step = 32 };
void vm_pack_f32(long n, long k, const float *b, long bp, long bj, float *to, long first, long last);
void vm_pack_f64(long n, long k, const double *b, long bp, long bj, double *to, long first, long last);

// Memory that will be read soon: rows of so many bytes, and the bytes from one to the next.
typedef struct {
  const void *_Nullable from;
  long rows, length, stride;
} vm_ahead;

// C = A B with B packed. If there is no c, C lies in memory of the thread, until its next product; it then takes at most
// vm_slab_bytes. Returns where C lies, or null if there is no memory. Meanwhile `next` is fetched, `count` of them.
enum { vm_slab_bytes = 1 << 20 };
float *_Nullable vm_product_packed_f32(long m, long n, long k, const float *a, long ai, long ap, const float *packed,
                                       float *_Nullable c, long ci, const vm_ahead *_Nullable next, long count);
double *_Nullable vm_product_packed_f64(long m, long n, long k, const double *a, long ai, long ap,
                                        const double *packed, double *_Nullable c, long ci,
                                        const vm_ahead *_Nullable next, long count);

// Fetches memory into the cache, ahead of its use.
void vm_fetch(const void *from, long bytes);

// Runs body(context, piece) for each piece on so many of the team's threads, the caller's among them, and returns when
// all are done: each thread takes its share of the pieces, and then what others have left of theirs. Returns 0 at once
// if the team is at work for another caller.
int vm_team_run(int threads, int pieces, void (*body)(void *_Nullable context, int piece), void *_Nullable context);

// The same of a Swift closure (Int) -> Void that does not escape: its function and what it has captured, which lies on the
// caller's stack. It is called by Swift's calling convention, so that no copy of the closure has to be made on the heap,
// as a C function pointer beside a context would need. Swift would import it with C's convention for the closure, and so
// declares it itself (Threads.swift).
#ifndef __swift__
typedef __attribute__((swiftcall)) void (*vm_closure_body)(long piece,
                                                           __attribute__((swift_context)) void *_Nullable captured);
__attribute__((swiftcall)) long vm_team_run_closure(long threads, long pieces, vm_closure_body body,
                                                    void *_Nullable captured);
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#endif
#endif
