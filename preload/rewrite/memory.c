/* memory.c: see memory.h.  System calls are made directly: the functions of libc are hooked. */
#include "preload/rewrite/memory.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Pieces grow, so that few page faults are taken for the millions of instructions of a large
 * program, and a small one does not pay for large pages. */
#define PIECE       (1ul << 20)
#define PIECE_MOST  (32ul << 20)
#define PIECE_LARGE (4ul << 20) /* and above: of large pages */

struct tc_pool_piece {
    struct tc_pool_piece *older;
    size_t size;
};

void *tc_memory_map(void *address, size_t size, int protection, int flags) {
    long at =
        syscall(SYS_mmap, address, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0L);
    return at == -1 ? NULL : (void *)at;
}

void tc_memory_unmap(void *memory, size_t size) {
    syscall(SYS_munmap, memory, size);
}

int tc_memory_protect(void *memory, size_t size, int protection) {
    return (int)syscall(SYS_mprotect, memory, size, protection);
}

void tc_memory_large(void *memory, size_t size) {
    syscall(SYS_madvise, memory, size, MADV_HUGEPAGE);
}

void *tc_pool_take(struct tc_pool *pool, size_t size) {
    size = (size + 15) & ~(size_t)15;
    if (size > (size_t)(pool->end - pool->next)) {
        size_t last = pool->pieces ? pool->pieces->size : PIECE / 2;
        size_t wanted = last * 2 < PIECE_MOST ? last * 2 : PIECE_MOST;
        size_t piece = (size + sizeof(struct tc_pool_piece) + wanted) & ~(size_t)4095;
        struct tc_pool_piece *memory = tc_memory_map(NULL, piece, PROT_READ | PROT_WRITE, 0);
        if (!memory)
            return NULL;
        if (wanted >= PIECE_LARGE)
            tc_memory_large(memory, piece);
        memory->older = pool->pieces;
        memory->size = piece;
        pool->pieces = memory;
        pool->next = (uint8_t *)(memory + 1);
        pool->end = (uint8_t *)memory + piece;
    }
    void *taken = pool->next;
    pool->next += size;
    return taken;
}

void tc_pool_release(struct tc_pool *pool) {
    for (struct tc_pool_piece *piece = pool->pieces, *older; piece; piece = older) {
        older = piece->older;
        tc_memory_unmap(piece, piece->size);
    }
    *pool = (struct tc_pool){0};
}
