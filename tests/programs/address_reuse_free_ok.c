// expect: none
// Heap objects with a lock that are freed without pthread_mutex_destroy; their memory comes back as
// other objects, locked in the other order.
#include "program.h"

struct item {
    pthread_mutex_t lock;
    char rest[72];
};
pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;

void *worker(void *unused) {
    for (int i = 0; i < 2000; i++) {
        struct item *item = calloc(1, sizeof *item);
        pthread_mutex_init(&item->lock, NULL);
        if (i % 2) {
            pthread_mutex_lock(&item->lock);
            pthread_mutex_lock(&table);
            pthread_mutex_unlock(&table);
            pthread_mutex_unlock(&item->lock);
        } else {
            pthread_mutex_lock(&table);
            pthread_mutex_lock(&item->lock);
            pthread_mutex_unlock(&item->lock);
            pthread_mutex_unlock(&table);
        }
        free(item);
    }
    return unused;
}

int main(void) {
    pthread_t threads[2] = {start(worker, NULL), start(worker, NULL)};
    finish(threads[0]);
    finish(threads[1]);
    return 0;
}
