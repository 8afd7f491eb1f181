/* jobs_wrong.c: jobs that are changed after they were given. */
#include "jobs.h"

__attribute__((noinline)) static void touch(struct job *job) {
    job->value++; /* RACE */
}

static void given(struct job *job) {
    nanosleep(&(struct timespec){0, 1000000}, NULL);
    touch(job);
}
