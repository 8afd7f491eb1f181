/* threading_philosophers.c: five philosophers that can deadlock, and five that cannot.
 *
 * usage: threading_philosophers [ordered]
 * Each takes the fork to the left, then the one to the right: if all have the left one, nobody ever
 * gets another.  Meals here are short and the philosophers come some time apart, so a run ends
 * well; threadcheck reports the cycle all the same.  With `ordered` the lower-numbered fork comes
 * first, and there is no cycle.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "threading.h"

enum { COUNT = 5 };

static threading_lock forks[COUNT];
static bool ordered;
static int meals;

static void eat(int left, int right) {
    if (ordered && left > right) {
        int other = left;
        left = right;
        right = other;
    }
    threading_lock_acquire(&forks[left], true, THREADING_FOREVER);
    threading_lock_acquire(&forks[right], true, THREADING_FOREVER);
    __atomic_add_fetch(&meals, 1, __ATOMIC_RELAXED);
    threading_lock_release(&forks[right]);
    threading_lock_release(&forks[left]);
}

static void philosopher(void *arg) {
    int place = *(int *)arg;
    eat(place, (place + 1) % COUNT);
}

int main(int argc, char **argv) {
    threading_thread *threads[COUNT];
    int places[COUNT];
    const struct timespec between = {0, 20000000};
    ordered = argc > 1 && !strcmp(argv[1], "ordered");
    for (int i = 0; i < COUNT; i++) {
        char name[16];
        threading_lock_init(&forks[i]);
        snprintf(name, sizeof name, "fork %d", i);
        threading_lock_set_name(&forks[i], name);
    }
    for (int i = 0; i < COUNT; i++) {
        char name[32];
        snprintf(name, sizeof name, "philosopher %d", i);
        struct threading_thread_options options = {name, -1};
        places[i] = i;
        if (threading_thread_create(&threads[i], philosopher, &places[i], &options) ||
            threading_thread_start(threads[i]))
            return 1;
        nanosleep(&between, NULL);
    }
    for (int i = 0; i < COUNT; i++) {
        threading_thread_join(threads[i], THREADING_FOREVER);
        threading_thread_destroy(threads[i]);
    }
    printf("%d meals\n", meals);
    return 0;
}
