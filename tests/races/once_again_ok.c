// expect: none
// A once lies where another one was that both threads have passed: what its routine did comes
// before what they do then, all the same.
#include "race.h"

struct lazy {
    pthread_once_t once;
    long value;
};

static struct lazy lazy;
static pthread_barrier_t rounds;

static void make_value(void) {
    lazy.value++;
    SHARED(&lazy.value);
}

static void *use(void *waits) {
    long sum = 0;
    for (int i = 0; i < 3; i++) {
        pthread_barrier_wait(&rounds);
        if (waits)
            later();
        pthread_once(&lazy.once, make_value);
        sum += lazy.value;
        pthread_once(&lazy.once, make_value);
        pthread_barrier_wait(&rounds);
    }
    USE(sum);
    return NULL;
}

int main(void) {
    pthread_barrier_init(&rounds, NULL, 3);
    pthread_t first = start(use, NULL), second = start(use, &lazy);
    for (int i = 0; i < 3; i++) {
        pthread_once_t fresh = PTHREAD_ONCE_INIT;
        lazy.once = fresh;
        pthread_barrier_wait(&rounds);
        pthread_barrier_wait(&rounds);
    }
    finish(first);
    finish(second);
    printf("%ld\n", lazy.value);
    return 0;
}
