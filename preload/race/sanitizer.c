/* sanitizer.c: the interface that all sanitizers share, as programs built with -fsanitize=thread
 * may call it: sanitizer/common_interface_defs.h, allocator_interface.h, coverage.
 *
 * What: another sanitizer of the process (UBSan's library, say) has the same functions and comes
 *       after us in the search order: what it has, it is asked.  Without one, memory and modules
 * are answered for as far as libc knows them, reports and coverage are not made by us. Threads:
 * any.  These are calls of the program, not hooks: the loader may be asked.
 */
#include <dlfcn.h>
#include <malloc.h>
#include <string.h>

#include "preload/race/core.h"
#include "preload/race/tsan.h"
#include "preload/thread.h"
#include "preload/unwind.h"

static void *next_of(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    dlerror();
    return found;
}

/* What comes after it in { } is done when nobody else has the function. */
#define SHARED(result, name, parameters, arguments)                                                \
    result name parameters;                                                                        \
    static result own##name parameters;                                                            \
    TC_EXPORT result name parameters {                                                             \
        static result(*target) parameters;                                                         \
        if (!target) {                                                                             \
            *(void **)&target = next_of(#name);                                                    \
            target = target ? target : own##name;                                                  \
        }                                                                                          \
        return target arguments;                                                                   \
    }                                                                                              \
    static result own##name parameters

/* A line on stderr. */
static void say(const char *first, const char *second) {
    const char *const parts[] = {first, second, "\n"};
    for (unsigned i = 0; i < 3; i++)
        TC_SYSCALL_3(SYS_write, 2, parts[i], strlen(parts[i]));
}

static void copy(const char *from, char *to, size_t size) {
    struct tc_text text = tc_text_begin(to, size);
    tc_text_add(&text, from);
}

/* Reports. */
SHARED(void, __sanitizer_set_report_path, (const char *path), (path)) {
    (void)path;
}
SHARED(void, __sanitizer_set_report_fd, (void *fd), (fd)) {
    (void)fd;
}
SHARED(const char *, __sanitizer_get_report_path, (void), ()) {
    return "stderr";
}
SHARED(void, __sanitizer_set_death_callback, (void (*callback)(void)), (callback)) {
    (void)callback; /* nobody is killed */
}
SHARED(void, __sanitizer_sandbox_on_notify, (void *arguments), (arguments)) {
    (void)arguments;
}
/* True: the caller may go on to report, as the first. */
SHARED(int, __sanitizer_acquire_crash_state, (void), ()) {
    static int taken;
    return !__atomic_exchange_n(&taken, 1, __ATOMIC_RELAXED);
}
SHARED(void, __sanitizer_report_error_summary, (const char *text), (text)) {
    if (text && *text)
        say("SUMMARY: ", text);
}
/* What a program may define to be called by a runtime; another's call of it does nothing.  Nobody
 * else is asked here: AddressSanitizer calls these for each block, those of the loader's answer
 * too.
 */
void __sanitizer_on_print(const char *text);
void __sanitizer_malloc_hook(const volatile void *memory, size_t size);
void __sanitizer_free_hook(const volatile void *memory);
TC_EXPORT void __sanitizer_on_print(const char *text) {
    (void)text;
}
TC_EXPORT void __sanitizer_malloc_hook(const volatile void *memory, size_t size) {
    (void)memory;
    (void)size;
}
TC_EXPORT void __sanitizer_free_hook(const volatile void *memory) {
    (void)memory;
}

static void add_hex(struct tc_text *text, uint64_t number) {
    char digits[17], *at = digits + 16;
    *at = 0;
    do
        *--at = "0123456789abcdef"[number & 15];
    while (number >>= 4);
    tc_text_add(text, "0x");
    tc_text_add(text, at);
}

static void place_of(const void *pc, char *to, size_t size) {
    struct tc_text text = tc_text_begin(to, size);
    Dl_info info;
    add_hex(&text, (uint64_t)pc);
    if (!dladdr(pc, &info) || !info.dli_fname)
        return;
    if (info.dli_sname) {
        tc_text_add(&text, " in ");
        tc_text_add(&text, info.dli_sname);
    }
    tc_text_add(&text, " (");
    tc_text_add(&text, info.dli_fname);
    tc_text_add(&text, "+");
    add_hex(&text, (uint64_t)((const char *)pc - (const char *)info.dli_fbase));
    tc_text_add(&text, ")");
}

/* On stderr, as from a sanitizer; frames by the symbols that the process has in memory. */
SHARED(void, __sanitizer_print_stack_trace, (void), ()) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    uintptr_t low = self->stack_low, high = self->stack_high;
    tc_leave(self);
    struct tc_unwound stack;
    tc_unwind(TC_SITE(), low, high, &stack);
    for (uint32_t i = 1; i < stack.count; i++) { /* 0 is the function above this one */
        char place[512], begin[32];
        struct tc_text text = tc_text_begin(begin, sizeof begin);
        tc_text_add(&text, "    #");
        tc_text_add_number(&text, i - 1);
        tc_text_add(&text, " ");
        place_of((const void *)(stack.frames[i] & ~TC_FRAME_EXACT), place, sizeof place);
        say(begin, place);
    }
    say("", "");
}
SHARED(void, __sanitizer_symbolize_pc, (void *pc, const char *format, char *text, size_t size),
       (pc, format, text, size)) {
    (void)format;
    if (text && size)
        place_of(pc, text, size);
}
SHARED(void, __sanitizer_symbolize_global,
       (void *address, const char *format, char *text, size_t size),
       (address, format, text, size)) {
    (void)format;
    if (text && size)
        place_of(address, text, size);
}
SHARED(int, __sanitizer_get_module_and_offset_for_pc,
       (void *pc, char *module, size_t size, void **offset), (pc, module, size, offset)) {
    Dl_info info;
    if (!dladdr(pc, &info) || !info.dli_fname)
        return 0;
    if (module && size)
        copy(info.dli_fname, module, size);
    if (offset)
        *offset = (void *)((char *)pc - (char *)info.dli_fbase);
    return 1;
}

/* The heap is libc's, or the program's own. */
extern __typeof__(mallinfo2) mallinfo2 __attribute__((weak)); /* from glibc 2.33 on */

SHARED(size_t, __sanitizer_get_estimated_allocated_size, (size_t size), (size)) {
    return size;
}
SHARED(int, __sanitizer_get_ownership, (const volatile void *memory), (memory)) {
    struct tc_race_block block;
    return tc_race_block_find((uintptr_t)memory, &block) && block.start == (uintptr_t)memory;
}
SHARED(size_t, __sanitizer_get_allocated_size, (const volatile void *memory), (memory)) {
    struct tc_race_block block;
    bool known = tc_race_block_find((uintptr_t)memory, &block) && block.start == (uintptr_t)memory;
    return known ? block.size : malloc_usable_size((void *)memory);
}
SHARED(size_t, __sanitizer_get_current_allocated_bytes, (void), ()) {
    struct mallinfo2 info = {0};
    if (mallinfo2)
        info = mallinfo2();
    return info.uordblks + info.hblkhd;
}
SHARED(size_t, __sanitizer_get_heap_size, (void), ()) {
    struct mallinfo2 info = {0};
    if (mallinfo2)
        info = mallinfo2();
    return info.arena + info.hblkhd;
}
SHARED(size_t, __sanitizer_get_free_bytes, (void), ()) {
    struct mallinfo2 info = {0};
    if (mallinfo2)
        info = mallinfo2();
    return info.fordblks;
}
SHARED(size_t, __sanitizer_get_unmapped_bytes, (void), ()) {
    return 0;
}
/* 0: they cannot be installed. */
SHARED(int, __sanitizer_install_malloc_and_free_hooks,
       (void (*on_malloc)(const volatile void *, size_t), void (*on_free)(const volatile void *)),
       (on_malloc, on_free)) {
    (void)on_malloc;
    (void)on_free;
    return 0;
}

/* Accesses where the compiler knows nothing of the alignment. */
#define UNALIGNED(bits)                                                                            \
    uint##bits##_t __sanitizer_unaligned_load##bits(const void *address);                          \
    void __sanitizer_unaligned_store##bits(void *address, uint##bits##_t value);                   \
    TC_EXPORT uint##bits##_t __sanitizer_unaligned_load##bits(const void *address) {               \
        uint##bits##_t value;                                                                      \
        if (tc_race_local.key)                                                                     \
            tc_race_range(address, sizeof value, 0, TC_SITE());                                    \
        memcpy(&value, address, sizeof value);                                                     \
        return value;                                                                              \
    }                                                                                              \
    TC_EXPORT void __sanitizer_unaligned_store##bits(void *address, uint##bits##_t value) {        \
        if (tc_race_local.key)                                                                     \
            tc_race_range(address, sizeof value, TC_ACCESS_WRITE, TC_SITE());                      \
        memcpy(address, &value, sizeof value);                                                     \
    }
UNALIGNED(16)
UNALIGNED(32)
UNALIGNED(64)

/* Coverage: arguments are passed on as they come in registers. */
#define COVERAGE(name)                                                                             \
    SHARED(void, name, (uint64_t first, uint64_t second), (first, second)) {                       \
        (void)first;                                                                               \
        (void)second;                                                                              \
    }
COVERAGE(__sanitizer_cov_8bit_counters_init)
COVERAGE(__sanitizer_cov_bool_flag_init)
COVERAGE(__sanitizer_cov_dump)
COVERAGE(__sanitizer_cov_pcs_init)
COVERAGE(__sanitizer_cov_reset)
COVERAGE(__sanitizer_cov_trace_cmp)
COVERAGE(__sanitizer_cov_trace_cmp1)
COVERAGE(__sanitizer_cov_trace_cmp2)
COVERAGE(__sanitizer_cov_trace_cmp4)
COVERAGE(__sanitizer_cov_trace_cmp8)
COVERAGE(__sanitizer_cov_trace_const_cmp1)
COVERAGE(__sanitizer_cov_trace_const_cmp2)
COVERAGE(__sanitizer_cov_trace_const_cmp4)
COVERAGE(__sanitizer_cov_trace_const_cmp8)
COVERAGE(__sanitizer_cov_trace_div4)
COVERAGE(__sanitizer_cov_trace_div8)
COVERAGE(__sanitizer_cov_trace_gep)
COVERAGE(__sanitizer_cov_trace_pc)
COVERAGE(__sanitizer_cov_trace_pc_guard)
COVERAGE(__sanitizer_cov_trace_pc_guard_init)
COVERAGE(__sanitizer_cov_trace_pc_indir)
COVERAGE(__sanitizer_cov_trace_switch)
COVERAGE(__sanitizer_dump_coverage)
COVERAGE(__sanitizer_dump_trace_pc_guard_coverage)

/* What a fuzzer defines, to see what is compared. */
#define WEAK_HOOK(name)                                                                            \
    SHARED(void, __sanitizer_weak_hook_##name,                                                     \
           (void *caller, const void *left, const void *right, uint64_t more, uint64_t result),    \
           (caller, left, right, more, result)) {                                                  \
        (void)caller;                                                                              \
        (void)left;                                                                                \
        (void)right;                                                                               \
        (void)more;                                                                                \
        (void)result;                                                                              \
    }
WEAK_HOOK(memcmp)
WEAK_HOOK(memmem)
WEAK_HOOK(strcasecmp)
WEAK_HOOK(strcasestr)
WEAK_HOOK(strcmp)
WEAK_HOOK(strncasecmp)
WEAK_HOOK(strncmp)
WEAK_HOOK(strstr)

#define TC_SYSCALL_HOOK(name)                                                                      \
    __asm__(".text\n"                                                                              \
            ".globl __sanitizer_syscall_pre_impl_" #name "\n"                                      \
            ".globl __sanitizer_syscall_post_impl_" #name "\n"                                     \
            ".type __sanitizer_syscall_pre_impl_" #name ", @function\n"                            \
            ".type __sanitizer_syscall_post_impl_" #name ", @function\n"                           \
            "__sanitizer_syscall_pre_impl_" #name ":\n"                                            \
            "__sanitizer_syscall_post_impl_" #name ": ret\n");
#include "preload/race/sanitizer_syscalls.def"
