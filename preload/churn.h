/* churn.h: objects and threads that a program makes and ends for ever.
 *
 * What: in compact recording the lives of objects of one class (type and place of creation) are
 *       counted.  Once enough of them have ended, a further one is `brief`: nothing is written of
 *       it until something must be, its contexts count as those of its class, and when it ends
 *       without that, its id is given again.  So neither trace nor memory grows with them.
 * Threads: the table is changed under tc_objects_lock; a class's share of events is counted without
 *          one, as that of an object is.
 */
#ifndef TC_PRELOAD_CHURN_H
#define TC_PRELOAD_CHURN_H

#include <stdbool.h>
#include <stdint.h>

/* How many events of what is no lock are kept: of one object, or of a class of brief ones. */
struct tc_share {
    uint32_t events;              /* kept so far */
    uint32_t window, window_left; /* since which new context, and how many more */
};

struct tc_object;

/* The class of which the object would be a brief one, from 1; 0: it is an ordinary object. */
uint16_t tc_churn_class(const struct tc_object *object);

/* An object that lived has come to its end. */
void tc_churn_ended(const struct tc_object *object);

struct tc_share *tc_churn_share(uint16_t number);

/* Whether there are, or were, brief objects. */
extern bool tc_churn_any;

/* Ids of objects of which nothing was written: give one back, take one (0: none is old enough). */
void tc_churn_give_id(uint32_t id);
uint32_t tc_churn_take_id(void);

/* In a forked child. */
void tc_churn_forked(void);

#endif
