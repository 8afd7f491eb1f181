/* scenarios_wait.c: the scenarios of Condition and Barrier. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios.h"

static bool no(void *unused) {
    (void)unused;
    return false;
}

static bool yes(void *unused) {
    (void)unused;
    return true;
}

static void condition_elsewhere(void *arg) {
    const char *first = got(threading_condition_wait(arg, SOON));
    say("condition held elsewhere", first, did(threading_condition_notify(arg, 1)), NULL);
}

static void condition_lock_elsewhere(void *arg) {
    say("condition on a lock held elsewhere", did(threading_condition_notify(arg, 1)), NULL);
}

static void condition_misuse(void) {
    threading_condition c = THREADING_CONDITION_INIT;
    threading_lock lock = THREADING_LOCK_INIT;
    const char *w[6];
    w[0] = got(threading_condition_wait(&c, SOON));
    w[1] = did(threading_condition_notify(&c, 1));
    w[2] = did(threading_condition_notify_all(&c));
    w[3] = did(threading_condition_release(&c));
    w[4] = got(threading_condition_wait_for(&c, no, NULL, SOON));
    w[5] = got(threading_condition_wait_for(&c, yes, NULL, FOREVER));
    say("condition without its lock", w[0], w[1], w[2], w[3], w[4], w[5], NULL);
    threading_condition_acquire(&c);
    in_thread(condition_elsewhere, &c);
    w[0] = got(threading_condition_wait(&c, SOON));
    w[1] = got(threading_condition_wait(&c, 0));
    w[2] = got(threading_condition_wait_for(&c, no, NULL, SOON));
    w[3] = did(threading_condition_notify(&c, 5));
    w[4] = did(threading_condition_notify(&c, 0));
    say("condition time-outs", w[0], w[1], w[2], w[3], w[4], NULL);
    threading_condition_release(&c);
    threading_condition_init_with_lock(&c, &lock);
    threading_lock_acquire(&lock, true, FOREVER);
    in_thread(condition_lock_elsewhere, &c);
    w[0] = got(threading_condition_wait(&c, SOON));
    w[1] = truth(threading_lock_locked(&lock));
    w[2] = did(threading_condition_release(&c));
    say("condition on a lock", w[0], w[1], w[2], truth(threading_lock_locked(&lock)), NULL);
}

static struct {
    threading_condition condition;
    threading_semaphore places;
    int woken[8], count;
} order = {THREADING_CONDITION_INIT, THREADING_SEMAPHORE_INIT, {0}, 0};

struct order_waiter {
    int number;
    double timeout;
    threading_thread *thread;
};

static void order_wait(void *arg) {
    struct order_waiter *waiter = arg;
    threading_condition_acquire(&order.condition);
    threading_semaphore_release(&order.places, 1);
    bool notified = threading_condition_wait(&order.condition, waiter->timeout) == 0;
    order.woken[order.count++] = notified ? waiter->number : -waiter->number;
    threading_condition_release(&order.condition);
}

static void order_start(struct order_waiter *waiters, int count) {
    order.count = 0;
    for (int i = 0; i < count; i++) {
        waiters[i].number = i + 1;
        waiters[i].thread = start(order_wait, &waiters[i]);
        threading_semaphore_acquire(&order.places, true, FOREVER);
        threading_condition_acquire(&order.condition);
        threading_condition_release(&order.condition);
    }
}

static void order_finish(const struct order_waiter *waiters, int count) {
    for (int i = 0; i < count; i++)
        finish(waiters[i].thread);
}

static int by_value(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

/* Numbers, sorted, with commas. */
static const char *numbers(const int *from, int count, char *text) {
    int sorted[8];
    memcpy(sorted, from, (size_t)count * sizeof *from);
    qsort(sorted, (size_t)count, sizeof *sorted, by_value);
    *text = '\0';
    for (int i = 0; i < count; i++)
        sprintf(text + strlen(text), "%s%d", i ? "," : "", sorted[i]);
    return text;
}

static void order_notify(int count) {
    char number[8], text[64];
    int before = order.count;
    threading_condition_acquire(&order.condition);
    threading_condition_notify(&order.condition, (size_t)count);
    threading_condition_release(&order.condition);
    for (bool all = false; !all; sched_yield()) {
        threading_condition_acquire(&order.condition);
        all = order.count == before + count;
        threading_condition_release(&order.condition);
    }
    sprintf(number, "%d", count);
    say("condition notify", number, "wakes", numbers(order.woken + before, count, text), NULL);
}

static void condition_order(void) {
    struct order_waiter five[5], four[4];
    char text[64];
    threading_semaphore_init(&order.places, 0);
    for (int i = 0; i < 5; i++)
        five[i].timeout = FOREVER;
    order_start(five, 5);
    order_notify(1);
    order_notify(1);
    order_notify(3);
    order_finish(five, 5);
    for (int i = 0; i < 4; i++)
        four[i].timeout = i < 2 ? FOREVER : 0.3;
    order_start(four, 4);
    threading_condition_acquire(&order.condition);
    threading_condition_notify(&order.condition, 2);
    threading_condition_release(&order.condition);
    order_finish(four, 4);
    say("condition notify and time-out", numbers(order.woken, 4, text), NULL);
    for (int i = 0; i < 4; i++)
        four[i].timeout = FOREVER;
    order_start(four, 4);
    threading_condition_acquire(&order.condition);
    threading_condition_notify_all(&order.condition);
    threading_condition_release(&order.condition);
    order_finish(four, 4);
    say("condition notify_all", numbers(order.woken, 4, text), NULL);
    threading_condition_acquire(&order.condition);
    threading_condition_notify_all(&order.condition);
    say("condition notify is not kept", got(threading_condition_wait(&order.condition, SOON)),
        NULL);
    threading_condition_release(&order.condition);
}

static void notify(void *arg) {
    threading_condition_acquire(arg);
    threading_condition_notify(arg, 1);
    threading_condition_release(arg);
}

static void condition_levels(void) {
    threading_rlock lock = THREADING_RLOCK_INIT;
    threading_condition c;
    const char *w[5];
    threading_condition_init_with_rlock(&c, &lock);
    for (int i = 0; i < 3; i++)
        threading_rlock_acquire(&lock, true, FOREVER);
    threading_thread *thread = start(notify, &c);
    w[0] = got(threading_condition_wait(&c, FOREVER));
    for (int i = 1; i < 5; i++)
        w[i] = did(threading_rlock_release(&lock));
    say("condition gives up all levels", w[0], w[1], w[2], w[3], w[4], NULL);
    finish(thread);
}

void condition_scenarios(void) {
    condition_misuse();
    condition_order();
    condition_levels();
}

static threading_barrier barrier;
static int actions, results[4], result_count;
static const char *breaks;

static void count_action(void *unused) {
    (void)unused;
    actions++;
}

static void wait_with(double timeout) {
    unsigned index = 0;
    int result = threading_barrier_wait(&barrier, timeout, &index);
    int at = __atomic_fetch_add(&result_count, 1, __ATOMIC_ACQ_REL);
    results[at] = result ? -1 : (int)index;
    if (result)
        breaks = did(result);
}

static void wait_forever(void *unused) {
    (void)unused;
    wait_with(FOREVER);
}

static void waiting(threading_thread **threads, unsigned count) {
    result_count = 0;
    for (unsigned i = 0; i < count; i++)
        threads[i] = start(wait_forever, NULL);
    while (threading_barrier_n_waiting(&barrier) != count % threading_barrier_parties(&barrier))
        sched_yield();
}

static void finish_all(threading_thread **threads, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        finish(threads[i]);
}

/* Broken as many times as there are results. */
static const char *all_results(char *text) {
    *text = '\0';
    for (int i = 0; i < result_count; i++)
        sprintf(text + strlen(text), "%s%s", i ? "," : "", results[i] < 0 ? breaks : "passed");
    return text;
}

static const char *decimal(unsigned number, char *text) {
    sprintf(text, "%u", number);
    return text;
}

static const char *waited(int result, unsigned index, char *text) {
    return result ? did(result) : decimal(index, text);
}

void barrier_scenario(void) {
    threading_thread *threads[3];
    char text[128], a[16], b[16], c[16];
    threading_barrier_init(&barrier, 3, count_action, NULL, FOREVER);
    waiting(threads, 3);
    finish_all(threads, 3);
    say("barrier round", numbers(results, 3, text), decimal((unsigned)actions, a),
        decimal(threading_barrier_parties(&barrier), b),
        decimal(threading_barrier_n_waiting(&barrier), c),
        truth(threading_barrier_broken(&barrier)), NULL);
    waiting(threads, 1);
    wait_with(SOON);
    finish_all(threads, 1);
    say("barrier time-out", all_results(text), truth(threading_barrier_broken(&barrier)),
        waited(threading_barrier_wait(&barrier, FOREVER, NULL), 0, a),
        decimal(threading_barrier_n_waiting(&barrier), b), NULL);
    threading_barrier_reset(&barrier);
    say("barrier reset", truth(threading_barrier_broken(&barrier)),
        decimal(threading_barrier_n_waiting(&barrier), a), NULL);
    waiting(threads, 2);
    threading_barrier_reset(&barrier);
    finish_all(threads, 2);
    say("barrier reset with waiters", all_results(text), truth(threading_barrier_broken(&barrier)),
        decimal(threading_barrier_n_waiting(&barrier), a), NULL);
    waiting(threads, 2);
    threading_barrier_abort(&barrier);
    finish_all(threads, 2);
    say("barrier abort", all_results(text), truth(threading_barrier_broken(&barrier)),
        waited(threading_barrier_wait(&barrier, FOREVER, NULL), 0, a), NULL);
    threading_barrier_reset(&barrier);
    waiting(threads, 3);
    finish_all(threads, 3);
    say("barrier used again", numbers(results, 3, text), decimal((unsigned)actions, a), NULL);
    threading_barrier_init(&barrier, 2, NULL, NULL, SOON);
    const char *first = waited(threading_barrier_wait(&barrier, FOREVER, NULL), 0, a);
    say("barrier default time-out", first, truth(threading_barrier_broken(&barrier)), NULL);
    threading_barrier_init(&barrier, 1, NULL, NULL, FOREVER);
    unsigned one = 7, two = 7;
    int result = threading_barrier_wait(&barrier, FOREVER, &one);
    first = waited(result, one, a);
    result = threading_barrier_wait(&barrier, FOREVER, &two);
    say("barrier of one", first, waited(result, two, b), NULL);
}
