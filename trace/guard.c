/* guard.c: keeps a file that shrinks while it is mapped from ending the reader by SIGBUS.
 *
 * What: on SIGBUS inside a guarded mapping, zero pages take the place of the rest of it; zeros are
 *       "nothing more" everywhere in the format.  Any other SIGBUS gets the treatment it had
 * before. Threads: the table is read by the handler and changed by the thread that opens traces
 * only.
 */
#include <signal.h>
#include <sys/mman.h>

#include "trace/file.h"

enum { GUARDS = 64 };

static struct {
    const uint8_t *start, *end;
    volatile sig_atomic_t hit;
} guards[GUARDS];
static struct sigaction before;

static void on_bus(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    const uint8_t *address = info->si_addr;
    for (int i = 0; i < GUARDS; i++) {
        if (!guards[i].start || address < guards[i].start || address >= guards[i].end)
            continue;
        uintptr_t page = (uintptr_t)address & ~(uintptr_t)(TC_PAGE - 1);
        void *zeros = mmap((void *)page, (uintptr_t)guards[i].end - page, PROT_READ,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
        guards[i].hit = 1;
        if (zeros != MAP_FAILED)
            return;
    }
    sigaction(SIGBUS, &before, NULL); /* the access happens again and goes where it would have */
}

void tc_guard_mapping(const uint8_t *start, uint64_t size) {
    static bool installed;
    if (!installed) {
        struct sigaction action = {.sa_sigaction = on_bus, .sa_flags = SA_SIGINFO};
        sigemptyset(&action.sa_mask);
        installed = sigaction(SIGBUS, &action, &before) == 0;
    }
    for (int i = 0; i < GUARDS; i++) {
        if (guards[i].start)
            continue;
        guards[i].end = start + size;
        guards[i].hit = 0;
        guards[i].start = start;
        return;
    }
}

void tc_unguard_mapping(const uint8_t *start) {
    for (int i = 0; i < GUARDS; i++)
        if (guards[i].start == start)
            guards[i].start = NULL;
}

bool tc_guard_hit(const uint8_t *start) {
    for (int i = 0; i < GUARDS; i++)
        if (guards[i].start == start)
            return guards[i].hit != 0;
    return false;
}
