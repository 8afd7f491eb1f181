/* memory.c: what allocates and frees; the results are libc's. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "show.h"

static volatile size_t huge = PTRDIFF_MAX;

static int frees_many(void) {
    int got = 0;
    for (int i = 0; i < 1000; i++) {
        void *volatile memory = malloc((size_t)i * 10);
        got += memory != NULL;
        free(memory);
    }
    return got;
}

static void *work(void *unused) {
    void *memory = NULL;
    char *zeros = calloc(100, 10);
    int sum = 0;
    for (int i = 0; i < 1000; i++)
        sum += zeros[i];
    SHOW(sum);
    zeros = realloc(zeros, 5000);
    SHOW(zeros != NULL);
    free(zeros);
    SHOW(posix_memalign(&memory, 256, 1000));
    SHOW((int)((uintptr_t)memory % 256));
    free(memory);
    SHOW(posix_memalign(&memory, 3, 1000));
    memory = aligned_alloc(4096, 4096);
    SHOW((int)((uintptr_t)memory % 4096));
    free(memory);
    SHOW(malloc(huge) == NULL);
    SHOW(calloc(huge, 16) == NULL);
    SHOW(aligned_alloc(64, huge) == NULL);
    for (int i = 0; i < 3; i++)
        SHOW(frees_many());
    void *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SHOW(munmap(pages, 8192));
    return unused;
}

int main(void) {
    pthread_t thread;
    work(NULL);
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
    return 0;
}
