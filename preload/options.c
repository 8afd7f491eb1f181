/* options.c: reads THREADCHECK_OPTIONS; see options.h and options.def. */
#include "preload/options.h"

#include <string.h>

#include "preload/file.h"
#include "preload/sys.h"

#include "preload/poison.h"

#define TYPE_BOOL    1
#define TYPE_SECONDS 2
#define TYPE_SIZE    3
#define TYPE_STRING  4
#define TYPE_CHOICE  5

static const struct row {
    const char *name, *value, *words, *help;
    uint8_t type;
    size_t offset;
} rows[] = {
#define TC_TEXT(value) #value
#define TC_OPTION(name, TYPE, value, help)                                                         \
    {#name, TC_TEXT(value), NULL, help, TYPE_##TYPE, offsetof(struct tc_options, name)},
#define TC_OPTION_CHOICE(name, value, words, help)                                                 \
    {#name, value, words, help, TYPE_CHOICE, offsetof(struct tc_options, name)},
#include "preload/options.def"
#undef TC_OPTION
#undef TC_OPTION_CHOICE
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

struct tc_options tc_options;
static char *const *environment;
static char values[TC_PATH_MAX]; /* of STRING options */
static size_t values_used;
static char start_directory[TC_PATH_MAX];

/* A decimal number with up to nine digits after the point, in billionths. */
static bool read_decimal(const char *text, uint64_t *billionths) {
    uint64_t number = 0, unit = 1000000000;
    bool digits = false, point = false;
    for (; *text; text++) {
        if (*text == '.' && !point) {
            point = true;
            continue;
        }
        if (*text < '0' || *text > '9' || number > 1000000000000000000ull / 10)
            return false;
        digits = true;
        if (point)
            unit /= 10;
        number = point ? number + (uint64_t)(*text - '0') * unit
                       : (number / 1000000000 * 10 + (uint64_t)(*text - '0')) * 1000000000;
    }
    *billionths = number;
    return digits;
}

static bool read_size(const char *text, uint64_t *size) {
    uint64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (number > UINT64_MAX / 20)
            return false;
        number = number * 10 + (uint64_t)(*at - '0');
    }
    unsigned shift = *at == 'k' ? 10 : *at == 'M' ? 20 : *at == 'G' ? 30 : 0;
    *size = number << shift;
    return at != text && (!*at || (shift && !at[1])) && number <= UINT64_MAX >> shift;
}

static bool is_choice(const char *words, const char *value) {
    size_t length = strlen(value);
    for (const char *word = words; word; word = strchr(word, '|')) {
        word += *word == '|';
        if (!strncmp(word, value, length) && (!word[length] || word[length] == '|'))
            return length > 0;
    }
    return false;
}

static bool set(const struct row *row, const char *value) {
    char *field = (char *)&tc_options + row->offset;
    size_t length = strlen(value);
    switch (row->type) {
    case TYPE_BOOL:
        *(bool *)field = value[0] == '1';
        return length == 1 && (value[0] == '0' || value[0] == '1');
    case TYPE_SECONDS:
        return read_decimal(value, (uint64_t *)field);
    case TYPE_SIZE:
        return read_size(value, (uint64_t *)field);
    case TYPE_STRING:
        if (length >= sizeof(values) - values_used)
            return false;
        memcpy(values + values_used, value, length + 1);
        *(char **)field = values + values_used;
        values_used += length + 1;
        return true;
    default:
        if (!is_choice(row->words, value))
            return false;
        strncpy(field, value, sizeof(tc_options.stacks) - 1);
        return true;
    }
}

static void set_default(const struct row *row) {
    char value[64];
    size_t length = strlen(row->value);
    bool quoted = row->value[0] == '"';
    memcpy(value, row->value + quoted, length - 2 * quoted);
    value[length - 2 * quoted] = 0;
    set(row, value);
}

/* One key=value; the text is changed.  False: a mistake, which was told. */
static bool read_one(char *text) {
    char *value = strchr(text, '=');
    if (!value) {
        tc_say("THREADCHECK_OPTIONS: \"", text, "\" is not of the form key=value; it is ignored");
        return false;
    }
    *value++ = 0;
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].name, text))
            continue;
        struct tc_options before = tc_options;
        if (set(&rows[i], value)) {
            return true;
        }
        tc_options = before;
        value[-1] = '=';
        tc_say("THREADCHECK_OPTIONS: \"", text,
               "\" has a value that cannot be used; the default holds (help=1 lists all)");
        return false;
    }
    tc_say("THREADCHECK_OPTIONS: there is no option \"", text, "\" (help=1 lists all)");
    return false;
}

static void print_help(void) {
    tc_say("options of THREADCHECK_OPTIONS=key=value:key=value", NULL, NULL);
    for (size_t i = 0; i < ROWS; i++) {
        char line[256];
        struct tc_text text = tc_text_begin(line, sizeof(line));
        tc_text_add(&text, "  ");
        tc_text_add(&text, rows[i].name);
        tc_text_add(&text, "=");
        tc_text_add(&text, rows[i].words ? rows[i].words : rows[i].value);
        while (text.at - line < 34)
            tc_text_add(&text, " ");
        tc_text_add(&text, " ");
        tc_say(line, rows[i].help, NULL);
    }
}

void tc_options_read(char *const *env) {
    environment = env;
    tc_stderr_is_kept();
    for (size_t i = 0; i < ROWS; i++)
        set_default(&rows[i]);
    long got = TC_SYSCALL_2(SYS_getcwd, start_directory, sizeof(start_directory));
    if (got < 0)
        start_directory[0] = 0;
    const char *given = tc_env_get(env, "THREADCHECK_OPTIONS");
    if (!given)
        return;
    static char copy[TC_PATH_MAX];
    struct tc_text text = tc_text_begin(copy, sizeof(copy));
    tc_text_add(&text, given);
    if (strlen(given) >= sizeof(copy))
        tc_say("THREADCHECK_OPTIONS: it is too long; what is beyond 4095 characters is ignored",
               NULL, NULL);
    bool help = false;
    for (char *at = copy, *next; at; at = next) {
        next = strchr(at, ':');
        if (next)
            *next++ = 0;
        size_t length = strlen(at);
        /* What was told is taken out for the processes that come of this one. */
        if (length && (!read_one(at) || tc_options.help > help))
            memset((char *)given + (at - copy), ':', length);
        help = tc_options.help;
    }
    if (tc_options.help)
        print_help();
}

char *const *tc_options_environ(void) {
    return environment;
}

const char *tc_options_environment(const char *name) {
    return tc_env_get(environment, name);
}

const char *tc_options_start_directory(void) {
    return start_directory;
}
