/* resolve_race.c: what a data race is about, by debug information.
 *
 * What: the variable, member or element in static storage; the part of a heap block; a place on a
 *       thread's stack; else the address.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/resolver.h"
#include "analyzer/report/text_buffer.h"
#include "threadcheck/trace_format.h"
#include "trace/reader.h"

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool name_static(const struct tc_resolver *resolver, const struct tc_meta_race *race,
                        struct tc_report_object *object) {
    const struct tc_report_source *source = resolver->source;
    const struct tc_meta_race_side *side = &race->sides[0];
    struct tc_report_module module = {0};
    if (!source->module(source->context, side->address, side->stack, &module) || !module.path)
        return false;
    struct tc_symbol_file *file =
        tc_symbols_file(resolver->symbols, module.path, module.build_id, module.build_id_size);
    const char *scope = NULL;
    const char *name = tc_symbol_file_data(file, side->address - module.bias, side->size, &scope);
    struct tc_text text = {0};
    if (name) {
        tc_text_add(&text, name);
        object->scope = tc_clean(scope, 256);
        object->named = true;
    } else {
        tc_text_clean(&text, base_name(module.path), 256, false);
        tc_text_printf(&text, "+%#llx", (unsigned long long)(side->address - module.bias));
    }
    object->name = tc_text_take(&text);
    return true;
}

static void name_block(const struct tc_resolver *resolver, const struct tc_meta_race *race,
                       struct tc_report_object *object) {
    struct tc_text text = {0};
    object->created = tc_resolve_stack(resolver, race->block_stack);
    object->creator = race->block_thread;
    tc_text_printf(&text, "byte %llu of a heap block",
                   (unsigned long long)(race->sides[0].address - race->block_start));
    const struct tc_report_frame *frame = tc_report_key_frame(&object->created);
    if (frame && frame->file)
        tc_text_printf(&text, " from %s:%u", base_name(frame->file), frame->line);
    object->name = tc_text_take(&text);
}

static bool on_stack_of(const struct tc_thread *thread, uint64_t address) {
    return thread && address >= thread->stack_low && address < thread->stack_high;
}

/* The thread whose stack the address lies in, NULL: none.  Stacks of ended threads are used again:
 * those of the race itself come first, then the newest. */
static const struct tc_thread *stack_owner(const struct tc_resolver *resolver,
                                           const struct tc_meta_race *race) {
    const struct tc_model *model = resolver->source->model;
    for (unsigned i = 0; i < 2; i++) {
        const struct tc_thread *thread = tc_model_thread(model, race->sides[i].thread);
        if (on_stack_of(thread, race->sides[0].address))
            return thread;
    }
    for (uint32_t index = tc_model_thread_count(model); index; index--)
        if (on_stack_of(tc_model_thread(model, index), race->sides[0].address))
            return tc_model_thread(model, index);
    return NULL;
}

static char *without_indices(const char *name) {
    struct tc_text text = {0};
    for (const char *p = name; *p; p++) {
        if (*p >= '0' && *p <= '9' && p > name && (p[-1] == '[' || p[-1] == ']'))
            continue;
        tc_text_char(&text, *p);
    }
    return tc_text_take(&text);
}

/* One of an interpreted program has its name from there.  Which item of a container it was differs
 * from run to run. */
static struct tc_report_object named_by_program(const struct tc_resolver *resolver,
                                                const struct tc_meta_race *race) {
    const char *told = tc_trace_race_name(tc_model_trace(resolver->source->model), race->id);
    struct tc_report_object object = {.type = "variable",
                                      .language = "python",
                                      .address = race->sides[0].address,
                                      .named = told != NULL};
    object.name = tc_clean(told ? told : "a variable", 256);
    struct tc_text text = {0};
    tc_text_add(&text, "python:");
    for (const char *p = object.name; *p && *p != '['; p++)
        tc_text_char(&text, *p);
    object.identity = tc_text_take(&text);
    return object;
}

struct tc_report_object tc_resolve_race(const struct tc_resolver *resolver,
                                        const struct tc_meta_race *race) {
    struct tc_report_object object = {
        .type = "variable", .language = "c", .address = race->sides[0].address};
    const struct tc_thread *owner = NULL;
    struct tc_text text = {0};
    if (race->grade != TC_RACE_NATIVE)
        return named_by_program(resolver, race);
    if (race->sides[0].flags & TC_RACE_DESCRIPTOR) {
        tc_text_printf(&text, "descriptor %llu", (unsigned long long)race->sides[0].address);
        object.type = "descriptor";
        object.class_identity = true;
        object.name = tc_text_take(&text);
        object.identity = tc_strdup(object.type);
        return object;
    }
    if (name_static(resolver, race, &object)) {
        char *name = without_indices(object.name);
        if (!object.named) /* which element of what differs from process to process */
            *strrchr(name, '+') = '\0';
        tc_text_printf(&text, "variable:%s:%s", object.scope ? object.scope : "", name);
        free(name);
        object.identity = tc_text_take(&text);
        return object;
    }
    object.class_identity = true;
    if (race->block_size) {
        object.type = "heap-block";
        name_block(resolver, race, &object);
    } else if ((owner = stack_owner(resolver, race))) {
        object.type = "stack";
        struct tc_report_thread thread = tc_resolve_thread(resolver, owner->index);
        tc_text_printf(&text, "the stack of %s", thread.label);
        object.name = tc_text_take(&text);
        tc_report_thread_free(&thread);
    } else {
        object.type = "memory";
        tc_text_printf(&text, "memory at %#llx", (unsigned long long)race->sides[0].address);
        object.name = tc_text_take(&text);
    }
    object.identity = tc_strdup(object.type);
    return object;
}
