/* text_buffer.h: a growing string.
 *
 * What: every text of the reports is put together in one of these.  Always NUL-terminated.
 * Rules: not thread-safe.  Running out of memory ends the analyzer with a message.
 */
#ifndef TC_ANALYZER_TEXT_BUFFER_H
#define TC_ANALYZER_TEXT_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tc_text {
    char *data; /* NULL until something was added */
    size_t length, capacity;
};

/* Appends `size` bytes. */
void tc_text_bytes(struct tc_text *text, const char *bytes, size_t size);

/* Appends a string; NULL adds nothing. */
void tc_text_add(struct tc_text *text, const char *string);

void tc_text_char(struct tc_text *text, char character);
void tc_text_repeat(struct tc_text *text, char character, size_t count);
void tc_text_printf(struct tc_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The string so far, "" when empty; valid until the next change. */
const char *tc_text_string(const struct tc_text *text);

/* Hands the string over to the caller (never NULL) and leaves the buffer empty. */
char *tc_text_take(struct tc_text *text);

void tc_text_free(struct tc_text *text);

/* Appends `string` as valid UTF-8 without control characters: what is not becomes \xNN.  A newline
 * is kept with `lines`.  Longer strings than `limit` bytes (0: any) are cut and end in "...". */
void tc_text_clean(struct tc_text *text, const char *string, size_t limit, bool lines);

/* The same as a new string; NULL stays NULL. */
char *tc_clean(const char *string, size_t limit);

#ifdef __cplusplus
}
#endif
#endif
