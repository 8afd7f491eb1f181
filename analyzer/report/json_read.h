/* json_read.h: reads a report of --format=json, for those who compare with it.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_JSON_READ_H
#define TC_ANALYZER_JSON_READ_H

#include <jansson.h>

#include "analyzer/report/text_buffer.h"

/* The report at `path`, which the caller gives up by json_decref: it has a list "findings", each
 * with a string "id".  NULL with one line in `error` when it cannot be read, is none, or is of a
 * version that this program does not know. */
json_t *tc_json_read(const char *path, struct tc_text *error);

#endif
