// expect: none
// Threads detached at creation, by their parent, and by themselves.
#include "program.h"

sem_t done;

void *work(void *self) {
    if (self)
        pthread_detach(pthread_self());
    sem_post(&done);
    return NULL;
}

int main(void) {
    sem_init(&done, 0, 0);
    pthread_t thread;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    MUST(pthread_create(&thread, &detached, work, NULL) == 0);
    pthread_detach(start(work, NULL));
    start(work, (void *)1);
    for (int i = 0; i < 3; i++)
        sem_wait(&done);
    pause_ms(30);
    return 0;
}
