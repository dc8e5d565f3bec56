// GMP's functions are macros, which Swift does not import: each that is needed has a wrapper here.
#ifndef CGMP_SHIM_H
#define CGMP_SHIM_H
#include <gmp.h>
#include <stdlib.h>

static inline void gmp_rational_init(mpq_ptr q) { mpq_init(q); }
static inline void gmp_rational_clear(mpq_ptr q) { mpq_clear(q); }
static inline void gmp_rational_set_long(mpq_ptr q, long numerator, unsigned long denominator) {
  mpq_set_si(q, numerator, denominator);
  mpq_canonicalize(q);
}
static inline int gmp_rational_set_string(mpq_ptr q, const char *text) {
  int failed = mpq_set_str(q, text, 10);
  if (!failed && mpz_sgn(mpq_denref(q)) == 0) return -1;
  if (!failed) mpq_canonicalize(q);
  return failed;
}
static inline void gmp_rational_add(mpq_ptr r, mpq_srcptr a, mpq_srcptr b) { mpq_add(r, a, b); }
static inline void gmp_rational_multiply(mpq_ptr r, mpq_srcptr a, mpq_srcptr b) { mpq_mul(r, a, b); }
static inline void gmp_rational_divide(mpq_ptr r, mpq_srcptr a, mpq_srcptr b) { mpq_div(r, a, b); }
static inline int gmp_rational_compare(mpq_srcptr a, mpq_srcptr b) { return mpq_cmp(a, b); }
// |q| times 2^shift, cut to a whole number of 62 or 63 bits, whose last bit is 1 if anything was cut off; 0 of zero.
static inline unsigned long gmp_rational_scaled(mpq_srcptr q, long *shift) {
  *shift = 0;
  if (mpq_sgn(q) == 0) return 0;
  const long difference =
      (long)mpz_sizeinbase(mpq_numref(q), 2) - (long)mpz_sizeinbase(mpq_denref(q), 2);
  *shift = 62 - difference;
  mpz_t numerator, denominator, remainder;
  mpz_init(numerator);
  mpz_init_set(denominator, mpq_denref(q));
  mpz_init(remainder);
  mpz_abs(numerator, mpq_numref(q));
  if (*shift >= 0) mpz_mul_2exp(numerator, numerator, (unsigned long)*shift);
  else mpz_mul_2exp(denominator, denominator, (unsigned long)-*shift);
  mpz_tdiv_qr(numerator, remainder, numerator, denominator);
  const unsigned long scaled = mpz_get_ui(numerator) | (mpz_sgn(remainder) != 0);
  mpz_clear(numerator);
  mpz_clear(denominator);
  mpz_clear(remainder);
  return scaled;
}
static inline int gmp_rational_sign(mpq_srcptr q) { return mpq_sgn(q); }
static inline char *gmp_rational_string(mpq_srcptr q) { return mpq_get_str(NULL, 10, q); }
static inline int gmp_rational_fits(mpq_srcptr q) {
  return mpz_fits_slong_p(mpq_numref(q)) && mpz_fits_slong_p(mpq_denref(q));
}
static inline long gmp_rational_numerator(mpq_srcptr q) { return mpz_get_si(mpq_numref(q)); }
static inline long gmp_rational_denominator(mpq_srcptr q) { return mpz_get_si(mpq_denref(q)); }
#endif
