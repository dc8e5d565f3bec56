// Template: sine and cosine. x = k pi / 2 + r in three parts, then a polynomial for each on |r| <= pi / 4.
#undef TRIGONOMETRIC_LIMIT
#if VM_BITS == 32
#define TRIGONOMETRIC_LIMIT 8192.0f
static const REAL F(half_pi)[] = {1.5703125f, 4.837512969970703125e-4f, 7.54978994876865e-8f};
static const REAL F(sin_p)[] = {-1.6666664539e-1f, 8.3327246138e-3f, -1.9582830679e-4f};
static const REAL F(cos_p)[] = {4.1666664536e-2f, -1.3888279331e-3f, 2.4542871111e-5f};
#else
#define TRIGONOMETRIC_LIMIT 100000.0
static const REAL F(half_pi)[] = {1.57079632673412561417e+00, 6.07710050630396597660e-11, 2.02226624879595063154e-21};
static const REAL F(sin_p)[] = {-1.6666666666666664365e-1, 8.3333333333306993363e-3, -1.9841269836385434484e-4,
                                2.7557315910939001563e-6, -2.5051092308431316672e-8, 1.5915309183057952557e-10};
static const REAL F(cos_p)[] = {4.1666666666666665227e-2, -1.3888888888887241376e-3, 2.4801587298532259045e-5,
                                -2.7557317151858864538e-7, 2.0876121534608453101e-9, -1.1380868171449770957e-11};
#endif

VM_INLINE REAL F(sin_kernel)(REAL r) {
  REAL z = r * r;
  return r + r * z * F(horner)(F(sin_p), VM_LENGTH(F(sin_p)), z);
}

VM_INLINE REAL F(cos_kernel)(REAL r) {
  REAL z = r * r;
  return (REAL)1 - (REAL)0.5 * z + z * z * F(horner)(F(cos_p), VM_LENGTH(F(cos_p)), z);
}

// sin(x + quarter pi / 2).
VM_INLINE REAL F(sine1)(REAL x, UINT quarter) {
  REAL shifted = x * (REAL)0.63661977236758134308 + MAGIC;
  UINT k = F(bits)(shifted) - F(bits)(MAGIC) + quarter;
  REAL n = shifted - MAGIC;
  REAL r = ((x - n * F(half_pi)[0]) - n * F(half_pi)[1]) - n * F(half_pi)[2];
  REAL value = (k & 1) != 0 ? F(cos_kernel)(r) : F(sin_kernel)(r);
  return (k & 2) != 0 ? -value : value;
}
