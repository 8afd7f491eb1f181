/* json_parts.h: pieces of a report as JSON, for every format and command that prints some.
 *
 * docs/report.schema.json describes them.  What is returned is a new reference.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_JSON_PARTS_H
#define TC_ANALYZER_JSON_PARTS_H

#include <jansson.h>

#include "analyzer/report/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "version" of a report. */
#define TC_JSON_VERSION 1

json_t *tc_json_text(const char *string); /* NULL: null */
json_t *tc_json_number(uint64_t value);
json_t *tc_json_address(uint64_t value); /* "0x4060" */
json_t *tc_json_frames(const struct tc_report_frames *frames);
json_t *tc_json_strings(char *const *strings, size_t count);

/* A whole report, version 1, without the parts below (json.c). */
json_t *tc_json_report(const struct tc_report *report);

/* The parts; null when the report has none. */
json_t *tc_json_graph(const struct tc_report *report);     /* {"nodes": […], "edges": […]} */
json_t *tc_json_profile(const struct tc_report *report);   /* {"classes": […]} */
json_t *tc_json_timelines(const struct tc_report *report); /* […] */

#ifdef __cplusplus
}
#endif
#endif
