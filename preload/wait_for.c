/* wait_for.c: see wait_for.h.  Threads that wait long are few, so edges are looked up as they are
 * needed. */
#include "preload/wait_for.h"

#include <stddef.h>

#include "preload/poison.h"

static bool holds(const struct tc_wait_thread *thread, uint32_t object, bool *shared) {
    bool found = false;
    for (uint32_t i = 0; i < thread->hold_count; i++) {
        if (thread->holds[i].object == object) {
            *shared = thread->holds[i].shared;
            found = true;
            if (!*shared)
                break;
        }
    }
    return found;
}

/* Whether some thread keeps readers out of `object` by holding it exclusively. */
static bool held_exclusively(const struct tc_wait_thread *threads, uint32_t count,
                             uint32_t object) {
    for (uint32_t i = 0; i < count; i++) {
        bool shared;
        if (holds(&threads[i], object, &shared) && !shared)
            return true;
    }
    return false;
}

/* Whether `from` cannot go on before `to` has done something. */
static bool waits_for(const struct tc_wait_thread *threads, uint32_t count,
                      const struct tc_wait_thread *from, const struct tc_wait_thread *to) {
    bool shared;
    switch (from->kind) {
    case TC_WAIT_LOCK:
        return holds(to, from->object, &shared);
    case TC_WAIT_SHARED:
        if (holds(to, from->object, &shared))
            return !shared;
        return to->kind == TC_WAIT_LOCK && to->object == from->object && to != from &&
               !held_exclusively(threads, count, from->object);
    case TC_WAIT_JOIN:
        return to->self == from->object;
    case TC_WAIT_NONE:
    case TC_WAIT_OTHER:
        break;
    }
    return false;
}

/* Whether `thread` waits for some thread that is still stuck. */
static bool waits_for_stuck(const struct tc_wait_thread *threads, uint32_t count,
                            const struct tc_wait_thread *thread) {
    for (uint32_t i = 0; i < count; i++)
        if (threads[i].stuck && waits_for(threads, count, thread, &threads[i]))
            return true;
    return false;
}

/* Graph reduction: whoever can go on is taken out, and with it what others waited for. */
uint32_t tc_wait_for_stuck(struct tc_wait_thread *threads, uint32_t count) {
    uint32_t stuck = 0;
    for (uint32_t i = 0; i < count; i++) {
        threads[i].stuck = threads[i].kind != TC_WAIT_NONE && threads[i].kind != TC_WAIT_OTHER;
        stuck += threads[i].stuck;
    }
    for (bool changed = true; changed && stuck;) {
        changed = false;
        for (uint32_t i = 0; i < count; i++) {
            if (threads[i].stuck && !waits_for_stuck(threads, count, &threads[i])) {
                threads[i].stuck = false;
                stuck--;
                changed = true;
            }
        }
    }
    return stuck;
}

bool tc_wait_for_nobody_left(const struct tc_wait_thread *threads, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (threads[i].kind == TC_WAIT_NONE)
            return false;
    return count > 0;
}
