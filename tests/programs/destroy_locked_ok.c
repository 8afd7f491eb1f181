// expect: none
// Unlock, then destroy, also by the thread that the last unlock has just let in.
#include "program.h"

struct counted {
    pthread_mutex_t lock;
    int references;
} * object;

void *drop(void *unused) {
    pthread_mutex_lock(&object->lock);
    int left = --object->references;
    pthread_mutex_unlock(&object->lock);
    if (!left) {
        MUST(pthread_mutex_destroy(&object->lock) == 0);
        free(object);
    }
    return unused;
}

int main(void) {
    for (int i = 0; i < 50; i++) {
        object = malloc(sizeof *object);
        pthread_mutex_init(&object->lock, NULL);
        object->references = 2;
        pthread_t first = start(drop, NULL), second = start(drop, NULL);
        finish(first);
        finish(second);
    }
    return 0;
}
