// expect: double-init
// A heap condition is initialised twice.
#include "program.h"

struct queue {
    pthread_cond_t filled;
};

void *work(void *unused) {
    struct queue *queue = malloc(sizeof *queue);
    pthread_cond_init(&queue->filled, NULL);
    pthread_cond_signal(&queue->filled);
    pthread_cond_init(&queue->filled, NULL);
    pthread_cond_destroy(&queue->filled);
    free(queue);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
