/* fnv.h: a hash of bytes: FNV-1a, 64 bits (Fowler, Noll, Vo).
 *
 * Threads: pure.  For keys of a few bytes; whoever takes a part of the bits mixes them first.
 */
#ifndef THREADCHECK_FNV_H
#define THREADCHECK_FNV_H

#include <stddef.h>
#include <stdint.h>

#define TC_FNV_BASIS 0xcbf29ce484222325ull

/* The hash of `size` bytes after what `hash` is of; TC_FNV_BASIS is that of nothing. */
static inline uint64_t tc_fnv(uint64_t hash, const void *bytes, size_t size) {
    const uint8_t *at = (const uint8_t *)bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 0x100000001b3ull;
    return hash;
}

#endif
