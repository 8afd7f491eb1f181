/* baseline.c: leaves out what an earlier report has. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/report/suppress.h"

/* The findings of a report; NULL with `error` set. */
static json_t *read_findings(const char *path, json_t **root, struct tc_text *error) {
    json_error_t wrong;
    *root = json_load_file(path, 0, &wrong);
    if (!*root) {
        if (wrong.line > 0)
            tc_text_printf(error, "baseline %s:%d: %s", path, wrong.line, wrong.text);
        else
            tc_text_printf(error, "cannot read baseline %s: %s", path, strerror(errno));
        return NULL;
    }
    json_t *findings = json_object_get(*root, "findings");
    if (!json_is_array(findings)) {
        tc_text_printf(error, "baseline %s is not a threadcheck report: it has no findings list",
                       path);
        json_decref(*root);
        return NULL;
    }
    return findings;
}

bool tc_baseline_check(const char *path, struct tc_text *error) {
    json_t *root;
    if (!read_findings(path, &root, error))
        return false;
    json_decref(root);
    return true;
}

bool tc_baseline_apply(const char *path, struct tc_report *report, struct tc_text *error) {
    json_t *root, *finding;
    json_t *findings = read_findings(path, &root, error);
    if (!findings)
        return false;
    json_t *ids = json_object();
    size_t index;
    json_array_foreach(findings, index, finding) {
        const char *id = json_string_value(json_object_get(finding, "id"));
        if (id)
            json_object_set_new(ids, id, json_true());
    }
    size_t kept = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        struct tc_report_finding *known = &report->findings[i];
        if (json_object_get(ids, known->id)) {
            tc_report_put_aside(report, known, true, NULL);
        } else {
            report->findings[kept++] = *known;
        }
    }
    report->finding_count = kept;
    report->has_baseline = true;
    json_decref(ids);
    json_decref(root);
    return true;
}
