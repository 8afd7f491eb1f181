/* quote.h: strings of the program inside the syntax of formats.
 * Rules: not thread-safe.  Strings are valid UTF-8 without control characters, as all of a report.
 */
#ifndef TC_ANALYZER_QUOTE_H
#define TC_ANALYZER_QUOTE_H

#include "analyzer/report/text_buffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Appends `string`, with its quotes, as a JSON string. */
void tc_quote_json(struct tc_text *out, const char *string);

/* Appends it for XML text and attributes; characters that XML cannot have become U+FFFD. */
void tc_quote_xml(struct tc_text *out, const char *string);

/* Appends it, with its quotes, as a string of DOT; more than `limit` bytes (0: any) are cut. */
void tc_quote_dot(struct tc_text *out, const char *string, size_t limit);

/* Appends a path as a URI reference: what may not stand in one is percent-encoded. */
void tc_quote_uri(struct tc_text *out, const char *path);

#ifdef __cplusplus
}
#endif
#endif
