/* symbol_file.h: what the parts of the symbolizer share.  For symbol*.c only. */
#ifndef TC_ANALYZER_SYMBOL_FILE_H
#define TC_ANALYZER_SYMBOL_FILE_H

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <time.h>
#include <uthash.h>

#include "analyzer/report/symbolize.h"

struct tc_code_range { /* one function's code, in the addresses of its DWARF */
    uint64_t low, high;
    Dwarf_Off die;
};

struct tc_unit { /* a compilation unit whose functions were listed */
    Dwarf_Off offset;
    struct tc_code_range *ranges; /* by low */
    size_t count, capacity;
    UT_hash_handle hh;
};

struct tc_code_entry { /* an address that was looked up */
    uint64_t address;
    struct tc_symbol_frame *frames;
    size_t count;
    UT_hash_handle hh;
};

struct tc_data_entry { /* a variable's name that was looked up */
    struct {
        uint64_t address, size;
    } key;
    char *name;
    const char *scope;
    UT_hash_handle hh;
};

struct tc_variable { /* a variable in static storage */
    uint64_t address, size;
    Dwarf_Off die;
    char *scope; /* the function that it is local to, NULL: none */
};

struct tc_symbol_file {
    char *path;
    unsigned char build_id[64];
    size_t build_id_size;
    char *key;

    bool opened;
    enum tc_symbol_state state;
    struct timespec modified;
    Dwfl *dwfl;
    Dwfl_Module *module;
    Dwarf *dwarf;
    Dwarf_Addr dwarf_bias; /* address in the DWARF + dwarf_bias = address in the file */

    struct tc_unit *units;
    struct tc_code_range *unit_ranges; /* for units that .debug_aranges leaves out */
    size_t unit_range_count, unit_range_capacity;
    bool unit_ranges_listed, variables_listed;
    bool atomics_known, atomics;   /* symbol_origin.c */
    struct tc_variable *variables; /* by address */
    size_t variable_count, variable_capacity;
    struct tc_code_entry *code;
    struct tc_data_entry *data;
    struct tc_landmarks *landmarks; /* symbol_stale.c */
    UT_hash_handle hh;
};

/* Opens the file once; false when nothing can be looked up in it. */
bool tc_symbol_file_open(struct tc_symbol_file *file);

/* The frames at an address from DWARF into `entry`; false when DWARF does not know it. */
bool tc_symbol_dwarf_frames(struct tc_symbol_file *file, uint64_t address,
                            struct tc_code_entry *entry);

/* The variable in static storage at an address of the DWARF; NULL: none is known. */
const struct tc_variable *tc_symbol_variable_at(struct tc_symbol_file *file, uint64_t address);

/* The name of a variable from DWARF, to be freed; NULL. */
char *tc_symbol_dwarf_data(struct tc_symbol_file *file, uint64_t address, uint64_t size,
                           const char **scope);

/* The type of a variable, member or parameter, behind typedefs and qualifiers (symbol_data.c).
 * False: it has none. */
bool tc_symbol_type_of(Dwarf_Die *die, Dwarf_Die *type);

/* A declaration's own or linkage name, qualified and demangled; to be freed; NULL when it has none.
 */
char *tc_symbol_die_name(Dwarf_Die *die);

/* The absolute path of a unit's source without "./" and "dir/../", to be freed; NULL: no name. */
char *tc_symbol_source_path(Dwarf_Die *unit, const char *name);

void tc_symbol_landmarks_free(struct tc_landmarks *all);

#endif
