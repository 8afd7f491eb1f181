// expect: none
// tsan: crash
// why: libtsan of gcc 12 does not know thrd_create, so that its own state is missing in such a
// thread.
//
// C11 threads with mutex, condition and join.
#include <threads.h>

#include "race.h"

mtx_t lock;
cnd_t filled;
int items, payload;

int produce(void *unused) {
    (void)unused;
    later();
    payload = 8;
    mtx_lock(&lock);
    items++;
    cnd_signal(&filled);
    mtx_unlock(&lock);
    return 0;
}

int consume(void *unused) {
    (void)unused;
    mtx_lock(&lock);
    while (!items)
        cnd_wait(&filled, &lock);
    mtx_unlock(&lock);
    return payload;
}

int main(void) {
    thrd_t first, second;
    int result;
    mtx_init(&lock, mtx_plain);
    cnd_init(&filled);
    MUST(thrd_create(&first, produce, NULL) == thrd_success);
    MUST(thrd_create(&second, consume, NULL) == thrd_success);
    thrd_join(first, NULL);
    thrd_join(second, &result);
    printf("%d\n", result + payload);
    return 0;
}
