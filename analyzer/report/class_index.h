/* class_index.h: finds the lock classes of a report again, by what they are or where they began.
 *
 * Places are those of one trace: object ids and stacks of the next one mean others.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_CLASS_INDEX_H
#define TC_ANALYZER_CLASS_INDEX_H

#include "analyzer/report/report.h"

/* Where an object was created, and as what. */
struct tc_class_place {
    uint32_t id, stack, attr, type; /* id 0: any object that is like this */
};

/* The number of the class; SIZE_MAX: none is known. */
size_t tc_class_by_place(const struct tc_report *report, const struct tc_class_place *place);
size_t tc_class_by_key(const struct tc_report *report, const char *key);

/* Adds a class that is not there, and returns its number.  Its strings and frames then belong to
 * the report. */
size_t tc_class_add(struct tc_report *report, struct tc_report_class class);

void tc_class_add_place(struct tc_report *report, const struct tc_class_place *place,
                        size_t number);

/* To be called when a trace is through. */
void tc_class_forget_places(struct tc_report *report);

/* Frees the classes of a report, and what finds them. */
void tc_classes_free(struct tc_report *report);

#endif
