/* openmp.c: parallel loops, critical sections, locks, tasks and nested regions of OpenMP.
 * Prints sums that do not depend on the schedule.
 */
#include <omp.h>
#include <stdio.h>

static long fibonacci(int n) {
    if (n < 2)
        return n;
    long a, b;
#pragma omp task shared(a) if (n > 12)
    a = fibonacci(n - 1);
#pragma omp task shared(b) if (n > 12)
    b = fibonacci(n - 2);
#pragma omp taskwait
    return a + b;
}

int main(void) {
    long sum = 0, critical = 0, locked = 0, tasks = 0;
    omp_lock_t lock;
    omp_init_lock(&lock);
#pragma omp parallel for num_threads(4) reduction(+ : sum) schedule(dynamic, 100)
    for (int i = 0; i < 100000; i++) {
        sum += i;
        if (i % 100 == 0) {
#pragma omp critical
            critical++;
            omp_set_lock(&lock);
            locked++;
            omp_unset_lock(&lock);
        }
    }
#pragma omp parallel num_threads(4)
#pragma omp single
    tasks = fibonacci(22);
    omp_destroy_lock(&lock);
    printf("%ld %ld %ld %ld\n", sum, critical, locked, tasks);
    return 0;
}
