/* memory.h: memory for the rewriter, which may run where malloc must not be called.
 *
 * What: pools that grow by mapping, and are given back as a whole.
 * Threads: one thread uses a pool at a time.
 */
#ifndef TC_PRELOAD_REWRITE_MEMORY_H
#define TC_PRELOAD_REWRITE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct tc_pool {
    struct tc_pool_piece *pieces; /* newest first */
    uint8_t *next, *end;
};

/* Zeroed, 16-byte aligned memory, or NULL. */
void *tc_pool_take(struct tc_pool *pool, size_t size);

/* Unmaps all of it. */
void tc_pool_release(struct tc_pool *pool);

/* Anonymous memory at `address` (anywhere when NULL), or NULL. */
void *tc_memory_map(void *address, size_t size, int protection, int flags);
void tc_memory_unmap(void *memory, size_t size);
int tc_memory_protect(void *memory, size_t size, int protection);

/* `memory` is about to be used whole: large pages, where there are any, are worth it. */
void tc_memory_large(void *memory, size_t size);

#endif
