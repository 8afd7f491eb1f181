/* entry.c: see entry.h. */
#include "python/entry.h"

#define RAW 0 /* PYMEM_DOMAIN_RAW */

static struct tc_py_allocator before; /* what the entry was made with */
static struct tc_py_allocator now;    /* what would free it */
static void *entry;

static void *note_malloc(void *context, size_t size) {
    return entry = before.malloc_function(context, size);
}

bool tc_py_entry_add(int (*hook)(const char *, PyObject *, void *)) {
    tc_py.PyMem_GetAllocator(RAW, &before);
    struct tc_py_allocator noting = before;
    noting.malloc_function = note_malloc;
    tc_py.PyMem_SetAllocator(RAW, &noting);
    bool added = tc_py.PySys_AddAuditHook(hook, NULL) == 0;
    tc_py.PyMem_SetAllocator(RAW, &before);
    return added;
}

static void free_others(void *context, void *memory) {
    if (memory == entry)
        entry = NULL; /* its few bytes stay */
    else
        now.free_function(context, memory);
}

void tc_py_entry_clearing(void) {
    tc_py.PyMem_GetAllocator(RAW, &now);
    if (!entry || now.free_function == before.free_function || now.free_function == free_others)
        return;
    struct tc_py_allocator filter = now;
    filter.free_function = free_others;
    tc_py.PyMem_SetAllocator(RAW, &filter);
}
