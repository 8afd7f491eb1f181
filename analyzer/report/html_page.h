/* html_page.h: the page of the HTML report, without its data; made from html/ when it is built.
 * Rules: constants.
 */
#ifndef TC_ANALYZER_HTML_PAGE_H
#define TC_ANALYZER_HTML_PAGE_H

extern const char tc_html_head[], tc_html_tail[];

#endif
