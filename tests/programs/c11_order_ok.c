// expect: none
// exit: 4
// C11: every call of <threads.h>, in good use.
#include "program.h"
#include <threads.h>

mtx_t plain, timed, recursive;
cnd_t changed;
once_flag once = ONCE_FLAG_INIT;
tss_t key;
int ready, setups, freed;

void setup(void) {
    setups++;
}

void release(void *argument) {
    mtx_lock(&plain);
    freed += *(int *)argument;
    mtx_unlock(&plain);
}

int work(void *argument) {
    struct timespec limit = in_ms(CLOCK_REALTIME, 60000), past = {1, 0};
    call_once(&once, setup);
    tss_set(key, argument);
    mtx_lock(&recursive);
    mtx_lock(&recursive);
    mtx_unlock(&recursive);
    mtx_unlock(&recursive);
    MUST(mtx_timedlock(&timed, &limit) == thrd_success);
    mtx_unlock(&timed);
    if (mtx_trylock(&plain) == thrd_success)
        mtx_unlock(&plain);
    mtx_lock(&plain);
    int result = cnd_timedwait(&changed, &plain, &past);
    MUST(result == thrd_timedout || result == thrd_success);
    ready++;
    cnd_broadcast(&changed);
    while (ready < 3)
        cnd_wait(&changed, &plain);
    mtx_unlock(&plain);
    thrd_yield();
    if (*(int *)argument == 1)
        thrd_exit(11);
    return 10;
}

int main(void) {
    thrd_t threads[3];
    int numbers[3] = {1, 2, 3}, sum = 0;
    mtx_init(&plain, mtx_plain);
    mtx_init(&timed, mtx_timed);
    mtx_init(&recursive, mtx_plain | mtx_recursive);
    cnd_init(&changed);
    tss_create(&key, release);
    for (int i = 0; i < 3; i++)
        MUST(thrd_create(&threads[i], work, &numbers[i]) == thrd_success);
    for (int i = 0; i < 3; i++) {
        int result;
        MUST(thrd_join(threads[i], &result) == thrd_success);
        sum += result;
    }
    thrd_t loose;
    MUST(thrd_create(&loose, work, &numbers[0]) == thrd_success);
    thrd_detach(loose);
    for (int all = 0; all < 7; thrd_sleep(&(struct timespec){.tv_nsec = 1000000}, NULL)) {
        mtx_lock(&plain);
        all = freed;
        mtx_unlock(&plain);
    }
    printf("%d %d %d\n", sum, setups, freed);
    tss_delete(key);
    cnd_destroy(&changed);
    mtx_destroy(&plain);
    mtx_destroy(&timed);
    mtx_destroy(&recursive);
    return 4;
}
