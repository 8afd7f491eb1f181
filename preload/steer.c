/* steer.c: see steer.h. */
#include "preload/steer.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>

#include "preload/options.h"
#include "preload/sys.h"
#include "threadcheck/steer_plan.h"

#include "preload/poison.h"

static struct tc_steer_plan *plan; /* NULL: nothing is steered */
static char executable[PATH_MAX];  /* of this process; the dynamic linker has no name for it */

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool tc_steer_begin(void) {
    if (!tc_options.steer || !tc_options.steer[0])
        return false;
    long fd = TC_SYSCALL_3(SYS_openat, AT_FDCWD, tc_options.steer, O_RDWR | O_CLOEXEC);
    long at =
        fd < 0 ? fd
               : TC_SYSCALL_6(SYS_mmap, 0, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        TC_SYSCALL_1(SYS_close, fd);
    if (at < 0 && at > -4096) {
        tc_say("threadcheck: cannot read the plan ", tc_options.steer, "");
        return false;
    }
    struct tc_steer_plan *mapped = (struct tc_steer_plan *)at;
    long length =
        TC_SYSCALL_4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", executable, sizeof executable - 1);
    if (length > 0 && mapped->magic == TC_STEER_MAGIC && mapped->role_count <= TC_STEER_ROLES)
        plan = mapped;
    return plan != NULL;
}

extern int _dl_find_object(void *, struct dl_find_object *) __attribute__((weak));

/* A library goes by a longer name in the report where links to its file were followed. */
static bool is_module(const char *wanted, const char *name) {
    size_t length = strlen(wanted), other = strlen(name);
    return strncmp(wanted, name, length < other ? length : other) == 0;
}

static bool is_frame(const struct tc_steer_frame *wanted, uint64_t address) {
    struct dl_find_object object;
    if (!_dl_find_object || _dl_find_object((void *)(uintptr_t)address, &object) != 0)
        return false;
    const struct link_map *module = object.dlfo_link_map;
    const char *name = module->l_name && *module->l_name ? module->l_name : executable;
    return address - module->l_addr == wanted->offset && is_module(wanted->module, base_name(name));
}

static bool is_place(const struct tc_steer_role *role, const struct tc_unwound *stack) {
    if (role->depth == 0 || role->depth > TC_STEER_FRAMES || role->depth > stack->count)
        return false;
    for (uint32_t i = 0; i < role->depth; i++)
        if (!is_frame(&role->frames[i], stack->frames[i]))
            return false;
    return true;
}

int tc_steer_role(const struct tc_unwound *stack) {
    if (TC_LIKELY(!plan))
        return -1;
    for (uint32_t i = 0; i < plan->role_count; i++)
        if (is_place(&plan->roles[i], stack))
            return (int)i;
    return -1;
}

/* Whether every role that is held has a thread now. */
static bool all_present(void) {
    bool any = false;
    for (uint32_t i = 0; i < plan->role_count; i++) {
        const struct tc_steer_role *role = &plan->roles[i];
        if (role->passes)
            continue;
        any = true;
        if (!__atomic_load_n(&role->present, __ATOMIC_SEQ_CST))
            return false;
    }
    return any;
}

static bool has_passing_role(void) {
    for (uint32_t i = 0; i < plan->role_count; i++)
        if (plan->roles[i].passes)
            return true;
    return false;
}

static void let_go(void) {
    __atomic_add_fetch(&plan->go, 1, __ATOMIC_SEQ_CST);
    TC_SYSCALL_3(SYS_futex, &plan->go, FUTEX_WAKE, INT_MAX);
}

static void wait_while(const uint32_t *word, uint32_t value, uint64_t ns) {
    struct timespec time = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    TC_SYSCALL_4(SYS_futex, word, FUTEX_WAIT, value, &time);
}

/* Waits until the others are there or the time is over. */
static void wait_in_role(struct tc_steer_role *role) {
    uint64_t start = tc_now(), waited = 0;
    uint32_t go = __atomic_load_n(&plan->go, __ATOMIC_SEQ_CST);
    const bool passing = has_passing_role();
    __atomic_add_fetch(&role->present, 1, __ATOMIC_SEQ_CST);
    if (!passing && all_present()) {
        let_go();
    } else {
        while (waited < plan->hold_ns && __atomic_load_n(&plan->go, __ATOMIC_SEQ_CST) == go) {
            wait_while(&plan->go, go, plan->hold_ns - waited);
            waited = tc_now() - start;
        }
        if (passing && __atomic_load_n(&plan->go, __ATOMIC_SEQ_CST) != go) {
            uint32_t never = 0;
            wait_while(&never, 0, plan->after_ns);
        }
    }
    __atomic_sub_fetch(&role->present, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&plan->held_ns, tc_now() - start, __ATOMIC_RELAXED);
}

void tc_steer_hold(int index) {
    struct tc_steer_role *role = &plan->roles[index];
    __atomic_add_fetch(&role->arrivals, 1, __ATOMIC_RELAXED);
    if (role->passes)
        let_go();
    else if (__atomic_load_n(&plan->held_ns, __ATOMIC_RELAXED) < plan->budget_ns)
        wait_in_role(role);
}
