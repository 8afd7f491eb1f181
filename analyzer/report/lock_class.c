/* lock_class.c: lock classes by name or place of creation, over all traces of a report.
 *
 * Locks of two programs are never one class.  Objects in dynamic memory with one place of creation
 * are found by that place, so that a million of them are not resolved one by one.
 */
#include "analyzer/report/lock_class.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/text_buffer.h"

struct by_key {
    const char *key; /* the class's */
    size_t number;
    UT_hash_handle hh;
};

struct by_place { /* of one trace */
    struct {
        uint32_t id, stack, attr, type; /* id 0: any that is like this */
    } key;
    size_t number;
    UT_hash_handle hh;
};

struct tc_class_index {
    struct by_key *keys;
    struct by_place *places;
};

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

static void object_free(struct tc_report_object *object) {
    free(object->name);
    free(object->scope);
    free(object->identity);
    tc_report_frames_free(&object->created);
}

static size_t add_class(struct tc_report *report, char *key, struct tc_report_object *object) {
    size_t number = report->class_count++;
    report->classes =
        tc_realloc_array(report->classes, report->class_count, sizeof *report->classes);
    report->classes[number] = (struct tc_report_class){
        .key = key,
        .name = object->class_identity && object->named ? without_indices(object->name)
                                                        : tc_strdup(object->name),
        .type = object->type,
        .created = object->created};
    object->created = (struct tc_report_frames){0};
    struct by_key *entry = tc_alloc(sizeof *entry);
    entry->key = key;
    entry->number = number;
    HASH_ADD_KEYPTR(hh, report->class_index->keys, entry->key, strlen(entry->key), entry);
    return number;
}

static size_t resolve(struct tc_report *report, const struct tc_resolver *resolver, uint32_t id) {
    struct tc_report_object object = tc_resolve_object(resolver, id);
    struct tc_text text = {0};
    bool by_name = object.class_identity && !object.named;
    tc_text_printf(&text, "%s|%s|%s|%s", resolver->process->executable, object.type,
                   object.identity, by_name ? object.name : "");
    struct by_key *entry;
    HASH_FIND(hh, report->class_index->keys, tc_text_string(&text), text.length, entry);
    size_t number = entry ? entry->number : add_class(report, tc_text_take(&text), &object);
    tc_text_free(&text);
    object_free(&object);
    return number;
}

size_t tc_lock_class(struct tc_report *report, const struct tc_resolver *resolver, uint32_t id) {
    if (!report->class_index)
        report->class_index = tc_alloc(sizeof *report->class_index);
    const struct tc_report_source *source = resolver->source;
    const struct tc_object *object = tc_model_object(source->model, id);
    struct by_place probe, *entry;
    memset(&probe, 0, sizeof probe);
    probe.key.id = id;
    struct tc_report_module module;
    if (object && !(object->name && *object->name) && object->stack &&
        !source->module(source->context, object->address, object->stack, &module)) {
        probe.key.id = 0;
        probe.key.stack = object->stack;
        probe.key.attr = object->attr;
        probe.key.type = object->type;
    }
    HASH_FIND(hh, report->class_index->places, &probe.key, sizeof probe.key, entry);
    if (entry)
        return entry->number;
    entry = tc_alloc(sizeof *entry);
    memcpy(&entry->key, &probe.key, sizeof entry->key);
    entry->number = resolve(report, resolver, id);
    HASH_ADD(hh, report->class_index->places, key, sizeof entry->key, entry);
    return entry->number;
}

void tc_lock_classes_forget_places(struct tc_report *report) {
    struct by_place *place, *next;
    if (!report->class_index)
        return;
    HASH_ITER(hh, report->class_index->places, place, next) {
        HASH_DEL(report->class_index->places, place);
        free(place);
    }
}

void tc_lock_classes_free(struct tc_report *report) {
    tc_lock_classes_forget_places(report);
    struct by_key *entry, *next;
    if (report->class_index) {
        HASH_ITER(hh, report->class_index->keys, entry, next) {
            HASH_DEL(report->class_index->keys, entry);
            free(entry);
        }
    }
    free(report->class_index);
    for (size_t i = 0; i < report->class_count; i++) {
        free(report->classes[i].key);
        free(report->classes[i].name);
        tc_report_frames_free(&report->classes[i].created);
    }
    free(report->classes);
}
