/* lock_cycle.c: which cycles of the lock-order graph can happen, and what is said of them.
 *
 * A cycle is a deadlock that can happen when each edge has a context such that
 *   - the threads are distinct,
 *   - each lock is held in a mode that blocks the request for it (two readers do not block),
 *   - no lock is common to two of the held sets, except read locks (a gate would let only one in),
 *   - no request happens before another one (create, join, conditions, barriers, annotations),
 *   - and a schedule of the observed steps that leads there is found (feasible.h).
 * Source: abstract deadlock patterns, Tunç, Mathur, Pavlogiannis and Viswanathan, Sound Dynamic
 * Deadlock Prediction in Linear Time (PLDI 2023), section 3.
 * When only one of these conditions is missing, the cycle is a remark that says why it is none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/feasible.h"
#include "analyzer/checkers/lock_cycle.h"
#include "analyzer/checkers/support.h"
#include "analyzer/checkers/witness.h"
#include "trace/reader.h"

#define LONGEST_CYCLE 8
#define SEARCH_STEPS  (20u << 20) /* of the cycle search */
#define CHOICE_STEPS  (1u << 16)  /* of the search for contexts, each cycle */
#define TOTAL_CHOICES (200u << 20)
#define PROOF_WORK    (400u << 20) /* of the search for schedules, all cycles */
#define REMARKS       64           /* cycles that cannot happen which are explained */
#define PROOFS        16 /* choices of contexts of one cycle that a schedule is looked for */

/* A condition that is waived. */
enum waiver {
    WAIVE_NOTHING,
    WAIVE_PROOF, /* a schedule that leads there */
    WAIVE_TIMED,
    WAIVE_GATE,
    WAIVE_THREAD,
    WAIVE_ORDER,
    WAIVE_COUNT
};

struct choice {
    const struct tc_evidence *evidence;
    const struct tc_moment *moment;
};

struct judge {
    struct tc_lock_order *order;
    const uint32_t *edges;
    uint32_t count;
    struct choice choices[LONGEST_CYCLE];
    enum waiver waiver;
    uint32_t steps;
    uint64_t budget; /* of all cycles */
    uint32_t remarks;
    bool *explained;             /* by edge: part of a cycle that was reported */
    struct tc_replay *replay;    /* made when first needed */
    uint32_t proofs;             /* choices of this cycle that were tried */
    struct tc_schedule schedule; /* that leads to the choices; empty: none was found */
    struct tc_obstacle obstacle; /* why there is none for the first choices of this cycle */
};

static const struct tc_lock_context *context_of(const struct judge *judge,
                                                const struct choice *choice) {
    return &judge->order->contexts.all[choice->evidence->context];
}

/* The hold that the chosen edge comes from. */
static const struct tc_hold *hold_of(const struct judge *judge, const struct choice *choice) {
    return &tc_holds_of(&judge->order->contexts, context_of(judge, choice))[choice->evidence->hold];
}

/* A lock held by both in modes that exclude each other, or NULL. */
static const struct tc_hold *common_gate(const struct judge *judge, const struct tc_lock_context *a,
                                         const struct tc_lock_context *b) {
    const struct tc_hold *a_holds = tc_holds_of(&judge->order->contexts, a);
    const struct tc_hold *b_holds = tc_holds_of(&judge->order->contexts, b);
    for (uint32_t i = 0; i < a->hold_count; i++)
        for (uint32_t j = 0; j < b->hold_count; j++) {
            const struct tc_hold *x = &a_holds[i], *y = &b_holds[j];
            if (x->object != y->object || (x->mode == TC_MODE_SHARED && y->mode == TC_MODE_SHARED))
                continue;
            if (x->mode == TC_MODE_COUNTED &&
                !tc_model_object(judge->order->model, x->object)->lock_like)
                continue;
            return x;
        }
    return NULL;
}

static bool ordered(const struct judge *judge, const struct choice *a, const struct choice *b) {
    uint32_t a_thread = context_of(judge, a)->thread, b_thread = context_of(judge, b)->thread;
    return tc_epoch_before(a_thread, a->moment->own, b->moment->known) ||
           tc_epoch_before(b_thread, b->moment->own, a->moment->known);
}

/* Whether two choices can stand side by side. */
static bool compatible(const struct judge *judge, const struct choice *a, const struct choice *b) {
    const struct tc_lock_context *x = context_of(judge, a), *y = context_of(judge, b);
    if (x->thread == y->thread)
        return judge->waiver == WAIVE_THREAD;
    if (judge->waiver != WAIVE_GATE && common_gate(judge, x, y))
        return false;
    return judge->waiver == WAIVE_ORDER || !ordered(judge, a, b);
}

/* Whether the request of `a` waits for the hold of `b`, the next one in the cycle. */
static bool blocks(const struct judge *judge, const struct choice *a, const struct choice *b) {
    return context_of(judge, a)->mode != TC_MODE_SHARED ||
           hold_of(judge, b)->mode != TC_MODE_SHARED;
}

/* Whether the requests chosen can meet, as far as can be found out. */
static bool can_meet(struct judge *judge) {
    struct tc_target targets[LONGEST_CYCLE];
    if (judge->proofs++ >= PROOFS)
        return false;
    if (!judge->replay) {
        judge->replay = tc_replay_new(judge->order->model);
        judge->replay->work = PROOF_WORK;
    }
    for (uint32_t i = 0; i < judge->count; i++)
        targets[i] = (struct tc_target){context_of(judge, &judge->choices[i])->thread,
                                        judge->choices[i].moment->number};
    struct tc_obstacle obstacle;
    enum tc_feasible feasible =
        tc_feasible_meet(judge->replay, targets, judge->count, &judge->schedule, &obstacle);
    if (feasible != TC_FEASIBLE_YES)
        judge->schedule.count = 0;
    if (!judge->obstacle.thread)
        judge->obstacle = obstacle;
    return feasible != TC_FEASIBLE_NOT_FOUND;
}

static bool choose(struct judge *judge, uint32_t at) {
    if (at == judge->count)
        return blocks(judge, &judge->choices[at - 1], &judge->choices[0]) &&
               (judge->waiver != WAIVE_NOTHING || can_meet(judge));
    const struct tc_edge_evidence *edge = &judge->order->edges[judge->edges[at]];
    struct choice *mine = &judge->choices[at];
    for (size_t i = 0; i < edge->count; i++) {
        mine->evidence = &tc_evidence_of(edge)[i];
        const struct tc_lock_context *context = context_of(judge, mine);
        if (context->timed && judge->waiver != WAIVE_TIMED)
            continue;
        for (uint32_t m = 0; m < context->moment_count; m++) {
            mine->moment = &tc_moments_of(context)[m];
            bool fits = true;
            for (uint32_t k = 0; k < at && fits; k++)
                fits = compatible(judge, mine, &judge->choices[k]);
            if (fits && at)
                fits = blocks(judge, &judge->choices[at - 1], mine);
            if (!judge->steps)
                return false;
            judge->steps--;
            if (fits && choose(judge, at + 1))
                return true;
        }
    }
    return false;
}

/* The first waiver with which the cycle can happen, WAIVE_COUNT: none. */
static enum waiver find_choices(struct judge *judge) {
    judge->proofs = 0;
    judge->schedule.count = 0;
    judge->obstacle = (struct tc_obstacle){0};
    for (enum waiver waiver = WAIVE_NOTHING; waiver < WAIVE_COUNT; waiver++) {
        if (waiver > WAIVE_NOTHING && judge->remarks >= REMARKS)
            break;
        if (waiver == WAIVE_PROOF && !judge->proofs)
            continue; /* there was nothing to be proved */
        judge->waiver = waiver;
        judge->steps = judge->budget < CHOICE_STEPS ? (uint32_t)judge->budget : CHOICE_STEPS;
        uint32_t before = judge->steps;
        bool found = choose(judge, 0);
        judge->budget -= before - judge->steps;
        if (found)
            return waiver;
    }
    return WAIVE_COUNT;
}

/* The key of the objects: one class of objects - initialised at one place - is one. */
static uint64_t objects_key(const struct judge *judge) {
    uint64_t key = 0;
    for (uint32_t i = 0; i < judge->count; i++) {
        const struct tc_object *object =
            tc_model_object(judge->order->model, hold_of(judge, &judge->choices[i])->object);
        bool has_class =
            object->stack && !(object->attr & (TC_ATTR_NO_INIT_SEEN | TC_ATTR_FIRST_USE));
        key += has_class ? tc_key(11, object->stack) : tc_key(12, object->id);
    }
    return tc_key(tc_key(key, judge->count), judge->waiver);
}

/* The key of the places: the distinct pairs of where a lock was acquired and the next asked for. */
static uint64_t places_key(const struct judge *judge) {
    uint64_t key = 0, pairs[LONGEST_CYCLE];
    for (uint32_t i = 0; i < judge->count; i++) {
        uint32_t held = hold_of(judge, &judge->choices[i])->stack;
        uint32_t asked = context_of(judge, &judge->choices[i])->stack;
        pairs[i] = tc_key(tc_key(13, held), asked);
        if (!held || !asked)
            return objects_key(judge);
        bool again = false;
        for (uint32_t j = 0; j < i; j++)
            again |= pairs[j] == pairs[i];
        if (!again)
            key += pairs[i];
    }
    return tc_key(key, judge->waiver);
}

/* Whether a hang that really happened has all these locks in it: it says more. */
static bool happened(const struct judge *judge) {
    for (size_t i = 0; i < tc_findings_count(judge->order->findings); i++) {
        const struct tc_finding *finding = tc_findings_get(judge->order->findings, i);
        if (finding->kind != TC_FINDING_DEADLOCK || finding->severity != TC_SEVERITY_ERROR)
            continue;
        uint32_t found = 0;
        for (uint32_t k = 0; k < judge->count; k++)
            for (size_t o = 0; o < finding->object_count; o++)
                found += finding->objects[o] == hold_of(judge, &judge->choices[k])->object;
        if (found == judge->count)
            return true;
    }
    return false;
}

static const char *mode_suffix(uint8_t mode) {
    return mode == TC_MODE_SHARED ? " for reading" : "";
}

/* Objects, threads and their stacks, in the order of the cycle: object i is held by choice i. */
static void describe(const struct judge *judge, struct tc_finding *finding) {
    for (uint32_t i = 0; i < judge->count; i++)
        tc_finding_object(finding, hold_of(judge, &judge->choices[i])->object);
    for (uint32_t i = 0; i < judge->count; i++) {
        const struct tc_hold *hold = hold_of(judge, &judge->choices[i]);
        const struct tc_lock_context *context = context_of(judge, &judge->choices[i]);
        size_t t = tc_finding_thread(finding, context->thread), next = (i + 1) % judge->count;
        tc_finding_stack(finding, t, hold->stack, "acquires {o%u}%s", i, mode_suffix(hold->mode));
        tc_finding_stack(finding, t, context->stack, "acquires {o%zu}%s while holding {o%u}", next,
                         mode_suffix(context->mode), i);
    }
}

static size_t thread_at(const struct judge *judge, struct tc_finding *finding, uint32_t i) {
    return tc_finding_thread(finding, context_of(judge, &judge->choices[i % judge->count])->thread);
}

static void append(char *text, size_t size, const char *format, size_t a, size_t b, size_t c) {
    size_t used = strlen(text);
    if (used < size)
        snprintf(text + used, size - used, format, a, b, c);
}

/* "{t0} takes {o0}, then {o1}; {t1} takes {o1}, then {o0}" */
static void say_orders(const struct judge *judge, struct tc_finding *finding, char *text,
                       size_t size) {
    text[0] = '\0';
    for (uint32_t i = 0; i < judge->count; i++) {
        append(text, size,
               i ? "; {t%zu} acquires {o%zu}, then {o%zu}" : "{t%zu} acquires {o%zu}, then {o%zu}",
               thread_at(judge, finding, i), i, (i + 1) % judge->count);
    }
}

/* The acquisitions alone, when there is no schedule. */
static void add_acquisitions(const struct judge *judge, struct tc_finding *finding) {
    for (uint32_t i = 0; i < judge->count; i++) {
        const struct tc_hold *hold = hold_of(judge, &judge->choices[i]);
        tc_finding_witness(finding, "{t%zu} acquires {o%u}%s{S%u}", thread_at(judge, finding, i), i,
                           mode_suffix(hold->mode), hold->stack);
    }
}

static void add_witness(const struct judge *judge, struct tc_finding *finding) {
    if (judge->schedule.count)
        tc_witness_schedule(finding, judge->replay, &judge->schedule);
    else
        add_acquisitions(judge, finding);
    for (uint32_t i = 0; i < judge->count; i++) {
        const struct tc_lock_context *context = context_of(judge, &judge->choices[i]);
        tc_finding_witness(finding, "{t%zu} asks for {o%u}%s{S%u} and waits: {t%zu} holds it",
                           thread_at(judge, finding, i), (i + 1) % judge->count,
                           mode_suffix(context->mode), context->stack,
                           thread_at(judge, finding, i + 1));
    }
}

/* What is missing for a proof. */
static void say_obstacle(const struct judge *judge, struct tc_finding *finding) {
    const struct tc_obstacle *obstacle = &judge->obstacle;
    if (obstacle->object && obstacle->holder)
        tc_finding_explain_more(finding,
                                "What is missing: in the order that was tried, {T%u} does not get "
                                "{O%u}, which {T%u} holds where it would have to wait.",
                                obstacle->thread, obstacle->object, obstacle->holder);
    else if (obstacle->object)
        tc_finding_explain_more(finding,
                                "What is missing: in the order that was tried, {T%u} does not get "
                                "{O%u}, which readers hold.",
                                obstacle->thread, obstacle->object);
    else if (obstacle->holder)
        tc_finding_explain_more(finding,
                                "What is missing: {T%u} would have to go on without what {T%u} "
                                "hands over to it only after its own request.",
                                obstacle->thread, obstacle->holder);
}

static void say_error(const struct judge *judge, struct tc_finding *finding) {
    char orders[1024];
    say_orders(judge, finding, orders, sizeof orders);
    if (judge->count == 2)
        tc_finding_title(finding, "{o0} and {o1} are acquired in opposite orders");
    else
        tc_finding_title(finding, "%u locks are acquired in a cycle of orders", judge->count);
    tc_finding_explain(finding,
                       "%s. If each has its first lock when it asks for the second, none "
                       "of them can ever go on.",
                       orders);
    if (judge->count == 2)
        tc_finding_advise(finding, "Take {o0} before {o1} everywhere, or take both under one "
                                   "further lock, or release the first before asking for the "
                                   "second.");
    else
        tc_finding_advise(finding, "Agree on one order for these locks, say by their addresses, "
                                   "and take them in it everywhere; or take them all under one "
                                   "further lock.");
    add_witness(judge, finding);
}

/* Why a cycle that only a waiver allows is no danger. */
static const struct {
    const char *title, *why;
} remarks[WAIVE_COUNT] = {
    [WAIVE_PROOF] = {"opposite lock orders that seem to be kept apart",
                     "But no order of what was observed was found in which they meet: other locks, "
                     "held across the creation or the end of threads, seem to keep them apart."},
    [WAIVE_TIMED] = {"opposite lock orders, but with a time limit",
                     "A request with a time limit is among them, so that the threads can only hold "
                     "each other up until it is over."},
    [WAIVE_GATE] = {"opposite lock orders, under a common lock", NULL}, /* which it names */
    [WAIVE_THREAD] = {"one thread takes locks in opposite orders",
                      "A thread cannot block itself that way; a second thread on the same path "
                      "could."},
    [WAIVE_ORDER] = {"opposite lock orders, one after the other",
                     "It cannot deadlock, as one always happens before the other (thread creation, "
                     "join or another hand-over)."},
};

/* The first lock that two of the places have in common. */
static uint32_t gate_of(const struct judge *judge) {
    for (uint32_t i = 0; i < judge->count; i++)
        for (uint32_t j = 0; j < i; j++) {
            const struct tc_hold *hold = common_gate(judge, context_of(judge, &judge->choices[i]),
                                                     context_of(judge, &judge->choices[j]));
            if (hold)
                return hold->object;
        }
    return 0;
}

static void say_remark(const struct judge *judge, struct tc_finding *finding) {
    char orders[1024];
    say_orders(judge, finding, orders, sizeof orders);
    finding->severity = TC_SEVERITY_INFO;
    finding->confidence = TC_CONFIDENCE_POSSIBLE;
    tc_finding_advise(finding, "Nothing to do as long as that stays so; one order everywhere is "
                               "safer.");
    tc_finding_title(finding, "%s", remarks[judge->waiver].title);
    if (judge->waiver == WAIVE_GATE)
        tc_finding_explain(finding, "%s. It cannot deadlock, as {o%zu} is held in both places.",
                           orders, tc_finding_object(finding, gate_of(judge)));
    else
        tc_finding_explain(finding, "%s. %s", orders, remarks[judge->waiver].why);
    if (judge->waiver == WAIVE_PROOF)
        say_obstacle(judge, finding);
}

static void report(struct judge *judge) {
    if (happened(judge))
        return;
    struct tc_finding *finding =
        tc_findings_add2(judge->order->findings, TC_FINDING_LOCK_ORDER_INVERSION,
                         objects_key(judge), places_key(judge));
    if (!finding)
        return;
    uint64_t count = UINT64_MAX;
    for (uint32_t i = 0; i < judge->count; i++) {
        uint64_t seen = context_of(judge, &judge->choices[i])->count;
        count = seen < count ? seen : count;
    }
    finding->count = count;
    describe(judge, finding);
    if (judge->waiver == WAIVE_NOTHING) {
        say_error(judge, finding);
    } else {
        judge->remarks++;
        say_remark(judge, finding);
    }
    tc_finding_doubt(finding, judge->order->model);
    tc_finding_doubt_early(finding, judge->order->model);
}

/* Shorter cycles come first: a longer one that has no edge of its own says nothing new. */
static bool visit(void *context, const uint32_t *edges, uint32_t count) {
    struct judge *judge = context;
    bool news = false;
    for (uint32_t i = 0; i < count; i++)
        news |= !judge->explained[edges[i]];
    if (!news)
        return true;
    judge->edges = edges;
    judge->count = count;
    enum waiver waiver = find_choices(judge);
    if (waiver == WAIVE_COUNT)
        return judge->budget > 0;
    report(judge);
    for (uint32_t i = 0; i < count && waiver == WAIVE_NOTHING; i++)
        judge->explained[edges[i]] = true;
    return judge->budget > 0;
}

/* Whether the object kept to the rules of a lock until the end. */
static bool stayed_lock(const struct tc_lock_order *order, uint32_t id) {
    const struct tc_object *object = tc_model_object(order->model, id);
    if (!object || object->uncertain)
        return false;
    if (!tc_is_lock(object))
        return object->lock_like;
    return !(object->attr & TC_ATTR_HANDED_OVER);
}

bool tc_lock_order_counts(const struct tc_lock_order *order, uint32_t edge) {
    uint32_t from, to;
    tc_lock_graph_ends(order->graph, edge, &from, &to);
    return stayed_lock(order, from) && stayed_lock(order, to);
}

static bool use_edge(void *context, uint32_t edge) {
    return tc_lock_order_counts(((const struct judge *)context)->order, edge);
}

/* Whether each edge that lies on a cycle is part of one that was reported: others say no more. */
static bool explains_all(const struct judge *judge) {
    size_t count = tc_lock_graph_edge_count(judge->order->graph);
    bool *on_cycle = tc_alloc(count + 1), all = true;
    tc_lock_graph_cyclic(judge->order->graph, on_cycle);
    for (size_t i = 0; i < count && all; i++)
        all = !on_cycle[i] || judge->explained[i];
    free(on_cycle);
    return all;
}

void tc_lock_cycles_report(struct tc_lock_order *order) {
    struct judge judge = {.order = order, .budget = TOTAL_CHOICES};
    judge.explained = tc_alloc(tc_lock_graph_edge_count(order->graph) + 1);
    bool whole =
        tc_lock_graph_cycles(order->graph, LONGEST_CYCLE, SEARCH_STEPS, use_edge, visit, &judge) &&
        judge.budget;
    if ((!whole || order->limited) && !explains_all(&judge))
        tc_trace_add_note(tc_model_trace(order->model),
                          "the search for lock-order cycles was cut short: cycles of more than %d "
                          "locks, and some of many shorter ones, may be missing",
                          LONGEST_CYCLE);
    tc_schedule_clear(&judge.schedule);
    tc_replay_free(judge.replay);
    free(judge.explained);
}
