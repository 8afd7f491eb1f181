/* memory.h: allocation that either succeeds or ends the analyzer with a clear message.
 *
 * What: the analyzer's memory goes by what a trace names, so that running out of it is a fact to be
 *       told, not a state to go on in.
 * Threads: as malloc.
 */
#ifndef TC_ANALYZER_MEMORY_H
#define TC_ANALYZER_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Exit status of an analyzer that ran out of memory. */
#define TC_EXIT_MEMORY 3

/* Zeroed; never NULL.  Sizes of 0 are fine. */
void *tc_alloc(size_t size);
void *tc_alloc_array(size_t count, size_t size); /* ends on overflow, too */

/* As realloc and reallocarray; the new part is not zeroed. */
void *tc_realloc(void *memory, size_t size);
void *tc_realloc_array(void *memory, size_t count, size_t size);

char *tc_strdup(const char *text); /* NULL stays NULL */

/* printf into memory of its own. */
char *tc_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes room for one more entry in an array that doubles: `count` used, `*size` allocated. */
void *tc_grow(void *array, size_t count, size_t *size, size_t entry);

/* Ends the analyzer: "threadcheck: out of memory (N bytes wanted)". */
void tc_out_of_memory(size_t size) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif
#endif
