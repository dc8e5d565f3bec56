// Matrix products, by the widest vectors that the processor has.
#include "include/CVectorMath.h"

#include <pthread.h>
#include <stdlib.h>

// A thread's memory for packed operands: so much for B, and some for A before it.
enum { VM_PRODUCT_BYTES = 2 << 20, VM_PRODUCT_BUFFER = VM_PRODUCT_BYTES + (1 << 19) };
enum { VM_SQUARE = 8 };

// Fetches what comes next, a part before each tile.
typedef struct {
  vm_ahead now;
  long column, each;
  const vm_ahead *others;
  long count;
} vm_fetcher;

static vm_fetcher vm_fetcher_over(const vm_ahead *list, long count, long tiles) {
  long lines = 0;
  for (long i = 0; i < count; ++i) lines += list[i].rows * ((list[i].length + 63) / 64);
  if (lines == 0 || tiles <= 0) return (vm_fetcher){0};
  return (vm_fetcher){list[0], 0, (lines + tiles - 1) / tiles, list + 1, count - 1};
}

static inline __attribute__((always_inline)) void vm_fetch_part(vm_fetcher *next) {
  for (long left = next->each; left > 0 && next->now.rows > 0; --left) {
    __builtin_prefetch((const char *)next->now.from + next->column, 0, 2);
    next->column += 64;
    if (next->column < next->now.length) continue;
    next->column = 0;
    next->now.from = (const char *)next->now.from + next->now.stride;
    if (--next->now.rows > 0 || next->count == 0) continue;
    next->now = *next->others++;
    --next->count;
  }
}

#if defined(__x86_64__)
#define SET _512
#define TARGET __attribute__((target("arch=x86-64-v4")))
#define BYTES 64
#define ROWS 12
#define VECTORS 2
#define VM_BITS 32
#include "Product.h"
#undef VM_BITS
#define VM_BITS 64
#include "Product.h"
#include "ProductEnd.h"

#define SET _256
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define BYTES 32
#define ROWS 6
#define VECTORS 2
#define VM_BITS 32
#include "Product.h"
#undef VM_BITS
#define VM_BITS 64
#include "Product.h"
#include "ProductEnd.h"
#endif

#define SET _128
#define TARGET
#define BYTES 16
#define ROWS 6
#if defined(__x86_64__)
#define VECTORS 2
#else
#define VECTORS 4
#endif
#define VM_BITS 32
#include "Product.h"
#undef VM_BITS
#define VM_BITS 64
#include "Product.h"
#include "ProductEnd.h"

static pthread_key_t vm_buffer_key;
static pthread_once_t vm_buffer_once = PTHREAD_ONCE_INIT;
static void vm_make_key(void) { pthread_key_create(&vm_buffer_key, free); }

// Kept for the thread's life.
static void *vm_product_buffer(void) {
  static _Thread_local void *buffer;
  if (buffer) return buffer;
  pthread_once(&vm_buffer_once, vm_make_key);
  if (posix_memalign(&buffer, 4096, VM_PRODUCT_BUFFER) != 0) return buffer = 0;
  pthread_setspecific(vm_buffer_key, buffer);
  return buffer;
}

#if defined(__x86_64__)
#define VM_CHOOSE(NAME, SUFFIX)                                                  \
  (__builtin_cpu_supports("x86-64-v4")   ? NAME##_512##SUFFIX                    \
   : __builtin_cpu_supports("x86-64-v3") ? NAME##_256##SUFFIX                    \
                                         : NAME##_128##SUFFIX)
#else
#define VM_CHOOSE(NAME, SUFFIX) NAME##_128##SUFFIX
#endif

#define VM_PRODUCT(REAL, SUFFIX)                                                                                   \
  int vm_product##SUFFIX(long m, long n, long k, const REAL *a, long ai, long ap, const REAL *b, long bp, long bj, \
                         REAL *c, long ci, int add) {                                                              \
    void *buffer = vm_product_buffer();                                                                            \
    if (!buffer) return 0;                                                                                         \
    if (!add && VM_CHOOSE(vm_are_few, SUFFIX)(m, n, k, bp, bj)) {                                                  \
      VM_CHOOSE(vm_product_of_few, SUFFIX)(m, n, k, a, ai, ap, b, bj, c, ci, buffer);                              \
    } else {                                                                                                       \
      VM_CHOOSE(vm_product, SUFFIX)(m, n, k, a, ai, ap, b, bp, bj, 0, c, ci, add, buffer, 0);                      \
    }                                                                                                              \
    return 1;                                                                                                      \
  }                                                                                                                \
  int vm_product_triangle##SUFFIX(long m, long n, long k, const REAL *a, long ai, long ap, const REAL *b, long bp, \
                                  long bj, REAL *c, long ci, int skip) {                                           \
    void *buffer = ai == 1 || ap == 1 ? vm_product_buffer() : 0;                                                   \
    if (!buffer) return 0;                                                                                         \
    VM_CHOOSE(vm_product_triangle, SUFFIX)(m, n, k, a, ai, ap, b, bp, bj, c, ci, skip, buffer);                    \
    return 1;                                                                                                      \
  }                                                                                                                \
  void vm_pack##SUFFIX(long n, long k, const REAL *b, long bp, long bj, REAL *to, long first, long last) {         \
    VM_CHOOSE(vm_pack, SUFFIX)(n, k, b, bp, bj, to, first, last);                                                  \
  }                                                                                                                \
  REAL *vm_product_packed##SUFFIX(long m, long n, long k, const REAL *a, long ai, long ap, const REAL *packed,     \
                                  REAL *c, long ci, const vm_ahead *next, long count) {                            \
    char *buffer = vm_product_buffer();                                                                            \
    if (!buffer) return 0;                                                                                         \
    /* What would hold B is free for C. */                                                                         \
    if (!c) c = (REAL *)(buffer + VM_PRODUCT_BUFFER - VM_PRODUCT_BYTES);                                           \
    vm_fetcher fetcher = vm_fetcher_over(next, count, VM_CHOOSE(vm_tile_count, SUFFIX)(m, n, k));                  \
    VM_CHOOSE(vm_product, SUFFIX)(m, n, k, a, ai, ap, 0, 0, 0, packed, c, ci, 0, buffer, &fetcher);                \
    return c;                                                                                                      \
  }
VM_PRODUCT(float, _f32)
VM_PRODUCT(double, _f64)
