// The steps of a chain on one block.
#include "include/CVectorMath.h"

#include <math.h>

#pragma clang fp contract(fast)

#define VM_BITS 32
#include "Chain.h"
#undef VM_BITS
#define VM_BITS 64
#include "Chain.h"

void vm_fetch(const void *from, long bytes) {
  for (long i = 0; i < bytes; i += 64) __builtin_prefetch((const char *)from + i, 0, 2);
}
