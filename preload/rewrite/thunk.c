/* thunk.c: see thunk.h.
 *
 * A stub pushes rdi, puts the address into it and calls a thunk; the instruction after the call is
 * a nop that carries the number of the site.
 */
#include "preload/rewrite/thunk.h"

#include <cpuid.h>
#include <immintrin.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/rewrite/elements.h"
#include "preload/rewrite/emit.h"
#include "preload/rewrite/memory.h"

#define SITES_MAX (1u << 24)

struct site {
    uint64_t after;    /* the original's address after the instruction */
    uint32_t elements; /* of one that goes by vector or mask registers: its description */
    uint8_t size, access;
    uint8_t string; /* enum string */
    uint8_t more;   /* enum more */
};
enum more {
    RED = 128,   /* the stub went so many bytes below the program's stack pointer */
    REPEATS = 1, /* a string instruction: as often as rcx says, */
    EQUAL = 2,   /* and, of those that compare, as long as they are equal; else as long as not */
};
/* The thunks know these places. */
_Static_assert(sizeof(struct site) == 16 && offsetof(struct site, after) == 0 &&
                   offsetof(struct site, size) == 12 && offsetof(struct site, access) == 13 &&
                   offsetof(struct site, more) == 15,
               "see RENEW");
_Static_assert((TC_ACCESS_WRITE | TC_ACCESS_ATOMIC) == 3, "see RENEW");

/* What a string instruction accesses: by rsi, rdi, or both. */
enum string { STRING_NONE, STRING_STORE, STRING_MOVE, STRING_LOAD, STRING_COMPARE, STRING_SCAN };

/* What a thunk has on the stack when it calls. */
struct frame {
    uint64_t rbp, r11, r10, r9, r8, rsi, rdx, rcx, rax, flags, returns, rdi;
};

extern struct site *tc_sites;
struct site *tc_sites; /* by number; read by the thunks */
bool (*tc_thunk_renew)(uint64_t, uint32_t, uint64_t, uint64_t);
static uint32_t site_count = 1; /* 0 is nowhere */
static struct tc_rewrite_host *host;

/* How vector registers are saved; read by the thunks. */
uint64_t tc_vector_size = 512 + 64;
uint32_t tc_vector_way; /* 0: fxsave, 1: xsave, 2: xsavec */
uint32_t tc_vector_mask;
enum { STATE_SSE = 1 << 1, STATE_AVX = 1 << 2, STATE_AVX512 = 7 << 5 };

static void ask_processor(void) {
    unsigned a, b, c, d;
    tc_elements_begin(0, false);
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return;
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    __get_cpuid_count(0xd, 0, &a, &b, &c, &d);
    tc_vector_size = (b + 127) & ~63u;
    tc_vector_mask = low & (STATE_SSE | STATE_AVX | STATE_AVX512);
    tc_vector_way = 1;
    if (__get_cpuid_count(0xd, 1, &a, &b, &c, &d) && (a & 2))
        tc_vector_way = 2;
    tc_elements_begin(tc_vector_mask, tc_vector_way == 2);
}

#define HWCAP2_FSGSBASE 2

static bool may_have_gs(void) {
    unsigned long base = 1;
    return (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE) &&
           syscall(SYS_arch_prctl, 0x1004 /* ARCH_GET_GS */, &base) == 0 && base == 0;
}

static bool has_bmi2(void) {
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_BMI2);
}

bool tc_thunk_begin(struct tc_rewrite_host *from_shim) {
    host = from_shim;
    tc_thunk_renew = host->renew;
    if (!tc_sites)
        tc_sites = tc_memory_map(NULL, SITES_MAX * sizeof *tc_sites, PROT_READ | PROT_WRITE,
                                 MAP_NORESERVE);
    ask_processor();
    host->gs = !host->threads && may_have_gs();
    host->bmi2 = has_bmi2();
    return tc_sites != NULL;
}

uint32_t tc_site_count(void) {
    return site_count - 1;
}

void tc_site_expect(uint64_t count) {
    uint64_t from = (uint64_t)&tc_sites[site_count] & ~4095ull;
    uint64_t room = (uint64_t)&tc_sites[SITES_MAX] - from, size = count * sizeof *tc_sites;
    tc_memory_large((void *)from, (size < room ? size : room) & ~4095ull);
}

/* Of a string instruction, by its opcode. */
static void describe_string(struct site *site, const uint8_t *code) {
    while ((*code & 0xf0) == 0x40 || *code == 0x66 || *code == 0xf2 || *code == 0xf3 ||
           *code == 0x3e || *code == 0x2e) {
        if (*code == 0xf2 || *code == 0xf3)
            site->more |= REPEATS;
        if (*code == 0xf3)
            site->more |= EQUAL;
        code++;
    }
    switch (*code & 0xfe) {
    case 0xa4:
        site->string = STRING_MOVE;
        break;
    case 0xaa:
        site->string = STRING_STORE;
        break;
    case 0xac:
        site->string = STRING_LOAD;
        break;
    case 0xa6:
        site->string = STRING_COMPARE;
        break;
    case 0xae:
        site->string = STRING_SCAN;
        break;
    default:
        break;
    }
}

uint32_t tc_site_add(const struct tc_function *function, const struct tc_insn *insn, bool red) {
    if (site_count == SITES_MAX)
        return 0;
    unsigned access =
        (insn->stores ? TC_ACCESS_WRITE : 0) |
        (insn->stores && (insn->loads || insn->also_reads) && !insn->string ? TC_ACCESS_MODIFY
                                                                            : 0) |
        (insn->locked ? TC_ACCESS_ATOMIC : 0) | (insn->plain_move ? TC_ACCESS_PLAIN_MOVE : 0);
    const uint8_t *code = (const uint8_t *)(function->low + insn->offset);
    struct site *site = &tc_sites[site_count];
    *site = (struct site){.after = (uint64_t)code + insn->length,
                          .size = insn->size,
                          .access = (uint8_t)access,
                          .more = red ? RED : 0};
    if (insn->string)
        describe_string(site, code);
    if (insn->masked || insn->gathers)
        site->elements = tc_elements_add(code, insn->length);
    return site_count++;
}

#define FSGSBASE __attribute__((target("fsgsbase")))

static inline uint64_t local_base(void) {
    uint64_t thread;
    __asm__("mov %%fs:0, %0" : "=r"(thread));
    return *(const uint64_t *)(thread + (uint64_t)(int64_t)host->base_offset);
}

/* A new thread has its creator's gs. */
static FSGSBASE void mend_gs(void) {
    if (!host->gs)
        return;
    uint64_t base = local_base();
    if (_readgsbase_u64() != base)
        _writegsbase_u64(base);
}

void tc_thunk_gs(void);
void tc_thunk_gs(void) {
    mend_gs();
}

/* The program's stack pointer. */
static inline uintptr_t stack_of(const struct site *site, const struct frame *frame) {
    return (uintptr_t)(frame + 1) + (site->more & RED);
}

static struct tc_site site_of(const struct site *site, const struct frame *frame) {
    uintptr_t stack = stack_of(site, frame);
    return (struct tc_site){site->after, stack, frame->rbp, (intptr_t)frame - (intptr_t)stack};
}

#define FROM_THUNK __attribute__((used, visibility("hidden")))

/* No vector register is touched here; false: tc_slow_access it is. */
FROM_THUNK bool tc_quick(uint64_t address, uint32_t number, const struct frame *frame) {
    const struct site *site = &tc_sites[number];
    return host->quick(address, site->size | (uint32_t)site->access << 8, site->after,
                       stack_of(site, frame));
}

/* Of the others nothing is quick. */
FROM_THUNK bool tc_not_quick(void) {
    return false;
}

FROM_THUNK void tc_slow_access(uint64_t address, uint32_t number, const struct frame *frame) {
    const struct site *site = &tc_sites[number];
    mend_gs(); /* the first access of a thread, or in a slot, is never quick */
    host->access(address, site->size, site->access, site_of(site, frame));
}

FROM_THUNK void tc_slow_before(uint64_t address, uint32_t number, const struct frame *frame) {
    const struct site *site = &tc_sites[number];
    mend_gs();
    host->atomic_before(address, site->size, site->access, site_of(site, frame));
}

FROM_THUNK void tc_slow_after(uint64_t address, uint32_t number, const struct frame *frame) {
    const struct site *site = &tc_sites[number];
    host->atomic_after(address, site->size, site->access, site_of(site, frame));
}

#define DIRECTION (1u << 10)

static uint64_t value_at(uint64_t address, unsigned size) {
    uint64_t value = 0;
    __builtin_memcpy(&value, (const void *)address, size);
    return value;
}

/* How many elements cmps or scas is going to look at: it ends where the data say. */
static uint64_t compared(const struct site *site, const struct frame *frame, uint64_t most) {
    uint64_t step = frame->flags & DIRECTION ? -(uint64_t)site->size : site->size;
    uint64_t one = frame->rsi, other = frame->rdi, times = 0;
    uint64_t sought = site->size < 8 ? frame->rax & ((1ull << 8 * site->size) - 1) : frame->rax;
    while (times < most) {
        times++;
        if (site->string == STRING_COMPARE)
            sought = value_at(one, site->size);
        if ((sought == value_at(other, site->size)) != !!(site->more & EQUAL))
            break;
        one += step;
        other += step;
    }
    return times;
}

FROM_THUNK void tc_slow_string(uint64_t unused, uint32_t number, const struct frame *frame) {
    (void)unused;
    const struct site *site = &tc_sites[number];
    uint64_t times = site->more & REPEATS ? frame->rcx : 1;
    if (site->string == STRING_COMPARE || site->string == STRING_SCAN)
        times = compared(site, frame, times);
    uint64_t size = site->size * times;
    if (!size || site->string == STRING_NONE)
        return;
    mend_gs();
    uint64_t back = frame->flags & DIRECTION ? size - site->size : 0;
    if (site->string != STRING_STORE && site->string != STRING_SCAN)
        host->range((const void *)(frame->rsi - back), size, 0, site_of(site, frame));
    if (site->string != STRING_LOAD)
        host->range((const void *)(frame->rdi - back), size, site->access & TC_ACCESS_WRITE,
                    site_of(site, frame));
}

/* What an instruction accesses by its vector and mask registers. */
struct gather {
    const struct site *site;
    const struct frame *frame;
};

static void tell_element(const void *context, uint64_t address, uint32_t size) {
    const struct gather *gather = context;
    const struct site *site = gather->site;
    if (!host->quick(address, size | (uint32_t)site->access << 8, site->after,
                     stack_of(site, gather->frame)))
        host->access(address, size, site->access, site_of(site, gather->frame));
}

FROM_THUNK void tc_slow_elements(uint64_t address, uint32_t number, const struct frame *frame,
                                 const uint8_t *saved) {
    struct gather gather = {&tc_sites[number], frame};
    mend_gs();
    if (gather.site->elements)
        tc_elements_each(gather.site->elements, saved, address, tell_element, &gather);
}

/* The thunks.  Registers that C may change are pushed, in the order of struct frame.  To put flags
 * back costs as much as half of a quick check: where they are dead only what is slow does it, for
 * the direction flag's sake. */
#define FLAGS_SAVE   "pushfq; push %rax; push %rcx; push %rdx; push %rsi\n"
#define FLAGS_BACK   "popfq\n"
#define FLAGS_ROOM   "push %rax; push %rax; push %rcx; push %rdx; push %rsi\n"
#define FLAGS_NONE   "lea 8(%rsp), %rsp\n"
#define FLAGS_BEFORE "pushfq; popq 72(%rbp)\n"
#define FLAGS_AFTER  "pushq 72(%rbp); popfq\n"
/* What most reads are comes first: tc_race_renew, with what it needs of the site. */
#define RENEW                                                                                      \
    "  mov %rsi, %rcx; shl $4, %rcx; add tc_sites(%rip), %rcx\n"                                   \
    "  testb $3, 13(%rcx)\n" /* a write, or atomic */                                              \
    "  jnz 8f\n"                                                                                   \
    "  mov (%rcx), %rdx; movzwl 12(%rcx), %esi; movzbl 15(%rcx), %ecx\n"                           \
    "  and $128, %ecx; lea 96(%rsp,%rcx), %rcx\n"                                                  \
    "  push %rdi; call *tc_thunk_renew(%rip); pop %rdi\n"                                          \
    "  test %al, %al\n"                                                                            \
    "  jnz 7f\n"                                                                                   \
    "  mov 80(%rsp), %rax; mov 3(%rax), %esi\n"                                                    \
    "8:\n"
#define THUNK(name, enter, renew, quick, before, function, after, leave)                           \
    __asm__(".text\n.p2align 4\n.hidden " name "\n.globl " name "\n" name ":\n" enter              \
            "  push %r8; push %r9; push %r10; push %r11; push %rbp\n"                              \
            "  mov 80(%rsp), %rax\n"                                                               \
            "  mov 3(%rax), %esi\n" renew "  mov %rsp, %rdx\n"                                     \
            "  mov %rsp, %rbp\n"                                                                   \
            "  and $-64, %rsp\n"                                                                   \
            "  push %rdi; push %rsi\n"                                                             \
            "  call " quick "\n"                                                                   \
            "  pop %rsi; pop %rdi\n"                                                               \
            "  test %al, %al\n"                                                                    \
            "  jnz 2f\n" before "  cld\n  mov %rbp, %r8\n"                                         \
            "  sub tc_vector_size(%rip), %rsp\n"                                                   \
            "  and $-64, %rsp\n"                                                                   \
            "  xor %eax, %eax\n"                                                                   \
            "  mov %rax, 512(%rsp); mov %rax, 520(%rsp); mov %rax, 528(%rsp)\n"                    \
            "  mov %rax, 536(%rsp); mov %rax, 544(%rsp); mov %rax, 552(%rsp)\n"                    \
            "  mov %rax, 560(%rsp); mov %rax, 568(%rsp)\n"                                         \
            "  xor %edx, %edx\n"                                                                   \
            "  mov tc_vector_mask(%rip), %eax\n"                                                   \
            "  mov tc_vector_way(%rip), %ecx\n"                                                    \
            "  cmp $1, %ecx\n"                                                                     \
            "  je 4f\n"                                                                            \
            "  ja 5f\n"                                                                            \
            "  fxsave64 (%rsp); jmp 6f\n"                                                          \
            "4: xsave64 (%rsp); jmp 6f\n"                                                          \
            "5: xsavec64 (%rsp)\n"                                                                 \
            "6: mov %r8, %rdx; mov %rsp, %rcx\n"                                                   \
            "  call " function "\n"                                                                \
            "  xor %edx, %edx\n"                                                                   \
            "  mov tc_vector_mask(%rip), %eax\n"                                                   \
            "  cmpl $0, tc_vector_way(%rip)\n"                                                     \
            "  je 1f\n"                                                                            \
            "  xrstor64 (%rsp); jmp 3f\n"                                                          \
            "1: fxrstor64 (%rsp)\n"                                                                \
            "3: " after "2: mov %rbp, %rsp\n7:"                                                    \
            "  pop %rbp; pop %r11; pop %r10; pop %r9; pop %r8\n"                                   \
            "  pop %rsi; pop %rdx; pop %rcx; pop %rax\n" leave "  ret\n")
#define WITH_FLAGS(name, renew, quick, function)                                                   \
    THUNK(name, FLAGS_SAVE, renew, quick, "", function, "", FLAGS_BACK)
THUNK("tc_thunk_access", FLAGS_ROOM, RENEW, "tc_quick", FLAGS_BEFORE, "tc_slow_access", FLAGS_AFTER,
      FLAGS_NONE);
WITH_FLAGS("tc_thunk_access_flags", RENEW, "tc_quick", "tc_slow_access");
WITH_FLAGS("tc_thunk_before", "", "tc_not_quick", "tc_slow_before");
WITH_FLAGS("tc_thunk_after", "", "tc_not_quick", "tc_slow_after");
WITH_FLAGS("tc_thunk_string", "", "tc_not_quick", "tc_slow_string");
WITH_FLAGS("tc_thunk_elements", "", "tc_not_quick", "tc_slow_elements");
extern uint8_t tc_thunk_access[], tc_thunk_access_flags[], tc_thunk_before[], tc_thunk_after[],
    tc_thunk_string[], tc_thunk_elements[];

/* An indirect jump.  On the stack: rax, the target; in rax: the map of the function (emit.c).  The
 * target is replaced by its clone when it lies in the function.  No ret where it can be helped: the
 * processor expects a call before it. */
#define JUMP_THUNK(name, leave)                                                                    \
    __asm__(".text\n.p2align 4\n.hidden " name "\n.globl " name "\n" name ":\n"                    \
            "  push %rcx; push %rdx\n"                                                             \
            "  mov %rax, %rdx\n"                                                                   \
            "  lahf; seto %al\n"                                                                   \
            "  mov 24(%rsp), %rcx\n"                                                               \
            "  sub (%rdx), %rcx\n"                                                                 \
            "  cmp 8(%rdx), %rcx\n"                                                                \
            "  jae 1f\n"                                                                           \
            "  mov 24(%rdx,%rcx,4), %ecx\n"                                                        \
            "  test %ecx, %ecx\n"                                                                  \
            "  jz 1f\n"                                                                            \
            "  add 16(%rdx), %rcx\n"                                                               \
            "  mov %rcx, 24(%rsp)\n"                                                               \
            "1: add $0x7f, %al\n"                                                                  \
            "  sahf\n"                                                                             \
            "  pop %rdx; pop %rcx; pop %rax\n" leave)
/* Below rsp, but within the 128 bytes that signal handlers leave alone. */
JUMP_THUNK("tc_thunk_jump", "  lea 8(%rsp), %rsp\n  jmp *-8(%rsp)\n");
JUMP_THUNK("tc_thunk_jump_red", "  ret $128\n");
extern uint8_t tc_thunk_jump[], tc_thunk_jump_red[];

void tc_thunk_install(struct tc_area_head *head) {
    const uint8_t *const thunks[TC_THUNKS] = {
        tc_thunk_access, tc_thunk_access_flags, tc_thunk_before, tc_thunk_after,
        tc_thunk_string, tc_thunk_elements,     tc_thunk_jump,   tc_thunk_jump_red};
    head->shadow_mask = TC_SHADOW_MASK;
    for (unsigned i = 0; i < TC_THUNKS; i++) {
        head->thunk[i] = (uint64_t)thunks[i];
        uint8_t *jump = head->thunk_jump[i];
        jump[0] = 0xff; /* jmp *thunk(%rip) */
        jump[1] = 0x25;
        tc_set_relative(jump + 2, (uint64_t)&head->thunk[i]);
    }
    mend_gs();
}
