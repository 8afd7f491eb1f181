/* page.h: the page of a kind of finding, docs/findings/KIND.md, which is part of this program.
 * Rules: constants.
 */
#ifndef TC_ANALYZER_PAGE_H
#define TC_ANALYZER_PAGE_H

#ifdef __cplusplus
extern "C" {
#endif

struct tc_page {
    const char *kind, *text; /* text: Markdown */
};

/* All of them, made when this is built; ends with a NULL kind. */
extern const struct tc_page tc_finding_pages[];

/* The page, Markdown; NULL: there is none. */
const char *tc_finding_page(const char *kind);

#ifdef __cplusplus
}
#endif
#endif
