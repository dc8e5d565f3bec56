#include <cblas.h>
#include <stddef.h>

/* LAPACK as Fortran exports it: everything by reference, then the lengths of the strings. */
void ssyevd_(const char *job, const char *triangle, const int *n, float *a, const int *lda, float *values,
             float *work, const int *worked, int *whole, const int *wholes, int *info, size_t, size_t);
void dsyevd_(const char *job, const char *triangle, const int *n, double *a, const int *lda, double *values,
             double *work, const int *worked, int *whole, const int *wholes, int *info, size_t, size_t);
