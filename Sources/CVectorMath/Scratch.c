// Each thread's own scratch memory.
#include "include/CVectorMath.h"

#include <pthread.h>
#include <stdlib.h>

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static _Thread_local struct {
  void *memory;
  size_t size;
  int is_lent;
} scratch;

static void make_key(void) { (void)pthread_key_create(&scratch_key, free); }

static void *allocate(size_t size) {
  void *memory = NULL;
  return posix_memalign(&memory, 64, size) == 0 ? memory : NULL;
}

void *vm_scratch_borrow(long bytes) {
  // More than most ask for, so that it seldom grows; what is not touched takes no memory.
  const size_t least = (size_t)1 << 19;
  const size_t size = bytes > (long)least ? ((size_t)bytes + 4095) & ~(size_t)4095 : least;
  if (scratch.is_lent) return allocate(size);
  if (size > scratch.size) {
    pthread_once(&scratch_once, make_key);
    void *memory = allocate(size);
    if (!memory) return NULL;
    free(scratch.memory);
    scratch.memory = memory;
    scratch.size = size;
    // The key frees it at the end of the thread.
    (void)pthread_setspecific(scratch_key, memory);
  }
  scratch.is_lent = 1;
  return scratch.memory;
}

void vm_scratch_return(void *memory) {
  if (memory == scratch.memory) scratch.is_lent = 0;
  else free(memory);
}
