/* dump.h: what the two halves of `threadcheck dump` share.
 * Rules: single-threaded; everything goes to stdout.
 */
#ifndef TC_ANALYZER_DUMP_H
#define TC_ANALYZER_DUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tc_dump_options {
    bool meta;       /* no events */
    bool raw;        /* each thread's stream as it is in the file, not the merged order */
    bool standard;   /* in the text format of RAPID instead */
    bool requests;   /* there with `req` before each acquisition that was recorded as blocking */
    uint32_t thread; /* only events of this one; 0: of all */
};

/* Header and meta records. */
void tc_dump_meta(const struct tc_trace *trace);

/* Events. */
void tc_dump_raw(struct tc_trace *trace, const struct tc_dump_options *options);
void tc_dump_merged(struct tc_trace *trace, const struct tc_dump_options *options);

/* The events that have a form in the text format "std" (dump_std.c). */
void tc_dump_std(struct tc_trace *trace, bool requests);

/* Text of the traced program, without control characters. */
void tc_dump_text(const char *text);

#ifdef __cplusplus
}
#endif
#endif
