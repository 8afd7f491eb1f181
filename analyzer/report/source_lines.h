/* source_lines.h: lines of source files, remembered for the length of a report.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_SOURCE_LINES_H
#define TC_ANALYZER_SOURCE_LINES_H

#ifdef __cplusplus
extern "C" {
#endif

struct tc_source_lines;

struct tc_source_lines *tc_source_lines_new(void);
void tc_source_lines_free(struct tc_source_lines *lines);

/* The line of that number (from 1) of the file at `path`, without newline, tabs as blanks and
 * harmless to print; NULL when it is not at hand.  Lives as long as the tc_source_lines. */
const char *tc_source_line(struct tc_source_lines *lines, const char *path, unsigned number);

#ifdef __cplusplus
}
#endif
#endif
