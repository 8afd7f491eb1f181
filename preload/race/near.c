/* near.c: writes the functions of near.h.  One that checks 4 bytes:
 *
 *     mov  %rdi, %rdx
 *     and  mask(%rip), %rdx              which bits of an address choose its granule
 *     mov  %fs:base, %rax
 *     mov  (%rax,%rdx), %rax             the thread's cell there
 *     xor  %fs:key, %rax
 *     mov  %edi, %ecx ; and $7, %ecx ; shrx %rcx, %rax, %rax
 *     test $0xff000000 | bytes, %rax
 *     jne  1f
 *     ret
 * 1:  mov  $what, %esi
 *     jmp  *slow(%rip)
 *
 * Without a key it settles all that finds nothing in the shadow; the rest finds out farther on.
 */
#include "preload/race/near.h"

#include <cpuid.h>
#include <string.h>
#include <sys/mman.h>

#include "preload/meta.h"
#include "preload/race/core.h"

#include "preload/poison.h"

#define PAGE   4096ul
#define MOST   128u /* bytes of a function, at most; the longest has 86 */
#define SIZE   ((2 * sizeof(uint64_t) + ROWS * MOST + PAGE - 1) / PAGE * PAGE)
#define REACH  0x7f000000ul
#define STEP   0x1000000ul
#define PLACES 64u /* where functions were put; modules near to one share them */

enum kind { PART, WHOLE, BOTH, ANYWHERE, UPDATE, NOTHING };

#define TC_TSAN(kind, name, size, access)                                                          \
    void name(void);                                                                               \
    extern const char tc_own##name[] __attribute__((visibility("hidden")));
#include "preload/race/tsan_access.def"
#undef TC_TSAN

static const struct row {
    const char *name;
    void (*found)(void); /* by the loader */
    const void *own;
    uint16_t kind, size, access;
} rows[] = {
#define TC_TSAN(kind, name, size, access) {#name, name, tc_own##name, kind, size, access},
#include "preload/race/tsan_access.def"
#undef TC_TSAN
};
#define ROWS (sizeof rows / sizeof *rows)

static uint16_t offsets[ROWS]; /* of each function in its pages; the same in all */
static uintptr_t places[PLACES];
static unsigned place_count;
static uint8_t told; /* that functions are not where they should be */

void tc_tsan_slow(void);

struct code {
    uint8_t *at, *begin;
    uintptr_t mask, slow; /* addresses of constants, in the same pages */
    uint8_t *far;         /* displacements of branches to the slow end, 0: none */
    uint8_t *over;
};

static void put(struct code *code, const char *bytes, size_t count) {
    memcpy(code->at, bytes, count);
    code->at += count;
}
#define PUT(code, bytes) put(code, bytes, sizeof(bytes) - 1)

static void put4(struct code *code, uint32_t value) {
    memcpy(code->at, &value, 4);
    code->at += 4;
}
static void put_relative(struct code *code, uintptr_t target) {
    put4(code, (uint32_t)(target - (uintptr_t)code->at - 4));
}

/* The offset of a variable from the thread pointer. */
static uint32_t offset_of(const void *variable) {
    uintptr_t thread;
    __asm__("mov %%fs:0, %0" : "=r"(thread));
    return (uint32_t)((uintptr_t)variable - thread);
}

static bool has_bmi2(void) {
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_BMI2);
}

/* The cell, less the thread's key, to rax. */
static void put_cell(struct code *code, bool both) {
    PUT(code, "\x48\x89\xfa"); /* mov %rdi, %rdx */
    PUT(code, "\x48\x23\x15"); /* and mask(%rip), %rdx */
    put_relative(code, code->mask);
    PUT(code, "\x64\x48\x8b\x04\x25"); /* mov %fs:base, %rax */
    put4(code, offset_of(&tc_race_local.base));
    if (both) {
        PUT(code, "\x48\x8b\x4c\x10\x08"); /* mov 8(%rax,%rdx), %rcx */
        PUT(code, "\x64\x48\x33\x0c\x25"); /* xor %fs:key, %rcx */
        put4(code, offset_of(&tc_race_local.key));
    }
    PUT(code, "\x48\x8b\x04\x10");     /* mov (%rax,%rdx), %rax */
    PUT(code, "\x64\x48\x33\x04\x25"); /* xor %fs:key, %rax */
    put4(code, offset_of(&tc_race_local.key));
    if (both)
        PUT(code, "\x48\x09\xc8"); /* or %rcx, %rax */
}

/* The masks of the first byte to the lowest bits; `limit`: the last byte that it may be, 7: any. */
static void put_shift(struct code *code, unsigned limit) {
    PUT(code, "\x89\xf9\x83\xe1\x07"); /* mov %edi, %ecx; and $7, %ecx */
    if (limit < 7) {
        PUT(code, "\x83\xf9"); /* cmp $limit, %ecx */
        *code->at++ = (uint8_t)limit;
        PUT(code, "\x77"); /* ja */
        code->over = code->at++;
    }
    if (has_bmi2())
        PUT(code, "\xc4\xe2\xf3\xf7\xc0"); /* shrx %rcx, %rax, %rax */
    else
        PUT(code, "\x48\xd3\xe8"); /* shr %cl, %rax */
}

static void put_slow(struct code *code, const struct row *row) {
    if (code->far)
        *code->far = (uint8_t)(code->at - code->far - 1);
    if (code->over)
        *code->over = (uint8_t)(code->at - code->over - 1);
    PUT(code, "\xbe"); /* mov $what, %esi */
    put4(code, (uint32_t)row->access << 8 | row->size);
    PUT(code, "\xff\x25"); /* jmp *slow(%rip) */
    put_relative(code, code->slow);
}

static void put_function(struct code *code, const struct row *row) {
    uint32_t bytes = row->size < 8 ? (1u << row->size) - 1 : 0xff;
    code->far = code->over = NULL;
    uint8_t *same = NULL;
    if (row->kind == UPDATE) {
        PUT(code, "\x48\x39\x37\x74"); /* cmp %rsi, (%rdi); je */
        same = code->at++;
    }
    if (row->kind != NOTHING) {
        put_cell(code, row->kind == BOTH);
        if (row->kind == PART || row->kind == ANYWHERE)
            put_shift(code, row->kind == PART ? 7 : 8u - row->size);
        PUT(code, "\x48\xa9"); /* test $bits, %rax */
        put4(code, 0xff000000u | bytes << (row->access & TC_ACCESS_WRITE ? 16 : 0));
        PUT(code, "\x75"); /* jne */
        code->far = code->at++;
    }
    if (same)
        *same = (uint8_t)(code->at - same - 1);
    *code->at++ = 0xc3; /* ret */
    if (row->kind != NOTHING)
        put_slow(code, row);
}

static void write_functions(uint8_t *pages) {
    struct code code = {.begin = pages, .at = pages + 16};
    const uint64_t constants[2] = {TC_SHADOW_MASK, (uint64_t)tc_tsan_slow};
    memcpy(pages, constants, sizeof constants);
    code.mask = (uintptr_t)pages;
    code.slow = (uintptr_t)pages + 8;
    for (size_t i = 0; i < ROWS; i++) {
        while ((uintptr_t)code.at % 64) /* most are within one line of the cache */
            *code.at++ = 0xcc;
        uint8_t *begin = code.at;
        offsets[i] = (uint16_t)(begin - pages);
        put_function(&code, &rows[i]);
        if (code.at - begin >
            (ptrdiff_t)MOST) /* a mistake of ours, which a test of any kind meets */
            __builtin_trap();
    }
}

static uintptr_t map_at(uintptr_t at) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED_NOREPLACE : 0);
    long got = TC_SYSCALL_6(SYS_mmap, at, SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (got > 0 && at && (uintptr_t)got != at) { /* an old kernel, which takes it for a wish */
        TC_SYSCALL_2(SYS_munmap, got, SIZE);
        return 0;
    }
    return got > 0 ? (uintptr_t)got : 0;
}

static bool is_near(uintptr_t place, uintptr_t low, uintptr_t high) {
    return place && (place < low ? high - place : place + SIZE - low) < REACH;
}

/* Below the code; or so far above that the heap, which grows there, has room; or anywhere. */
static uintptr_t map_near(uintptr_t low, uintptr_t high) {
    uintptr_t got = 0;
    for (uintptr_t down = STEP; !got && down < REACH - (high - low) && low > down + STEP;
         down += STEP)
        got = map_at((low - down) & ~(STEP - 1));
    for (uintptr_t up = 0x40000000; !got && up + (high - low) + 2 * STEP < REACH; up += STEP)
        got = map_at((high + up) & ~(STEP - 1));
    return got ? got : map_at(0);
}

int tc_near_row(const char *name) {
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return (const void *)rows[i].found == rows[i].own ? (int)i : -1;
    return -1;
}

const void *tc_near_original(int row) {
    return rows[row].own;
}

bool tc_near_is_nothing(int row) {
    return rows[row].kind == NOTHING;
}

const void *tc_near_ret(void) {
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].kind == NOTHING)
            return rows[i].own;
    return NULL;
}

static uintptr_t make_functions(uintptr_t low, uintptr_t high) {
    if (place_count == PLACES)
        return 0;
    uintptr_t place = high - low < REACH ? map_near(low, high) : map_at(0);
    if (!place)
        return 0;
    write_functions((uint8_t *)place);
    if (TC_SYSCALL_3(SYS_mprotect, place, SIZE, PROT_READ | PROT_EXEC) != 0) {
        TC_SYSCALL_2(SYS_munmap, place, SIZE);
        return 0;
    }
    return places[place_count++] = place;
}

uintptr_t tc_near_functions(uintptr_t low, uintptr_t high) {
    for (unsigned i = 0; i < place_count; i++)
        if (is_near(places[i], low, high))
            return places[i];
    uintptr_t made = make_functions(low, high);
    if (!is_near(made, low, high))
        tc_meta_note_once(&told, "data races: no memory near the code of a module that was built "
                                 "with -fsanitize=thread could be had and made executable: what it "
                                 "accesses is looked at all the same, but slower");
    return made;
}

const void *tc_near_function(uintptr_t functions, int row) {
    return (const void *)(functions + offsets[row]);
}

/* The six bytes at `at` are `ff 25` or `ff 15`, a jump or a call through a slot. */
static void relax(uint8_t *at, const struct tc_near_slot *slot) {
    bool call = at[1] == 0x15;
    uint8_t bytes[6] = {0x67, 0xe8}; /* a prefix without a meaning keeps the call's length */
    if (slot->nothing) {
        if (call)
            memcpy(at, "\x66\x0f\x1f\x44\0\0", 6); /* nopw 0(%rax,%rax) */
        else
            at[0] = 0xc3;
        return;
    }
    uint8_t *end = call ? at + 6 : at + 5;
    intptr_t distance = (intptr_t)slot->function - (intptr_t)end;
    if (distance != (int32_t)distance)
        return;
    int32_t relative = (int32_t)distance;
    if (call) {
        memcpy(bytes + 2, &relative, 4);
    } else {
        bytes[0] = 0xe9;
        memcpy(bytes + 1, &relative, 4);
        bytes[5] = 0xcc;
    }
    memcpy(at, bytes, sizeof bytes);
}

static const struct tc_near_slot *slot_at(uintptr_t place, const struct tc_near_slot *slots,
                                          size_t count) {
    for (size_t i = 0; i < count; i++)
        if ((uintptr_t)slots[i].place == place)
            return &slots[i];
    return NULL;
}

static const struct tc_near_slot *slot_of(const uint8_t *at, const struct tc_near_slot *slots,
                                          size_t count) {
    int32_t relative;
    memcpy(&relative, at + 2, 4);
    return slot_at((uintptr_t)at + 6 + (uintptr_t)(intptr_t)relative, slots, count);
}

/* The page at `page` and the one after it, as far as they are the module's code. */
static bool protect(uintptr_t page, uintptr_t high, int protection) {
    size_t size = high - page > PAGE ? 2 * PAGE : PAGE;
    return TC_SYSCALL_3(SYS_mprotect, page, size, protection) == 0;
}

/* Six bytes that refer to the very slot are an instruction, wherever they lie: there are 2^48
 * others for chance to choose from. */
void tc_near_relax(uintptr_t low, uintptr_t high, const struct tc_near_slot *slots, size_t count) {
    uintptr_t open = 0; /* the page that may be written */
    uint8_t *end = (uint8_t *)high - 6, *at = (uint8_t *)low;
    for (; at < end && (at = memchr(at, 0xff, (size_t)(end - at))); at++) {
        const struct tc_near_slot *slot =
            at[1] == 0x25 || at[1] == 0x15 ? slot_of(at, slots, count) : NULL;
        uintptr_t page = (uintptr_t)at & ~(PAGE - 1);
        if (!slot)
            continue;
        if (page != open) {
            if (open)
                protect(open, high, PROT_READ | PROT_EXEC);
            open = page;
            if (!protect(page, high, PROT_READ | PROT_WRITE | PROT_EXEC))
                return;
        }
        relax(at, slot);
    }
    if (open)
        protect(open, high, PROT_READ | PROT_EXEC);
}
