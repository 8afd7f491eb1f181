/* lock_class.c: lock classes by name or place of creation, over all traces of a report.
 *
 * Locks of two programs are never one class.  Objects in dynamic memory with one place of creation
 * are found by that place, so that a million of them are not resolved one by one.
 */
#include "analyzer/report/lock_class.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/class_index.h"
#include "analyzer/report/text_buffer.h"

/* "locks[3]" becomes "locks[]". */
static char *without_indices(const char *name) {
    struct tc_text text = {0};
    for (const char *p = name; *p; p++) {
        tc_text_char(&text, *p);
        if (*p == '[')
            p += strspn(p + 1, "0123456789");
    }
    return tc_text_take(&text);
}

static size_t add_class(struct tc_report *report, char *key, struct tc_report_object *object) {
    struct tc_report_class class = {.key = key,
                                    .name = object->class_identity && object->named
                                                ? without_indices(object->name)
                                                : tc_strdup(object->name),
                                    .type = object->type,
                                    .created = object->created};
    object->created = (struct tc_report_frames){0};
    return tc_class_add(report, class);
}

static size_t resolve(struct tc_report *report, const struct tc_resolver *resolver, uint32_t id) {
    struct tc_report_object object = tc_resolve_object(resolver, id);
    struct tc_text text = {0};
    bool by_name = object.class_identity && !object.named;
    tc_text_printf(&text, "%s|%s|%s|%s", resolver->process->executable, object.type,
                   object.identity, by_name ? object.name : "");
    size_t number = tc_class_by_key(report, tc_text_string(&text));
    if (number == SIZE_MAX)
        number = add_class(report, tc_text_take(&text), &object);
    tc_text_free(&text);
    tc_report_object_free(&object);
    return number;
}

size_t tc_lock_class(struct tc_report *report, const struct tc_resolver *resolver, uint32_t id) {
    const struct tc_report_source *source = resolver->source;
    const struct tc_object *object = tc_model_object(source->model, id);
    struct tc_class_place place = {.id = id};
    struct tc_report_module module;
    if (object && !(object->name && *object->name) && object->stack &&
        !source->module(source->context, object->address, object->stack, &module))
        place = (struct tc_class_place){
            .stack = object->stack, .attr = object->attr, .type = object->type};
    size_t number = tc_class_by_place(report, &place);
    if (number == SIZE_MAX) {
        number = resolve(report, resolver, id);
        tc_class_add_place(report, &place, number);
    }
    return number;
}
