// expect: none
// C11: once, a condition, thread-specific storage with a destructor, a timed mutex.
// tsan: crash
// why: gcc's ThreadSanitizer does not know C11 threads
#include <threads.h>

#include "race.h"

static once_flag flag = ONCE_FLAG_INIT;
static mtx_t lock, timed;
static cnd_t ready;
static tss_t key;
static int made, waiting, total;

static void make(void) {
    made = 5;
}

static void give_back(void *count) {
    mtx_lock(&lock);
    total += *(int *)count;
    mtx_unlock(&lock);
    free(count);
}

static int work(void *unused) {
    (void)unused;
    call_once(&flag, make);
    int *count = malloc(sizeof *count);
    *count = made;
    tss_set(key, count);
    mtx_lock(&lock);
    waiting++;
    cnd_broadcast(&ready);
    while (waiting < 3)
        cnd_wait(&ready, &lock);
    mtx_unlock(&lock);
    struct timespec limit;
    timespec_get(&limit, TIME_UTC);
    limit.tv_sec += 60;
    if (mtx_timedlock(&timed, &limit) == thrd_success) {
        made++;
        mtx_unlock(&timed);
    }
    return 0;
}

int main(void) {
    thrd_t threads[3];
    mtx_init(&lock, mtx_plain);
    mtx_init(&timed, mtx_timed);
    cnd_init(&ready);
    tss_create(&key, give_back);
    for (int i = 0; i < 3; i++)
        thrd_create(&threads[i], work, NULL);
    for (int i = 0; i < 3; i++)
        thrd_join(threads[i], NULL);
    printf("%d %d\n", total, made);
    return 0;
}
