/* std_text.h: traces in the text format "std" of RAPID, as published race and deadlock tools use
 * it.
 *
 * What: a line is `thread|op(operand)|location`; op is acq, rel, req (about to acquire), r, w,
 * fork, join, or begins with begin or end (passed over); the location is a whole number.  The order
 *       of the lines is the order of the events.  Locks are recursive, as in RAPID.  A read follows
 *       the last write of its variable: what is predicted keeps that order.
 *       Such a file is turned into a trace in memory, so that everything else reads one format.
 * Threads: as of reader.h.
 */
#ifndef TC_TRACE_STD_TEXT_H
#define TC_TRACE_STD_TEXT_H

#include "trace/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* tc_trace_open for both: a trace file, or a text whose first line is one of "std".  A mistake in
 * the text is an error that names its line. */
struct tc_trace *tc_trace_open_any(const char *path, struct tc_trace_error *error);

/* The text form alone, from memory. */
struct tc_trace *tc_trace_open_std(const char *text, size_t size, const char *name,
                                   struct tc_trace_error *error);

#ifdef __cplusplus
}
#endif
#endif
