/* symbol_scope.c: what an identifier in a function means, from DWARF. */
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/symbol_file.h"

enum { NESTING_MAX = 32 };

static bool refers(Dwarf_Die *die) {
    Dwarf_Die type;
    if (!tc_symbol_type_of(die, &type))
        return false;
    int tag = dwarf_tag(&type);
    return tag == DW_TAG_pointer_type || tag == DW_TAG_reference_type ||
           tag == DW_TAG_rvalue_reference_type;
}

/* The declaration that an out-of-line or inlined copy stands for: it has all the parameters. */
static Dwarf_Die declaration(Dwarf_Die die) {
    Dwarf_Attribute attribute;
    Dwarf_Die origin;
    for (int i = 0; i < 8; i++) {
        if (!dwarf_attr(&die, DW_AT_abstract_origin, &attribute) ||
            !dwarf_formref_die(&attribute, &origin))
            break;
        die = origin;
    }
    return die;
}

/* The class that `this` points to. */
static bool class_of(Dwarf_Die *parameter, Dwarf_Die *class_die) {
    Dwarf_Die pointer;
    return tc_symbol_type_of(parameter, &pointer) && dwarf_tag(&pointer) == DW_TAG_pointer_type &&
           tc_symbol_type_of(&pointer, class_die);
}

static bool has_member(Dwarf_Die *class_die, const char *name, int depth) {
    Dwarf_Die member, type;
    if (depth > NESTING_MAX || dwarf_child(class_die, &member) != 0)
        return false;
    do {
        int tag = dwarf_tag(&member);
        const char *its = dwarf_diename(&member);
        if (tag == DW_TAG_member && its && strcmp(its, name) == 0)
            return true;
        bool inside = tag == DW_TAG_inheritance || (tag == DW_TAG_member && !its);
        if (inside && tc_symbol_type_of(&member, &type) && has_member(&type, name, depth + 1))
            return true;
    } while (dwarf_siblingof(&member, &member) == 0);
    return false;
}

static char *member_class(Dwarf_Die *parameter, const char *name) {
    Dwarf_Die class_die;
    if (!class_of(parameter, &class_die) || !dwarf_diename(&class_die) ||
        !has_member(&class_die, name, 0))
        return NULL;
    return tc_symbol_die_name(&class_die);
}

/* Looks at the declarations in a scope and the blocks inside it. */
static bool search(Dwarf_Die *scope, const char *name, struct tc_symbol_identifier *found,
                   int depth) {
    Dwarf_Die die;
    unsigned parameter = 0;
    if (depth > NESTING_MAX || dwarf_child(scope, &die) != 0)
        return false;
    do {
        int tag = dwarf_tag(&die);
        const char *its = dwarf_diename(&die);
        bool same = its && strcmp(its, name) == 0;
        if (tag == DW_TAG_formal_parameter && its && strcmp(its, "this") == 0) {
            found->class_name = member_class(&die, name);
            continue;
        }
        if (tag == DW_TAG_formal_parameter) {
            found->parameter = parameter++;
            found->meaning = refers(&die) ? TC_MEANING_PARAMETER : TC_MEANING_OBJECT;
            if (same)
                return true;
        } else if (tag == DW_TAG_variable && same) {
            found->meaning = refers(&die) ? TC_MEANING_POINTER : TC_MEANING_OBJECT;
            return true;
        } else if (tag == DW_TAG_lexical_block && search(&die, name, found, depth + 1)) {
            return true;
        }
    } while (dwarf_siblingof(&die, &die) == 0);
    return false;
}

struct tc_symbol_identifier tc_symbol_identify(const struct tc_symbol_frame *frame,
                                               const char *name) {
    struct tc_symbol_identifier found = {0};
    Dwarf_Die die;
    if (!frame || !frame->owner || !frame->die || !frame->owner->dwarf ||
        !dwarf_offdie(frame->owner->dwarf, frame->die, &die))
        return found;
    die = declaration(die);
    if (search(&die, name, &found, 0)) {
        free(found.class_name);
        found.class_name = NULL;
    } else {
        found.meaning = found.class_name ? TC_MEANING_MEMBER : TC_MEANING_UNKNOWN;
    }
    return found;
}
