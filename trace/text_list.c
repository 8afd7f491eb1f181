/* text_list.c: a growing list of texts, for notes and warnings of a trace. */
#include <stdlib.h>
#include <string.h>

#include "trace/file.h"

bool tc_text_list_add(struct tc_text_list *list, const char *text) {
    if (list->count == list->size) {
        size_t size = list->size ? list->size * 2 : 8;
        char **lines = realloc(list->lines, size * sizeof *lines);
        if (!lines)
            return false;
        list->lines = lines;
        list->size = size;
    }
    char *copy = strdup(text);
    if (!copy)
        return false;
    list->lines[list->count++] = copy;
    return true;
}

void tc_text_list_free(struct tc_text_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->lines[i]);
    free(list->lines);
    *list = (struct tc_text_list){0};
}
