/* frames.c: the walk over Python frames, and what it finds in code objects; see frames.h. */
#include "python/frames.h"

#include <string.h>

#include "preload/code.h"
#include "preload/sys.h"

#include "preload/poison.h"

static PyObject *code_of(const void *frame) {
    uintptr_t word = (uintptr_t)tc_py_at(frame, tc_py_layout.code);
    return (PyObject *)(word & ~tc_py_layout.tagged);
}

/* Stand-ins for calls from C have no code, or one that is nobody's. */
static bool is_python(const void *frame, const PyObject *code) {
    return code && code->type == tc_py.PyCode_Type && !tc_py_is_stand_in(frame);
}

static int position_of(const void *frame, const PyObject *code) {
    const char *at = (const char *)frame + tc_py_layout.instruction;
    switch (tc_py_layout.position) {
    case TC_PY_INDEX:
        return *(const int *)at;
    case TC_PY_INDEX_X2:
        return 2 * *(const int *)at;
    case TC_PY_CODE_UNIT:
        break;
    }
    return (int)(*(const char *const *)at - (const char *)code - tc_py_layout.instructions);
}

unsigned tc_py_walk(void *state, struct tc_py_frame *frames, unsigned limit) {
    const struct tc_py_layout *in = &tc_py_layout;
    unsigned count = 0;
    const void *frame = state ? tc_py_first_frame(state) : NULL;
    for (; frame && count < limit; frame = tc_py_at(frame, in->previous)) {
        PyObject *code = code_of(frame);
        if (!is_python(frame, code)) {
            if (count)
                frames[count - 1].entry = true;
            continue;
        }
        bool entry = in->owner < 0 && (in->entry < 0 || ((const uint8_t *)frame)[in->entry]);
        frames[count++] =
            (struct tc_py_frame){code, frame, tc_py_where(frame), position_of(frame, code), entry};
    }
    return count;
}

bool tc_py_top(struct tc_py_frame *frame) {
    return tc_py_walk(tc_py_running(), frame, 1) == 1;
}

/* Reads the code's table only; it neither allocates nor counts. */
int tc_py_line(const struct tc_py_frame *frame) {
    int first = *(const int *)((const char *)frame->code + tc_py_layout.first_line);
    int line = frame->position < 0 ? first : tc_py.PyCode_Addr2Line(frame->code, frame->position);
    return line > 0 ? line : first;
}

/* One code point as UTF-8; false: no room. */
static bool put_utf8(char *buffer, uint32_t *length, uint32_t size, uint32_t point) {
    unsigned more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
    if (*length + more + 1 > size)
        return false;
    buffer[(*length)++] = (char)(lead[more] | point >> (6 * more));
    while (more-- > 0)
        buffer[(*length)++] = (char)(0x80 | (point >> (6 * more) & 0x3f));
    return true;
}

/* The state of a string, the same from 3.8 to 3.14: bits 2-4 the size of a character, 5 compact,
 * 6 ASCII. */
uint32_t tc_py_text(const PyObject *string, char *buffer, uint32_t size) {
    const char *base = (const char *)string;
    uint32_t length = 0;
    if (!string || string->type != tc_py.PyUnicode_Type || size == 0)
        return 0;
    size_t count = *(const size_t *)(base + 16);
    uint32_t state = *(const uint32_t *)(base + 32), kind = state >> 2 & 7;
    const void *text = base + (state >> 6 & 1 ? tc_py_layout.ascii : tc_py_layout.wide);
    for (size_t i = 0; i < count && (state >> 5 & 1); i++) {
        uint32_t point = kind == 1   ? ((const uint8_t *)text)[i]
                         : kind == 2 ? ((const uint16_t *)text)[i]
                                     : ((const uint32_t *)text)[i];
        if (!put_utf8(buffer, &length, size - 1, point))
            break;
    }
    buffer[length] = 0;
    return length;
}

/* The table of code objects by address.  One that is not kept alive yet may be another one by now:
 * it is the same as long as file, name and line are. */
struct code {
    PyObject *code; /* NULL: free */
    PyObject *file, *name;
    int line;
    uint32_t id;
    uint8_t whose; /* enum tc_py_whose */
    bool kept;
};

struct codes {
    uint32_t used, mask;
    struct code entries[];
};

#define FIRST_CODES 256u

static struct codes *codes;
static struct tc_lock codes_lock;

static struct code *place_of(struct codes *in, const PyObject *code) {
    uint32_t at = (uint32_t)(((uintptr_t)code >> 4) * 0x9e3779b97f4a7c15ull >> 32);
    while (in->entries[at & in->mask].code && in->entries[at & in->mask].code != code)
        at++;
    return &in->entries[at & in->mask];
}

static bool make_room(void) {
    if (codes && codes->used < (codes->mask + 1) / 4 * 3)
        return true;
    uint32_t size = codes ? (codes->mask + 1) * 2 : FIRST_CODES;
    struct codes *larger = tc_map(sizeof *larger + size * sizeof(struct code));
    if (!larger)
        return codes != NULL && codes->used < codes->mask;
    larger->mask = size - 1;
    for (uint32_t i = 0; codes && i <= codes->mask; i++)
        if (codes->entries[i].code)
            *place_of(larger, codes->entries[i].code) = codes->entries[i];
    larger->used = codes ? codes->used : 0;
    if (codes)
        tc_unmap(codes, sizeof *codes + (codes->mask + 1) * sizeof(struct code));
    codes = larger;
    return true;
}

/* ".../lib/python3.11/threading.py" and the like, and what is frozen into the interpreter. */
static enum tc_py_whose whose_file(const char *file) {
    const char *library = strstr(file, "/lib/python3");
    const char *rest = library ? strchr(library + 12, '/') : NULL;
    if (strncmp(file, "<frozen ", 8) == 0)
        return TC_PY_OF_LIBRARY;
    if (!rest || strstr(rest, "-packages/") || strncmp(rest, "/test/", 6) == 0)
        return TC_PY_OF_PROGRAM;
    return strcmp(rest, "/threading.py") == 0 ? TC_PY_OF_THREADING : TC_PY_OF_LIBRARY;
}

static uint32_t tell(PyObject *code, struct code *entry) {
    static char file[4096], name[512]; /* under the lock */
    PyObject *qualified =
        tc_py_layout.qualified_name ? tc_py_at(code, tc_py_layout.qualified_name) : NULL;
    tc_py_text(entry->file, file, sizeof file);
    tc_py_text(qualified ? qualified : entry->name, name, sizeof name);
    entry->whose = (uint8_t)whose_file(file);
    return tc_code_new(entry->line, file, name);
}

static bool same(const struct code *a, const struct code *b) {
    return a->file == b->file && a->name == b->name && a->line == b->line;
}

/* The entry of a code object, told when it is new. */
static struct code entry_of(PyObject *code) {
    struct code now = {.code = code,
                       .file = tc_py_at(code, tc_py_layout.file),
                       .name = tc_py_at(code, tc_py_layout.name),
                       .line = *(int *)((char *)code + tc_py_layout.first_line)};
    struct tc_lock_state state = tc_lock_take(&codes_lock);
    if (make_room()) {
        struct code *entry = place_of(codes, code);
        if (!entry->code)
            codes->used++;
        if (!entry->code || !same(entry, &now)) {
            now.id = tell(code, &now);
            *entry = now;
        }
        now = *entry;
    }
    tc_lock_give(&codes_lock, state);
    return now;
}

uint32_t tc_py_code_id(PyObject *code) {
    return entry_of(code).id;
}

enum tc_py_whose tc_py_code_whose(PyObject *code) {
    return (enum tc_py_whose)entry_of(code).whose;
}

void tc_py_codes_forked(void) {
    tc_lock_init(&codes_lock);
}

bool tc_py_code_is_kept(PyObject *code) {
    struct tc_lock_state state = tc_lock_take(&codes_lock);
    const struct code *entry = codes ? place_of(codes, code) : NULL;
    bool kept = entry && entry->code && entry->kept;
    tc_lock_give(&codes_lock, state);
    return kept;
}

void tc_py_code_keep(PyObject *code) {
    bool keep = false;
    struct tc_lock_state state = tc_lock_take(&codes_lock);
    struct code *entry = codes ? place_of(codes, code) : NULL;
    if (entry && entry->code && !entry->kept)
        keep = entry->kept = true;
    tc_lock_give(&codes_lock, state);
    if (keep)
        tc_py_add_reference(code);
}
