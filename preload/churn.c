/* churn.c: see churn.h. */
#include "preload/churn.h"

#include <string.h>

#include "preload/compact.h"
#include "preload/object.h"

#include "preload/poison.h"

#define CLASSES    4096 /* further ones are ordinary for ever */
#define FULL       (CLASSES / 4 * 3)
#define ENOUGH     256  /* lives of a class that are told of one by one */
#define IDS        8192 /* a power of two */
#define IDS_RESTED 4096 /* ids given back since, before one is given again */

struct class {
    uint64_t key; /* 0: free */
    uint32_t ended;
    struct tc_share share;
};

bool tc_churn_any;

static struct class classes[CLASSES];
static uint32_t used;
static uint32_t ids[IDS], ids_first, ids_next; /* they count all that were taken and given */

/* The place of the class, or the free one where it would be. */
static struct class *find(const struct tc_object *object) {
    uint64_t key = (uint64_t)object->stack << 8 | object->type;
    uint32_t at = (uint32_t)(key * 0x9e3779b97f4a7c15ull >> 40);
    while (classes[at % CLASSES].key && classes[at % CLASSES].key != key)
        at++;
    return &classes[at % CLASSES];
}

uint16_t tc_churn_class(const struct tc_object *object) {
    if (!used || !object->stack)
        return 0;
    const struct class *class = find(object);
    if (class->ended < ENOUGH)
        return 0;
    tc_churn_any = true;
    return (uint16_t)(class - classes + 1);
}

void tc_churn_ended(const struct tc_object *object) {
    if (!tc_compact_wanted || !object->stack)
        return;
    struct class *class = find(object);
    if (!class->key) {
        if (used == FULL)
            return;
        used++;
        class->key = (uint64_t)object->stack << 8 | object->type;
    }
    class->ended++;
}

struct tc_share *tc_churn_share(uint16_t number) {
    return &classes[number - 1].share;
}

void tc_churn_give_id(uint32_t id) {
    if (ids_next - ids_first < IDS)
        ids[ids_next++ % IDS] = id;
}

uint32_t tc_churn_take_id(void) {
    return ids_next - ids_first > IDS_RESTED ? ids[ids_first++ % IDS] : 0;
}

void tc_churn_forked(void) {
    memset(classes, 0, sizeof classes);
    used = 0;
    ids_first = ids_next = 0;
    tc_churn_any = false;
}
