// expect: none
// A semaphore on the stack of the waiter is gone as soon as the wait returns, while the poster may
// still be on its way out of sem_post.
#include "program.h"

void *post(void *argument) {
    sem_post(argument);
    return NULL;
}

int main(void) {
    for (int i = 0; i < 200; i++) {
        sem_t *done = malloc(sizeof *done);
        sem_init(done, 0, 0);
        pthread_t thread = start(post, done);
        sem_wait(done);
        sem_destroy(done);
        free(done);
        finish(thread);
    }
    return 0;
}
