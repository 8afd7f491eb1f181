/* report.h: a report before it takes a format: findings with every name and line resolved.
 *
 * What: formats (reports.def) only lay out what is here and look nothing up.  All text is valid
 *       UTF-8 without control characters.  The order of everything is that of the traces, so the
 *       same traces give the same report.
 * Rules: not thread-safe.  Text and arrays belong to the report.
 */
#ifndef TC_ANALYZER_REPORT_H
#define TC_ANALYZER_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/histogram.h"
#include "analyzer/checkers/finding.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tc_symbol_frame;

/* Whose code a frame is. */
enum tc_frame_role {
    TC_FRAME_PROGRAM,
    TC_FRAME_LIBRARY, /* the C++ library's inside, a system library */
    TC_FRAME_START,   /* what starts a thread or a program: never shown, unless nothing else is */
};

struct tc_report_frame {
    char *function; /* never NULL: module+offset when no name is known */
    char *file;     /* NULL: not known */
    unsigned line, column;
    unsigned function_line; /* where the function is declared, 0: not known */
    char *module;           /* path, NULL: the address is in none */
    uint64_t address;       /* live, as recorded */
    uint64_t module_offset; /* address in the module's file */
    bool inlined;           /* into the next frame */
    bool named;             /* `function` is a name */
    bool stale_source;      /* the source was changed after the program was built */
    enum tc_frame_role role;
    const char *language;                 /* "c" or "python" */
    const struct tc_symbol_frame *symbol; /* what it was made of; NULL: nothing */
};

struct tc_report_frames {
    struct tc_report_frame *entries; /* innermost first */
    size_t count;
    bool truncated;
};

struct tc_report_stack {
    char *what; /* "acquires audit while holding accounts" */
    struct tc_report_frames frames;
};

struct tc_report_thread {
    uint32_t index, tid, pid; /* index 1 is the main thread */
    char *name;               /* NULL: none */
    char *label;              /* "main thread", "thread 2 \"worker\"" */
    char *start;              /* name of its start function, NULL: not known */
    struct tc_report_frames created;
    uint32_t creator; /* index of the thread that created it, 0: not known */
    struct tc_report_stack *stacks;
    size_t stack_count;
};

struct tc_report_object {
    const char *type;    /* objects.def */
    char *name;          /* variable, member, annotation, or what tells it apart otherwise */
    bool named;          /* `name` is a name of the program's */
    char *scope;         /* function that the variable is local to, NULL: none */
    char *identity;      /* for ids: the same from run to run */
    bool class_identity; /* others may have the same identity: elements, one creation site */
    uint64_t address;
    const char *language;
    bool first_seen;  /* `created` is where it was first seen in use */
    uint32_t creator; /* index of the thread, 0: not known */
    struct tc_report_frames created;
};

struct tc_report_finding {
    char id[17]; /* 16 hexadecimal digits */
    enum tc_finding_kind kind;
    const char *kind_name;
    enum tc_severity severity;
    enum tc_confidence confidence;
    char *title, *explanation, *advice; /* advice may be NULL */
    uint64_t count;
    struct tc_report_object *objects;
    size_t object_count;
    struct tc_report_thread *threads;
    size_t thread_count;
    char **witness;
    size_t witness_count;
    uint32_t *pids; /* processes that it was seen in */
    size_t pid_count;
    bool hidden; /* below --min-severity */
    bool told;   /* it was printed in full while the program hung */
};

/* A finding that is not shown. */
struct tc_report_aside {
    struct tc_report_finding finding;
    bool in_baseline; /* else suppressed */
    char *by;         /* what the suppression says of itself; NULL: nothing */
};

/* A suppression and how many findings it left out. */
struct tc_report_suppression {
    char *name, *file;
    unsigned line;
    uint64_t used;
};

struct tc_report_process {
    uint32_t pid, parent_pid;
    char *executable;
    char **argv;
    size_t argc;
    int exit; /* status; meaningful with has_exit */
    bool has_exit, complete;
    bool no_space;     /* from some point on only what must not be missed was recorded */
    const char *races; /* how data races were to be looked for, "sample" or "full"; NULL: not */
    uint64_t lost;
    char *trace;
    char **notes; /* what the reader must know: losses, files that changed */
    size_t note_count;
};

/* What a report has beside findings, each only when it is wanted: see enum tc_report_part. */
enum tc_report_part {
    TC_PART_GRAPH = 1 << 0,
    TC_PART_PROFILE = 1 << 1,
    TC_PART_TIMELINES = 1 << 2, /* around each finding */
    TC_PART_SPANS = 1 << 3,     /* of the whole run */
};

/* A lock class: objects with one name (elements of an array are one) or one place of creation. */
struct tc_report_class {
    char *key, *name;
    const char *type; /* objects.def */
    struct tc_report_frames created;
};

/* The lock-order graph.  Nodes are numbers of classes. */
struct tc_report_edge {
    size_t from, to;
    uint64_t count;
    bool cycle;                    /* lies on a cycle of locks */
    char finding[17];              /* that tells of it; empty: none */
    struct tc_report_frames where; /* `to` was asked for with `from` held, the first time */
};
struct tc_report_graph {
    struct tc_report_edge *edges;
    size_t count;
};

/* Times in ns.  `measured` of `count` are known; mean and p99 are of those, weighted by kind, and
 * p99 is at most 3 % too high.  `total` is exact when all were measured, else mean * count. */
struct tc_report_times {
    uint64_t count, measured, total, mean, p99, max;
};
struct tc_report_usage {
    struct tc_report_frames stack;
    uint64_t count, total;
};
/* The profile of one class. */
struct tc_report_lock {
    size_t class_number;
    uint64_t objects, acquisitions, contended;
    struct tc_report_times wait, hold; /* by tc_report_finish; hold.count 0: it is not held */
    struct tc_report_usage *waiters;   /* by total time waited there, longest first; at most 10 */
    size_t waiter_count;
    struct tc_report_usage *holders; /* whose release ended waits; total: of those waits */
    size_t holder_count;
    uint32_t convoy_threads; /* below 2: none */
    uint64_t convoy_time;
    /* What wait and hold are made of: holds that somebody waited for at their end, and others. */
    struct tc_histogram wait_times, hold_waited_for, hold_free;
    uint64_t waited_for, not_waited_for;
};
struct tc_report_profile {
    struct tc_report_lock *locks; /* by total wait, longest first */
    size_t count;
};

/* Who held and who waited, around one finding.  Times are ns since the process started. */
struct tc_report_span {
    char *lock;
    bool waits;                /* else holds */
    bool exact_from, exact_to; /* else the earliest time that the trace allows */
    bool open;                 /* not over when the trace ended */
    uint64_t from, to;
};
struct tc_report_lane {
    uint32_t index, tid;
    char *name;
    struct tc_report_span *spans;
    size_t count;
};
struct tc_report_timeline {
    char finding[17];
    uint64_t start, end;
    struct tc_report_lane *lanes;
    size_t count;
};
struct tc_report_timelines {
    struct tc_report_timeline *entries;
    size_t count;
};

/* Spans of whole processes. */
struct tc_report_run_span {
    size_t lane;  /* number in the run */
    size_t lock;  /* class */
    size_t giver; /* lane whose release ended this wait; SIZE_MAX: not known */
    bool waits, exact_from, exact_to, open;
    uint64_t from, to;
};
struct tc_report_run {
    uint32_t pid;
    char *name;
    uint64_t start;               /* ns since the Unix epoch */
    struct tc_report_lane *lanes; /* without spans */
    size_t lane_count;
    struct tc_report_run_span *spans; /* in the order of their begin */
    size_t count;
    uint64_t left_out, least; /* so many spans, none longer than this, had no room */
};
struct tc_report_runs {
    struct tc_report_run *entries;
    size_t count;
};

struct tc_class_index; /* class_index.h */

struct tc_report {
    struct tc_report_process program; /* the one that was started; pid 0: the first process */
    struct tc_report_process *processes;
    size_t process_count;
    struct tc_report_finding *findings; /* errors first */
    size_t finding_count;
    unsigned shown[3], hidden[3];     /* by severity, after suppressions and baseline */
    uint64_t suppressed, in_baseline; /* sightings in `aside`, each process for itself */
    struct tc_report_aside *aside;
    size_t aside_count;
    bool has_baseline;                          /* it was compared with one */
    struct tc_report_suppression *suppressions; /* all that were given */
    size_t suppression_count;
    struct tc_report_class *classes; /* that graph, profile and runs refer to */
    size_t class_count;
    struct tc_class_index *class_index;
    struct tc_report_graph *graph; /* NULL, as the next ones: not wanted */
    struct tc_report_profile *profile;
    struct tc_report_timelines *timelines;
    struct tc_report_runs *runs;
    char **errors; /* traces that could not be read */
    size_t error_count;
};

/* The process that the report is about; NULL: none. */
const struct tc_report_process *tc_report_main(const struct tc_report *report);

/* Appends a line to what went wrong; printf-like. */
void tc_report_error(struct tc_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends a line to the notes of a process; printf-like. */
void tc_report_note(struct tc_report_process *process, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether a finding at warning or error stands. */
bool tc_report_fails(const struct tc_report *report);

const char *tc_severity_name(enum tc_severity severity);
const char *tc_confidence_name(enum tc_confidence confidence);

/* Release what these hold, not themselves. */
void tc_report_frames_free(struct tc_report_frames *frames); /* empty afterwards */
void tc_report_object_free(struct tc_report_object *object);
void tc_report_thread_free(struct tc_report_thread *thread);
void tc_report_finding_free(struct tc_report_finding *finding);

/* Releases the strings and their array. */
void tc_report_strings_free(char **strings, size_t count);

/* The frame that names the place of a stack: the innermost of the program's own code, else the
 * innermost.  NULL when the stack is empty. */
const struct tc_report_frame *tc_report_key_frame(const struct tc_report_frames *frames);

#ifdef __cplusplus
}
#endif
#endif
