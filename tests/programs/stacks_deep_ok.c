// expect: none
// Locks under deep recursion, alloca, large frames, function pointers and tail calls.
#include "program.h"
#include <alloca.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int counter;

__attribute__((noinline)) int take(volatile char *unused) {
    (void)unused;
    pthread_mutex_lock(&lock);
    counter++;
    return pthread_mutex_unlock(&lock);
}

__attribute__((noinline)) int descend(int levels) {
    volatile char *room = alloca((size_t)(levels % 7 + 1) * 24);
    char large[4096];
    room[0] = large[levels] = (char)levels;
    if (levels == 0)
        return take(room);
    return descend(levels - 1) + room[0] * 0 + large[levels] * 0;
}

void *work(void *unused) {
    for (int i = 0; i < 20; i++)
        MUST(descend(i * 50) == 0);
    return unused;
}

int main(void) {
    pthread_t first = start(work, NULL), second = start(work, NULL);
    finish(first);
    finish(second);
    printf("%d\n", counter);
    return 0;
}
