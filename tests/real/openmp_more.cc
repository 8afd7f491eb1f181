/* openmp_more.cc: what openmp.c does not use: schedules, ordered, sections, single with
 * copyprivate, taskloop, dependences, groups of tasks.  Prints what does not depend on the
 * schedule.
 */
#include <cstdio>
#include <map>
#include <omp.h>
#include <vector>
int main() {
    std::vector<double> a(100000);
    double s = 0;
    std::map<int, int> m;
    long order = 0, dep = 0;
#pragma omp parallel for num_threads(4) schedule(dynamic, 100)
    for (int i = 0; i < 100000; i++)
        a[i] = i;
#pragma omp parallel for num_threads(4) reduction(+ : s) schedule(guided)
    for (int i = 0; i < 100000; i++)
        s += a[i];
#pragma omp parallel num_threads(4)
    {
#pragma omp for ordered schedule(dynamic)
        for (int i = 0; i < 100; i++) {
#pragma omp ordered
            order += i;
        }
#pragma omp critical(name)
        m[omp_get_thread_num()]++;
#pragma omp barrier
#pragma omp master
        m[77]++;
#pragma omp barrier
#pragma omp sections
        {
#pragma omp section
            a[0] = 1;
#pragma omp section
            a[1] = 2;
        }
        double x = a[0] + a[1];
#pragma omp single copyprivate(x)
        x = 5;
#pragma omp single
        {
#pragma omp taskloop num_tasks(8)
            for (int i = 0; i < 1000; i++)
                a[i] = x;
#pragma omp task depend(out : dep)
            dep = 1;
#pragma omp task depend(inout : dep)
            dep = dep + 1;
#pragma omp taskgroup
            {
#pragma omp task
                a[10] = 3;
            }
            a[10]++;
#pragma omp taskwait
            dep++;
        }
    }
    omp_lock_t l;
    omp_init_lock(&l);
    long c = 0;
#pragma omp parallel num_threads(4)
    for (int i = 0; i < 100; i++) {
        omp_set_lock(&l);
        c++;
        omp_unset_lock(&l);
    }
#pragma omp parallel sections num_threads(2)
    {
#pragma omp section
        a[5] = 1;
#pragma omp section
        a[6] = 1;
    }
    printf("%g %ld %zu %ld %ld %g\n", s, order, m.size(), dep, c, a[5] + a[6]);
}
