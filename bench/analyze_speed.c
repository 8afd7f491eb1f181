/* analyze_speed.c: how many events a second the engine merges and checks.
 *
 *     analyze_speed [threads=64] [locks=1000] [events=20000000] [depth=2] [burst=32] [chunk=262144]
 *     analyze_speed out=TRACE [...]
 *     analyze_speed TRACE
 *
 * What: writes a synthetic trace (threads that take nested locks in one order, each from a few
 *       places, with hand-overs between threads), or takes a given one; runs the analysis in this
 *       process, without checkers, with that of lock orders and with all; prints events a second of
 *       processor time, bytes an event and peak memory.  With `out` it only writes the trace.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/checkers/checker.h"
#include "analyzer/model/engine.h"
#include "trace/writer.h"

static struct {
    const char *name;
    uint64_t value;
} options[] = {{"threads", 64}, {"locks", 1000}, {"events", 20000000},
               {"depth", 2},    {"burst", 32},   {"chunk", 256 << 10}};
enum { THREADS, LOCKS, EVENTS, DEPTH, BURST, CHUNK, OPTIONS };

static const char *given; /* a trace */
static const char *out;   /* where one is to be written */

static bool parse(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const char *value = strchr(argv[i], '=');
        if (!value && !given) {
            given = argv[i];
            continue;
        }
        if (value && strncmp(argv[i], "out=", 4) == 0) {
            out = value + 1;
            continue;
        }
        int found = -1;
        for (int j = 0; j < OPTIONS && value; j++)
            if (strncmp(argv[i], options[j].name, (size_t)(value - argv[i])) == 0)
                found = j;
        if (found < 0)
            return false;
        options[found].value = strtoull(value + 1, NULL, 10);
    }
    return options[THREADS].value && options[LOCKS].value > options[DEPTH].value;
}

/* Of this process, so that what else runs does not count. */
static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Source: G. Marsaglia, Xorshift RNGs, Journal of Statistical Software 8 (2003). */
static uint64_t random_number(void) {
    static uint64_t state = 88172645463325252ull;
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* Each thread in turn takes `depth` locks in ascending order and gives them back, `burst` times:
 * mostly from its own few, and at times one that others use. */
static void write_trace(const char *path) {
    enum { STACKS = 8, OWN = 16 };
    struct tc_writer *writer = tc_writer_new();
    tc_writer_chunk_size(writer, (uint32_t)options[CHUNK].value);
    uint32_t main_thread = tc_writer_thread(writer, 0, "main"), first = 0, stacks[STACKS];
    for (uint64_t i = 0; i < STACKS; i++)
        stacks[i] = tc_writer_stack1(writer, 0x1000 + i);
    for (uint64_t i = 0; i < options[LOCKS].value; i++) {
        uint32_t lock = tc_writer_object(writer, TC_OBJECT_MUTEX, TC_ATTR_NO_INIT_SEEN, 0);
        first = first ? first : lock;
    }
    uint32_t *threads = malloc(options[THREADS].value * sizeof *threads);
    for (uint64_t i = 0; i < options[THREADS].value; i++)
        threads[i] = tc_writer_spawn(writer, main_thread, stacks[0]);
    uint64_t span = options[LOCKS].value - options[DEPTH].value;
    for (uint64_t events = 0; events < options[EVENTS].value;) {
        uint64_t who = random_number() % options[THREADS].value;
        for (uint64_t i = 0; i < options[BURST].value; i++) {
            uint64_t base = random_number() % 32 ? (who * OWN + random_number() % OWN) % span
                                                 : random_number() % span;
            for (uint64_t depth = 0; depth < options[DEPTH].value; depth++)
                tc_writer_event(writer, threads[who], TC_EV_ACQUIRE,
                                first + (uint32_t)(base + depth), stacks[(base + depth) % STACKS],
                                0, 0);
            for (uint64_t depth = options[DEPTH].value; depth-- > 0;)
                tc_writer_event(writer, threads[who], TC_EV_RELEASE,
                                first + (uint32_t)(base + depth), 0, 0, 0);
            events += 2 * options[DEPTH].value;
        }
    }
    if (!tc_writer_save(writer, path)) {
        perror(path);
        exit(1);
    }
    free(threads);
    tc_writer_free(writer);
}

/* In a child of its own, so that the peak memory is that of the analysis. */
static void measure(const char *path, const char *what, const struct tc_checker *const *checkers) {
    pid_t child = fork();
    if (child > 0) {
        wait4(child, NULL, 0, NULL);
        return;
    }
    struct tc_trace_error error;
    const struct tc_config config = {0};
    double begin = seconds();
    struct tc_trace *trace = tc_trace_open(path, &error);
    if (!trace) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    struct tc_findings *findings = tc_findings_new();
    struct tc_engine *engine = tc_engine_new(trace, checkers, &config, findings);
    tc_engine_run(engine);
    double took = seconds() - begin;
    const struct tc_engine_stats *stats = tc_engine_stats(engine);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%-14s %6.1f million events/s  %5.2f bytes/event  %llu events  %llu switches"
           "  %llu stalls  %zu findings  %ld kB\n",
           what, (double)stats->events / took / 1e6,
           (double)tc_trace_size(trace) / (double)stats->events, (unsigned long long)stats->events,
           (unsigned long long)stats->switches, (unsigned long long)stats->stalls,
           tc_findings_count(findings), usage.ru_maxrss);
    fflush(stdout);
    _exit(0);
}

/* All checkers, the one of lock orders, and none. */
static void measure_all(const char *path) {
    const struct tc_checker *order[] = {NULL, NULL}, *const none[] = {NULL};
    for (size_t i = 0; tc_checkers[i]; i++)
        if (strcmp(tc_checkers[i]->name, "lock_order") == 0)
            order[0] = tc_checkers[i];
    measure(path, "model", none);
    measure(path, "lock order", order);
    measure(path, "with checkers", tc_checkers);
}

int main(int argc, char **argv) {
    char path[] = "analyze_speed.XXXXXX";
    if (!parse(argc, argv)) {
        fputs("usage: analyze_speed [threads=N] [locks=N] [events=N] [depth=N] [burst=N] [chunk=N] "
              "[out=TRACE]\n",
              stderr);
        return 2;
    }
    if (given) {
        measure_all(given);
        return 0;
    }
    if (out) {
        write_trace(out);
        return 0;
    }
    int file = mkstemp(path);
    if (file < 0) {
        perror(path);
        return 1;
    }
    close(file);
    pid_t child = fork();
    if (child == 0) {
        write_trace(path);
        _exit(0);
    }
    wait4(child, NULL, 0, NULL);
    measure_all(path);
    unlink(path);
    return 0;
}
