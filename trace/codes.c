/* codes.c: functions of interpreted programs (struct tc_meta_code), by id. */
#include <stdlib.h>
#include <string.h>

#include "trace/file.h"

bool tc_trace_load_code(struct tc_trace *trace, const struct tc_meta_code *record, uint32_t size) {
    size_t text = size - offsetof(struct tc_meta_code, text);
    if (record->id > trace->code_size) {
        uint32_t wanted = record->id * 2 > 64 ? record->id * 2 : 64;
        void *grown = realloc(trace->codes, wanted * sizeof *trace->codes);
        if (!grown)
            return false;
        trace->codes = grown;
        memset(&trace->codes[trace->code_size], 0,
               (wanted - trace->code_size) * sizeof *trace->codes);
        trace->code_size = wanted;
    }
    struct tc_trace_code *code = &trace->codes[record->id - 1];
    if (code->file) /* the first one told holds */
        return true;
    char *copy = calloc(1, text + 2); /* a name that is missing is empty */
    if (!copy)
        return false;
    memcpy(copy, record->text, text);
    *code = (struct tc_trace_code){copy, copy + strlen(copy) + 1, record->first_line};
    return true;
}

void tc_trace_free_codes(struct tc_trace *trace) {
    for (uint32_t i = 0; i < trace->code_size; i++)
        free((char *)trace->codes[i].file);
    free(trace->codes);
}

const struct tc_trace_code *tc_trace_code(const struct tc_trace *trace, uint32_t id) {
    return id && id <= trace->code_size && trace->codes[id - 1].file ? &trace->codes[id - 1] : NULL;
}
