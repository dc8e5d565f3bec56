// The steps of a chain on one block, and each thread's own scratch memory.
#include "include/CVectorMath.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#pragma clang fp contract(fast)

#define VM_BITS 32
#include "Chain.h"
#undef VM_BITS
#define VM_BITS 64
#include "Chain.h"

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static _Thread_local struct {
  void *memory;
  size_t size;
} scratch;

static void make_key(void) { (void)pthread_key_create(&scratch_key, free); }

void *vm_scratch(long bytes) {
  // More than most ask for, so that it seldom grows; what is not touched takes no memory.
  const size_t least = (size_t)1 << 19;
  size_t size = bytes > (long)least ? ((size_t)bytes + 4095) & ~(size_t)4095 : least;
  if (size <= scratch.size) return scratch.memory;
  pthread_once(&scratch_once, make_key);
  free(scratch.memory);
  scratch.memory = NULL;
  scratch.size = 0;
  void *memory = NULL;
  if (posix_memalign(&memory, 64, size) != 0) abort();
  scratch.memory = memory;
  scratch.size = size;
  // The key frees it at the end of the thread.
  (void)pthread_setspecific(scratch_key, memory);
  return memory;
}

void vm_fetch(const void *from, long bytes) {
  for (long i = 0; i < bytes; i += 64) __builtin_prefetch((const char *)from + i, 0, 2);
}
