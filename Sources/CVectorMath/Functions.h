// Template: functions of one variable. `v` is the operand, `p` the parameter.
#include "Precision.h"
#include "Exponential.h"
#include "Trigonometric.h"

#define VM_MAP(NAME, VALUE)                                                           \
  VM_CLONES void F(NAME)(const REAL *x, REAL *y, long count, double parameter) {      \
    const REAL p = (REAL)parameter;                                                   \
    (void)p;                                                                          \
    VM_VECTORIZE_CHAIN                                                                \
    for (long i = 0; i < count; ++i) {                                                \
      REAL v = x[i];                                                                  \
      y[i] = VALUE;                                                                   \
    }                                                                                 \
  }

#if VM_BITS == 32
VM_INLINE REAL F(tanh1)(REAL x) {
  const REAL limit = (REAL)9.02;
  x = x > limit ? limit : x;
  x = x < -limit ? -limit : x;
  REAL z = x * x;
  REAL y = x * F(polynomial)(F(tanh_p), VM_LENGTH(F(tanh_p)), z) / F(polynomial)(F(tanh_q), VM_LENGTH(F(tanh_q)), z);
  y = y > (REAL)1 ? (REAL)1 : y;
  return y < (REAL)-1 ? (REAL)-1 : y;
}
#else
VM_INLINE REAL F(tanh1)(REAL x) {
  const REAL limit = (REAL)19.1;
  x = x > limit ? limit : x;
  x = x < -limit ? -limit : x;
  REAL e = F(expm1)(x + x);
  return e / (e + (REAL)2);
}
#endif

// With u = e^(-|x|) nothing cancels: sigmoid(x) is 1 / (1 + u) or u / (1 + u).
VM_INLINE REAL F(sigmoid1)(REAL x) {
  REAL u = F(exp_below)(-F(magnitude)(x));
  return (x < (REAL)0 ? u : (REAL)1) / ((REAL)1 + u);
}

VM_INLINE REAL F(sigmoid1_derivative)(REAL x) {
  REAL u = F(exp_below)(-F(magnitude)(x)), d = (REAL)1 + u;
  return u / (d * d);
}

// log(1 + u) corrected for the rounding of 1 + u.
VM_INLINE REAL F(softplus1)(REAL x) {
  REAL u = F(exp_below)(-F(magnitude)(x)), w = (REAL)1 + u;
  return (x > (REAL)0 ? x : (REAL)0) + (F(log1)(w) - ((w - (REAL)1) - u) / w);
}

// x above 0, e^x - 1 below: with t = tanh(x / 2) it is 2 t / (1 - t), where nothing cancels.
VM_INLINE REAL F(elu1)(REAL x) {
  REAL t = F(tanh1)((REAL)0.5 * (x < (REAL)0 ? x : (REAL)0));
  REAL below = (t + t) / ((REAL)1 - t);
  return x > (REAL)0 ? x : (x != x ? x : below);
}

#if VM_BITS == 32
VM_INLINE REAL F(erf1)(REAL x) {
  const REAL limit = (REAL)3.95;
  x = x > limit ? limit : x;
  x = x < -limit ? -limit : x;
  REAL z = x * x;
  REAL y = x * F(polynomial)(F(erf_p), VM_LENGTH(F(erf_p)), z) / F(polynomial)(F(erf_q), VM_LENGTH(F(erf_q)), z);
  y = y > (REAL)1 ? (REAL)1 : y;
  return y < (REAL)-1 ? (REAL)-1 : y;
}

// Phi(-a) and e^(-a^2 / 2) for a from 0 to 13.1; a^2 is split into an exact part and a small rest.
VM_INLINE REAL F(normal_tail)(REAL a, REAL *density) {
  REAL high = F(from_bits)(F(bits)(a) & SPLIT_MASK), square = high * high;
  REAL shifted = square * (REAL)-0.72134752044448170368 + MAGIC;
  REAL n = shifted - MAGIC;
  REAL r = (a - high) * (a + high) + ((square + n * (2 * LN2_HIGH)) + n * (2 * LN2_LOW));
  REAL e = F(times_power)(F(polynomial)(F(exp_half_p), VM_LENGTH(F(exp_half_p)), r), shifted);
  *density = e;
  return e * F(polynomial)(F(tail_p), VM_LENGTH(F(tail_p)), a) / F(polynomial)(F(tail_q), VM_LENGTH(F(tail_q)), a);
}
#define NORMAL_LIMIT 13.1f
#else
VM_INLINE REAL F(erf1)(REAL x) {
  const REAL limit = (REAL)27.4;
  REAL a = F(magnitude)(x);
  a = a > limit ? limit : a;
  REAL near = x * F(horner)(F(erf_p), VM_LENGTH(F(erf_p)), a * a);
  REAL far = (REAL)1 - F(exp_minus_square)(a, (REAL)1) * F(erfcx)(a);
  return a * a < (REAL)0.7 ? near : F(with_sign)(far, x);
}

// Phi(-a) and e^(-a^2 / 2) for a from 0 to 37.5.
VM_INLINE REAL F(normal_tail)(REAL a, REAL *density) {
  REAL e = F(exp_minus_square)(a, (REAL)0.5);
  *density = e;
  return (REAL)0.5 * e * F(erfcx)(a * (REAL)0.70710678118654752440);
}
#undef NORMAL_LIMIT
#define NORMAL_LIMIT 37.5
#endif

// x Phi(x) with a = |x|: max(x, 0) - a Phi(-a), accurate in both tails.
VM_INLINE REAL F(gelu_of)(REAL x, REAL a, REAL tail) { return ((REAL)0 > x ? (REAL)0 : x) - a * tail; }

// Phi(x) + x phi(x): the same with the sign of x, and 1 more where x is positive.
VM_INLINE REAL F(gelu_slope_of)(REAL x, REAL a, REAL tail, REAL density) {
  REAL even = a * (density * (REAL)0.39894228040143267794) - tail;
  return x > (REAL)0 ? (REAL)1 + even : -even;
}

VM_INLINE REAL F(gelu1_pair)(REAL x, REAL *slope) {
  REAL density, a = F(magnitude)(x);
  a = a > NORMAL_LIMIT ? NORMAL_LIMIT : a;
  REAL tail = F(normal_tail)(a, &density);
  *slope = F(gelu_slope_of)(x, a, tail, density);
  return F(gelu_of)(x, a, tail);
}

// x sigmoid(h) and its slope, for h with a slope.
VM_INLINE REAL F(gated1_pair)(REAL x, REAL h, REAL h_slope, REAL *slope) {
  REAL u = F(exp_below)(-F(magnitude)(h)), r = (REAL)1 / ((REAL)1 + u);
  REAL s = h < (REAL)0 ? u * r : r;
  *slope = s + x * (u * r * r) * h_slope;
  return x * s;
}

VM_INLINE REAL F(silu1_pair)(REAL x, REAL *slope) { return F(gated1_pair)(x, x, (REAL)1, slope); }

// x (1 + tanh g) / 2 = x sigmoid(2 g), 2 g = c (x + 0.044715 x^3) with c = 2 sqrt(2 / pi).
VM_INLINE REAL F(gelu_tanh1_pair)(REAL x, REAL *slope) {
  const REAL c = (REAL)1.59576912160573071176, d = (REAL)(1.59576912160573071176 * 0.044715);
  return F(gated1_pair)(x, x * (c + d * x * x), c + (REAL)3 * d * x * x, slope);
}

// One of the two alone: what only the other needs is not computed.
#define VM_OF_PAIR(NAME)                                                            \
  VM_INLINE REAL F(NAME##1)(REAL x) {                                               \
    REAL slope;                                                                     \
    return F(NAME##1_pair)(x, &slope);                                              \
  }                                                                                 \
  VM_INLINE REAL F(NAME##1_derivative)(REAL x) {                                    \
    REAL slope;                                                                     \
    (void)F(NAME##1_pair)(x, &slope);                                               \
    return slope;                                                                   \
  }                                                                                 \
  VM_CLONES void F(NAME##_pair)(const REAL *x, REAL *y, REAL *slopes, long count) { \
    VM_VECTORIZE_CHAIN                                                              \
    for (long i = 0; i < count; ++i) {                                              \
      REAL slope, value = F(NAME##1_pair)(x[i], &slope);                            \
      y[i] = value;                                                                 \
      slopes[i] = slope;                                                            \
    }                                                                               \
  }

VM_OF_PAIR(gelu)
VM_OF_PAIR(silu)
VM_OF_PAIR(gelu_tanh)
#undef VM_OF_PAIR

VM_MAP(relu, v > (REAL)0 ? v : (v != v ? v : (REAL)0))
VM_MAP(leaky_relu, v > (REAL)0 ? v : p * v)
VM_MAP(step, v > (REAL)0 ? (REAL)1 : (REAL)0)
VM_MAP(step_leaky, v > (REAL)0 ? (REAL)1 : p)
VM_MAP(sign, v > (REAL)0 ? (REAL)1 : (v < (REAL)0 ? (REAL)-1 : (REAL)0))
VM_MAP(absolute, F(magnitude)(v))
VM_MAP(square, v *v)
VM_MAP(twice, v + v)
VM_MAP(minus_square, -(v * v))
VM_MAP(half_reciprocal, (REAL)0.5 / v)
VM_MAP(tanh_slope_of_result, (REAL)1 - v * v)
VM_MAP(sigmoid_slope_of_result, v *((REAL)1 - v))
VM_MAP(square_root, __builtin_elementwise_sqrt(v))
VM_MAP(reciprocal, (REAL)1 / v)
VM_MAP(reciprocal_square_root, (REAL)1 / __builtin_elementwise_sqrt(v))
VM_MAP(exponential, F(exp1)(v))
VM_MAP(logarithm, F(log1)(v))
VM_MAP(tanh, F(tanh1)(v))
VM_MAP(sigmoid, F(sigmoid1)(v))
VM_MAP(sigmoid_derivative, F(sigmoid1_derivative)(v))
VM_MAP(softplus, F(softplus1)(v))
VM_MAP(elu, F(elu1)(v))
VM_MAP(elu_derivative, v > (REAL)0 ? (REAL)1 : F(exp_below)(v < (REAL)0 ? v : (REAL)0))
VM_MAP(silu, F(silu1)(v))
VM_MAP(silu_derivative, F(silu1_derivative)(v))
VM_MAP(erf, F(erf1)(v))
VM_MAP(erf_derivative, (REAL)1.1283791670955125739 * F(exp_minus_square)(v, (REAL)1))
VM_MAP(gelu_exact, F(gelu1)(v))
VM_MAP(gelu_exact_derivative, F(gelu1_derivative)(v))
VM_MAP(gelu_tanh, F(gelu_tanh1)(v))
VM_MAP(gelu_tanh_derivative, F(gelu_tanh1_derivative)(v))

// Arguments too large for the reduction are left to the C library, a whole array at a time.
VM_CLONES static int F(all_below)(const REAL *x, long count, REAL limit) {
  INT outside = 0;
  VM_VECTORIZE
  for (long i = 0; i < count; ++i) outside |= F(magnitude)(x[i]) > limit;
  return !outside;
}

VM_MAP(sine_reduced, F(sine1)(v, 0))
VM_MAP(cosine_reduced, F(sine1)(v, 1))
VM_MAP(sine_negative_reduced, F(sine1)(v, 2))

#define VM_TRIGONOMETRIC(NAME, LIBRARY)                                                      \
  void F(NAME)(const REAL *x, REAL *y, long count, double parameter) {                       \
    if (F(all_below)(x, count, TRIGONOMETRIC_LIMIT)) {                                       \
      F(NAME##_reduced)(x, y, count, parameter);                                  \
    } else {                                                                                 \
      for (long i = 0; i < count; ++i) y[i] = (REAL)LIBRARY((double)x[i]);                   \
    }                                                                                        \
  }

VM_TRIGONOMETRIC(sine, sin)
VM_TRIGONOMETRIC(cosine, cos)
VM_TRIGONOMETRIC(sine_negative, -sin)
#undef VM_TRIGONOMETRIC
#undef VM_MAP
