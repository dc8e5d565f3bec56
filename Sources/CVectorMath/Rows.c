// Reductions of rows and columns. Sums are kept in double, in lanes that are added at the end.
#include "include/CVectorMath.h"
#pragma clang fp contract(fast)

#define VM_BITS 32
#include "Rows.h"
#undef VM_BITS
#define VM_BITS 64
#include "Rows.h"
