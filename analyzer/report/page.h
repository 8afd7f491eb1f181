/* page.h: the page of a kind of finding, docs/findings/KIND.md.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_PAGE_H
#define TC_ANALYZER_PAGE_H

#ifdef __cplusplus
extern "C" {
#endif

/* The page, Markdown, to be freed; NULL when it is not installed beside this program. */
char *tc_finding_page(const char *kind);

#ifdef __cplusplus
}
#endif
#endif
