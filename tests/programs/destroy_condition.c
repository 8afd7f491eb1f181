// expect: destroy-of-locked
// A condition is destroyed while a thread waits on it; a broadcast sets both free later,
// when the destroy waits, too.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t condition;
bool over;
int waiter_tid, main_tid;

void *waiter(void *unused) {
    here_is(&waiter_tid);
    pthread_mutex_lock(&lock);
    while (!over)
        pthread_cond_wait(&condition, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

void *saviour(void *unused) {
    await_blocked(&main_tid, &condition, sizeof condition);
    pthread_mutex_lock(&lock);
    over = true;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_cond_init(&condition, NULL);
    pthread_t first = start(waiter, NULL), second = start(saviour, NULL);
    await_blocked(&waiter_tid, &condition, sizeof condition);
    here_is(&main_tid);
    pthread_cond_destroy(&condition);
    finish(first);
    finish(second);
    return 0;
}
