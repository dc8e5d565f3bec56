// Sums and products of arrays, and copies between strides.
#include "include/CVectorMath.h"
#pragma clang fp contract(fast)

#define VM_BITS 32
#include "Arithmetic.h"
#undef VM_BITS
#define VM_BITS 64
#include "Arithmetic.h"

VM_CLONES long vm_first_outside(const int32_t *indices, long count, long size) {
  const long step = 1024;
  const uint32_t limit = size > INT32_MAX ? (uint32_t)INT32_MAX : (uint32_t)(size < 0 ? 0 : size);
  for (long start = 0; start < count; start += step) {
    long end = start + step < count ? start + step : count;
    uint32_t outside = 0;
    for (long i = start; i < end; ++i) outside |= (uint32_t)indices[i] >= limit;
    if (!outside) continue;
    for (long i = start; i < end; ++i)
      if ((uint32_t)indices[i] >= limit) return i;
  }
  return -1;
}
