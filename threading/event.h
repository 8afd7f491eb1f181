/* event.h: Event without telling, for the Timer's own use.  Threads: any. */
#ifndef THREADING_EVENT_H
#define THREADING_EVENT_H

#include "internal.h"

#pragma GCC visibility push(hidden)

/* Waits until it is set (0) or the deadline (ETIMEDOUT). */
int threading_event_wait_until(threading_event *event, uint64_t deadline);

/* set. */
void threading_event_wake_all(threading_event *event);

#pragma GCC visibility pop
#endif
