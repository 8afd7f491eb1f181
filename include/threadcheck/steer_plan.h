/* steer_plan.h: what `threadcheck confirm` tells the shim to bring about, and what came of it.
 *
 * One file, mapped shared by the command and by every process of the program.  A role is a place in
 * the code (a few frames of a stack) that one thread has to reach.  A thread that reaches it is
 * held there until every role has its thread, or for `hold_ns` at most; then all go on at once.
 * Roles that `passes` are not held: reaching one lets the others go, `after_ns` later.
 */
#ifndef THREADCHECK_STEER_PLAN_H
#define THREADCHECK_STEER_PLAN_H

#include <stdint.h>

#define TC_STEER_MAGIC  0x74656572u
#define TC_STEER_ROLES  16
#define TC_STEER_FRAMES 4
#define TC_STEER_NAME   128

struct tc_steer_frame {
    uint64_t offset;            /* of the return address in its module's file */
    char module[TC_STEER_NAME]; /* the file's name without its folder */
};

struct tc_steer_role {
    uint32_t passes;
    uint32_t depth; /* frames that must be as told, innermost first */
    struct tc_steer_frame frames[TC_STEER_FRAMES];
    uint32_t present;  /* threads held there now; atomic */
    uint32_t arrivals; /* how often it was reached; atomic */
};

struct tc_steer_plan {
    uint32_t magic, role_count;
    uint64_t hold_ns, after_ns;
    uint64_t budget_ns; /* threads are held no longer than this, all holds added up */
    uint64_t held_ns;   /* so far; atomic */
    uint32_t go;        /* futex: counts how often all roles were there; atomic */
    uint32_t pad;
    struct tc_steer_role roles[TC_STEER_ROLES];
};

#endif
