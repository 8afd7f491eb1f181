/* suppress.c: reads, matches and writes suppressions.
 *
 * A block is "[name]" and lines "key = pattern"; all of them must match.  Patterns are those of
 * fnmatch(3).  "frame" lines describe one whole stack, innermost first, where "..." stands for any
 * number of frames.
 */
#include "analyzer/report/suppress.h"
#include "analyzer/report/report_life.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"

enum key { KEY_KIND, KEY_OBJECT, KEY_FUNCTION, KEY_FILE, KEY_MODULE, KEY_ID, KEY_FRAME, KEY_COUNT };

static const char *const key_names[KEY_COUNT] = {"kind",   "object", "function", "file",
                                                 "module", "id",     "frame"};

struct condition {
    enum key key;
    char *pattern;
};

struct block {
    char *name, *path;
    unsigned line;
    struct condition *conditions;
    size_t count;
    uint64_t used; /* findings that it left out */
};

struct tc_suppressions {
    struct block *blocks;
    size_t count;
};

struct tc_suppressions *tc_suppressions_new(void) {
    return tc_alloc(sizeof(struct tc_suppressions));
}

void tc_suppressions_free(struct tc_suppressions *suppressions) {
    if (!suppressions)
        return;
    for (size_t i = 0; i < suppressions->count; i++) {
        struct block *block = &suppressions->blocks[i];
        for (size_t j = 0; j < block->count; j++)
            free(block->conditions[j].pattern);
        free(block->conditions);
        free(block->name);
        free(block->path);
    }
    free(suppressions->blocks);
    free(suppressions);
}

static char *trim(char *line) {
    line += strspn(line, " \t");
    size_t length = strlen(line);
    while (length && strchr(" \t\r", line[length - 1]))
        line[--length] = 0;
    return line;
}

static bool known_kind(const char *pattern) {
    for (int i = 0; i < TC_FINDING_COUNT; i++)
        if (fnmatch(pattern, tc_finding_table[i].kind, 0) == 0)
            return true;
    return false;
}

/* One line of a file; what is wrong with it, or NULL. */
static const char *parse_line(struct tc_suppressions *s, char *line) {
    if (!*line || *line == '#')
        return NULL;
    if (*line == '[') {
        size_t length = strlen(line);
        if (line[length - 1] != ']')
            return "\"]\" is missing";
        line[length - 1] = 0;
        s->blocks = tc_realloc(s->blocks, (s->count + 1) * sizeof(*s->blocks));
        s->blocks[s->count++] = (struct block){.name = tc_strdup(line + 1)};
        return NULL;
    }
    char *equals = strchr(line, '=');
    if (!equals)
        return "neither \"[name]\" nor \"key = pattern\" nor a comment";
    if (!s->count)
        return "a pattern before the first \"[name]\"";
    *equals = 0;
    char *name = trim(line), *pattern = trim(equals + 1);
    int key = 0;
    while (key < KEY_COUNT && strcmp(key_names[key], name) != 0)
        key++;
    if (key == KEY_COUNT)
        return "unknown key (kind, object, function, file, module, id, frame)";
    if (!*pattern)
        return "the pattern is missing";
    if (key == KEY_KIND && !known_kind(pattern))
        return "no such kind of finding";
    struct block *block = &s->blocks[s->count - 1];
    block->conditions =
        tc_realloc(block->conditions, (block->count + 1) * sizeof(*block->conditions));
    block->conditions[block->count++] = (struct condition){(enum key)key, tc_strdup(pattern)};
    return NULL;
}

bool tc_suppressions_parse(struct tc_suppressions *suppressions, const char *text, const char *path,
                           struct tc_text *error) {
    char *copy = tc_strdup(text);
    unsigned number = 0, block_line = 0;
    size_t first = suppressions->count;
    const char *wrong = NULL;
    for (char *line = copy, *next; line && !wrong; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        number++;
        char *content = trim(line);
        bool opens = *content == '[';
        size_t count = suppressions->count;
        if (opens && count > first && !suppressions->blocks[count - 1].count) {
            number = block_line;
            wrong = "an empty block would suppress everything";
            break;
        }
        if (opens)
            block_line = number;
        wrong = parse_line(suppressions, content);
        if (opens && !wrong) {
            suppressions->blocks[count].path = tc_strdup(path);
            suppressions->blocks[count].line = number;
        }
    }
    size_t count = suppressions->count;
    if (!wrong && count > first && !suppressions->blocks[count - 1].count) {
        number = block_line;
        wrong = "an empty block would suppress everything";
    }
    if (wrong)
        tc_text_printf(error, "%s:%u: %s", path, number, wrong);
    free(copy);
    return !wrong;
}

bool tc_suppressions_read(struct tc_suppressions *suppressions, const char *path,
                          struct tc_text *error) {
    FILE *file = fopen(path, "re");
    struct tc_text text = {0};
    char buffer[4096];
    size_t n = 0;
    while (file && (n = fread(buffer, 1, sizeof(buffer), file)) > 0)
        tc_text_bytes(&text, buffer, n);
    if (!file || ferror(file)) {
        tc_text_printf(error, "cannot read suppressions %s: %s", path, strerror(errno));
        if (file)
            fclose(file);
        tc_text_free(&text);
        return false;
    }
    fclose(file);
    bool good = tc_suppressions_parse(suppressions, tc_text_string(&text), path, error);
    tc_text_free(&text);
    return good;
}

/* A path matches whole or by its last part. */
static bool match_path(const char *pattern, const char *path) {
    if (!path)
        return false;
    const char *slash = strrchr(path, '/');
    return fnmatch(pattern, path, 0) == 0 || (slash && fnmatch(pattern, slash + 1, 0) == 0);
}

static bool match_frame(const char *pattern, const struct tc_report_frame *frame) {
    if (strncmp(pattern, "file:", 5) == 0)
        return match_path(pattern + 5, frame->file);
    if (strncmp(pattern, "module:", 7) == 0)
        return match_path(pattern + 7, frame->module);
    return fnmatch(pattern, frame->function, 0) == 0;
}

/* Whether conditions from `i` on match the frames from `f` on, all of them.  Like a glob over
 * frames: on a mismatch, the last "..." takes one frame more. */
static bool match_stack(const struct block *block, const struct tc_report_frames *frames) {
    size_t i = 0, f = 0, retry_i = SIZE_MAX, retry_f = 0;
    for (;;) {
        while (i < block->count && block->conditions[i].key != KEY_FRAME)
            i++;
        bool more = i < block->count;
        if (more && strcmp(block->conditions[i].pattern, "...") == 0) {
            retry_i = ++i;
            retry_f = f;
            continue;
        }
        if (!more && f == frames->count)
            return true;
        if (more && f < frames->count &&
            match_frame(block->conditions[i].pattern, &frames->entries[f])) {
            i++;
            f++;
            continue;
        }
        if (retry_i == SIZE_MAX || retry_f >= frames->count)
            return false;
        i = retry_i;
        f = ++retry_f;
    }
}

static bool match_in_frame(const struct condition *condition, const struct tc_report_frame *frame) {
    switch (condition->key) {
    case KEY_FUNCTION:
        return fnmatch(condition->pattern, frame->function, 0) == 0;
    case KEY_FILE:
        return match_path(condition->pattern, frame->file);
    case KEY_MODULE:
        return match_path(condition->pattern, frame->module);
    case KEY_KIND:
    case KEY_OBJECT:
    case KEY_ID:
    case KEY_FRAME:
    case KEY_COUNT:
        break;
    }
    return false;
}

static bool match_condition(const struct block *block, const struct condition *condition,
                            const struct tc_report_finding *finding) {
    if (condition->key == KEY_KIND)
        return fnmatch(condition->pattern, finding->kind_name, 0) == 0;
    if (condition->key == KEY_ID)
        return fnmatch(condition->pattern, finding->id, 0) == 0;
    if (condition->key == KEY_OBJECT) {
        for (size_t i = 0; i < finding->object_count; i++)
            if (fnmatch(condition->pattern, finding->objects[i].name, 0) == 0)
                return true;
        return false;
    }
    for (size_t i = 0; i < finding->thread_count; i++)
        for (size_t j = 0; j < finding->threads[i].stack_count; j++) {
            const struct tc_report_frames *frames = &finding->threads[i].stacks[j].frames;
            if (condition->key == KEY_FRAME && match_stack(block, frames))
                return true;
            for (size_t k = 0; condition->key != KEY_FRAME && k < frames->count; k++)
                if (match_in_frame(condition, &frames->entries[k]))
                    return true;
        }
    return false;
}

static bool match_block(const struct block *block, const struct tc_report_finding *finding) {
    bool frames_done = false;
    for (size_t i = 0; i < block->count; i++) {
        bool frame = block->conditions[i].key == KEY_FRAME;
        if (frame && frames_done)
            continue; /* the first one matched all of them together */
        if (!match_condition(block, &block->conditions[i], finding))
            return false;
        frames_done = frames_done || frame;
    }
    return true;
}

/* Several blocks may match one finding: each is in use. */
static const struct block *find_block(struct tc_suppressions *suppressions,
                                      const struct tc_report_finding *finding) {
    const struct block *found = NULL;
    for (size_t i = 0; i < suppressions->count; i++) {
        struct block *block = &suppressions->blocks[i];
        if (!match_block(block, finding))
            continue;
        block->used++;
        found = found ? found : block;
    }
    return found;
}

static void list_use(const struct tc_suppressions *suppressions, struct tc_report *report) {
    report->suppressions = tc_alloc_array(suppressions->count + 1, sizeof *report->suppressions);
    for (size_t i = 0; i < suppressions->count; i++) {
        const struct block *block = &suppressions->blocks[i];
        report->suppressions[report->suppression_count++] =
            (struct tc_report_suppression){.name = tc_clean(block->name, 1024),
                                           .file = tc_clean(block->path, 4096),
                                           .line = block->line,
                                           .used = block->used};
    }
}

void tc_suppressions_apply(struct tc_suppressions *suppressions, struct tc_report *report) {
    size_t kept = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        struct tc_report_finding *finding = &report->findings[i];
        const struct block *block = find_block(suppressions, finding);
        if (block)
            tc_report_put_aside(report, finding, false, block->name);
        else
            report->findings[kept++] = *finding;
    }
    report->finding_count = kept;
    list_use(suppressions, report);
}

/* A pattern that matches exactly this. */
static void add_pattern(struct tc_text *out, const char *string) {
    for (; *string; string++) {
        if (strchr("*?[]\\", *string))
            tc_text_char(out, '\\');
        tc_text_char(out, *string);
    }
}

static void generate(const struct tc_report_finding *finding, struct tc_text *out) {
    tc_text_printf(out, "# %s\n[%s %s]\nkind = %s\n", finding->title, finding->kind_name,
                   finding->id, finding->kind_name);
    for (size_t i = 0; i < finding->object_count; i++) {
        if (!finding->objects[i].named)
            continue;
        tc_text_add(out, "object = ");
        add_pattern(out, finding->objects[i].name);
        tc_text_char(out, '\n');
    }
    for (size_t i = 0; i < finding->thread_count; i++) {
        if (!finding->threads[i].stack_count)
            continue;
        const struct tc_report_frames *frames = &finding->threads[i].stacks[0].frames;
        for (size_t j = 0; j < frames->count; j++) {
            tc_text_add(out, "frame = ");
            add_pattern(out, frames->entries[j].function);
            tc_text_char(out, '\n');
        }
        break;
    }
    tc_text_char(out, '\n');
}

void tc_suppressions_generate(const struct tc_report *report, struct tc_text *out) {
    for (size_t i = 0; i < report->finding_count; i++)
        if (!report->findings[i].hidden)
            generate(&report->findings[i], out);
}
