// expect: join-misuse
// A detached thread is joined: EINVAL.
#include "program.h"

sem_t go;

void *work(void *unused) {
    sem_wait(&go);
    return unused;
}

int main(void) {
    sem_init(&go, 0, 0);
    pthread_t thread = start(work, NULL);
    pthread_detach(thread);
    printf("%d\n", pthread_join(thread, NULL) == EINVAL);
    sem_post(&go);
    pause_ms(50);
    return 0;
}
