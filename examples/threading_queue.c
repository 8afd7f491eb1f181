/* threading_queue.c: producers and consumers around a bounded queue: two Conditions, one Lock.
 *
 * Correct: each wait is in a loop over the state that it waits for, and the state changes with the
 * lock held.
 */
#include <stdio.h>
#include <stdlib.h>

#include "threading.h"

enum { ROOM = 8, PRODUCERS = 2, CONSUMERS = 3, ITEMS = 500 };

static threading_lock lock = THREADING_LOCK_INIT;
static threading_condition not_empty, not_full;
static int queue[ROOM], first, count;
static long sum;

static void put(int item) {
    threading_condition_acquire(&not_full);
    while (count == ROOM)
        threading_condition_wait(&not_full, THREADING_FOREVER);
    queue[(first + count++) % ROOM] = item;
    threading_condition_notify(&not_empty, 1);
    threading_condition_release(&not_full);
}

static int get(void) {
    threading_condition_acquire(&not_empty);
    while (count == 0)
        threading_condition_wait(&not_empty, THREADING_FOREVER);
    int item = queue[first];
    first = (first + 1) % ROOM;
    count--;
    sum += item;
    threading_condition_notify(&not_full, 1);
    threading_condition_release(&not_empty);
    return item;
}

static void produce(void *unused) {
    (void)unused;
    for (int i = 1; i <= ITEMS; i++)
        put(i);
}

/* 0 is the end. */
static void consume(void *unused) {
    (void)unused;
    while (get() != 0) {
    }
}

static threading_thread *start(void (*target)(void *), const char *name) {
    struct threading_thread_options options = {name, -1};
    threading_thread *thread;
    if (threading_thread_create(&thread, target, NULL, &options) || threading_thread_start(thread))
        exit(1);
    return thread;
}

static void finish(threading_thread *thread) {
    threading_thread_join(thread, THREADING_FOREVER);
    threading_thread_destroy(thread);
}

int main(void) {
    threading_thread *producers[PRODUCERS], *consumers[CONSUMERS];
    threading_lock_set_name(&lock, "queue");
    threading_condition_init_with_lock(&not_empty, &lock);
    threading_condition_init_with_lock(&not_full, &lock);
    for (int i = 0; i < CONSUMERS; i++)
        consumers[i] = start(consume, "consumer");
    for (int i = 0; i < PRODUCERS; i++)
        producers[i] = start(produce, "producer");
    for (int i = 0; i < PRODUCERS; i++)
        finish(producers[i]);
    for (int i = 0; i < CONSUMERS; i++)
        put(0);
    for (int i = 0; i < CONSUMERS; i++)
        finish(consumers[i]);
    printf("sum %ld\n", sum);
    return sum == (long)PRODUCERS * ITEMS * (ITEMS + 1) / 2 ? 0 : 1;
}
