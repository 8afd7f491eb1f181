/* threading_pool.c: a pool of connections counted by a BoundedSemaphore, and a path that gives one
 * back twice.
 *
 * A plain Semaphore would now let three threads use two connections.  The bounded one refuses, but
 * only if the pool happens to be full at that time; threadcheck names the call either way it is
 * refused.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "threading.h"

static threading_bounded_semaphore pool;

static void give_back(void) {
    if (threading_bounded_semaphore_release(&pool, 1) == EOVERFLOW)
        printf("one connection too many was given back\n");
}

static void close_after_error(void) {
    give_back();
}

/* The error path gives the connection back, and the common end does so again. */
static void query(int fails) {
    threading_bounded_semaphore_acquire(&pool, true, THREADING_FOREVER);
    if (fails)
        close_after_error();
    give_back();
}

static void work(void *unused) {
    (void)unused;
    for (int i = 0; i < 5; i++)
        query(i == 3);
}

int main(void) {
    threading_thread *thread;
    threading_bounded_semaphore_init(&pool, 2);
    threading_bounded_semaphore_set_name(&pool, "connections");
    if (threading_thread_create(&thread, work, NULL, NULL) || threading_thread_start(thread))
        return 1;
    threading_thread_join(thread, THREADING_FOREVER);
    threading_thread_destroy(thread);
    return 0;
}
