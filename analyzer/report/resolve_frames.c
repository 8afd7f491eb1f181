/* resolve_frames.c: the frames of a stack with names and lines, without threadcheck's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/resolver.h"
#include "analyzer/report/text_buffer.h"
#include "threadcheck/trace_format.h"

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool starts(const char *string, const char *prefix) {
    return strncmp(string, prefix, strlen(prefix)) == 0;
}

/* Functions of libc and the loader that call main or a thread's start function. */
static bool is_start(const char *function) {
    static const char *const names[] = {"start_thread",
                                        "clone",
                                        "clone3",
                                        "__clone",
                                        "__clone3",
                                        "_start",
                                        "thread_start",
                                        "__libc_start_call_main",
                                        "__libc_start_main",
                                        "__libc_start_main_impl",
                                        "_dl_start_user",
                                        "__GI___clone",
                                        "__GI___clone3"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(function, names[i]) == 0)
            return true;
    return starts(function, "__libc_start_main@") || starts(function, "threading_run_");
}

static enum tc_frame_role role_of(const struct tc_report_frame *frame) {
    if (frame->named && is_start(frame->function))
        return TC_FRAME_START;
    const char *module = frame->module;
    if (module &&
        (starts(module, "/lib/") || starts(module, "/usr/lib/") || starts(module, "/lib64/") ||
         starts(module, "/usr/lib64/") || starts(module, "[vdso]")))
        return TC_FRAME_LIBRARY;
    if (frame->named && (starts(frame->function, "std::") || starts(frame->function, "__gnu_cxx") ||
                         starts(frame->function, "__gthread_") || starts(frame->function, "__cxx")))
        return TC_FRAME_LIBRARY;
    if (frame->named && starts(frame->function, "threading_")) /* threading.h's library */
        return TC_FRAME_LIBRARY;
    if (frame->file && starts(frame->file, "/usr/include/"))
        return TC_FRAME_LIBRARY;
    if (frame->file && strstr(frame->file, "/threadcheck/annotate.h"))
        return TC_FRAME_LIBRARY;
    return TC_FRAME_PROGRAM;
}

static struct tc_report_frame *append(struct tc_report_frames *frames, size_t *capacity) {
    if (frames->count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 16;
        frames->entries = tc_realloc(frames->entries, *capacity * sizeof(*frames->entries));
    }
    struct tc_report_frame *frame = &frames->entries[frames->count++];
    *frame = (struct tc_report_frame){.language = "c"};
    return frame;
}

static void note_state(const struct tc_resolver *resolver, struct tc_symbol_file *file,
                       const char *path) {
    if (path[0] != '/')
        return;
    switch (tc_symbol_file_state(file)) {
    case TC_SYMBOL_FULL:
    case TC_SYMBOL_NAMES_ONLY:
        break;
    case TC_SYMBOL_MISSING:
        tc_report_note(resolver->process, "%s cannot be read: its frames have no names", path);
        break;
    case TC_SYMBOL_CHANGED:
        tc_report_note(resolver->process,
                       "%s was changed after the run (its build id differs): its frames have no "
                       "names",
                       path);
        break;
    }
}

/* "libfoo.so+0x1234", to be freed. */
static char *place_name(const struct tc_report_frame *frame) {
    struct tc_text text = {0};
    if (frame->module)
        tc_text_printf(&text, "%s+%#llx", base_name(frame->module),
                       (unsigned long long)frame->module_offset);
    else
        tc_text_printf(&text, "%#llx", (unsigned long long)frame->address);
    return tc_text_take(&text);
}

/* Adds what stands at one address: a frame and those inlined into it. */
static void add_address(const struct tc_resolver *resolver, struct tc_report_frames *frames,
                        size_t *capacity, uint64_t raw, uint32_t stack) {
    uint64_t address = raw & ~TC_FRAME_EXACT;
    /* A return address may already belong to the next line: the call is just before. */
    uint64_t probe = raw & TC_FRAME_EXACT || !address ? address : address - 1;
    struct tc_report_module module = {0};
    const struct tc_report_source *source = resolver->source;
    const struct tc_symbol_frame *symbols = NULL;
    struct tc_symbol_file *file = NULL;
    size_t count = 0;
    bool found = source->module(source->context, probe, stack, &module) && module.path;
    if (found && strcmp(base_name(module.path), "libthreadcheck.so") == 0)
        return;
    if (found) {
        file =
            tc_symbols_file(resolver->symbols, module.path, module.build_id, module.build_id_size);
        count = tc_symbol_file_frames(file, probe - module.bias, &symbols);
        note_state(resolver, file, module.path);
    }
    for (size_t i = 0; i < (count ? count : 1); i++) {
        struct tc_report_frame *frame = append(frames, capacity);
        frame->address = address;
        if (found) {
            frame->module = tc_clean(module.path, 4096);
            frame->module_offset = address - module.bias;
        }
        if (count) {
            frame->file = symbols[i].file ? tc_strdup(symbols[i].file) : NULL;
            frame->line = symbols[i].line;
            frame->column = symbols[i].column;
            frame->function_line = symbols[i].function_line;
            frame->inlined = symbols[i].inlined;
            frame->symbol = &symbols[i];
            frame->stale_source = tc_symbol_stale_source(&symbols[i], resolver->sources);
        }
        frame->named = count && symbols[i].function;
        frame->function = frame->named ? tc_strdup(symbols[i].function) : place_name(frame);
        frame->role = role_of(frame);
    }
}

/* Code that no author of a program thinks of as the program's: the standard library, and what the
 * interpreter freezes into itself. */
static bool is_python_library(const char *file) {
    const char *slash = strstr(file, "/lib/python3");
    if (file[0] == '<')
        return starts(file, "<frozen");
    const char *rest = slash ? strchr(slash + 12, '/') : NULL;
    return rest && !strstr(rest, "-packages/") && !starts(rest, "/test/");
}

/* A relative file is meant as the program was started. */
static char *python_file(const struct tc_resolver *resolver, const char *file) {
    const char *directory = tc_model_process(resolver->source->model)->directory;
    if (file[0] == '/' || file[0] == '<' || !directory || !*directory)
        return tc_clean(file, 4096);
    struct tc_text text = {0};
    tc_text_clean(&text, directory, 4096, false);
    tc_text_char(&text, '/');
    tc_text_clean(&text, starts(file, "./") ? file + 2 : file, 4096, false);
    return tc_text_take(&text);
}

/* Adds a frame of interpreted code. */
static void add_python(const struct tc_resolver *resolver, struct tc_report_frames *frames,
                       size_t *capacity, uint64_t raw) {
    const struct tc_report_source *source = resolver->source;
    struct tc_report_code code;
    struct tc_report_frame *frame = append(frames, capacity);
    frame->language = "python";
    frame->line = raw & 0xffffff;
    if (!source->code || !source->code(source->context, (uint32_t)(raw >> 24), &code)) {
        frame->function = tc_strdup("?");
        return;
    }
    frame->file = python_file(resolver, code.file);
    frame->function_line = code.first_line;
    frame->function = tc_clean(code.name, 256);
    frame->named = true;
    frame->role = is_python_library(code.file) ? TC_FRAME_LIBRARY : TC_FRAME_PROGRAM;
}

static void drop_last(struct tc_report_frames *frames) {
    struct tc_report_frame *frame = &frames->entries[--frames->count];
    free(frame->function);
    free(frame->file);
    free(frame->module);
}

/* Frames in libc or the loader without a name, at the outer end: what starts a thread, in a
 * stripped libc. */
static bool is_nameless_start(const struct tc_report_frame *frame) {
    if (frame->named || !frame->module)
        return false;
    const char *name = base_name(frame->module);
    return starts(name, "libc.so") || starts(name, "libc-2") || starts(name, "libpthread") ||
           starts(name, "ld-linux");
}

struct tc_report_frames tc_resolve_stack(const struct tc_resolver *resolver, uint32_t stack) {
    struct tc_report_frames frames = {0};
    size_t capacity = 0;
    const uint64_t *addresses = NULL;
    const struct tc_report_source *source = resolver->source;
    size_t count = stack ? source->stack(source->context, stack, &addresses, &frames.truncated) : 0;
    for (size_t i = 0; i < count; i++)
        if (addresses[i] & TC_FRAME_PYTHON)
            add_python(resolver, &frames, &capacity, addresses[i]);
        else
            add_address(resolver, &frames, &capacity, addresses[i], stack);
    while (frames.count > 1 && (frames.entries[frames.count - 1].role == TC_FRAME_START ||
                                is_nameless_start(&frames.entries[frames.count - 1])))
        drop_last(&frames);
    return frames;
}
