/* symbolize.h: from addresses in a file (program or library) to names and source lines.
 *
 * What: symbol files found by path and build id, with their separate debug files (build-id
 *       directory and .gnu_debuglink); functions with the frames inlined into them; variables with
 *       the path to a member or element.  Addresses are those of the file (live address - bias).
 *       Everything is remembered, so that the thousandth finding costs no more than a search.
 * Source: DWARF 5 sections 3.3 (subroutines, inlining) and 5.7 (members); elfutils' libdwfl.
 * Rules: not thread-safe.  What is returned lives as long as the tc_symbols.
 */
#ifndef TC_ANALYZER_SYMBOLIZE_H
#define TC_ANALYZER_SYMBOLIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tc_symbols;
struct tc_symbol_file;
struct tc_source_lines;

enum tc_symbol_state {
    TC_SYMBOL_FULL,       /* source lines are known */
    TC_SYMBOL_NAMES_ONLY, /* no debug information: function names at best */
    TC_SYMBOL_MISSING,    /* the file is not there or cannot be read */
    TC_SYMBOL_CHANGED,    /* another file stands at its path now: nothing is looked up in it */
};

/* One frame at an address.  Several stand at one address when functions were inlined. */
struct tc_symbol_frame {
    const char *function; /* demangled, without parameters; NULL: not known */
    const char *file;     /* NULL: not known */
    unsigned line, column;
    unsigned function_line;       /* where the function is declared, 0: not known */
    uint64_t offset;              /* from the start of the function when no line is known */
    bool inlined;                 /* into the next frame */
    struct tc_symbol_file *owner; /* with `die`: where the function's names are */
    uint64_t die;                 /* 0: not known */
};

/* What an identifier in a function means. */
enum tc_symbol_meaning {
    TC_MEANING_UNKNOWN,   /* not declared in the function: a global, a capture, a macro */
    TC_MEANING_OBJECT,    /* a local variable or parameter that is the thing itself */
    TC_MEANING_POINTER,   /* a local variable that points or refers to it */
    TC_MEANING_PARAMETER, /* a parameter that points or refers to it */
    TC_MEANING_MEMBER,    /* a member of the class whose method this is */
};
struct tc_symbol_identifier {
    enum tc_symbol_meaning meaning;
    unsigned parameter; /* from 0, without `this` */
    char *class_name;   /* of MEMBER, to be freed; NULL otherwise */
};
struct tc_symbol_identifier tc_symbol_identify(const struct tc_symbol_frame *frame,
                                               const char *name);

struct tc_symbols *tc_symbols_new(void);
void tc_symbols_free(struct tc_symbols *symbols);

/* The symbols of a file; opened when first needed.  `build_id` may be empty: then any file at the
 * path is taken.  Never NULL. */
struct tc_symbol_file *tc_symbols_file(struct tc_symbols *symbols, const char *path,
                                       const void *build_id, size_t build_id_size);
enum tc_symbol_state tc_symbol_file_state(struct tc_symbol_file *file);
const char *tc_symbol_file_path(const struct tc_symbol_file *file);

/* Whether the source of a frame is not what the program was built from: its time is later, and what
 * is declared next to the line stands elsewhere now.  `lines`: what sources are read by. */
bool tc_symbol_stale_source(const struct tc_symbol_frame *frame, struct tc_source_lines *lines);

/* The frames at a code address, innermost first; 0 when nothing is known. */
size_t tc_symbol_file_frames(struct tc_symbol_file *file, uint64_t address,
                             const struct tc_symbol_frame **frames);

/* The name of the variable, member or element of `size` bytes (0: any) at a data address, such as
 * "pool.lock" or "locks[3]", or symbol+offset; NULL when nothing is known.  `scope` (may be NULL):
 * the function that a static variable is local to, else NULL. */
const char *tc_symbol_file_data(struct tc_symbol_file *file, uint64_t address, uint64_t size,
                                const char **scope);

/* What the type of the variable, member or element at a data address says of its accesses. */
enum tc_symbol_access {
    TC_ACCESS_UNKNOWN, /* no variable is known there */
    TC_ACCESS_PLAIN,
    TC_ACCESS_VOLATILE,
    TC_ACCESS_ATOMIC, /* _Atomic, std::atomic */
};
enum tc_symbol_access tc_symbol_file_access(struct tc_symbol_file *file, uint64_t address);

/* What the instructions around an access say of it, for code without debug information.  `end`:
 * where the instruction that accesses ends; `constant`: what STORE_CONSTANT stores. */
enum tc_symbol_use {
    TC_USE_UNKNOWN,
    TC_USE_UPDATE, /* the old value is read, changed and stored: by one instruction or some */
    TC_USE_STORE,  /* of a value from elsewhere */
    TC_USE_STORE_CONSTANT, /* as what sets a flag does */
    TC_USE_FLAG,           /* read, and tested or followed at once */
    TC_USE_READ,
    TC_USE_PLAIN, /* as the compiler accesses no atomic variable */
};
enum tc_symbol_use tc_symbol_file_use(struct tc_symbol_file *file, uint64_t end, int64_t *constant);

/* Whether the file's code has atomic instructions, as nearly all code does that uses atomic
 * variables; true when it is not known. */
bool tc_symbol_file_has_atomics(struct tc_symbol_file *file);

/* Whether nothing but gcc made the file's code, as far as it says. */
bool tc_symbol_file_is_gcc(struct tc_symbol_file *file);

/* "ns::Class::method" of a linkage name, without parameters and return type; a name that is not
 * mangled stays.  To be freed. */
char *tc_demangle(const char *name);

#ifdef __cplusplus
}
#endif
#endif
