// Every function of tsan_access.def, and a write by another thread to the last byte of what it
// accesses (argument "race"), or to the byte after it ("ok"). Compiled without -fsanitize=thread,
// it calls the functions by itself. Threads: the second begins when the first has done all; nothing
// that is seen orders them.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TC_TSAN(kind, name, size, access) void name();
#include "preload/race/tsan_access.def"
#undef TC_TSAN
void __tsan_init(void);

enum kind { PART, WHOLE, BOTH, ANYWHERE, UPDATE, NOTHING };
enum { ROOM = 64 };

static char *memory;
static int beyond, done;

/* Where a function's memory lies in its room: at the end of a granule, or crossing from one. */
static size_t begin_of(enum kind kind, size_t size) {
    return kind == PART ? 8 - size : kind == ANYWHERE ? 16 + 7 - size / 2 : 16;
}

enum row {
#define TC_TSAN(kind, name, size, access) ROW_##name,
#include "preload/race/tsan_access.def"
#undef TC_TSAN
};

#define TC_TSAN(kind, name, size, access)                                                          \
    __attribute__((noinline)) static void first_##name(void) {                                     \
        name(memory + ROOM * ROW_##name + begin_of(kind, size), &done);                            \
        __asm__ volatile("");                                                                      \
    }                                                                                              \
    __attribute__((noinline)) static void second_##name(void) {                                    \
        __tsan_write1(memory + ROOM * ROW_##name + begin_of(kind, size) + size - !beyond);         \
        __asm__ volatile("");                                                                      \
    }
#include "preload/race/tsan_access.def"
#undef TC_TSAN

static void *first(void *unused) {
    for (int time = 0; time < 2; time++) {
#define TC_TSAN(kind, name, size, access) first_##name();
#include "preload/race/tsan_access.def"
#undef TC_TSAN
    }
    __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
    return unused;
}

static void *second(void *unused) {
    while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
        ;
#define TC_TSAN(kind, name, size, access)                                                          \
    if (kind != NOTHING)                                                                           \
        second_##name();
#include "preload/race/tsan_access.def"
#undef TC_TSAN
    return unused;
}

int main(int argc, char **argv) {
    beyond = argc > 1 && strcmp(argv[1], "ok") == 0;
    memory = aligned_alloc(64, 1 << 16);
    memset(memory, 0, 1 << 16);
    __tsan_init();
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, first, NULL);
    pthread_create(&threads[1], NULL, second, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    puts("done");
    return 0;
}
