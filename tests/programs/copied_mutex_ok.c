// expect: none
// Mutexes reset by assignment of the initialiser or by memset; copies of structures that hold an
// unlocked one.
#include "program.h"

struct node {
    pthread_mutex_t lock;
    int value;
} nodes[3];

void *work(void *unused) {
    static const struct node fresh = {.lock = PTHREAD_MUTEX_INITIALIZER, .value = 1};
    for (int i = 0; i < 20; i++) {
        nodes[0] = fresh;
        pthread_mutex_lock(&nodes[0].lock);
        pthread_mutex_unlock(&nodes[0].lock);
        memset(&nodes[1], 0, sizeof nodes[1]);
        pthread_mutex_lock(&nodes[1].lock);
        pthread_mutex_lock(&nodes[0].lock);
        pthread_mutex_unlock(&nodes[0].lock);
        pthread_mutex_unlock(&nodes[1].lock);
        nodes[2] = nodes[0];
        pthread_mutex_lock(&nodes[2].lock);
        pthread_mutex_unlock(&nodes[2].lock);
    }
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
