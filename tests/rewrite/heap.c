/* heap.c: a program with a heap of its own, in blocks that libc's malloc_usable_size would not
 * understand; its module (heap_plug.c) allocates and frees in two threads. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 256, BLOCKS = 1 << 16 };
static _Alignas(16) char heap[BLOCK * BLOCKS];
static void *given_back;
static size_t next_block;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void *malloc(size_t size) {
    pthread_mutex_lock(&mutex);
    void *block = NULL;
    if (size > BLOCK) {
        size_t blocks = (size + BLOCK - 1) / BLOCK;
        if (next_block + blocks <= BLOCKS) {
            block = heap + next_block * BLOCK;
            next_block += blocks;
        }
    } else if ((block = given_back)) {
        memcpy(&given_back, block, sizeof given_back);
    } else if (next_block < BLOCKS) {
        block = heap + next_block++ * BLOCK;
    }
    pthread_mutex_unlock(&mutex);
    return block;
}

/* Which of them were large is not kept: those are not used again. */
void free(void *block) {
    if ((uintptr_t)block - (uintptr_t)heap >= sizeof heap || ((uintptr_t)block & (BLOCK - 1)))
        return;
    pthread_mutex_lock(&mutex);
    memcpy(block, &given_back, sizeof given_back);
    given_back = block;
    pthread_mutex_unlock(&mutex);
}

void *calloc(size_t count, size_t size) {
    void *block = malloc(count * size);
    return block ? memset(block, 0, count * size) : NULL;
}

void *realloc(void *old, size_t size) {
    void *block = malloc(size);
    if (block && old)
        memcpy(block, old, size < BLOCK ? size : BLOCK);
    free(old);
    return block;
}

#ifdef KNOWS_SIZES
size_t malloc_usable_size(void *block) {
    return block ? BLOCK : 0;
}
#endif

static int (*plug)(int);

static void *run(void *unused) {
    (void)unused;
    return plug(2000) ? NULL : &plug;
}

int main(int argc, char **argv) {
    void *module = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
    if (!module || !(plug = (int (*)(int))dlsym(module, "heap_plug")))
        return 1;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, run, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    puts("done");
    return 3;
}
