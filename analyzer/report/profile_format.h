/* profile_format.h: what `threadcheck profile` can print.
 * Rules: as format.h.
 */
#ifndef TC_ANALYZER_PROFILE_FORMAT_H
#define TC_ANALYZER_PROFILE_FORMAT_H

#include "analyzer/report/format.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The format of the lock profile of that name; NULL: none. */
const struct tc_format *tc_profile_format_find(const char *name);

/* "text, json", for messages. */
const char *tc_profile_format_names(void);

void tc_profile_text(struct tc_text *out, const struct tc_report *report,
                     const struct tc_style *style);
void tc_profile_json(struct tc_text *out, const struct tc_report *report,
                     const struct tc_style *style);
void tc_profile_folded(struct tc_text *out, const struct tc_report *report,
                       const struct tc_style *style);
void tc_profile_html(struct tc_text *out, const struct tc_report *report,
                     const struct tc_style *style);

#ifdef __cplusplus
}
#endif
#endif
