/* symbol_file.c: finds, checks and opens the files that symbols come from, and remembers answers.
 *
 * The trace says by build id which file was mapped.  When another one stands at its path now, its
 * symbols would be lies: a debug file with the right build id is looked for, else the frames stay
 * module+offset and the report says why.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <elfutils/libdwelf.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/symbol_file.h"

struct tc_symbols {
    struct tc_symbol_file *files;
};

static char *no_debuginfo_path = NULL; /* the standard search: beside the file, /usr/lib/debug */

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = &no_debuginfo_path,
};

struct tc_symbols *tc_symbols_new(void) {
    /* libdwfl asks servers named there for debug files; a report must not wait for a network. */
    unsetenv("DEBUGINFOD_URLS");
    elf_version(EV_CURRENT);
    return tc_alloc(sizeof(struct tc_symbols));
}

static void file_free(struct tc_symbol_file *file) {
    struct tc_unit *unit, *next_unit;
    HASH_ITER(hh, file->units, unit, next_unit) {
        HASH_DEL(file->units, unit);
        free(unit->ranges);
        free(unit);
    }
    struct tc_code_entry *code, *next_code;
    HASH_ITER(hh, file->code, code, next_code) {
        HASH_DEL(file->code, code);
        for (size_t i = 0; i < code->count; i++) {
            free((char *)code->frames[i].function);
            free((char *)code->frames[i].file);
        }
        free(code->frames);
        free(code);
    }
    struct tc_data_entry *data, *next_data;
    HASH_ITER(hh, file->data, data, next_data) {
        HASH_DEL(file->data, data);
        free(data->name);
        free(data);
    }
    for (size_t i = 0; i < file->variable_count; i++)
        free(file->variables[i].scope);
    free(file->variables);
    tc_symbol_landmarks_free(file->landmarks);
    free(file->unit_ranges);
    if (file->dwfl)
        dwfl_end(file->dwfl);
    free(file->path);
    free(file->key);
    free(file);
}

void tc_symbols_free(struct tc_symbols *symbols) {
    if (!symbols)
        return;
    struct tc_symbol_file *file, *next;
    HASH_ITER(hh, symbols->files, file, next) {
        HASH_DEL(symbols->files, file);
        file_free(file);
    }
    free(symbols);
}

struct tc_symbol_file *tc_symbols_file(struct tc_symbols *symbols, const char *path,
                                       const void *build_id, size_t build_id_size) {
    const unsigned char *id = build_id;
    if (build_id_size > sizeof(symbols->files->build_id))
        build_id_size = sizeof(symbols->files->build_id);
    size_t length = strlen(path);
    char *key = tc_alloc(length + 2 * build_id_size + 2);
    memcpy(key, path, length);
    for (size_t i = 0; i < build_id_size; i++)
        sprintf(key + length + 2 * i, "%02x", id[i]);
    struct tc_symbol_file *file = NULL;
    HASH_FIND_STR(symbols->files, key, file);
    if (file) {
        free(key);
        return file;
    }
    file = tc_alloc(sizeof(*file));
    file->key = key;
    file->path = tc_strdup(path);
    if (build_id_size)
        memcpy(file->build_id, id, build_id_size);
    file->build_id_size = build_id_size;
    HASH_ADD_KEYPTR(hh, symbols->files, file->key, strlen(file->key), file);
    return file;
}

/* Whether the file open at `fd` is the one that was mapped. */
static bool same_build(const struct tc_symbol_file *file, int fd) {
    if (!file->build_id_size)
        return true;
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    const void *id = NULL;
    ssize_t size = elf ? dwelf_elf_gnu_build_id(elf, &id) : -1;
    bool same = size == (ssize_t)file->build_id_size &&
                memcmp(id, file->build_id, file->build_id_size) == 0;
    if (elf)
        elf_end(elf);
    return same;
}

/* A descriptor of a file with the right build id, or -1 with the state set. */
static int open_same(struct tc_symbol_file *file) {
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        fd = -1;
    }
    file->state = fd < 0 ? TC_SYMBOL_MISSING : TC_SYMBOL_CHANGED;
    if (fd >= 0 && same_build(file, fd)) {
        file->modified = st.st_mtim;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    if (file->build_id_size < 2)
        return -1;
    char path[256];
    int n = snprintf(path, sizeof(path), "/usr/lib/debug/.build-id/%02x/", file->build_id[0]);
    for (size_t i = 1; i < file->build_id_size; i++)
        n += snprintf(path + n, sizeof(path) - (size_t)n, "%02x", file->build_id[i]);
    snprintf(path + n, sizeof(path) - (size_t)n, ".debug");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && !same_build(file, fd)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

bool tc_symbol_file_open(struct tc_symbol_file *file) {
    if (file->opened)
        return file->module != NULL;
    file->opened = true;
    if (file->path[0] != '/') {
        file->state = TC_SYMBOL_MISSING; /* [vdso] and the like */
        return false;
    }
    int fd = open_same(file);
    if (fd < 0)
        return false;
    file->dwfl = dwfl_begin(&callbacks);
    if (file->dwfl) {
        dwfl_report_begin(file->dwfl);
        file->module = dwfl_report_elf(file->dwfl, file->path, file->path, fd, 0, true);
        dwfl_report_end(file->dwfl, NULL, NULL);
    }
    if (!file->module) { /* a successful report owns the descriptor */
        close(fd);
        file->state = TC_SYMBOL_MISSING;
        return false;
    }
    file->dwarf = dwfl_module_getdwarf(file->module, &file->dwarf_bias);
    file->state = file->dwarf ? TC_SYMBOL_FULL : TC_SYMBOL_NAMES_ONLY;
    return true;
}

enum tc_symbol_state tc_symbol_file_state(struct tc_symbol_file *file) {
    tc_symbol_file_open(file);
    return file->state;
}

const char *tc_symbol_file_path(const struct tc_symbol_file *file) {
    return file->path;
}

/* The symbol at an address: its name (demangled, to be freed) and the distance from its start. */
static char *symbol_at(struct tc_symbol_file *file, uint64_t address, bool data, uint64_t *offset) {
    GElf_Sym symbol;
    GElf_Off distance;
    const char *name =
        dwfl_module_addrinfo(file->module, address, &distance, &symbol, NULL, NULL, NULL);
    if (!name || !*name)
        return NULL;
    if (data && symbol.st_size && distance >= symbol.st_size)
        return NULL;
    *offset = distance;
    return tc_demangle(name);
}

size_t tc_symbol_file_frames(struct tc_symbol_file *file, uint64_t address,
                             const struct tc_symbol_frame **frames) {
    *frames = NULL;
    struct tc_code_entry *entry = NULL;
    HASH_FIND(hh, file->code, &address, sizeof(address), entry);
    if (!entry) {
        entry = tc_alloc(sizeof(*entry));
        entry->address = address;
        bool open = tc_symbol_file_open(file);
        if (open && !tc_symbol_dwarf_frames(file, address, entry)) {
            uint64_t offset = 0;
            char *name = symbol_at(file, address, false, &offset);
            if (name) {
                entry->frames = tc_alloc(sizeof(*entry->frames));
                entry->frames[0] = (struct tc_symbol_frame){.function = name, .offset = offset};
                entry->count = 1;
            }
        }
        HASH_ADD(hh, file->code, address, sizeof(address), entry);
    }
    *frames = entry->frames;
    return entry->count;
}

const char *tc_symbol_file_data(struct tc_symbol_file *file, uint64_t address, uint64_t size,
                                const char **scope) {
    struct tc_data_entry *entry = NULL;
    struct tc_data_entry probe;
    memset(&probe.key, 0, sizeof(probe.key));
    probe.key.address = address;
    probe.key.size = size;
    HASH_FIND(hh, file->data, &probe.key, sizeof(probe.key), entry);
    if (entry) {
        if (scope)
            *scope = entry->scope;
        return entry->name;
    }
    entry = tc_alloc(sizeof(*entry));
    entry->key = probe.key;
    if (tc_symbol_file_open(file)) {
        entry->name = tc_symbol_dwarf_data(file, address, size, &entry->scope);
        uint64_t offset = 0;
        if (!entry->name)
            entry->name = symbol_at(file, address, true, &offset);
        if (entry->name && offset) {
            char *name = entry->name;
            if (asprintf(&entry->name, "%s+%#llx", name, (unsigned long long)offset) < 0)
                entry->name = NULL;
            free(name);
        }
    }
    HASH_ADD(hh, file->data, key, sizeof(entry->key), entry);
    if (scope)
        *scope = entry->scope;
    return entry->name;
}
