/* page.c: finds the page of a kind of finding. */
#include "analyzer/report/page.h"

#include <stddef.h>
#include <string.h>

const char *tc_finding_page(const char *kind) {
    for (const struct tc_page *page = tc_finding_pages; page->kind; page++)
        if (strcmp(page->kind, kind) == 0)
            return page->text;
    return NULL;
}
