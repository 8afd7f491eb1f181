/* symbol_stale.c: whether a source still is what the program was built from.
 *
 * Why: a line of another version of a file misleads, in the report and where a lock's name or an
 *      atomic operation is read from it.  A later time alone says little: a checkout, a copy or a
 *      build that came from a cache make every source newer than its program.  So when the time is
 *      later, the declarations next to the line are looked up: they must stand where the debug
 *      information has them.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/source_lines.h"
#include "analyzer/report/symbol_file.h"

enum {
    NESTING_MAX = 32,
    NEIGHBOURS = 3, /* on each side: a macro may hide the name of one */
};

struct landmark {
    unsigned line;
    const char *name; /* in the file's DWARF */
};

struct tc_landmarks {         /* of one source in one unit */
    char *key;                /* the unit's offset and the path */
    struct landmark *entries; /* by line */
    size_t count, capacity;
    UT_hash_handle hh;
};

void tc_symbol_landmarks_free(struct tc_landmarks *all) {
    struct tc_landmarks *one, *next;
    HASH_ITER(hh, all, one, next) {
        HASH_DEL(all, one);
        free(one->entries);
        free(one->key);
        free(one);
    }
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* The part of a declared name that its line must show; 0: none (a lambda, an operator, what a macro
 * of the C library declares). */
static size_t word_of(const char **name) {
    size_t length = 0;
    *name += **name == '~';
    while (is_word((*name)[length]))
        length++;
    return strncmp(*name, "operator", 8) == 0 || strncmp(*name, "__", 2) == 0 ? 0 : length;
}

static bool names(const char *line, const char *word, size_t length) {
    for (const char *at = line; at && (at = strstr(at, word)); at++)
        if ((at == line || !is_word(at[-1])) && !is_word(at[length]))
            return true;
    return false;
}

static void add(struct tc_landmarks *marks, unsigned line, const char *name) {
    if (marks->count == marks->capacity) {
        marks->capacity = marks->capacity ? 2 * marks->capacity : 64;
        marks->entries = tc_realloc(marks->entries, marks->capacity * sizeof(*marks->entries));
    }
    marks->entries[marks->count++] = (struct landmark){line, name};
}

static int by_line(const void *left, const void *right) {
    const struct landmark *a = left, *b = right;
    return a->line != b->line ? (a->line < b->line ? -1 : 1) : strcmp(a->name, b->name);
}

static bool holds_declarations(int tag) {
    return tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block || tag == DW_TAG_namespace ||
           tag == DW_TAG_class_type || tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

static bool is_declaration(int tag) {
    return tag == DW_TAG_subprogram || tag == DW_TAG_variable || tag == DW_TAG_formal_parameter ||
           tag == DW_TAG_member || tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
           tag == DW_TAG_typedef;
}

/* dwarf_decl_file knows no file of number 0, which is the unit's own in clang's DWARF 5. */
static bool declared_in(Dwarf_Die *unit, Dwarf_Die *die, const char *path) {
    Dwarf_Attribute attribute;
    Dwarf_Word number;
    Dwarf_Files *files;
    size_t count;
    if (!dwarf_attr_integrate(die, DW_AT_decl_file, &attribute) ||
        dwarf_formudata(&attribute, &number) != 0 || dwarf_getsrcfiles(unit, &files, &count) != 0 ||
        number >= count)
        return false;
    char *file = tc_symbol_source_path(unit, dwarf_filesrc(files, number, NULL, NULL));
    bool same = file && strcmp(file, path) == 0;
    free(file);
    return same;
}

/* The name and line of what is declared in the wanted file; 0: something else. */
static unsigned declared(Dwarf_Die *unit, Dwarf_Die *die, const char *path, const char **name) {
    int line = 0;
    Dwarf_Attribute artificial;
    *name = dwarf_diename(die);
    if (!*name || !word_of(name) || dwarf_attr_integrate(die, DW_AT_artificial, &artificial) ||
        dwarf_decl_line(die, &line) != 0 || line <= 0)
        return 0;
    return declared_in(unit, die, path) ? (unsigned)line : 0;
}

static void list(struct tc_landmarks *marks, Dwarf_Die *unit, Dwarf_Die *parent, const char *path,
                 int depth) {
    Dwarf_Die die;
    if (depth > NESTING_MAX || dwarf_child(parent, &die) != 0)
        return;
    do {
        int tag = dwarf_tag(&die);
        const char *name;
        unsigned line = is_declaration(tag) ? declared(unit, &die, path, &name) : 0;
        if (line)
            add(marks, line, name);
        if (holds_declarations(tag))
            list(marks, unit, &die, path, depth + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

/* A declaration that stands there several times (templates, macros) counts once. */
static void sort(struct tc_landmarks *marks) {
    size_t kept = 0;
    if (marks->count)
        qsort(marks->entries, marks->count, sizeof(*marks->entries), by_line);
    for (size_t i = 0; i < marks->count; i++)
        if (!kept || by_line(&marks->entries[kept - 1], &marks->entries[i]) != 0)
            marks->entries[kept++] = marks->entries[i];
    marks->count = kept;
}

static const struct tc_landmarks *landmarks(struct tc_symbol_file *file, Dwarf_Die *unit,
                                            const char *path) {
    struct tc_landmarks *marks = NULL;
    char *key = tc_format("%llx %s", (unsigned long long)dwarf_dieoffset(unit), path);
    HASH_FIND_STR(file->landmarks, key, marks);
    if (marks) {
        free(key);
        return marks;
    }
    marks = tc_alloc(sizeof(*marks));
    marks->key = key;
    list(marks, unit, unit, path, 0);
    sort(marks);
    HASH_ADD_KEYPTR(hh, file->landmarks, marks->key, strlen(marks->key), marks);
    return marks;
}

static bool stands(const struct landmark *mark, const char *path, struct tc_source_lines *lines) {
    const char *word = mark->name;
    size_t length = word_of(&word);
    char *copy = tc_strdup(word);
    copy[length] = 0;
    bool found = names(tc_source_line(lines, path, mark->line), copy, length);
    free(copy);
    return found;
}

/* Whether most of the lines with marks from `from` on, at most NEIGHBOURS in direction `step`, show
 * one of theirs. */
static bool most_stand(const struct tc_landmarks *marks, size_t from, int step, const char *path,
                       struct tc_source_lines *lines) {
    size_t seen = 0, stand = 0;
    for (size_t i = from; i < marks->count && seen < NEIGHBOURS; seen++) {
        unsigned line = marks->entries[i].line;
        bool found = false;
        for (; i < marks->count && marks->entries[i].line == line; i += (size_t)step)
            found = found || stands(&marks->entries[i], path, lines);
        stand += found;
    }
    return 2 * stand >= seen;
}

static bool declarations_stand(const struct tc_symbol_frame *frame, struct tc_source_lines *lines) {
    Dwarf_Die die, unit;
    struct tc_symbol_file *file = frame->owner;
    if (!file || !file->dwarf || !dwarf_offdie(file->dwarf, frame->die, &die) ||
        !dwarf_diecu(&die, &unit, NULL, NULL))
        return false;
    const struct tc_landmarks *marks = landmarks(file, &unit, frame->file);
    size_t after = 0;
    while (after < marks->count && marks->entries[after].line <= frame->line)
        after++;
    return marks->count && most_stand(marks, after - 1, -1, frame->file, lines) &&
           most_stand(marks, after, 1, frame->file, lines);
}

bool tc_symbol_stale_source(const struct tc_symbol_frame *frame, struct tc_source_lines *lines) {
    struct stat st;
    struct tc_symbol_file *file = frame->owner;
    if (!file || !frame->file || !file->modified.tv_sec || stat(frame->file, &st) != 0 ||
        st.st_mtim.tv_sec <= file->modified.tv_sec)
        return false;
    return !declarations_stand(frame, lines);
}
