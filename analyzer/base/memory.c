/* memory.c: checked allocation (memory.h). */
#include "analyzer/base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE     (8ul << 20)
#define HUGE_PAGE (2ul << 20)

void tc_out_of_memory(size_t size) {
    fprintf(stderr, "threadcheck: out of memory (%zu bytes wanted)\n", size);
    exit(TC_EXIT_MEMORY);
}

/* What is looked up at random all over is found with fewer looks at the page tables then; what
 * cannot be had stays in small pages. */
static void ask_for_huge_pages(void *memory, size_t size) {
    uintptr_t from = ((uintptr_t)memory + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    uintptr_t to = ((uintptr_t)memory + size) & ~(HUGE_PAGE - 1);
    if (from < to)
        madvise((void *)from, to - from, MADV_HUGEPAGE);
}

void *tc_alloc(size_t size) {
    return tc_alloc_array(1, size);
}

void *tc_alloc_array(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory)
        tc_out_of_memory(count * size);
    if (count * size >= LARGE)
        ask_for_huge_pages(memory, count * size);
    return memory;
}

void *tc_realloc(void *memory, size_t size) {
    return tc_realloc_array(memory, 1, size);
}

void *tc_realloc_array(void *memory, size_t count, size_t size) {
    memory = reallocarray(memory, count ? count : 1, size ? size : 1);
    if (!memory)
        tc_out_of_memory(count * size);
    return memory;
}

char *tc_strdup(const char *text) {
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    return memcpy(tc_alloc(size), text, size);
}

char *tc_format(const char *format, ...) {
    char *text;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        tc_out_of_memory(strlen(format));
    return text;
}

void *tc_grow(void *array, size_t count, size_t *size, size_t entry) {
    if (count < *size)
        return array;
    *size = *size ? *size * 2 : 8;
    return tc_realloc_array(array, *size, entry);
}
