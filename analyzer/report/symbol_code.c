/* symbol_code.c: functions, inlined frames and source lines of a code address, from DWARF.
 *
 * A unit's functions are listed once and searched by address; dwarf_getscopes would walk the whole
 * unit for every address.  Inlined copies are found by going down from the function.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/symbol_file.h"
#include "analyzer/report/text_buffer.h"

enum { INLINE_MAX = 64, NESTING_MAX = 256 };

static void add_range(struct tc_code_range **ranges, size_t *count, size_t *capacity,
                      struct tc_code_range range) {
    if (*count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 64;
        *ranges = tc_realloc(*ranges, *capacity * sizeof(range));
    }
    (*ranges)[(*count)++] = range;
}

static int by_low(const void *left, const void *right) {
    const struct tc_code_range *a = left, *b = right;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    return a->high < b->high ? 1 : a->high > b->high ? -1 : 0;
}

/* The smallest range around `address`, or NULL.  Ranges may nest, seldom and not deep. */
static const struct tc_code_range *find_range(const struct tc_code_range *ranges, size_t count,
                                              uint64_t address) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].low <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low, tries = 0; i > 0 && tries < 16; i--, tries++)
        if (address < ranges[i - 1].high)
            return &ranges[i - 1];
    return NULL;
}

/* Lists all code ranges of a DIE. */
static void list_ranges(Dwarf_Die *die, struct tc_code_range **ranges, size_t *count,
                        size_t *capacity) {
    Dwarf_Addr base, low, high;
    ptrdiff_t offset = 0;
    while ((offset = dwarf_ranges(die, offset, &base, &low, &high)) > 0)
        if (low < high && low != 0) /* 0: code that the linker dropped */
            add_range(ranges, count, capacity,
                      (struct tc_code_range){low, high, dwarf_dieoffset(die)});
}

/* Those inside functions too: lambdas and members of local classes. */
static void list_functions(struct tc_unit *unit, Dwarf_Die *parent, int depth) {
    Dwarf_Die die;
    if (depth > NESTING_MAX || dwarf_child(parent, &die) != 0)
        return;
    do {
        switch (dwarf_tag(&die)) {
        case DW_TAG_subprogram:
            list_ranges(&die, &unit->ranges, &unit->count, &unit->capacity);
            list_functions(unit, &die, depth + 1);
            break;
        case DW_TAG_lexical_block:
        case DW_TAG_namespace:
        case DW_TAG_class_type:
        case DW_TAG_structure_type:
        case DW_TAG_union_type:
        case DW_TAG_module:
            list_functions(unit, &die, depth + 1);
            break;
        default:
            break;
        }
    } while (dwarf_siblingof(&die, &die) == 0);
}

static struct tc_unit *unit_of(struct tc_symbol_file *file, Dwarf_Die *unit_die) {
    Dwarf_Off offset = dwarf_dieoffset(unit_die);
    struct tc_unit *unit = NULL;
    HASH_FIND(hh, file->units, &offset, sizeof(offset), unit);
    if (unit)
        return unit;
    unit = tc_alloc(sizeof(*unit));
    unit->offset = offset;
    list_functions(unit, unit_die, 0);
    if (unit->count)
        qsort(unit->ranges, unit->count, sizeof(*unit->ranges), by_low);
    HASH_ADD(hh, file->units, offset, sizeof(unit->offset), unit);
    return unit;
}

/* Ranges of all units: clang writes no .debug_aranges, and some units of a program may lack them.
 */
static void list_units(struct tc_symbol_file *file) {
    file->unit_ranges_listed = true;
    Dwarf_CU *cu = NULL;
    Dwarf_Die die;
    while (dwarf_get_units(file->dwarf, cu, &cu, NULL, NULL, &die, NULL) == 0)
        if (dwarf_tag(&die) == DW_TAG_compile_unit)
            list_ranges(&die, &file->unit_ranges, &file->unit_range_count,
                        &file->unit_range_capacity);
    if (file->unit_range_count)
        qsort(file->unit_ranges, file->unit_range_count, sizeof(*file->unit_ranges), by_low);
}

static bool find_unit(struct tc_symbol_file *file, uint64_t address, Dwarf_Die *unit) {
    if (dwarf_addrdie(file->dwarf, address, unit))
        return true;
    if (!file->unit_ranges_listed)
        list_units(file);
    const struct tc_code_range *range =
        find_range(file->unit_ranges, file->unit_range_count, address);
    return range && dwarf_offdie(file->dwarf, range->die, unit);
}

/* The function and the inlined copies around `address`, outermost first. */
static size_t inline_chain(struct tc_symbol_file *file, Dwarf_Off function, uint64_t address,
                           Dwarf_Die *chain) {
    if (!dwarf_offdie(file->dwarf, function, &chain[0]))
        return 0;
    size_t count = 1;
    Dwarf_Die scope = chain[0], die;
    for (int depth = 0; depth < NESTING_MAX; depth++) {
        bool found = false;
        if (dwarf_child(&scope, &die) != 0)
            break;
        do {
            int tag = dwarf_tag(&die);
            if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block &&
                tag != DW_TAG_try_block && tag != DW_TAG_catch_block)
                continue;
            if (dwarf_haspc(&die, address) <= 0)
                continue;
            if (tag == DW_TAG_inlined_subroutine && count < INLINE_MAX)
                chain[count++] = die;
            scope = die;
            found = true;
            break;
        } while (dwarf_siblingof(&die, &die) == 0);
        if (!found)
            break;
    }
    return count;
}

char *tc_symbol_source_path(Dwarf_Die *unit, const char *name) {
    if (!name)
        return NULL;
    struct tc_text text = {0};
    Dwarf_Attribute attribute;
    const char *directory =
        dwarf_attr(unit, DW_AT_comp_dir, &attribute) ? dwarf_formstring(&attribute) : NULL;
    if (name[0] != '/' && directory)
        tc_text_printf(&text, "%s/", directory);
    tc_text_add(&text, name);
    char *full = tc_text_take(&text);
    bool absolute = full[0] == '/';
    char *state = NULL;
    for (char *part = strtok_r(full, "/", &state); part; part = strtok_r(NULL, "/", &state)) {
        if (strcmp(part, ".") == 0)
            continue;
        char *slash = text.length ? strrchr(text.data, '/') : NULL;
        if (strcmp(part, "..") == 0 && slash && strcmp(slash, "/..") != 0) {
            *slash = 0;
            text.length = (size_t)(slash - text.data);
            continue;
        }
        if (absolute || text.length)
            tc_text_char(&text, '/');
        tc_text_add(&text, part);
    }
    free(full);
    full = tc_text_take(&text);
    char *clean = tc_clean(full, 4096);
    free(full);
    return clean;
}

/* Where an inlined copy was called from. */
static void call_site(Dwarf_Die *unit, Dwarf_Die *inlined, struct tc_symbol_frame *frame) {
    Dwarf_Attribute attribute;
    Dwarf_Word number;
    if (dwarf_attr(inlined, DW_AT_call_line, &attribute) &&
        dwarf_formudata(&attribute, &number) == 0)
        frame->line = (unsigned)number;
    if (dwarf_attr(inlined, DW_AT_call_column, &attribute) &&
        dwarf_formudata(&attribute, &number) == 0)
        frame->column = (unsigned)number;
    Dwarf_Files *files;
    size_t count;
    if (dwarf_attr(inlined, DW_AT_call_file, &attribute) &&
        dwarf_formudata(&attribute, &number) == 0 && dwarf_getsrcfiles(unit, &files, &count) == 0 &&
        number < count)
        frame->file = tc_symbol_source_path(unit, dwarf_filesrc(files, number, NULL, NULL));
}

static void line_of(Dwarf_Die *unit, uint64_t address, struct tc_symbol_frame *frame) {
    Dwarf_Line *line = dwarf_getsrc_die(unit, address);
    if (!line)
        return;
    int number = 0, column = 0;
    if (dwarf_lineno(line, &number) == 0 && number > 0)
        frame->line = (unsigned)number;
    if (dwarf_linecol(line, &column) == 0 && column > 0)
        frame->column = (unsigned)column;
    if (frame->line)
        frame->file = tc_symbol_source_path(unit, dwarf_linesrc(line, NULL, NULL));
}

static unsigned declared_at(Dwarf_Die *die) {
    int line = 0;
    return dwarf_decl_line(die, &line) == 0 && line > 0 ? (unsigned)line : 0;
}

bool tc_symbol_dwarf_frames(struct tc_symbol_file *file, uint64_t address,
                            struct tc_code_entry *entry) {
    if (!file->dwarf)
        return false;
    address -= file->dwarf_bias;
    Dwarf_Die unit_die;
    if (!find_unit(file, address, &unit_die))
        return false;
    struct tc_unit *unit = unit_of(file, &unit_die);
    const struct tc_code_range *range = find_range(unit->ranges, unit->count, address);
    Dwarf_Die chain[INLINE_MAX];
    size_t count = range ? inline_chain(file, range->die, address, chain) : 0;
    if (!count)
        return false;
    entry->frames = tc_alloc(count * sizeof(*entry->frames));
    entry->count = count;
    for (size_t i = 0; i < count; i++) {
        struct tc_symbol_frame *frame = &entry->frames[i];
        Dwarf_Die *die = &chain[count - 1 - i];
        frame->function = tc_symbol_die_name(die);
        frame->function_line = declared_at(die);
        frame->owner = file;
        frame->die = dwarf_dieoffset(die);
        frame->inlined = i + 1 < count;
        if (i == 0)
            line_of(&unit_die, address, frame);
        else
            call_site(&unit_die, &chain[count - i], frame);
    }
    return true;
}
