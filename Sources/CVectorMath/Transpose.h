// Template, part of that of products: transposes a square of VM_SQUARE x VM_SQUARE entries.
#if VM_BITS == 32
ALWAYS void T(transpose)(const float *x, long xstride, float *y, long ystride) {
  typedef float row __attribute__((ext_vector_type(8), aligned(4)));
  row r[8], pairs[8], quads[8];
  UNROLL for (int i = 0; i < 8; ++i) r[i] = *(const row *)(x + i * xstride);
  UNROLL for (int i = 0; i < 8; i += 2) {
    pairs[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    pairs[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  UNROLL for (int i = 0; i < 8; i += 4) {
    quads[i] = __builtin_shufflevector(pairs[i], pairs[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    quads[i + 1] = __builtin_shufflevector(pairs[i], pairs[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    quads[i + 2] = __builtin_shufflevector(pairs[i + 1], pairs[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    quads[i + 3] = __builtin_shufflevector(pairs[i + 1], pairs[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  UNROLL for (int i = 0; i < 4; ++i) {
    *(row *)(y + i * ystride) = __builtin_shufflevector(quads[i], quads[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    *(row *)(y + (i + 4) * ystride) = __builtin_shufflevector(quads[i], quads[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}
#else
ALWAYS void T(transpose)(const double *x, long xstride, double *y, long ystride) {
  for (int i = 0; i < VM_SQUARE; ++i)
    for (int j = 0; j < VM_SQUARE; ++j) y[i * ystride + j] = x[j * xstride + i];
}
#endif
