/* text_buffer.c: growing strings, and the making harmless of what programs put into names. */
#include "analyzer/report/text_buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"

static void reserve(struct tc_text *text, size_t more) {
    size_t need = text->length + more + 1;
    if (need <= text->capacity)
        return;
    size_t capacity = text->capacity ? text->capacity : 64;
    while (capacity < need)
        capacity *= 2;
    text->data = tc_realloc(text->data, capacity);
    text->capacity = capacity;
}

void tc_text_bytes(struct tc_text *text, const char *bytes, size_t size) {
    reserve(text, size);
    if (size)
        memcpy(text->data + text->length, bytes, size);
    text->length += size;
    text->data[text->length] = 0;
}

void tc_text_add(struct tc_text *text, const char *string) {
    if (string)
        tc_text_bytes(text, string, strlen(string));
}

void tc_text_char(struct tc_text *text, char character) {
    tc_text_bytes(text, &character, 1);
}

void tc_text_repeat(struct tc_text *text, char character, size_t count) {
    reserve(text, count);
    memset(text->data + text->length, character, count);
    text->length += count;
    text->data[text->length] = 0;
}

void tc_text_printf(struct tc_text *text, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    if (size > 0) {
        reserve(text, (size_t)size);
        vsnprintf(text->data + text->length, (size_t)size + 1, format, again);
        text->length += (size_t)size;
    }
    va_end(again);
    va_end(args);
}

const char *tc_text_string(const struct tc_text *text) {
    return text->data ? text->data : "";
}

char *tc_text_take(struct tc_text *text) {
    reserve(text, 0);
    text->data[text->length] = 0;
    char *data = text->data;
    *text = (struct tc_text){0};
    return data;
}

void tc_text_free(struct tc_text *text) {
    free(text->data);
    *text = (struct tc_text){0};
}

/* Length of the well-formed UTF-8 sequence at `s`, or 0 (RFC 3629, section 4). */
static size_t sequence(const unsigned char *s) {
    if (s[0] < 0x80)
        return 1;
    size_t size = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return size;
}

/* Whether a well-formed sequence may be shown: no control characters (C0, DEL, C1), and none of
 * those that reorder the text around them (U+200E, U+200F, U+202A-E, U+2066-9) or end a line. */
static bool showable(const unsigned char *s, size_t size, bool lines) {
    if (size == 1)
        return (s[0] >= 0x20 && s[0] != 0x7f) || (lines && s[0] == '\n');
    if (size == 2)
        return !(s[0] == 0xc2 && s[1] < 0xa0);
    if (size == 3 && s[0] == 0xe2 && s[1] == 0x80)
        return !(s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae));
    if (size == 3 && s[0] == 0xe2 && s[1] == 0x81)
        return !(s[2] >= 0xa6 && s[2] <= 0xa9);
    return true;
}

void tc_text_clean(struct tc_text *text, const char *string, size_t limit, bool lines) {
    if (!string)
        return;
    const unsigned char *s = (const unsigned char *)string;
    size_t start = text->length;
    while (*s) {
        if (limit && text->length - start >= limit) {
            tc_text_add(text, "...");
            return;
        }
        size_t size = sequence(s);
        if (size && showable(s, size, lines)) {
            tc_text_bytes(text, (const char *)s, size);
            s += size;
            continue;
        }
        for (size_t i = 0; i < (size ? size : 1); i++)
            tc_text_printf(text, "\\x%02x", s[i]);
        s += size ? size : 1;
    }
}

char *tc_clean(const char *string, size_t limit) {
    if (!string)
        return NULL;
    struct tc_text text = {0};
    tc_text_clean(&text, string, limit, false);
    return tc_text_take(&text);
}
