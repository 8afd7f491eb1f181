// expect: none
// tsan: data-race
// why: ThreadSanitizer does not know that a thread's end gives its robust mutexes away
// A thread ends with a robust mutex held; who gets EOWNERDEAD sees what it wrote.
#include "race.h"

pthread_mutex_t lock;
int data;

void *dies(void *unused) {
    pthread_mutex_lock(&lock);
    data = 1;
    return unused;
}

void *takes_over(void *unused) {
    int result = pthread_mutex_lock(&lock);
    MUST(result == EOWNERDEAD);
    pthread_mutex_consistent(&lock);
    data = data + 1;
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&lock, &kind);
    first_and_then(dies, takes_over, NULL);
    printf("%d\n", data);
    return 0;
}
