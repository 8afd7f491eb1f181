// expect: none
// What a cancelled thread's cleanup handlers and key destructors write is read after the join.
#include "race.h"

int cleaned, destroyed;
pthread_key_t key;

void clean(void *unused) {
    (void)unused;
    cleaned = 1;
}

void destroy(void *unused) {
    (void)unused;
    destroyed = 1;
}

void *waits(void *unused) {
    pthread_setspecific(key, &key);
    pthread_cleanup_push(clean, NULL);
    reach_unseen(1);
    for (;;)
        pause_ms(1000);
    pthread_cleanup_pop(1);
    return unused;
}

int main(void) {
    begin_unseen();
    pthread_key_create(&key, destroy);
    pthread_t thread = start(waits, NULL);
    await_unseen(1);
    pthread_cancel(thread);
    finish(thread);
    printf("%d %d\n", cleaned, destroyed);
    return 0;
}
