/* code.c: see code.h. */
#include "preload/code.h"

#include <string.h>

#include "preload/file.h"
#include "preload/process.h"

#include "preload/poison.h"

struct code {
    struct code *next; /* in the order of ids */
    uint32_t id, line, written_epoch, size;
    char text[]; /* as the record has it */
};

static struct code *first, *last;
static struct tc_arena arena;
static struct tc_lock lock;

static void write_code(struct code *code) {
    struct tc_meta_code record = {.id = code->id, .first_line = code->line};
    if (code->written_epoch != tc_process.epoch &&
        tc_meta_put(TC_META_CODE, &record, sizeof record, code->text, code->size))
        code->written_epoch = tc_process.epoch;
}

/* Under the lock. */
static struct code *add(uint32_t line, const char *file, const char *name) {
    size_t file_size = strlen(file) + 1, name_size = strlen(name);
    struct code *code = tc_arena_take(&arena, sizeof *code + file_size + name_size);
    if (!code)
        return NULL;
    code->id = last ? last->id + 1 : 1;
    code->line = line;
    code->size = (uint32_t)(file_size + name_size);
    memcpy(code->text, file, file_size);
    memcpy(code->text + file_size, name, name_size);
    *(last ? &last->next : &first) = code;
    last = code;
    return code;
}

uint32_t tc_code_new(int line, const char *file, const char *name) {
    struct tc_lock_state state = tc_lock_take(&lock);
    struct code *code = add(line > 0 ? (uint32_t)line : 0, file, name);
    if (code)
        write_code(code);
    tc_lock_give(&lock, state);
    if (!code)
        tc_lose(TC_LOSS_MEMORY, 1);
    return code ? code->id : 0;
}

void tc_code_write_all(void) {
    struct tc_lock_state state = tc_lock_take(&lock);
    for (struct code *code = first; code; code = code->next)
        write_code(code);
    tc_lock_give(&lock, state);
}

void tc_code_forked(void) {
    tc_lock_init(&lock); /* at worst the parent's other thread lost a code that it was adding */
}
