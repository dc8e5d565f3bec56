// Template: matrix products for one precision and instruction set, after Goto and van de Geijn (2008) and BLIS.
//
// A tile of C, ROWS x VECTORS vectors, stays in registers while a panel of B (KC x the tile's width, in the nearest
// cache) passes by. A is read as it lies where few columns use it, and copied to panels of ROWS rows otherwise.
// Defined before: VM_BITS, BYTES (of a vector), ROWS, VECTORS, SET (its name), TARGET.
#include "Precision.h"

#define T(NAME) VM_JOIN(vm_##NAME, SET, SUFFIX)
#define LANES ((int)(BYTES / sizeof(REAL)))
#define WIDTH (LANES * VECTORS)
#define ALWAYS TARGET static inline __attribute__((always_inline))
#define UNROLL VM_PRAGMA(clang loop unroll(full))

typedef REAL T(vec) __attribute__((ext_vector_type(BYTES / sizeof(REAL)), aligned(sizeof(REAL))));

#include "Transpose.h"

// r rows of a tile over kc terms; the first `width` columns count.
ALWAYS void T(tile)(int r, long kc, const REAL *a, long ai, long ap, const REAL *b, REAL *c, long ci, int width,
                    int add) {
  VM_PRAGMA(clang fp contract(fast))
  T(vec) sum[ROWS][VECTORS];
  UNROLL for (int i = 0; i < r; ++i) {
    __builtin_prefetch(c + i * ci, 1);
    UNROLL for (int v = 0; v < VECTORS; ++v) sum[i][v] = (T(vec))(REAL)0;
  }
  VM_PRAGMA(clang loop unroll_count(4))
  for (long p = 0; p < kc; ++p, a += ap, b += WIDTH) {
    T(vec) y[VECTORS];
    UNROLL for (int v = 0; v < VECTORS; ++v) y[v] = *(const T(vec) *)(b + v * LANES);
    UNROLL for (int i = 0; i < r; ++i) {
      T(vec) x = (T(vec))a[i * ai];
      UNROLL for (int v = 0; v < VECTORS; ++v) sum[i][v] += x * y[v];
    }
  }
  if (width == WIDTH) {
    UNROLL for (int i = 0; i < r; ++i) {
      UNROLL for (int v = 0; v < VECTORS; ++v) {
        T(vec) *to = (T(vec) *)(c + i * ci + v * LANES);
        *to = add ? *to + sum[i][v] : sum[i][v];
      }
    }
  } else {
    UNROLL for (int i = 0; i < r; ++i) {
      REAL row[WIDTH];
      UNROLL for (int v = 0; v < VECTORS; ++v) *(T(vec) *)(row + v * LANES) = sum[i][v];
      for (int j = 0; j < width; ++j) c[i * ci + j] = add ? c[i * ci + j] + row[j] : row[j];
    }
  }
}

#define TILE(R)                                           \
  case R:                                                 \
    T(tile)(R, kc, a, ai, ap, b, c, ci, width, add);      \
    break;

ALWAYS void T(tiles)(long m, long kc, const REAL *a, long ai, long ap, long step, const REAL *b, REAL *c, long ci,
                     int width, int add, vm_fetcher *next) {
  vm_fetcher own = *next;
  for (; m >= ROWS; m -= ROWS, a += step, c += ROWS * ci) {
    vm_fetch_part(&own);
    T(tile)(ROWS, kc, a, ai, ap, b, c, ci, width, add);
  }
  *next = own;
  switch (m) {
    TILE(1) TILE(2) TILE(3) TILE(4) TILE(5)
#if ROWS > 6
    TILE(6) TILE(7) TILE(8) TILE(9) TILE(10) TILE(11)
#endif
  }
}

// The three ways in which A may lie, each with constant distances.
TARGET static void T(tiles_packed)(long m, long kc, const REAL *a, const REAL *b, REAL *c, long ci, int width, int add,
                                   vm_fetcher *next) {
  T(tiles)(m, kc, a, 1, ROWS, ROWS * kc, b, c, ci, width, add, next);
}
TARGET static void T(tiles_of_rows)(long m, long kc, const REAL *a, long ai, const REAL *b, REAL *c, long ci, int width,
                                    int add, vm_fetcher *next) {
  T(tiles)(m, kc, a, ai, 1, ROWS * ai, b, c, ci, width, add, next);
}
TARGET static void T(tiles_of_columns)(long m, long kc, const REAL *a, long ap, const REAL *b, REAL *c, long ci,
                                       int width, int add, vm_fetcher *next) {
  T(tiles)(m, kc, a, 1, ap, ROWS, b, c, ci, width, add, next);
}

// kc x width entries of B, row beside row, filled up with zeros.
TARGET static void T(pack_b)(long kc, int width, const REAL *b, long bp, long bj, REAL *to) {
  if (width == WIDTH && bj == 1) {
    for (long p = 0; p < kc; ++p, b += bp, to += WIDTH) {
      UNROLL for (int v = 0; v < VECTORS; ++v) ((T(vec) *)to)[v] = ((const T(vec) *)b)[v];
    }
    return;
  }
  long p = 0;
  if (WIDTH % VM_SQUARE == 0 && width == WIDTH && bp == 1) {
    for (; p + VM_SQUARE <= kc; p += VM_SQUARE)
      for (int j = 0; j < WIDTH; j += VM_SQUARE) T(transpose)(b + j * bj + p, bj, to + p * WIDTH + j, WIDTH);
  }
  for (; p < kc; ++p) {
    for (int j = 0; j < width; ++j) to[p * WIDTH + j] = b[p * bp + j * bj];
    for (int j = width; j < WIDTH; ++j) to[p * WIDTH + j] = 0;
  }
}

// Panels of ROWS rows: [panel][kc][ROWS]. Rows that the last one lacks are never read.
TARGET static void T(pack_a)(long m, long kc, const REAL *a, long ai, long ap, REAL *to) {
  // Columns that are contiguous: several panels together, so that a line of the cache is read once.
  enum { together = 8 };
  for (; ai == 1 && m >= together * ROWS; m -= together * ROWS, a += together * ROWS, to += together * ROWS * kc) {
    for (long p = 0; p < kc; ++p) {
      UNROLL for (int i = 0; i < together; ++i)
        memcpy(to + (i * kc + p) * ROWS, a + p * ap + i * ROWS, ROWS * sizeof(REAL));
    }
  }
  for (; m > 0; m -= ROWS, a += ROWS * ai, to += ROWS * kc) {
    if (m < ROWS) {
      for (long p = 0; p < kc; ++p)
        for (int i = 0; i < m; ++i) to[p * ROWS + i] = a[i * ai + p * ap];
    } else if (ai == 1) {
      for (long p = 0; p < kc; ++p) memcpy(to + p * ROWS, a + p * ap, ROWS * sizeof(REAL));
    } else {
      for (long p = 0; p < kc; ++p) {
        UNROLL for (int i = 0; i < ROWS; ++i) to[p * ROWS + i] = a[i * ai + p * ap];
      }
    }
  }
}

enum { T(block_k) = 256, T(block_m) = 120, T(block_n) = VM_PRODUCT_BYTES / (T(block_k) * sizeof(REAL)) };

// The length of the block of terms that begins where `left` are left: two halves rather than a whole and a small rest.
static inline long T(terms)(long left) {
  if (left > T(block_k) && left < 2 * T(block_k)) return (left / 2 + 7) & ~7L;
  return left < T(block_k) ? left : T(block_k);
}

static inline long T(whole_width)(long n) { return (n + WIDTH - 1) / WIDTH * WIDTH; }

static inline long T(tile_count)(long m, long n, long k) {
  return m / ROWS * (T(whole_width)(n) / WIDTH) * ((k + T(block_k) - 1) / T(block_k));
}

// All of B's columns first ..< last, of n, packed. `first` is a multiple of the width of every tile.
TARGET static void T(pack)(long n, long k, const REAL *b, long bp, long bj, REAL *to, long first, long last) {
  const long whole = T(whole_width)(n);
  for (long p = 0, kc; p < k; p += kc) {
    kc = T(terms)(k - p);
    for (long j = first; j < last; j += WIDTH)
      T(pack_b)(kc, last - j < WIDTH ? (int)(last - j) : WIDTH, b + p * bp + j * bj, bp, bj, to + p * whole + j * kc);
  }
}

// B is read from `packed`, if there is such, and packed panel by panel otherwise.
TARGET static void T(product)(long m, long n, long k, const REAL *a, long ai, long ap, const REAL *b, long bp, long bj,
                              const REAL *packed, REAL *c, long ci, int add, void *buffer, vm_fetcher *given) {
  enum { MC = T(block_m), NC = T(block_n) };
  REAL *packed_a = buffer, *packed_b = packed_a + (MC + ROWS) * T(block_k);
  const int packs = n >= (ap == 1 ? 192 : 96) || (ai != 1 && ap != 1);
  for (long jc = 0, nc; jc < n; jc += nc) {
    nc = packed || n - jc < NC ? n - jc : NC;
    for (long p = 0, kc; p < k; p += kc) {
      kc = T(terms)(k - p);
      const int adds = add || p > 0;
      for (long i = 0; i < m; i += MC) {
        const long mc = m - i < MC ? m - i : MC;
        const REAL *left = a + i * ai + p * ap;
        if (packs) T(pack_a)(mc, kc, left, ai, ap, packed_a);
        for (long j = 0; j < nc; j += WIDTH) {
          const int width = nc - j < WIDTH ? (int)(nc - j) : WIDTH;
          REAL *own_panel = packed_b + (m <= MC ? 0 : j * kc);
          const REAL *panel = packed ? packed + p * T(whole_width)(n) + j * kc : own_panel;
          vm_fetcher own = {0}, *next = packed ? given : &own;
          vm_ahead after;
          if (i == 0 && !packed) {
            const REAL *right = b + p * bp + (jc + j) * bj;
            T(pack_b)(kc, width, right, bp, bj, own_panel);
            const long beyond = nc - j - width < WIDTH ? nc - j - width : WIDTH;
            if (beyond > 0) {
              const long size = sizeof(REAL);
              right += width * bj;
              after = bj == 1 ? (vm_ahead){right, kc, beyond * size, bp * size}
                              : (vm_ahead){right, beyond, kc * size, bj * size};
              own = vm_fetcher_over(&after, 1, mc / ROWS);
            }
          }
          REAL *to = c + i * ci + jc + j;
          if (packs) {
            T(tiles_packed)(mc, kc, packed_a, panel, to, ci, width, adds, next);
          } else if (ap == 1) {
            T(tiles_of_rows)(mc, kc, left, ai, panel, to, ci, width, adds, next);
          } else {
            T(tiles_of_columns)(mc, kc, left, ap, panel, to, ci, width, adds, next);
          }
        }
      }
    }
  }
}

// c[j ci + i] = x[i stride + j], i < n, j < m.
TARGET static void T(transpose_all)(long n, long m, const REAL *x, long stride, REAL *c, long ci) {
  for (long j = 0; j < m; j += VM_SQUARE) {
    const long columns = m - j < VM_SQUARE ? m - j : VM_SQUARE;
    long i = 0;
    for (; columns == VM_SQUARE && i + VM_SQUARE <= n; i += VM_SQUARE)
      T(transpose)(x + i * stride + j, stride, c + j * ci + i, ci);
    for (long l = j; l < j + columns; ++l)
      for (long r = i; r < n; ++r) c[l * ci + r] = x[r * stride + l];
  }
}

// Whether that is the better way: few rows, in whole tiles almost, and many columns.
static inline int T(are_few)(long m, long n, long k, long bp, long bj) {
  const long whole = T(whole_width)(m);
  return bp == 1 && bj > 1 && m <= 64 && n >= 4 * m && 8 * (whole - m) <= m &&
         whole * k * (long)sizeof(REAL) <= VM_PRODUCT_BYTES;
}

// Few rows of A times a matrix whose columns are contiguous: C's transpose is computed, with B on the left as it lies.
TARGET static void T(product_of_few)(long m, long n, long k, const REAL *a, long ai, long ap, const REAL *b, long bj,
                                     REAL *c, long ci, void *buffer) {
  enum { MC = T(block_m) };
  REAL *block = buffer, *packed = block + (MC + ROWS) * T(block_k);
  const long whole = T(whole_width)(m), size = sizeof(REAL);
  T(pack)(m, k, a, ap, ai, packed, 0, m);
  for (long i = 0; i < n; i += MC) {
    const long rows = n - i < MC ? n - i : MC;
    for (long p = 0, kc; p < k; p += kc) {
      kc = T(terms)(k - p);
      const REAL *left = b + i * bj + p;
      // What the next block reads.
      const int ends = p + kc == k;
      const vm_ahead after = {ends ? b + (i + rows) * bj : left + kc,
                              !ends ? rows : n - i - rows < MC ? n - i - rows : MC,
                              T(terms)(ends ? k : k - p - kc) * size, bj * size};
      vm_fetcher next = vm_fetcher_over(&after, 1, rows / ROWS * (whole / WIDTH));
      for (long j = 0; j < m; j += WIDTH) {
        T(tiles_of_rows)(rows, kc, left, bj, packed + p * whole + j * kc, block + j, whole,
                         m - j < WIDTH ? (int)(m - j) : WIDTH, p > 0, &next);
      }
    }
    T(transpose_all)(rows, m, block, whole, c + i, ci);
  }
}

// Rows of tiles of one panel of B, whose terms p ..< p + kc are packed; A's or C's entries beyond the diagonal are zero.
ALWAYS void T(triangle_tiles)(long m, long j, long p, long kc, const REAL *a, long ai, long ap, const REAL *b, REAL *c,
                              long ci, int width, int skip) {
  vm_fetcher none = {0};
  for (long i = 0; i < m; i += ROWS) {
    const long rows = m - i < ROWS ? m - i : ROWS;
    long first = p, last = p + kc;
    if (skip == VM_TERMS_AFTER && last > i + rows) last = i + rows;
    if (skip == VM_TERMS_BEFORE && first < i) first = i;
    if (skip == VM_ENTRIES_AFTER && j >= i + rows) last = first;
    REAL *to = c + i * ci + j;
    if (first < last) {
      const REAL *left = a + i * ai + first * ap, *right = b + (first - p) * WIDTH;
      if (rows == ROWS) T(tile)(ROWS, last - first, left, ai, ap, right, to, ci, width, p > 0);
      else T(tiles)(rows, last - first, left, ai, ap, 0, right, to, ci, width, p > 0, &none);
    } else if (p == 0) {
      for (long r = 0; r < rows; ++r) memset(to + r * ci, 0, (size_t)width * sizeof(REAL));
    }
  }
}

TARGET static void T(triangle_of_rows)(long m, long j, long p, long kc, const REAL *a, long ai, const REAL *b, REAL *c,
                                       long ci, int width, int skip) {
  T(triangle_tiles)(m, j, p, kc, a, ai, 1, b, c, ci, width, skip);
}
TARGET static void T(triangle_of_columns)(long m, long j, long p, long kc, const REAL *a, long ap, const REAL *b,
                                          REAL *c, long ci, int width, int skip) {
  T(triangle_tiles)(m, j, p, kc, a, 1, ap, b, c, ci, width, skip);
}

TARGET static void T(product_triangle)(long m, long n, long k, const REAL *a, long ai, long ap, const REAL *b, long bp,
                                       long bj, REAL *c, long ci, int skip, void *buffer) {
  REAL *panel = buffer;
  for (long p = 0, kc; p < k; p += kc) {
    kc = T(terms)(k - p);
    for (long j = 0; j < n; j += WIDTH) {
      const int width = n - j < WIDTH ? (int)(n - j) : WIDTH;
      T(pack_b)(kc, width, b + p * bp + j * bj, bp, bj, panel);
      if (ap == 1) T(triangle_of_rows)(m, j, p, kc, a, ai, panel, c, ci, width, skip);
      else T(triangle_of_columns)(m, j, p, kc, a, ap, panel, c, ci, width, skip);
    }
  }
}

#undef T
#undef LANES
#undef WIDTH
#undef ALWAYS
#undef UNROLL
#undef TILE
