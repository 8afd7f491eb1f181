/* pipeline.h: from traces to written reports; what `run`, `analyze` and `profile` have in common.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_PIPELINE_H
#define TC_ANALYZER_PIPELINE_H

#include "analyzer/cmd/options.h"
#include "analyzer/report/report.h"
#include "analyzer/report/symbolize.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tc_pipeline {
    const struct tc_cli *cli;
    struct tc_symbols *symbols;
    struct tc_report *report;
    unsigned parts;      /* enum tc_report_part that the outputs show; more may be added */
    unsigned unreadable; /* traces that could not be used */
};

void tc_pipeline_begin(struct tc_pipeline *pipeline, const struct tc_cli *cli);
void tc_pipeline_end(struct tc_pipeline *pipeline);

/* Adds a trace's findings to the report.  One that cannot be used is named on stderr. */
void tc_pipeline_trace(struct tc_pipeline *pipeline, const char *path);

/* Suppresses, compares, sorts and writes all reports; `fd` is where one without --output goes.
 * Returns 0, the exit status for findings that stand, or TC_EXIT_USAGE when a report could not be
 * written (named on stderr). */
int tc_pipeline_report(struct tc_pipeline *pipeline, int fd);

/* All of it, for a command whose operands are traces.  Returns the exit status: as above, or
 * TC_EXIT_BAD_TRACE when some could not be read and nothing else is wrong. */
int tc_pipeline_operands(const struct tc_cli *cli, int fd);

/* Prints the report as one of the outputs asks.  False when it could not be written (named on
 * stderr). */
bool tc_write_report(const struct tc_cli *cli, const struct tc_output *output,
                     const struct tc_report *report, int fd);

/* Writes all of it to a file ("-": stdout; NULL: `fd`).  False, with errno set, when it could not.
 */
bool tc_write_output(const char *path, int fd, const char *data, size_t size);

#ifdef __cplusplus
}
#endif
#endif
