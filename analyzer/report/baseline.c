/* baseline.c: leaves out what an earlier report has. */
#include "analyzer/report/json_read.h"
#include "analyzer/report/report_life.h"
#include "analyzer/report/suppress.h"

static json_t *read_baseline(const char *path, struct tc_text *error) {
    struct tc_text wrong = {0};
    json_t *root = tc_json_read(path, &wrong);
    if (!root)
        tc_text_printf(error, "baseline: %s", tc_text_string(&wrong));
    tc_text_free(&wrong);
    return root;
}

bool tc_baseline_check(const char *path, struct tc_text *error) {
    json_t *root = read_baseline(path, error);
    json_decref(root);
    return root;
}

bool tc_baseline_apply(const char *path, struct tc_report *report, struct tc_text *error) {
    json_t *root = read_baseline(path, error), *finding;
    if (!root)
        return false;
    const json_t *findings = json_object_get(root, "findings");
    json_t *ids = json_object();
    size_t index;
    json_array_foreach((json_t *)findings, index, finding)
        json_object_set_new(ids, json_string_value(json_object_get(finding, "id")), json_true());
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
