/* format.h: what a report format is.  One file and one row in reports.def each.
 * Rules: a format changes nothing and looks nothing up but source lines.
 */
#ifndef TC_ANALYZER_FORMAT_H
#define TC_ANALYZER_FORMAT_H

#include "analyzer/report/report.h"
#include "analyzer/report/text_buffer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tc_style {
    bool colour;
    unsigned width;        /* columns of the terminal; 100 when the output is none */
    bool summary;          /* say so when there is nothing to report, too */
    bool brief;            /* findings only: more is to come */
    bool told;             /* what was told before is only named */
    const char *directory; /* paths below it are shown relative; NULL: none */
};

struct tc_format {
    const char *name, *help;
    unsigned parts; /* enum tc_report_part: what it shows beside findings */
    void (*print)(struct tc_text *out, const struct tc_report *report,
                  const struct tc_style *style);
};

/* All of them, in the order of reports.def; ends with a NULL name. */
extern const struct tc_format tc_formats[];

/* The format of that name; NULL: none. */
const struct tc_format *tc_format_find(const char *name);

/* "text, json", for messages. */
const char *tc_format_names(void);

#ifdef __cplusplus
}
#endif
#endif
