// expect: none
// A stack that the program made is given to one thread after another, and used as data in the end.
#include "race.h"

enum { SIZE = 256 * 1024 };

void *fills(void *argument) {
    volatile char local[4096];
    for (int i = 0; i < 4096; i++)
        local[i] = (char)i;
    return local[0] ? NULL : argument;
}

int main(void) {
    char *stack = aligned_alloc(4096, SIZE);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack, SIZE);
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, &attributes, fills, NULL) == 0);
        finish(thread);
    }
    memset(stack, 1, SIZE);
    printf("%d\n", stack[SIZE / 2]);
    free(stack);
    return 0;
}
