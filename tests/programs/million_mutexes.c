// expect: lock-order-inversion
// A cycle through the last of 1,000,000 mutexes.  Who takes that one alone comes first: after a
// million contexts compact recording might take a new one for known (docs/performance.md).
#include "program.h"

enum { COUNT = 1000000 };
pthread_mutex_t root = PTHREAD_MUTEX_INITIALIZER, *many;

void *all(void *unused) {
    await(1);
    for (int i = 0; i < COUNT; i++) {
        pthread_mutex_lock(&root);
        pthread_mutex_lock(&many[i]);
        pthread_mutex_unlock(&many[i]);
        pthread_mutex_unlock(&root);
    }
    return unused;
}

void *last_first(void *unused) {
    pthread_mutex_lock(&many[COUNT - 1]);
    pthread_mutex_lock(&root);
    pthread_mutex_unlock(&root);
    pthread_mutex_unlock(&many[COUNT - 1]);
    reach(1);
    return unused;
}

int main(void) {
    many = calloc(COUNT, sizeof *many);
    MUST(many);
    pthread_t first = start(all, NULL), second = start(last_first, NULL);
    finish(first);
    finish(second);
    free(many);
    return 0;
}
