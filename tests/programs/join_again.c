// expect: join-misuse
// A thread that was joined is joined again; glibc still knows its descriptor and refuses.
#include "program.h"

void *work(void *unused) {
    return unused;
}

int main(void) {
    pthread_t thread = start(work, NULL);
    finish(thread);
    printf("%d\n", pthread_join(thread, NULL) != 0);
    return 0;
}
