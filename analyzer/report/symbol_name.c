/* symbol_name.c: readable names of C++ functions.
 *
 * Parameters and return types are left out: they make a frame hard to read and say little beside
 * the line.  Source: the Itanium C++ ABI's demangler (__cxa_demangle in libstdc++).
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/symbol_file.h"
#include "analyzer/report/text_buffer.h"

/* From libstdc++; it has no C header. */
char *__cxa_demangle(const char *name, char *buffer, size_t *length, int *status);

enum { DEMANGLED_MAX = 1024 }; /* bytes of a name that are kept: templates nest without end */

/* Cuts what follows the parameter list, and the list: "f(int) const" becomes "f". */
static void cut_parameters(char *name) {
    char *close = strrchr(name, ')');
    if (!close)
        return;
    /* Only qualifiers may follow: "[clone .cold]", " const", "[abi:cxx11]". */
    for (const char *p = close + 1; *p; p++)
        if (*p == ':')
            if (p[1] == ':')
                return; /* "(anonymous namespace)::x", "f(int)::local" */
    int depth = 0;
    for (char *p = close; p >= name; p--) {
        depth += *p == ')';
        depth -= *p == '(';
        if (depth)
            continue;
        bool call_operator = p - name >= 8 && strncmp(p - 8, "operator", 8) == 0;
        bool anonymous = strncmp(p, "(anonymous", 10) == 0;
        if (p > name && !call_operator && !anonymous)
            *p = 0;
        return;
    }
}

/* Where the name starts after a return type: the last blank outside all brackets. */
static const char *skip_return_type(const char *name) {
    if (strstr(name, "operator"))
        return name;
    const char *start = name;
    int depth = 0;
    for (const char *p = name; *p; p++) {
        depth += *p == '<' || *p == '(' || *p == '{' || *p == '[';
        depth -= *p == '>' || *p == ')' || *p == '}' || *p == ']';
        if (*p == ' ' && depth == 0 && p[1])
            start = p + 1;
    }
    return start;
}

char *tc_demangle(const char *name) {
    int status = -1;
    char *full = NULL;
    /* The demangler is recursive: a name of 64 kB could use up the stack. */
    if (name[0] == '_' && name[1] == 'Z' && strlen(name) < 16384)
        full = __cxa_demangle(name, NULL, NULL, &status);
    if (!full || status != 0) {
        free(full);
        return tc_clean(name, DEMANGLED_MAX);
    }
    char *clone = strstr(full, " [clone");
    if (clone)
        *clone = 0;
    cut_parameters(full);
    char *result = tc_clean(skip_return_type(full), DEMANGLED_MAX);
    free(full);
    return result;
}

/* "outer::inner::" of the scopes around a declaration, with `name` to come. */
static void add_scopes(struct tc_text *text, Dwarf_Die *die, const char *name) {
    Dwarf_Die *scopes = NULL;
    int count = dwarf_getscopes_die(die, &scopes);
    for (int i = count - 1; i > 0; i--) {
        int tag = dwarf_tag(&scopes[i]);
        bool is_class =
            tag == DW_TAG_class_type || tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
        if (tag != DW_TAG_namespace && tag != DW_TAG_subprogram && !is_class)
            continue;
        const char *scope = dwarf_diename(&scopes[i]);
        bool lambda = is_class && (!scope || strncmp(scope, "<lambda", 7) == 0);
        if (tag == DW_TAG_subprogram && strcmp(name, "operator()") != 0)
            continue; /* only lambdas are known by the function around them */
        tc_text_add(text, lambda ? "{lambda}" : scope ? scope : "(anonymous namespace)");
        tc_text_add(text, "::");
    }
    free(scopes);
}

char *tc_symbol_die_name(Dwarf_Die *die) {
    Dwarf_Attribute attribute;
    const char *linkage = NULL;
    if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) ||
        dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute))
        linkage = dwarf_formstring(&attribute);
    if (linkage && linkage[0] == '_' && linkage[1] == 'Z')
        return tc_demangle(linkage);
    const char *name = dwarf_diename(die);
    if (!name)
        return NULL;
    /* Scopes are those of the declaration that a definition or an inlined copy stands for. */
    Dwarf_Die origin = *die, other;
    for (int i = 0; i < 8; i++) {
        bool moved = (dwarf_attr(&origin, DW_AT_abstract_origin, &attribute) ||
                      dwarf_attr(&origin, DW_AT_specification, &attribute)) &&
                     dwarf_formref_die(&attribute, &other);
        if (!moved)
            break;
        origin = other;
    }
    struct tc_text text = {0};
    Dwarf_Die unit;
    int language = dwarf_diecu(&origin, &unit, NULL, NULL) ? dwarf_srclang(&unit) : -1;
    bool plain_c = language == DW_LANG_C || language == DW_LANG_C89 || language == DW_LANG_C99 ||
                   language == DW_LANG_C11;
    if (!plain_c)
        add_scopes(&text, &origin, name);
    tc_text_clean(&text, name, DEMANGLED_MAX, false);
    return tc_text_take(&text);
}
