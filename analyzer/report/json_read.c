/* json_read.c: reads a report of --format=json (json_read.h). */
#include "analyzer/report/json_read.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzer/report/json_parts.h"

static bool are_findings(json_t *findings) {
    json_t *finding;
    size_t index;
    json_array_foreach(findings, index, finding) {
        if (!json_is_string(json_object_get(finding, "id")))
            return false;
    }
    return json_is_array(findings);
}

json_t *tc_json_read(const char *path, struct tc_text *error) {
    json_error_t wrong;
    struct stat about;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        tc_text_printf(error, "cannot read %s: Is a directory", path);
        return NULL;
    }
    json_t *root = json_load_file(path, 0, &wrong);
    if (!root && wrong.line > 0) {
        tc_text_printf(error, "%s:%d: %s", path, wrong.line, wrong.text);
        return NULL;
    }
    if (!root) {
        tc_text_printf(error, "cannot read %s: %s", path, strerror(errno));
        return NULL;
    }
    const json_t *version = json_object_get(root, "version");
    if (!are_findings(json_object_get(root, "findings")) || !json_is_integer(version))
        tc_text_printf(error, "%s is not a threadcheck report", path);
    else if (json_integer_value(version) != TC_JSON_VERSION)
        tc_text_printf(error, "%s is a report of version %lld; this program reads version %d", path,
                       (long long)json_integer_value(version), TC_JSON_VERSION);
    else
        return root;
    json_decref(root);
    return NULL;
}
