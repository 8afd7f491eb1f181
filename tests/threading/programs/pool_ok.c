// expect: none
// A slot passed by two Semaphores, one of them of value 1, that one thread takes and
// another gives: neither is a lock.
#include "program.h"

static threading_semaphore full, empty = THREADING_SEMAPHORE_INIT;
static threading_lock lock = THREADING_LOCK_INIT;
static int slot, sum;

static void produce(void *unused) {
    (void)unused;
    for (int i = 1; i <= 50; i++) {
        MUST(threading_semaphore_acquire(&empty, true, FOREVER) == 0);
        take(&lock);
        slot = i;
        give(&lock);
        MUST(threading_semaphore_release(&full, 1) == 0);
    }
}

static void consume(void *unused) {
    (void)unused;
    for (int i = 1; i <= 50; i++) {
        MUST(threading_semaphore_acquire(&full, true, FOREVER) == 0);
        take(&lock);
        sum += slot;
        MUST(threading_semaphore_release(&empty, 1) == 0);
        give(&lock);
    }
}

int main(void) {
    MUST(threading_semaphore_init(&full, 0) == 0);
    threading_thread *one = start(produce, NULL), *other = start(consume, NULL);
    finish(one);
    finish(other);
    printf("%d\n", sum);
    return 0;
}
