// Within reach of the program's code there is no room for anything of ours, and it has a race.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#define STEP  0x1000000ul
#define REACH 0x81000000ul

static long counter;

static void *count(void *unused) {
    for (int i = 0; i < 100; i++)
        counter++; /* RACE */
    return unused;
}

int main(void) {
    uintptr_t here = (uintptr_t)count & ~(STEP - 1);
    for (uintptr_t at = here > REACH ? here - REACH : STEP; at < here + REACH; at += STEP)
        mmap((void *)at, 4096, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, count, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    puts("done");
    return 0;
}
