/* format.c: reports.def as a table. */
#include "analyzer/report/format.h"

#include <string.h>

#define TC_REPORT(name, parts, help)                                                               \
    void tc_report_##name(struct tc_text *out, const struct tc_report *report,                     \
                          const struct tc_style *style);
#include "analyzer/report/reports.def"
#undef TC_REPORT

const struct tc_format tc_formats[] = {
#define TC_REPORT(name, parts, help) {#name, help, parts, tc_report_##name},
#include "analyzer/report/reports.def"
#undef TC_REPORT
    {NULL, NULL, 0, NULL}};

const struct tc_format *tc_format_find(const char *name) {
    for (const struct tc_format *format = tc_formats; format->name; format++)
        if (strcmp(format->name, name) == 0)
            return format;
    return NULL;
}

const char *tc_format_names(void) {
    static const char names[] =
#define TC_REPORT(name, parts, help) ", " #name
#include "analyzer/report/reports.def"
#undef TC_REPORT
        ;
    return names + 2;
}
