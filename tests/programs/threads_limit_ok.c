// expect: none
// pthread_create fails when the address space is used up; the program goes on.
#include "program.h"

void *work(void *unused) {
    return unused;
}

int main(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    MUST(pthread_attr_setstacksize(&attributes, (size_t)1 << 56) == 0);
    for (int i = 0; i < 5; i++)
        MUST(pthread_create(&thread, &attributes, work, NULL) == EAGAIN);
    run(work, NULL);
    puts("went on");
    return 0;
}
