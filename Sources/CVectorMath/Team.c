// A few threads that wait for work: spinning for a while, then asleep.
#include "include/CVectorMath.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

// How often a helper looks for work before it sleeps, some tenths of a millisecond, and how often one that waits for
// others does before it lets the system run them.
enum { vm_most_helpers = 255, vm_spins = 20000, vm_closing_spins = 4000 };

// A job's number, whether helpers may still join it, and how many have joined and not yet finished.
static const uint64_t vm_open = UINT64_C(1) << 31;
static inline uint32_t vm_number(uint64_t state) { return (uint32_t)(state >> 32); }

static struct {
  // Held by the caller that the team works for.
  atomic_flag busy;
  _Alignas(64) atomic_uint_fast64_t state;
  void (*body)(void *, int);
  void *context;
  int threads, pieces;
  _Alignas(64) atomic_int sleepers;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  int helpers;
  // How many pieces of each thread's share are taken.
  struct {
    _Alignas(64) atomic_int taken;
  } shares[vm_most_helpers + 1];
} vm_team = {.busy = ATOMIC_FLAG_INIT, .mutex = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static inline void vm_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

// Waits for a job after the last one.
static uint32_t vm_next_job(uint32_t last) {
  uint32_t job;
  for (int i = 0; i < vm_spins; ++i) {
    if ((job = vm_number(atomic_load_explicit(&vm_team.state, memory_order_acquire))) != last) return job;
    vm_pause();
  }
  pthread_mutex_lock(&vm_team.mutex);
  atomic_fetch_add(&vm_team.sleepers, 1);
  while ((job = vm_number(atomic_load(&vm_team.state))) == last) pthread_cond_wait(&vm_team.wake, &vm_team.mutex);
  atomic_fetch_sub(&vm_team.sleepers, 1);
  pthread_mutex_unlock(&vm_team.mutex);
  return job;
}

// The thread's own share, and then what the others have left of theirs.
static void vm_work(int thread) {
  const int threads = vm_team.threads;
  for (int i = 0; i < threads; ++i) {
    const long owner = (thread + i) % threads, pieces = vm_team.pieces;
    const int first = (int)(pieces * owner / threads), end = (int)(pieces * (owner + 1) / threads);
    for (int piece; (piece = first + atomic_fetch_add(&vm_team.shares[owner].taken, 1)) < end;)
      vm_team.body(vm_team.context, piece);
  }
}

static void *vm_help(void *number) {
  const int thread = (int)(long)number;
  uint32_t job = vm_number(atomic_load(&vm_team.state));
  for (;;) {
    job = vm_next_job(job);
    // One that comes too late is not waited for.
    uint_fast64_t state = atomic_load(&vm_team.state);
    int has_joined = 0;
    while (vm_number(state) == job && (state & vm_open) && !has_joined)
      has_joined = atomic_compare_exchange_weak(&vm_team.state, &state, state + 1);
    if (!has_joined) continue;
    if (thread < vm_team.threads) vm_work(thread);
    atomic_fetch_sub_explicit(&vm_team.state, 1, memory_order_release);
  }
  return 0;
}

// No more may join; those that have are waited for.
static void vm_close(void) {
  atomic_fetch_and(&vm_team.state, ~vm_open);
  for (int i = 0; atomic_load_explicit(&vm_team.state, memory_order_acquire) & (vm_open - 1); ++i) {
    if (i < vm_closing_spins) vm_pause();
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
    int failed = pthread_create(&thread, &attributes, vm_help, (void *)(long)(vm_team.helpers + 1));
    pthread_attr_destroy(&attributes);
    if (failed) return 0;
    vm_team.helpers += 1;
  }
  return 1;
}

int vm_team_run(int threads, int pieces, void (*body)(void *, int), void *context) {
  if (atomic_flag_test_and_set_explicit(&vm_team.busy, memory_order_acquire)) return 0;
  if (!vm_recruit(threads - 1)) {
    atomic_flag_clear_explicit(&vm_team.busy, memory_order_release);
    return 0;
  }
  vm_team.body = body;
  vm_team.context = context;
  vm_team.threads = threads;
  vm_team.pieces = pieces;
  for (int i = 0; i < threads; ++i) atomic_store_explicit(&vm_team.shares[i].taken, 0, memory_order_relaxed);
  const uint64_t job = (uint64_t)vm_number(atomic_load(&vm_team.state)) + 1;
  atomic_store(&vm_team.state, job << 32 | vm_open);
  if (atomic_load(&vm_team.sleepers) > 0) {
    pthread_mutex_lock(&vm_team.mutex);
    pthread_cond_broadcast(&vm_team.wake);
    pthread_mutex_unlock(&vm_team.mutex);
  }
  vm_work(0);
  vm_close();
  atomic_flag_clear_explicit(&vm_team.busy, memory_order_release);
  return 1;
}

struct vm_closure {
  vm_closure_body body;
  void *captured;
};

static void vm_run_closure(void *context, int piece) {
  const struct vm_closure *closure = context;
  closure->body(piece, closure->captured);
}

__attribute__((swiftcall)) long vm_team_run_closure(long threads, long pieces, vm_closure_body body, void *captured) {
  struct vm_closure closure = {body, captured};
  return vm_team_run((int)threads, (int)pieces, vm_run_closure, &closure);
}
