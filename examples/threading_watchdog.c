/* threading_watchdog.c: a Timer as a watchdog: it barks unless it is cancelled in time.
 *
 * usage: threading_watchdog [short]
 * Correct.  Each job gets a Timer of its own, since one can be started only once.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "threading.h"

static double unit = 0.2; /* seconds */
static threading_lock output = THREADING_LOCK_INIT;

static void rest(double seconds) {
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

static void say(const char *who, const char *what) {
    threading_lock_acquire(&output, true, THREADING_FOREVER);
    printf("%s: %s\n", who, what);
    threading_lock_release(&output);
}

static void bark(void *job) {
    say(job, "is taking too long");
}

static int watched(const char *name, double duration) {
    threading_timer *watchdog;
    if (threading_timer_create(&watchdog, 2 * unit, bark, (void *)name) ||
        threading_timer_start(watchdog))
        return 1;
    rest(duration);
    threading_timer_cancel(watchdog);
    say(name, "done");
    threading_timer_join(watchdog, THREADING_FOREVER);
    return threading_timer_destroy(watchdog);
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "short"))
        unit = 0.05;
    return watched("quick job", unit / 4) || watched("slow job", 6 * unit);
}
