/* class_index.c: lock classes by key and by place. */
#include "analyzer/report/class_index.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/memory.h"

struct by_key {
    const char *key; /* the class's */
    size_t number;
    UT_hash_handle hh;
};

struct by_place {
    struct tc_class_place place;
    size_t number;
    UT_hash_handle hh;
};

struct tc_class_index {
    struct by_key *keys;
    struct by_place *places;
};

static struct tc_class_index *index_of(struct tc_report *report) {
    if (!report->class_index)
        report->class_index = tc_alloc(sizeof *report->class_index);
    return report->class_index;
}

size_t tc_class_by_place(const struct tc_report *report, const struct tc_class_place *place) {
    struct by_place *entry = NULL;
    if (report->class_index)
        HASH_FIND(hh, report->class_index->places, place, sizeof *place, entry);
    return entry ? entry->number : SIZE_MAX;
}

size_t tc_class_by_key(const struct tc_report *report, const char *key) {
    struct by_key *entry = NULL;
    if (report->class_index)
        HASH_FIND_STR(report->class_index->keys, key, entry);
    return entry ? entry->number : SIZE_MAX;
}

size_t tc_class_add(struct tc_report *report, struct tc_report_class class) {
    size_t number = report->class_count++;
    report->classes =
        tc_realloc_array(report->classes, report->class_count, sizeof *report->classes);
    report->classes[number] = class;
    struct by_key *entry = tc_alloc(sizeof *entry);
    entry->key = class.key;
    entry->number = number;
    HASH_ADD_KEYPTR(hh, index_of(report)->keys, entry->key, strlen(entry->key), entry);
    return number;
}

void tc_class_add_place(struct tc_report *report, const struct tc_class_place *place,
                        size_t number) {
    struct by_place *entry = tc_alloc(sizeof *entry);
    entry->place = *place;
    entry->number = number;
    HASH_ADD(hh, index_of(report)->places, place, sizeof entry->place, entry);
}

void tc_class_forget_places(struct tc_report *report) {
    struct by_place *place, *next;
    if (!report->class_index)
        return;
    HASH_ITER(hh, report->class_index->places, place, next) {
        HASH_DEL(report->class_index->places, place);
        free(place);
    }
}

void tc_classes_free(struct tc_report *report) {
    tc_class_forget_places(report);
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
