/* jobs.h: gives jobs to the kernel by one thread, by a ring as liburing's and by a context as
 * libaio's, and takes them back by another; jobs_library.c stands for both libraries.
 *
 * Threads: main gives, a second one takes; nothing else orders them.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define JOBS 40

struct job {
    long value;
};

struct ring { /* as struct io_uring: what is looked at of it, and in the same places */
    void *submissions[13];
    uint32_t *head, *tail;
    void *others[5];
    size_t size;
    void *memory;
};

int io_uring_submit(struct ring *ring);
int io_submit(void *context, long count, struct job **jobs);
int io_getevents(void *context, long least, long most, struct job **jobs, struct timespec *until);

static uint32_t shared[64]; /* what the kernel writes: head, tail */
static struct job *completed[JOBS];
static struct ring ring = {
    .head = shared, .tail = shared + 2, .size = sizeof shared, .memory = shared};
static long context;
static struct job by_ring[JOBS], by_context[JOBS];

static void touch(struct job *job);
static void given(struct job *job);

static void *take(void *unused) {
    for (uint32_t seen = 0; seen < JOBS; seen++) {
        while (__atomic_load_n(ring.tail, __ATOMIC_ACQUIRE) == seen)
            nanosleep(&(struct timespec){0, 100000}, NULL);
        touch(&by_ring[seen]);
    }
    for (int i = 0; i < JOBS; i++)
        if (io_getevents(&context, 1, 1, &completed[i], NULL) == 1)
            touch(completed[i]);
    return unused;
}

int main(void) {
    pthread_t thread;
    long sum = 0;
    pthread_create(&thread, NULL, take, NULL);
    for (int i = 0; i < JOBS; i++) {
        by_ring[i].value = i;
        io_uring_submit(&ring);
        given(&by_ring[i]);
    }
    for (int i = 0; i < JOBS; i++) {
        struct job *job = &by_context[i];
        job->value = i;
        io_submit(&context, 1, &job);
        given(job);
    }
    pthread_join(thread, NULL);
    for (int i = 0; i < JOBS; i++)
        sum += by_ring[i].value + by_context[i].value;
    printf("%d\n", sum > 0);
    return 0;
}
