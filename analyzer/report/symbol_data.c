/* symbol_data.c: names of variables in static storage, with the path to a member or an element.
 *
 * All variables of a file are listed once, when the first object in it has to be named.  Members
 * whose names are reserved for the implementation (__data, _M_mutex) are not gone into: they are
 * the inside of the lock, not a name that the author of the program knows.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/symbol_file.h"
#include "analyzer/report/text_buffer.h"

enum { NESTING_MAX = 64 };

bool tc_symbol_type_of(Dwarf_Die *die, Dwarf_Die *type) {
    Dwarf_Attribute attribute;
    if (!dwarf_attr_integrate(die, DW_AT_type, &attribute) || !dwarf_formref_die(&attribute, type))
        return false;
    Dwarf_Die peeled;
    if (dwarf_peel_type(type, &peeled) == 0)
        *type = peeled;
    return true;
}

static bool type_size(Dwarf_Die *type, uint64_t *size) {
    Dwarf_Word word;
    if (dwarf_aggregate_size(type, &word) != 0)
        return false;
    *size = word;
    return true;
}

/* The constant address of a variable. */
static bool static_address(Dwarf_Die *die, uint64_t *address) {
    Dwarf_Attribute attribute;
    Dwarf_Op *ops;
    size_t count;
    if (!dwarf_attr(die, DW_AT_location, &attribute) ||
        dwarf_getlocation(&attribute, &ops, &count) != 0 || count != 1)
        return false;
    if (ops[0].atom == DW_OP_addr) {
        *address = ops[0].number;
        return true;
    }
    Dwarf_Attribute result;
    return (ops[0].atom == DW_OP_addrx || ops[0].atom == DW_OP_GNU_addr_index) &&
           dwarf_getlocation_attr(&attribute, ops, &result) == 0 &&
           dwarf_formaddr(&result, address) == 0;
}

static void add_variable(struct tc_symbol_file *file, Dwarf_Die *die, const char *scope) {
    uint64_t address, size = 0;
    Dwarf_Die type;
    if (!static_address(die, &address) || address == 0)
        return;
    if (tc_symbol_type_of(die, &type))
        type_size(&type, &size);
    if (file->variable_count == file->variable_capacity) {
        file->variable_capacity = file->variable_capacity ? 2 * file->variable_capacity : 256;
        file->variables =
            tc_realloc(file->variables, file->variable_capacity * sizeof(*file->variables));
    }
    file->variables[file->variable_count++] = (struct tc_variable){
        address, size, dwarf_dieoffset(die), scope && *scope ? tc_strdup(scope) : NULL};
}

/* `function`: the name of the function that the variables are local to, NULL outside of any.  Local
 * classes are gone through for their functions: a lambda is one. */
static void list_variables(struct tc_symbol_file *file, Dwarf_Die *parent, const char *function,
                           int depth) {
    Dwarf_Die die;
    if (depth > NESTING_MAX || dwarf_child(parent, &die) != 0)
        return;
    do {
        switch (dwarf_tag(&die)) {
        case DW_TAG_variable:
            add_variable(file, &die, function);
            break;
        case DW_TAG_namespace:
        case DW_TAG_lexical_block:
            list_variables(file, &die, function, depth + 1);
            break;
        case DW_TAG_class_type:
        case DW_TAG_structure_type:
            if (function)
                list_variables(file, &die, function, depth + 1);
            break;
        case DW_TAG_subprogram:
            if (dwarf_haschildren(&die) == 1) {
                const char *name = dwarf_diename(&die);
                list_variables(file, &die, name ? name : "", depth + 1);
            }
            break;
        default:
            break;
        }
    } while (dwarf_siblingof(&die, &die) == 0);
}

static int by_address(const void *left, const void *right) {
    const struct tc_variable *a = left, *b = right;
    return a->address < b->address ? -1 : a->address > b->address;
}

static void list_all(struct tc_symbol_file *file) {
    file->variables_listed = true;
    Dwarf_CU *cu = NULL;
    Dwarf_Die die;
    while (dwarf_get_units(file->dwarf, cu, &cu, NULL, NULL, &die, NULL) == 0)
        if (dwarf_tag(&die) == DW_TAG_compile_unit || dwarf_tag(&die) == DW_TAG_partial_unit)
            list_variables(file, &die, NULL, 0);
    if (file->variable_count)
        qsort(file->variables, file->variable_count, sizeof(*file->variables), by_address);
}

static bool reserved(const char *name) {
    return name && name[0] == '_' && (name[1] == '_' || (name[1] >= 'A' && name[1] <= 'Z'));
}

static void add_path(struct tc_text *text, Dwarf_Die *type, uint64_t offset, uint64_t size,
                     int depth);

/* Goes into the member at `offset`; false when there is none to go into. */
static bool add_member(struct tc_text *text, Dwarf_Die *type, uint64_t offset, uint64_t size,
                       int depth) {
    Dwarf_Die member;
    if (dwarf_child(type, &member) != 0)
        return false;
    do {
        int tag = dwarf_tag(&member);
        if (tag != DW_TAG_member && tag != DW_TAG_inheritance)
            continue;
        Dwarf_Attribute attribute;
        Dwarf_Word at = 0;
        uint64_t member_size = 0;
        Dwarf_Die member_type;
        if (dwarf_attr(&member, DW_AT_data_member_location, &attribute)) {
            if (dwarf_formudata(&attribute, &at) != 0)
                continue; /* a virtual base */
        } else if (dwarf_hasattr(&member, DW_AT_external) ||
                   dwarf_hasattr(&member, DW_AT_declaration)) {
            continue; /* a static member lies elsewhere */
        }
        if (!tc_symbol_type_of(&member, &member_type) || !type_size(&member_type, &member_size))
            continue;
        if (offset < at || offset - at >= member_size || (size && member_size < size))
            continue;
        const char *name = tag == DW_TAG_member ? dwarf_diename(&member) : NULL;
        if (reserved(name))
            return false;
        if (name)
            tc_text_printf(text, ".%s", name);
        add_path(text, &member_type, offset - at, size, depth + 1);
        return true;
    } while (dwarf_siblingof(&member, &member) == 0);
    return false;
}

/* "[2][3]" and what is in the element. */
static bool add_element(struct tc_text *text, Dwarf_Die *type, uint64_t offset, uint64_t size,
                        int depth) {
    Dwarf_Die element, range;
    uint64_t element_size, total, dimensions[8];
    size_t count = 0;
    if (!tc_symbol_type_of(type, &element) || !type_size(&element, &element_size) ||
        !element_size || (size && element_size < size) || !type_size(type, &total) ||
        dwarf_child(type, &range) != 0)
        return false;
    do {
        Dwarf_Attribute attribute;
        Dwarf_Word number;
        if (dwarf_tag(&range) != DW_TAG_subrange_type || count == 8)
            continue;
        if (dwarf_attr(&range, DW_AT_count, &attribute) &&
            dwarf_formudata(&attribute, &number) == 0)
            dimensions[count++] = number;
        else if (dwarf_attr(&range, DW_AT_upper_bound, &attribute) &&
                 dwarf_formudata(&attribute, &number) == 0)
            dimensions[count++] = number + 1;
    } while (dwarf_siblingof(&range, &range) == 0);
    uint64_t index = offset / element_size;
    for (size_t i = 0; i < count; i++) {
        uint64_t below = 1;
        for (size_t j = i + 1; j < count; j++)
            below *= dimensions[j];
        if (!below)
            return false;
        tc_text_printf(text, "[%llu]", (unsigned long long)(index / below));
        index %= below;
    }
    add_path(text, &element, offset % element_size, size, depth + 1);
    return true;
}

/* Appends the path to what lies at `offset` in a type. */
static void add_path(struct tc_text *text, Dwarf_Die *type, uint64_t offset, uint64_t size,
                     int depth) {
    bool inside = false;
    if (depth < NESTING_MAX) {
        switch (dwarf_tag(type)) {
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
        case DW_TAG_union_type:
            inside = add_member(text, type, offset, size, depth);
            break;
        case DW_TAG_array_type:
            inside = add_element(text, type, offset, size, depth);
            break;
        default:
            break;
        }
    }
    if (!inside && offset)
        tc_text_printf(text, "+%#llx", (unsigned long long)offset);
}

const struct tc_variable *tc_symbol_variable_at(struct tc_symbol_file *file, uint64_t address) {
    if (!file->dwarf)
        return NULL;
    if (!file->variables_listed)
        list_all(file);
    size_t low = 0, high = file->variable_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file->variables[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const struct tc_variable *variable = &file->variables[low - 1];
    bool inside = address - variable->address < (variable->size ? variable->size : 1);
    return inside ? variable : NULL;
}

char *tc_symbol_dwarf_data(struct tc_symbol_file *file, uint64_t address, uint64_t size,
                           const char **scope) {
    address -= file->dwarf_bias;
    const struct tc_variable *variable = tc_symbol_variable_at(file, address);
    if (!variable)
        return NULL;
    Dwarf_Die die, type;
    if (!dwarf_offdie(file->dwarf, variable->die, &die))
        return NULL;
    char *name = variable->scope ? NULL : tc_symbol_die_name(&die);
    const char *plain = name ? name : dwarf_diename(&die);
    if (!plain)
        return NULL;
    *scope = variable->scope;
    struct tc_text text = {0};
    tc_text_add(&text, plain);
    free(name);
    if (tc_symbol_type_of(&die, &type))
        add_path(&text, &type, address - variable->address, size, 0);
    else if (address != variable->address)
        tc_text_printf(&text, "+%#llx", (unsigned long long)(address - variable->address));
    char *raw = tc_text_take(&text);
    char *clean = tc_clean(raw, 512);
    free(raw);
    return clean;
}
