#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

/// Counts what the whole process allocates, on all of its threads, between start and stop. Returns 0 where that cannot
/// be done: with another C library than glibc, or under a sanitizer, which has its own allocator.
int allocations_can_be_counted(void);

/// Begins to count; of the first `traces` the callers are written to standard error.
void allocations_start(long traces);

/// Ends it, and returns how many there were, but for those that OpenBLAS made itself.
long allocations_stop(void);

/// How many OpenBLAS made itself: its products allocate when they use threads of their own.
long allocations_of_matrix_library(void);

#endif
