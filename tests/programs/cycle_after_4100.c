// expect: lock-order-inversion
// A cycle between two locks that come after 4,100 others, each nested in a common one.
#include "program.h"

pthread_mutex_t root = PTHREAD_MUTEX_INITIALIZER, many[4100];
pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;

void *left_first(void *unused) {
    for (int i = 0; i < 4100; i++) {
        pthread_mutex_lock(&root);
        pthread_mutex_lock(&many[i]);
        pthread_mutex_unlock(&many[i]);
        pthread_mutex_unlock(&root);
    }
    pthread_mutex_lock(&left);
    pthread_mutex_lock(&right);
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    reach(1);
    return unused;
}

void *right_first(void *unused) {
    await(1);
    pthread_mutex_lock(&right);
    pthread_mutex_lock(&left);
    pthread_mutex_unlock(&left);
    pthread_mutex_unlock(&right);
    return unused;
}

int main(void) {
    for (int i = 0; i < 4100; i++)
        pthread_mutex_init(&many[i], NULL);
    pthread_t first = start(left_first, NULL), second = start(right_first, NULL);
    finish(first);
    finish(second);
    return 0;
}
