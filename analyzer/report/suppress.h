/* suppress.h: findings that are known and not to be shown.  docs/suppressions.md has the format.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_SUPPRESS_H
#define TC_ANALYZER_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/report/report.h"
#include "analyzer/report/text_buffer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tc_suppressions;

struct tc_suppressions *tc_suppressions_new(void);
void tc_suppressions_free(struct tc_suppressions *suppressions);

/* Adds those of a file.  False with one line in `error` that names file and line. */
bool tc_suppressions_read(struct tc_suppressions *suppressions, const char *path,
                          struct tc_text *error);

/* The same for text in memory; `path` is for messages. */
bool tc_suppressions_parse(struct tc_suppressions *suppressions, const char *text, const char *path,
                           struct tc_text *error);

/* Puts aside what is suppressed and lists how often each was of use.  Before tc_report_finish. */
void tc_suppressions_apply(struct tc_suppressions *suppressions, struct tc_report *report);

/* Writes a suppression for each finding that stands and is shown. */
void tc_suppressions_generate(const struct tc_report *report, struct tc_text *out);

/* Puts the findings aside whose ids a JSON report at `path` has.  False with one line
 * in `error` when the file is no report. */
bool tc_baseline_apply(const char *path, struct tc_report *report, struct tc_text *error);

/* Whether the file at `path` is a report that can be a baseline. */
bool tc_baseline_check(const char *path, struct tc_text *error);

#ifdef __cplusplus
}
#endif
#endif
