// Template: exponential, its difference from 1, logarithm and the complementary error function, free of branches.
// The polynomials interpolate at Chebyshev nodes; their relative errors are 1e-8 (float) and 3e-16 (double) or less.
#if VM_BITS == 32
static const REAL F(exp_q)[] = {4.999999345e-1f, 1.666652065e-1f, 4.166838864e-2f, 8.368714900e-3f, 1.381454379e-3f};
// The same for e^(-r / 2), with 1 and r.
static const REAL F(exp_half_p)[] = {1, -0.5f, 0.1249999836f, -0.02083315081f, 0.00260427429f, -0.0002615223406f, 2.158522467e-05f};
static const REAL F(log_r)[] = {0.3333334258f, 0.1999436592f, 0.1479107947f};
// Ratios of polynomials in x^2, for tanh x / x up to 9.02 and erf x / x up to 3.95; and in x for
// Phi(-x) e^(x^2 / 2) up to 13.2. All coefficients are positive, so that no step cancels.
static const REAL F(tanh_p)[] = {0.9999999790f, 0.1337971182f, 3.494027237e-3f, 2.058335923e-5f, 1.331890145e-8f};
static const REAL F(tanh_q)[] = {1, 0.4671302706f, 2.587104547e-2f, 3.283080789e-4f, 7.761949881e-7f};
static const REAL F(erf_p)[] = {1.128379144f,    0.1915509328f,   5.287550175e-2f,
                                3.808181998e-3f, 2.846871286e-4f, 2.025888870e-6f};
static const REAL F(erf_q)[] = {1, 0.5030902698f, 0.1145598567f, 1.505513001e-2f, 1.170728821e-3f, 3.783157190e-5f};
static const REAL F(tail_p)[] = {0.5000000024f, 0.4354527010f, 0.1811346795f, 3.992641226e-2f, 4.011675326e-3f};
static const REAL F(tail_q)[] = {1, 1.668790316f, 1.193767306f, 0.4639261979f, 0.1000881433f, 1.005563332e-2f};
#else
static const REAL F(exp_q)[] = {5.0000000000000010314e-1, 1.6666666666666667460e-1, 4.1666666666623820532e-2,
                                8.3333333333300381973e-3, 1.3888888917367080562e-3, 1.9841269863171556026e-4,
                                2.4801521057868205199e-5, 2.7557268276905696187e-6, 2.7620201591031548792e-7,
                                2.5100472505694996003e-8};
static const REAL F(log_r)[] = {3.3333333333333348661e-1, 1.9999999999949095974e-1, 1.4285714313285101811e-1,
                                1.1111105518908293862e-1, 9.0914480917415432802e-2, 7.6657436179328666199e-2,
                                7.3096717267563075963e-2};
static const REAL F(erf_p)[] = {1.1283791670955125652,     -3.7612638903183453445e-1, 1.1283791670938019467e-1,
                                -2.6866170641310823901e-2, 5.2239775816341928633e-3,  -8.5483240885747524365e-4,
                                1.2055210141926476851e-4,  -1.4922337291893811057e-5, 1.6404377246599299954e-6,
                                -1.5733777777321387346e-7, 1.0784137268777398294e-8};
static const REAL F(erfcx_p)[] = {
    0.19746635424814683758, 0.1974663537389227145,  0.18537155807897906086, 0.16118151708754656299,
    0.12712579621316630757, 0.087566044480916627153, 0.049228153820834465227, 0.013136461065512127823,
    0.012410907795356517759, -0.079182955110972965506, 0.20171869097693210174, -0.54035160043897964473,
    1.0946354341307025569, -1.7424848203539159464, 2.1886906496055969154, -2.081297631177125456,
    1.4433551382472295834, -0.7052121644133997522, 0.23046103870122668376, -0.045366175905418251767,
    0.0040812492087430788968};
#endif

VM_INLINE REAL F(horner)(const REAL *coefficients, int count, REAL x) {
  REAL sum = coefficients[count - 1];
  VM_PRAGMA(clang loop unroll(full))
  for (int i = count - 2; i >= 0; --i) sum = sum * x + coefficients[i];
  return sum;
}

// The same as two shorter chains, of even and of odd powers.
VM_INLINE REAL F(polynomial)(const REAL *coefficients, int count, REAL x) {
  const int even = (count - 1) & ~1, odd = (count - 2) | 1;
  REAL square = x * x, sum = coefficients[even], other = coefficients[odd];
  VM_PRAGMA(clang loop unroll(full))
  for (int i = even - 2; i >= 0; i -= 2) sum = sum * square + coefficients[i];
  VM_PRAGMA(clang loop unroll(full))
  for (int i = odd - 2; i >= 0; i -= 2) other = other * square + coefficients[i];
  return other * x + sum;
}

VM_INLINE UINT F(bits)(REAL x) {
  UINT bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

VM_INLINE REAL F(from_bits)(UINT bits) {
  REAL x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

VM_INLINE REAL F(magnitude)(REAL x) { return F(from_bits)(F(bits)(x) & ~((UINT)1 << (sizeof(REAL) * 8 - 1))); }

VM_INLINE REAL F(with_sign)(REAL x, REAL sign) {
  return F(from_bits)(F(bits)(x) | (F(bits)(sign) & ((UINT)1 << (sizeof(REAL) * 8 - 1))));
}

// 2^k p for the integer k in the low bits of `shifted`; up to p < 1 for the largest k, which is one too large to be
// the exponent of a power of two.
VM_INLINE REAL F(times_power)(REAL p, REAL shifted) { return F(from_bits)(F(bits)(p) + (F(bits)(shifted) << MANTISSA)); }

// x / log 2, rounded to an integer k in the low bits.
VM_INLINE REAL F(exp_shifted)(REAL x) { return x * (REAL)1.44269504088896340736 + MAGIC; }

// x = k log 2 + r with |r| <= log(2) / 2.
VM_INLINE REAL F(exp_rest)(REAL x, REAL shifted) {
  REAL n = shifted - MAGIC;
  return (x - n * LN2_HIGH) - n * LN2_LOW;
}

// e^r = 1 + r + r^2 q(r).
VM_INLINE REAL F(exp_near)(REAL r) {
  return (REAL)1 + (r + r * r * F(polynomial)(F(exp_q), VM_LENGTH(F(exp_q)), r));
}

// e^x for x up to 0, or not a number.
VM_INLINE REAL F(exp_below)(REAL x) {
  REAL shifted = F(exp_shifted)(x);
  REAL power = F(from_bits)((F(bits)(shifted) + BIAS) << MANTISSA);
  REAL result = F(exp_near)(F(exp_rest)(x, shifted)) * power;
  return x < EXP_LOW ? (REAL)0 : result;
}

// 2^k e^r, or what x says where that is no number of this precision.
VM_INLINE REAL F(exp_within)(REAL x, REAL r, REAL shifted) {
  REAL result = F(times_power)(F(exp_near)(r), shifted);
  result = x < EXP_LOW ? (REAL)0 : result;
  return x <= EXP_HIGH ? result : x + (REAL)__builtin_inf();
}

VM_INLINE REAL F(exp1)(REAL x) {
  REAL shifted = F(exp_shifted)(x);
  return F(exp_within)(x, F(exp_rest)(x, shifted), shifted);
}

// e^(x + y), y small beside 1.
VM_INLINE REAL F(exp_sum)(REAL x, REAL y) {
  REAL shifted = F(exp_shifted)(x);
  return F(exp_within)(x, F(exp_rest)(x, shifted) + y, shifted);
}

// e^x - 1 for |x| < 60, without cancellation near 0.
VM_INLINE REAL F(expm1)(REAL x) {
  REAL shifted = F(exp_shifted)(x), r = F(exp_rest)(x, shifted);
  UINT k = F(bits)(shifted) - F(bits)(MAGIC);
  REAL p = r + r * r * F(horner)(F(exp_q), VM_LENGTH(F(exp_q)), r);
  REAL power = F(from_bits)((k + BIAS) << MANTISSA);
  return power * p + (power - (REAL)1);
}

// log x = k log 2 + 2 atanh(f / (2 + f)), x = 2^k (1 + f) with 1 + f from sqrt(1/2) to sqrt 2.
VM_INLINE REAL F(log1)(REAL x) {
  REAL scaled = x < SMALLEST ? x * (REAL)((UINT)1 << (MANTISSA + 1)) : x;
  REAL offset = x < SMALLEST ? (REAL)(MANTISSA + 1) : (REAL)0;
  const UINT root = F(bits)((REAL)0.70710678118654752440);
  UINT bits = F(bits)(scaled) - root;
  REAL one_f = F(from_bits)((bits & (((UINT)1 << MANTISSA) - 1)) + root);
  // The exponent is a small signed integer: biased to be positive, it is read through a large power of two.
  UINT exponent = (bits + ((UINT)BIAS << MANTISSA)) >> MANTISSA;
  REAL n = F(from_bits)(exponent | F(bits)((REAL)((UINT)1 << MANTISSA))) - (REAL)((UINT)1 << MANTISSA);
  n = n - (REAL)BIAS - offset;
  REAL f = one_f - (REAL)1, s = f / ((REAL)2 + f), z = s * s;
  REAL twice = s + s;
  REAL tail = twice * z * F(horner)(F(log_r), VM_LENGTH(F(log_r)), z);
  REAL result = n * LN2_HIGH + (twice + (tail + n * LN2_LOW));
  result = x == (REAL)0 ? -(REAL)__builtin_inf() : result;
  result = x == (REAL)__builtin_inf() ? x : result;
  return x >= (REAL)0 ? result : (REAL)__builtin_nan("");
}

// e^(-x^2 s): the square is split into an exact part and a small rest.
VM_INLINE REAL F(exp_minus_square)(REAL x, REAL s) {
  REAL high = F(from_bits)(F(bits)(x) & SPLIT_MASK);
  REAL rest = (x - high) * (x + high);
  return F(exp_sum)(-high * high * s, -rest * s);
}

#if VM_BITS == 64
// erfc(z) e^(z^2) for z from 0 to 27: t p(t) with t = 1 / (1 + 0.35 z).
VM_INLINE REAL F(erfcx)(REAL z) {
  REAL t = (REAL)1 / ((REAL)1 + (REAL)0.35 * z);
  return t * F(horner)(F(erfcx_p), VM_LENGTH(F(erfcx_p)), t);
}
#endif
