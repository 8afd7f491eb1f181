/* symbol_access.c: whether a variable's type makes its accesses atomic, or volatile.
 *
 * What: the path of types down to the byte in question: _Atomic is a type of its own in DWARF,
 *       std::atomic a class by that name.
 */
#include <string.h>

#include "analyzer/report/symbol_file.h"

enum { NESTING_MAX = 64 };

static bool type_of(Dwarf_Die *die, Dwarf_Die *type) {
    Dwarf_Attribute attribute;
    return dwarf_attr_integrate(die, DW_AT_type, &attribute) && dwarf_formref_die(&attribute, type);
}

static bool has_size(Dwarf_Die *type, uint64_t *size) {
    Dwarf_Word word = 0;
    bool known = dwarf_aggregate_size(type, &word) == 0;
    *size = word;
    return known;
}

static bool is_atomic_class(Dwarf_Die *type) {
    const char *name = dwarf_diename(type);
    return name && (strncmp(name, "atomic<", 7) == 0 || strncmp(name, "__atomic_", 9) == 0 ||
                    strcmp(name, "atomic_flag") == 0 || strcmp(name, "atomic") == 0);
}

/* Goes to the member that holds `*offset`, which becomes one within it. */
static bool enter_member(Dwarf_Die *type, uint64_t *offset) {
    Dwarf_Die member;
    if (dwarf_child(type, &member) != 0)
        return false;
    do {
        Dwarf_Attribute attribute;
        Dwarf_Word at = 0;
        Dwarf_Die inner;
        uint64_t size;
        int tag = dwarf_tag(&member);
        if ((tag != DW_TAG_member && tag != DW_TAG_inheritance) ||
            dwarf_hasattr(&member, DW_AT_external) || dwarf_hasattr(&member, DW_AT_declaration) ||
            (dwarf_attr(&member, DW_AT_data_member_location, &attribute) &&
             dwarf_formudata(&attribute, &at) != 0) ||
            !type_of(&member, &inner) || !has_size(&inner, &size) || *offset < at ||
            *offset - at >= size)
            continue;
        *offset -= at;
        *type = inner;
        return true;
    } while (dwarf_siblingof(&member, &member) == 0);
    return false;
}

static bool enter_element(Dwarf_Die *type, uint64_t *offset) {
    Dwarf_Die element;
    uint64_t size;
    if (!type_of(type, &element) || !has_size(&element, &size) || !size)
        return false;
    *offset %= size;
    *type = element;
    return true;
}

static enum tc_symbol_access access_of(Dwarf_Die type, uint64_t offset) {
    enum tc_symbol_access access = TC_ACCESS_PLAIN;
    for (int depth = 0; depth < NESTING_MAX; depth++) {
        switch (dwarf_tag(&type)) {
        case DW_TAG_atomic_type:
            return TC_ACCESS_ATOMIC;
        case DW_TAG_volatile_type:
            access = TC_ACCESS_VOLATILE;
            /* fall through */
        case DW_TAG_typedef:
        case DW_TAG_const_type:
            if (!type_of(&type, &type))
                return access;
            break;
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
            if (is_atomic_class(&type))
                return TC_ACCESS_ATOMIC;
            /* fall through */
        case DW_TAG_union_type:
            if (!enter_member(&type, &offset))
                return access;
            break;
        case DW_TAG_array_type:
            if (!enter_element(&type, &offset))
                return access;
            break;
        default:
            return access;
        }
    }
    return access;
}

/* Whether a local static is initialised says a variable of the compiler's, of which there is no
 * debug information.  It is read as an atomic one, by the program's own code, and changed by the
 * C++ library, which may be linked into the program. */
static bool is_guard(const struct tc_symbol_file *file, uint64_t address) {
    static const char begin[] = "_ZGV";
    GElf_Sym symbol;
    GElf_Off distance;
    const char *name =
        dwfl_module_addrinfo(file->module, address, &distance, &symbol, NULL, NULL, NULL);
    return name && distance < symbol.st_size && strncmp(name, begin, sizeof begin - 1) == 0;
}

enum tc_symbol_access tc_symbol_file_access(struct tc_symbol_file *file, uint64_t address) {
    Dwarf_Die die, type;
    if (!tc_symbol_file_open(file))
        return TC_ACCESS_UNKNOWN;
    if (is_guard(file, address))
        return TC_ACCESS_ATOMIC;
    address -= file->dwarf_bias;
    const struct tc_variable *variable = tc_symbol_variable_at(file, address);
    if (!variable || !dwarf_offdie(file->dwarf, variable->die, &die) || !type_of(&die, &type))
        return TC_ACCESS_UNKNOWN;
    return access_of(type, address - variable->address);
}
