// expect: lock-order-inversion
// Named semaphores used as locks, in opposite orders.
#include "program.h"
#include <fcntl.h>

sem_t *left, *right;

void *left_first(void *unused) {
    for (int i = 0; i < 3; i++) {
        sem_wait(left);
        sem_wait(right);
        sem_post(right);
        sem_post(left);
    }
    reach(1);
    return unused;
}

void *right_first(void *unused) {
    await(1);
    for (int i = 0; i < 3; i++) {
        sem_wait(right);
        sem_wait(left);
        sem_post(left);
        sem_post(right);
    }
    return unused;
}

sem_t *open_one(const char *side) {
    char name[64];
    snprintf(name, sizeof name, "/tc-%s-%d", side, (int)getpid());
    sem_t *sem = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
    MUST(sem != SEM_FAILED);
    sem_unlink(name);
    return sem;
}

int main(void) {
    left = open_one("left");
    right = open_one("right");
    pthread_t first = start(left_first, NULL), second = start(right_first, NULL);
    finish(first);
    finish(second);
    sem_close(left);
    sem_close(right);
    return 0;
}
