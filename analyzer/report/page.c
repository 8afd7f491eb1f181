/* page.c: finds the page of a kind of finding relative to this program's own file. */
#include "analyzer/report/page.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/report/text_buffer.h"

/* Where an install puts them, and where a build leaves them. */
static FILE *open_page(const char *kind) {
    static const char *const places[] = {"../share/doc/threadcheck/findings",
                                         "../share/threadcheck/findings", "../docs/findings",
                                         "../../docs/findings"};
    char self[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (size <= 0)
        return NULL;
    self[size] = 0;
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = 0;
    FILE *page = NULL;
    for (size_t i = 0; i < sizeof(places) / sizeof(*places) && !page; i++) {
        struct tc_text path = {0};
        tc_text_printf(&path, "%s/%s/%s.md", self, places[i], kind);
        page = fopen(tc_text_string(&path), "re");
        tc_text_free(&path);
    }
    return page;
}

char *tc_finding_page(const char *kind) {
    FILE *page = open_page(kind);
    if (!page)
        return NULL;
    struct tc_text text = {0};
    char buffer[4096];
    size_t n;
    while ((n = fread(buffer, 1, sizeof(buffer), page)) > 0)
        tc_text_bytes(&text, buffer, n);
    fclose(page);
    return tc_text_take(&text);
}
