// expect: join-misuse
// A thread joins itself: EDEADLK.
#include "program.h"

void *work(void *unused) {
    printf("%d\n", pthread_join(pthread_self(), NULL) == EDEADLK);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
