/* quote.c: strings of the program inside JSON, XML, DOT and URIs. */
#include "analyzer/report/quote.h"

#include <string.h>

void tc_quote_json(struct tc_text *out, const char *string) {
    tc_text_char(out, '"');
    for (const unsigned char *p = (const unsigned char *)string; *p; p++) {
        if (*p == '"' || *p == '\\') {
            tc_text_char(out, '\\');
            tc_text_char(out, (char)*p);
        } else if (*p < 0x20 || *p == 0x7f) {
            tc_text_printf(out, "\\u%04x", *p);
        } else {
            tc_text_char(out, (char)*p);
        }
    }
    tc_text_char(out, '"');
}

void tc_quote_xml(struct tc_text *out, const char *string) {
    for (const char *p = string; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '&')
            tc_text_add(out, "&amp;");
        else if (c == '<')
            tc_text_add(out, "&lt;");
        else if (c == '>')
            tc_text_add(out, "&gt;");
        else if (c == '"')
            tc_text_add(out, "&quot;");
        else if (c == '\'')
            tc_text_add(out, "&#39;");
        else if (c < 0x20 && c != '\n' && c != '\t')
            tc_text_char(out, '?');
        else if (c == 0xef && (unsigned char)p[1] == 0xbf && (unsigned char)p[2] >= 0xbe) {
            tc_text_add(out, "\xef\xbf\xbd"); /* U+FFFE and U+FFFF are no characters of XML */
            p += 2;
        } else {
            tc_text_char(out, *p);
        }
    }
}

void tc_quote_dot(struct tc_text *out, const char *string, size_t limit) {
    size_t length = strlen(string);
    size_t end = limit && length > limit ? limit : length;
    while (end && end < length && ((unsigned char)string[end] & 0xc0) == 0x80)
        end--;
    tc_text_char(out, '"');
    for (size_t i = 0; i < end; i++) {
        if (string[i] == '\n') {
            tc_text_add(out, "\\n");
            continue;
        }
        if (string[i] == '"' || string[i] == '\\')
            tc_text_char(out, '\\');
        tc_text_char(out, string[i]);
    }
    tc_text_add(out, end < length ? "...\"" : "\"");
}

void tc_quote_uri(struct tc_text *out, const char *path) {
    for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= '0' && *p <= '9') || strchr("-._~/+,@=", *p);
        if (plain)
            tc_text_char(out, (char)*p);
        else
            tc_text_printf(out, "%%%02X", *p);
    }
}
