// A few threads that wait for work: spinning for a short while, then asleep.
#include "include/CVectorMath.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { vm_most_helpers = 255, vm_spins = 4000 };

static struct {
  // Held by the caller that the team works for.
  atomic_flag busy;
  // The number of the present job; it tells the helpers that there is a new one.
  _Alignas(64) atomic_uint job;
  void (*body)(void *, int);
  void *context;
  int pieces;
  // Helpers that have not yet finished the job.
  _Alignas(64) atomic_int left;
  _Alignas(64) atomic_int sleepers;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  int helpers;
} vm_team = {.busy = ATOMIC_FLAG_INIT, .mutex = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static inline void vm_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

static unsigned vm_next_job(unsigned last) {
  unsigned job;
  for (int i = 0; i < vm_spins; ++i) {
    if ((job = atomic_load_explicit(&vm_team.job, memory_order_acquire)) != last) return job;
    vm_pause();
  }
  pthread_mutex_lock(&vm_team.mutex);
  atomic_fetch_add(&vm_team.sleepers, 1);
  while ((job = atomic_load(&vm_team.job)) == last) pthread_cond_wait(&vm_team.wake, &vm_team.mutex);
  atomic_fetch_sub(&vm_team.sleepers, 1);
  pthread_mutex_unlock(&vm_team.mutex);
  return job;
}

// Helper i takes piece i.
static void *vm_help(void *number) {
  const int piece = (int)(long)number;
  // Helpers are made by a caller that holds the team, before its job.
  unsigned job = atomic_load(&vm_team.job);
  atomic_fetch_sub(&vm_team.left, 1);
  for (;;) {
    job = vm_next_job(job);
    if (piece < vm_team.pieces) vm_team.body(vm_team.context, piece);
    atomic_fetch_sub_explicit(&vm_team.left, 1, memory_order_release);
  }
  return 0;
}

static void vm_wait(void) {
  for (int i = 0; atomic_load_explicit(&vm_team.left, memory_order_acquire) > 0; ++i) {
    if (i < vm_spins) vm_pause();
    else sched_yield();
  }
}

// Whether there are enough helpers.
static int vm_recruit(int wanted) {
  while (vm_team.helpers < wanted) {
    if (vm_team.helpers == vm_most_helpers) return 0;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    atomic_store(&vm_team.left, 1);
    int failed = pthread_create(&thread, &attributes, vm_help, (void *)(long)(vm_team.helpers + 1));
    pthread_attr_destroy(&attributes);
    if (failed) {
      atomic_store(&vm_team.left, 0);
      return 0;
    }
    vm_wait();
    vm_team.helpers += 1;
  }
  return 1;
}

int vm_team_run(int pieces, void (*body)(void *, int), void *context) {
  if (atomic_flag_test_and_set_explicit(&vm_team.busy, memory_order_acquire)) return 0;
  if (!vm_recruit(pieces - 1)) {
    atomic_flag_clear_explicit(&vm_team.busy, memory_order_release);
    return 0;
  }
  vm_team.body = body;
  vm_team.context = context;
  vm_team.pieces = pieces;
  atomic_store(&vm_team.left, vm_team.helpers);
  atomic_fetch_add(&vm_team.job, 1);
  if (atomic_load(&vm_team.sleepers) > 0) {
    pthread_mutex_lock(&vm_team.mutex);
    pthread_cond_broadcast(&vm_team.wake);
    pthread_mutex_unlock(&vm_team.mutex);
  }
  body(context, 0);
  vm_wait();
  atomic_flag_clear_explicit(&vm_team.busy, memory_order_release);
  return 1;
}

typedef __attribute__((swiftcall)) void (*vm_closure_body)(long piece, __attribute__((swift_context)) void *captured);

struct vm_closure {
  vm_closure_body body;
  void *captured;
};

static void vm_run_closure(void *context, int piece) {
  const struct vm_closure *closure = context;
  closure->body(piece, closure->captured);
}

__attribute__((swiftcall)) long vm_team_run_closure(long pieces, vm_closure_body body, void *captured) {
  struct vm_closure closure = {body, captured};
  return vm_team_run((int)pieces, vm_run_closure, &closure);
}
