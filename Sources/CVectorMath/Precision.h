// Included once before each pass of a template, with VM_BITS 32 or 64: the scalar type and its constants.
#include <stdint.h>
#include <string.h>

#ifndef VM_PRECISION_ONCE
#define VM_PRECISION_ONCE

// A clone for each generation of x86-64; the loader picks one. Other processors get the one that is built; so does the
// thread sanitizer, which is not ready yet when the loader picks.
#if defined(__x86_64__) && defined(__linux__) && defined(__has_attribute) && defined(__has_feature)
#if __has_attribute(target_clones) && !__has_feature(thread_sanitizer)
#define VM_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
#endif
#ifndef VM_CLONES
#define VM_CLONES
#endif

#define VM_INLINE static inline __attribute__((always_inline))
#define VM_PRAGMA(TEXT) _Pragma(#TEXT)
// Elements do not depend on one another, even where a result replaces an operand.
#define VM_VECTORIZE VM_PRAGMA(clang loop vectorize(assume_safety) interleave(enable))
// The same for long chains of dependent operations: two chains at a time.
#define VM_VECTORIZE_CHAIN VM_PRAGMA(clang loop vectorize(assume_safety) interleave_count(2))
#define VM_JOIN2(A, B, C) A##B##C
#define VM_JOIN(A, B, C) VM_JOIN2(A, B, C)
#define F(NAME) VM_JOIN(vm_, NAME, SUFFIX)
#define VM_LENGTH(ARRAY) ((int)(sizeof(ARRAY) / sizeof(ARRAY[0])))
#endif

#undef REAL
#undef INT
#undef UINT
#undef SUFFIX
#undef MANTISSA
#undef BIAS
#undef EXPONENT_BITS
#undef MAGIC
#undef LN2_HIGH
#undef LN2_LOW
#undef EXP_LOW
#undef EXP_HIGH
#undef SMALLEST
#undef SPLIT_MASK

#if VM_BITS == 32
#define REAL float
#define INT int32_t
#define UINT uint32_t
#define SUFFIX _f32
#define MANTISSA 23
#define BIAS 127
#define EXPONENT_BITS 0x7f800000u
#define MAGIC 12582912.0f  // 1.5 2^23: adding it rounds to an integer and leaves that in the low bits
#define LN2_HIGH 0.693359375f
#define LN2_LOW -2.12194440e-4f
#define EXP_LOW -86.6f  // below, the exponential is 0: no denormal results
#define EXP_HIGH 88.72283f
#define SMALLEST 1.17549435e-38f
#define SPLIT_MASK 0xfffff000u  // leaves 12 bits, whose square is exact
#else
#define REAL double
#define INT int64_t
#define UINT uint64_t
#define SUFFIX _f64
#define MANTISSA 52
#define BIAS 1023
#define EXPONENT_BITS 0x7ff0000000000000u
#define MAGIC 6755399441055744.0
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
#define EXP_LOW -707.0
#define EXP_HIGH 709.782712893384
#define SMALLEST 2.2250738585072014e-308
#define SPLIT_MASK 0xfffffffff8000000u
#endif
