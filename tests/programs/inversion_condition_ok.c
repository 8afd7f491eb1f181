// expect: none
// The second order starts only when a condition says that the first one is over.
#include "program.h"

pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t state = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
bool over;
int tid;

void *left_first(void *unused) {
    await_blocked(&tid, &changed, sizeof changed);
    pthread_mutex_lock(&left);
    pthread_mutex_lock(&right);
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    pthread_mutex_lock(&state);
    over = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&state);
    return unused;
}

void *right_first(void *unused) {
    here_is(&tid);
    pthread_mutex_lock(&state);
    while (!over)
        pthread_cond_wait(&changed, &state);
    pthread_mutex_unlock(&state);
    pthread_mutex_lock(&right);
    pthread_mutex_lock(&left);
    pthread_mutex_unlock(&left);
    pthread_mutex_unlock(&right);
    return unused;
}

int main(void) {
    pthread_t second = start(right_first, NULL), first = start(left_first, NULL);
    finish(first);
    finish(second);
    return 0;
}
