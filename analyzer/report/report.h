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
};

struct tc_report_process {
    uint32_t pid, parent_pid;
    char *executable;
    char **argv;
    size_t argc;
    int exit; /* status; meaningful with has_exit */
    bool has_exit, complete;
    uint64_t lost;
    char *trace;
    char **notes; /* what the reader must know: losses, files that changed */
    size_t note_count;
};

struct tc_report {
    struct tc_report_process program; /* the one that was started; pid 0: the first process */
    struct tc_report_process *processes;
    size_t process_count;
    struct tc_report_finding *findings; /* errors first */
    size_t finding_count;
    unsigned shown[3], hidden[3]; /* by severity, after suppressions and baseline */
    uint64_t suppressed, in_baseline;
    char **errors; /* traces that could not be read */
    size_t error_count;
};

struct tc_report *tc_report_new(void);
void tc_report_free(struct tc_report *report);

/* The process that the report is about; NULL: none. */
const struct tc_report_process *tc_report_main(const struct tc_report *report);

/* Appends a line to what went wrong; printf-like. */
void tc_report_error(struct tc_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends a line to the notes of a process; printf-like. */
void tc_report_note(struct tc_report_process *process, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Merges findings with one id, sorts, hides what is below `least` and counts.  After everything
 * was added and suppressed. */
void tc_report_finish(struct tc_report *report, enum tc_severity least);

/* Whether a finding at warning or error stands. */
bool tc_report_fails(const struct tc_report *report);

const char *tc_severity_name(enum tc_severity severity);
const char *tc_confidence_name(enum tc_confidence confidence);

/* Releases what one finding holds. */
void tc_report_finding_free(struct tc_report_finding *finding);

/* The frame that names the place of a stack: the innermost of the program's own code, else the
 * innermost.  NULL when the stack is empty. */
const struct tc_report_frame *tc_report_key_frame(const struct tc_report_frames *frames);

#ifdef __cplusplus
}
#endif
#endif
