/* make_trace.c: writes a trace that is hard on a report.
 *
 * usage: make_trace large|hostile OUTPUT
 * large: 1,000 inversions among 2,000 locks that hang together; stacks of ten frames with lines.
 * hostile: names of locks and threads that are HTML, control characters, broken UTF-8, or 64 kB
 * long.
 */
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/writer.h"

enum { PAIRS = 1000, DEPTH = 10, LONG = 65536 };

/* By the linker: this program's code. */
extern char __executable_start, etext;

static const char *const hostile[] = {
    "<script>document.title='run'</script>",
    "</script><script>document.title='run'</script>",
    "<img src=x onerror=\"document.title='run'\">",
    "<!--<script>",
    "]]>&amp;&lt;\"'`${document.title='run'}\\",
    "\x01\x02\x1b[31mred\x1b[0m\r\n\t\x7f",
    "\xff\xfe\xc0\x80\xed\xa0\x80",
    "\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae\xef\xbf\xbe",
    "javascript:document.title='run'",
};
enum { HOSTILE = sizeof(hostile) / sizeof(*hostile) };

static int first_bias(struct dl_phdr_info *info, size_t size, void *out) {
    (void)size;
    *(uint64_t *)out = info->dlpi_addr;
    return 1;
}

/* This program is what was "traced": its functions and lines are in the stacks. */
static void add_module(struct tc_writer *writer) {
    size_t room = sizeof(struct tc_meta_module) + 4096;
    struct tc_meta_module *module = calloc(1, room);
    ssize_t size = readlink("/proc/self/exe", module->text, 4095);
    module->head.type = TC_META_MODULE;
    dl_iterate_phdr(first_bias, &module->bias);
    module->start = (uint64_t)(uintptr_t)&__executable_start;
    module->end = (uint64_t)(uintptr_t)&etext;
    tc_writer_meta(writer, module, (uint32_t)(sizeof *module + (size_t)(size > 0 ? size : 0)));
    free(module);
}

/* Somewhere in this program. */
static uint32_t some_stack(struct tc_writer *writer) {
    static uint64_t state = 42;
    uint64_t end = (uint64_t)(uintptr_t)&etext,
             half = (end - (uint64_t)(uintptr_t)&__executable_start) / 2;
    uint64_t frames[DEPTH];
    for (unsigned i = 0; i < DEPTH; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        frames[i] = end - 1 - (state >> 33) % half;
    }
    return tc_writer_stack(writer, frames, DEPTH);
}

static void name_thread(struct tc_writer *writer, uint32_t thread, const char *name) {
    size_t length = strlen(name);
    struct tc_meta_name *record = calloc(1, sizeof *record + length);
    record->head.type = TC_META_THREAD_NAME;
    record->id = thread;
    memcpy(record->text, name, length);
    tc_writer_meta(writer, record, (uint32_t)(sizeof *record + length));
    free(record);
}

static uint32_t lock(struct tc_writer *writer, const char *name) {
    uint32_t object = tc_writer_object(writer, TC_OBJECT_MUTEX, 0, 0);
    tc_writer_object_name(writer, object, name);
    return object;
}

static void nest(struct tc_writer *writer, uint32_t thread, uint32_t outer, uint32_t inner) {
    tc_writer_event(writer, thread, TC_EV_ACQUIRE, outer, some_stack(writer), 0, 0);
    tc_writer_time(writer, thread, 1000);
    tc_writer_event(writer, thread, TC_EV_ACQUIRE, inner, some_stack(writer), 0, 0);
    tc_writer_time(writer, thread, 2000);
    tc_writer_event(writer, thread, TC_EV_RELEASE, inner, some_stack(writer), 0, 0);
    tc_writer_event(writer, thread, TC_EV_RELEASE, outer, some_stack(writer), 0, 0);
}

static void large(struct tc_writer *writer, uint32_t one, uint32_t two) {
    static uint32_t locks[2 * PAIRS];
    for (unsigned i = 0; i < 2 * PAIRS; i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s_%u.lock", i % 2 ? "session" : "table", i / 2);
        locks[i] = lock(writer, name);
    }
    for (unsigned i = 0; i < PAIRS; i++) {
        nest(writer, one, locks[2 * i], locks[2 * i + 1]);
        nest(writer, two, locks[2 * i + 1], locks[2 * i]);
        if (i)
            nest(writer, one, locks[2 * (i / 3)], locks[2 * i]);
    }
}

static void hostile_names(struct tc_writer *writer, uint32_t one, uint32_t two) {
    static char name[LONG + 1];
    memset(name, 'x', LONG);
    memcpy(name, "<b>", 3);
    name_thread(writer, one, hostile[1]);
    name_thread(writer, two, name);
    uint32_t last = lock(writer, name);
    for (unsigned i = 0; i < HOSTILE; i++) {
        uint32_t next = lock(writer, hostile[i]);
        nest(writer, one, last, next);
        nest(writer, two, next, last);
        last = next;
    }
    for (unsigned i = 0; i < HOSTILE; i++)
        tc_writer_warning(writer, hostile[i]);
}

int main(int argc, char **argv) {
    if (argc != 3)
        return 2;
    struct tc_writer *writer = tc_writer_new();
    add_module(writer);
    uint32_t main_thread = tc_writer_thread(writer, 0, NULL);
    uint32_t one = tc_writer_spawn(writer, main_thread, some_stack(writer));
    uint32_t two = tc_writer_spawn(writer, main_thread, some_stack(writer));
    if (strcmp(argv[1], "large") == 0)
        large(writer, one, two);
    else
        hostile_names(writer, one, two);
    bool good = tc_writer_save(writer, argv[2]);
    tc_writer_free(writer);
    return good ? 0 : 1;
}
