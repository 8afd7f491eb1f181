/* jobs.c: jobs that are left alone once they are given: no race. */
#include "jobs.h"

static void touch(struct job *job) {
    job->value++;
}

static void given(struct job *job) {
    (void)job;
}
