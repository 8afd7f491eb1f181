// expect: none
// Two threads make detached ones that end at once: each handle is soon another thread's, often
// before the creator of the first has it.
#include "program.h"

enum { THREADS = 5000 };
static pthread_attr_t detached;

static void *nothing(void *unused) {
    return unused;
}

static void *create(void *unused) {
    for (int made = 0; made < THREADS;) {
        pthread_t thread;
        made += pthread_create(&thread, &detached, nothing, NULL) == 0;
    }
    return unused;
}

int main(void) {
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&detached, 16 << 20);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        threads[i] = start(create, NULL);
    for (int i = 0; i < 2; i++)
        finish(threads[i]);
    return 0;
}
