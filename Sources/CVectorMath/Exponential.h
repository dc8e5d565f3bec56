// Template: exponential, its difference from 1, logarithm and the complementary error function, free of branches.
// The polynomials interpolate at Chebyshev nodes; their relative errors are 1e-8 (float) and 3e-16 (double) or less.
#if VM_BITS == 32
static const REAL F(exp_q)[] = {0.5f, 0.1666657667f, 0.04166655421f, 0.008363232884f, 0.001392625083f};
static const REAL F(log_r)[] = {0.3333334258f, 0.1999436592f, 0.1479107947f};
static const REAL F(erf_p)[] = {1.128379162f,   -0.376125837f,   0.1128286577f,
                                -0.0268089851f, 0.005062407092f, -0.0006384235407f};
static const REAL F(erfcx_p)[] = {0.1974847275f,  0.1971134837f,   0.1881593563f, 0.1497675571f, 0.1507353006f,
                                  0.07726273482f, -0.01485844487f, 0.1710619049f, -0.15420886f,  0.03748224488f};
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

// e^(x + y), y small beside 1: x = k log 2 + r with |r| <= log(2) / 2, and e^r = 1 + r + r^2 q(r).
VM_INLINE REAL F(exp_sum)(REAL x, REAL y) {
  REAL shifted = x * (REAL)1.44269504088896340736 + MAGIC;
  UINT k = F(bits)(shifted) - F(bits)(MAGIC);
  REAL n = shifted - MAGIC;
  REAL r = ((x - n * LN2_HIGH) - n * LN2_LOW) + y;
  REAL p = (REAL)1 + (r + r * r * F(horner)(F(exp_q), VM_LENGTH(F(exp_q)), r));
  REAL half = F(from_bits)((k + (BIAS - 1)) << MANTISSA);
  REAL result = p * half * (REAL)2;
  result = x < EXP_LOW ? (REAL)0 : result;
  return x > EXP_HIGH ? (REAL)__builtin_inf() : result;
}

VM_INLINE REAL F(exp1)(REAL x) { return F(exp_sum)(x, (REAL)0); }

// e^x - 1 for |x| < 60, without cancellation near 0.
VM_INLINE REAL F(expm1)(REAL x) {
  REAL shifted = x * (REAL)1.44269504088896340736 + MAGIC;
  UINT k = F(bits)(shifted) - F(bits)(MAGIC);
  REAL n = shifted - MAGIC;
  REAL r = (x - n * LN2_HIGH) - n * LN2_LOW;
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

// erfc(z) e^(z^2) for z from 0 to 10 (float) or 27 (double): t p(t) with t = 1 / (1 + 0.35 z).
VM_INLINE REAL F(erfcx)(REAL z) {
  REAL t = (REAL)1 / ((REAL)1 + (REAL)0.35 * z);
  return t * F(horner)(F(erfcx_p), VM_LENGTH(F(erfcx_p)), t);
}
