// expect: none
// stdio from many threads, flockfile included: locks of the C library are not the user's business.
#include "program.h"

void *work(void *argument) {
    FILE *sink = argument;
    for (int i = 0; i < 500; i++) {
        flockfile(sink);
        fputs("line ", sink);
        fprintf(sink, "%d\n", i);
        funlockfile(sink);
        free(malloc((size_t)i * 10 + 1));
    }
    return NULL;
}

int main(void) {
    FILE *sink = fopen("/dev/null", "w");
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = start(work, sink);
    for (int i = 0; i < 4; i++)
        finish(threads[i]);
    fclose(sink);
    puts("done");
    return 0;
}
