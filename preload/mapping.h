/* mapping.h: what kind of mapping memory lies in.
 * Threads: any.  It reads /proc, some 1 us a mapping, unless the memory lies where it was last
 *          asked: for what is about to block.
 */
#ifndef TC_PRELOAD_MAPPING_H
#define TC_PRELOAD_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

/* Whether other processes may see what is written at `address`; true as well when that cannot be
 * found out. */
bool tc_memory_is_shared(uintptr_t address);

#endif
