/* modules.c: the table of loaded modules; see modules.h. */
#include "preload/modules.h"

#include <elf.h>
#include <string.h>

#include "preload/file.h"
#include "preload/process.h"
#include "preload/race/race.h"
#include "preload/stack.h"

#include "preload/poison.h"

#define BUILD_ID_MAX 64
#define NOTES_MAX    4096u
#define SEGMENTS_MAX 256u
#define MAPS_MAX     (16u << 20)
#define LOOKS_FREE   64        /* looks for unknown addresses without delay */
#define LOOKS_APART  500000000 /* ns between later ones */

struct module {
    struct module *next; /* newest first */
    uintptr_t start, bias;
    uintptr_t end; /* of what is not in the file, too: its variables have names like others */
    uint32_t build_id_size, written_epoch;
    uint8_t build_id[BUILD_ID_MAX];
    bool seen, code;
    char path[];
};

static struct module *modules;
#define LATEST 64
static struct module *latest[LATEST]; /* in which addresses lay */
static struct tc_arena arena;
static struct tc_lock lock;

/* One line of /proc/self/maps. */
struct mapping {
    uintptr_t start, end, offset;
    bool readable, executable;
    const char *path; /* to the end of the line */
    size_t path_size;
};

static const char *hex(const char *at, uintptr_t *number) {
    for (*number = 0;; at++) {
        unsigned digit = (unsigned char)*at;
        if (digit - '0' < 10)
            digit -= '0';
        else if (digit - 'a' < 6)
            digit -= 'a' - 10;
        else
            return at;
        *number = *number << 4 | digit;
    }
}

/* "start-end rwxp offset dev inode   path" */
static const char *read_line(const char *at, struct mapping *line) {
    const char *end = strchr(at, '\n');
    if (!end)
        return NULL;
    at = hex(at, &line->start);
    at = hex(at + 1, &line->end);
    line->readable = at[1] == 'r';
    line->executable = at[3] == 'x';
    at = hex(at + 6, &line->offset);
    for (unsigned field = 0; field < 2; field++) {
        while (at < end && *at == ' ')
            at++;
        while (at < end && *at != ' ')
            at++;
    }
    while (at < end && *at == ' ')
        at++;
    line->path = at;
    line->path_size = (size_t)(end - at);
    return end + 1;
}

static void find_build_id(struct module *module, const Elf64_Phdr *segment, size_t readable) {
    static uint8_t notes[NOTES_MAX]; /* under the lock */
    uintptr_t start = module->bias + segment->p_vaddr;
    size_t size = segment->p_filesz, at = 0;
    if (start < module->start || size > NOTES_MAX || start + size > module->start + readable ||
        !tc_copy(notes, (const void *)start, size))
        return;
    while (at + sizeof(Elf64_Nhdr) <= size) {
        Elf64_Nhdr note;
        memcpy(&note, notes + at, sizeof note);
        size_t name = at + sizeof note, value = name + ((note.n_namesz + 3ul) & ~3ul);
        if (value + note.n_descsz > size)
            return;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            !memcmp(notes + name, "GNU", 4) && note.n_descsz <= BUILD_ID_MAX) {
            memcpy(module->build_id, notes + value, note.n_descsz);
            module->build_id_size = note.n_descsz;
            return;
        }
        at = value + ((note.n_descsz + 3ul) & ~3ul);
    }
}

static bool is_of(const struct mapping *line, const char *path, size_t size) {
    return line->path_size == size && !memcmp(line->path, path, size);
}

/* Where the program headers are mapped, or 0.  They may lie in another mapping of the file than its
 * start: BOLT and patchelf put them behind what was there before.  `first` is the module's first
 * mapping, and `next` the text of those behind it. */
static uintptr_t program_headers(const Elf64_Ehdr *header, const struct mapping *first,
                                 const char *next) {
    uintptr_t low = header->e_phoff, size = header->e_phnum * sizeof(Elf64_Phdr);
    struct mapping line = *first;
    do {
        if (line.path_size && !is_of(&line, first->path, first->path_size))
            return 0;
        uintptr_t length = line.end - line.start;
        if (line.path_size && line.readable && low >= line.offset && low - line.offset <= length &&
            size <= length - (low - line.offset))
            return line.start + (low - line.offset);
    } while (next && *next && (next = read_line(next, &line)));
    return 0;
}

/* The ELF header at the start of the module says how it was moved, and names its build.  Any file
 * may be mapped, and may have lost its contents since, or be a device; and another thread may unmap
 * it meanwhile. */
static bool read_elf(struct module *module, const struct mapping *first, const char *next) {
    static Elf64_Phdr segments[SEGMENTS_MAX]; /* under the lock */
    size_t readable = first->end - first->start;
    Elf64_Ehdr header;
    if (readable < sizeof header || !tc_copy(&header, (const void *)module->start, sizeof header) ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_phentsize != sizeof *segments || header.e_phnum > SEGMENTS_MAX)
        return false;
    uintptr_t at = program_headers(&header, first, next);
    if (!at || !tc_copy(segments, (const void *)at, header.e_phnum * sizeof *segments))
        return false;
    module->bias = module->start;
    for (unsigned i = 0; i < header.e_phnum; i++)
        if (segments[i].p_type == PT_LOAD) {
            module->bias = module->start - ((segments[i].p_vaddr - segments[i].p_offset) & ~4095ul);
            break;
        }
    for (unsigned i = 0; i < header.e_phnum; i++) {
        uintptr_t end = module->bias + segments[i].p_vaddr + segments[i].p_memsz;
        if (segments[i].p_type == PT_LOAD && end > module->end)
            module->end = end;
        if (segments[i].p_type == PT_NOTE && !module->build_id_size)
            find_build_id(module, &segments[i], readable);
    }
    return true;
}

static struct module *find_known(const struct mapping *line) {
    for (struct module *module = modules; module; module = module->next)
        if (module->start == line->start && !strncmp(module->path, line->path, line->path_size) &&
            !module->path[line->path_size])
            return module;
    return NULL;
}

/* The module that begins with this mapping: one known, or a new one. */
static struct module *module_at(const struct mapping *line, const char *next) {
    struct module *module = find_known(line);
    if (module)
        return module;
    struct module fresh = {.next = modules, .start = line->start, .end = line->end};
    if (!read_elf(&fresh, line, next))
        return NULL; /* a data file */
    module = tc_arena_take(&arena, sizeof(*module) + line->path_size + 1);
    if (!module)
        return NULL;
    memcpy(module, &fresh, sizeof(fresh));
    memcpy(module->path, line->path, line->path_size);
    return modules = module;
}

static bool is_file(const struct mapping *line) {
    return line->path_size &&
           (line->path[0] == '/' || (line->path_size == 6 && !memcmp(line->path, "[vdso]", 6)));
}

/* Goes through the mappings; those that follow each other with one path are one module, also with
 * memory without a name between them: what is not in the file need not come last. */
static void scan(const char *text) {
    for (struct module *module = modules; module; module = module->next)
        module->seen = false;
    struct module *module = NULL;
    struct mapping line;
    for (const char *at = text; at && *at && (at = read_line(at, &line));) {
        if (!line.path_size)
            continue;
        if (!module || !line.offset || !is_of(&line, module->path, strlen(module->path)))
            module = is_file(&line) && line.readable && !line.offset ? module_at(&line, at) : NULL;
        if (!module)
            continue;
        module->seen = true;
        if (line.end > module->end)
            module->end = line.end;
        module->code |= line.executable;
    }
}

/* Under the lock: a thread's stack may have no room for a path. */
static void write_module(struct module *module) {
    static char tail[BUILD_ID_MAX + TC_PATH_MAX];
    struct tc_meta_module record = {
        .start = module->start,
        .end = module->end,
        .bias = module->bias,
        .build_id_size = module->build_id_size,
    };
    size_t path = strnlen(module->path, TC_PATH_MAX);
    memcpy(tail, module->build_id, module->build_id_size);
    memcpy(tail + module->build_id_size, module->path, path);
    if (tc_meta_put(TC_META_MODULE, &record, sizeof(record), tail, module->build_id_size + path))
        module->written_epoch = tc_process.epoch;
}

static void write_changes(void) {
    struct module **link = &modules;
    while (*link) {
        struct module *module = *link;
        bool written = module->written_epoch == tc_process.epoch;
        if (module->seen || !module->code) {
            if (module->seen && module->code && !written)
                write_module(module);
            link = &module->next;
            continue;
        }
        struct tc_meta_module record = {.start = module->start};
        if (written)
            tc_meta_put(TC_META_UNLOAD, &record, sizeof(record), NULL, 0);
        tc_race_forget(module->start, module->end);
        *link = module->next;
    }
}

/* The mappings as text, in memory of its own. */
static char *read_maps(size_t *size) {
    for (*size = 256u << 10; *size <= MAPS_MAX; *size *= 4) {
        char *text = tc_map(*size);
        if (!text)
            return NULL;
        long got = tc_read_file("/proc/self/maps", text, *size - 1);
        if (got >= 0 && (size_t)got < *size - 1)
            return text;
        tc_unmap(text, *size);
    }
    return NULL;
}

static void look(void) {
    size_t size;
    char *text = read_maps(&size);
    if (!text)
        return;
    memset(latest, 0, sizeof latest);
    scan(text);
    write_changes();
    tc_unmap(text, size);
}

void tc_modules_write(void) {
    struct tc_lock_state state = tc_lock_take(&lock);
    look();
    tc_lock_give(&lock, state);
}

/* Whether an address lies in a module.  There may be hundreds, and stacks have many frames: where
 * it was asked for lately is asked first.  What is unloaded is taken out. */
static bool is_known(uintptr_t address) {
    struct module **lately = &latest[address >> 16 & (LATEST - 1)];
    if (*lately && address >= (*lately)->start && address < (*lately)->end)
        return true;
    for (struct module *module = modules; module; module = module->next)
        if (address >= module->start && address < module->end) {
            *lately = module;
            return true;
        }
    return false;
}

/* Code that belongs to no module (a JIT's) must not cost a look for each of its stacks. */
static bool may_look(void) {
    static unsigned looks;
    static uint64_t last;
    uint64_t now = tc_now();
    if (looks >= LOOKS_FREE && now - last < LOOKS_APART)
        return false;
    looks++;
    last = now;
    return true;
}

void tc_modules_cover(const uint64_t *frames, unsigned count) {
    if (tc_process.mode != TC_MODE_FILE)
        return;
    struct tc_lock_state state = tc_lock_take(&lock);
    bool known = true;
    for (unsigned i = 0; i < count && known; i++)
        known = (frames[i] & TC_FRAME_PYTHON) || is_known((uintptr_t)(frames[i] & ~TC_FRAME_EXACT));
    if (!known && may_look())
        look();
    tc_lock_give(&lock, state);
}

void tc_modules_changed(bool unloaded) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    if (unloaded)
        tc_stack_unloaded();
    if (tc_process.mode == TC_MODE_FILE)
        tc_modules_write();
    tc_leave(self);
}

void tc_modules_forked(void) {
    if (tc_lock_is_held(&lock)) /* another thread was at it: look anew */
        modules = NULL;
    memset(latest, 0, sizeof latest);
    tc_lock_init(&lock);
}

bool tc_modules_own_path(char *path, size_t size) {
    size_t maps_size;
    char *text = read_maps(&maps_size);
    bool found = false;
    uintptr_t own = (uintptr_t)tc_modules_own_path;
    struct mapping line;
    for (const char *at = text; at && *at && (at = read_line(at, &line));)
        if (own >= line.start && own < line.end && line.path_size && line.path_size < size) {
            memcpy(path, line.path, line.path_size);
            path[line.path_size] = 0;
            found = true;
        }
    if (text)
        tc_unmap(text, maps_size);
    return found;
}
