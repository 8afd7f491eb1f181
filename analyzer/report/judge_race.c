/* judge_race.c: whether a data race is one, by debug information.
 *
 * Unmodified code does not say which of its moves are atomic: std::atomic's loads and stores, and
 * C11's, are moves like any other.  The debug information does: the line table leads into the
 * headers of <atomic>, or the variable's type is an atomic one, or the source line names an atomic
 * builtin.  Two atomic accesses are no race.  Where there is no debug information, or no source to
 * look for a builtin in, the race is possible and no more; where there is and it says nothing of
 * the kind, it is one.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/resolve.h"
#include "analyzer/report/text_buffer.h"
#include "threadcheck/trace_format.h"

enum kind { KIND_PLAIN, KIND_VOLATILE, KIND_ATOMIC, KIND_UNKNOWN };

static bool is_atomic_file(const char *path) {
    static const char *const names[] = {
        "atomic_base.h", "atomic",         "atomic_wait.h",       "atomicity.h",
        "stdatomic.h",   "atomic_futex.h", "shared_ptr_atomic.h", "atomic_timed_wait.h"};
    const char *slash = path ? strrchr(path, '/') : NULL;
    const char *name = slash ? slash + 1 : path;
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_atomic_function(const char *name) {
    static const char *const begins[] = {"std::atomic", "std::__atomic", "__gnu_cxx::__atomic",
                                         "__gnu_cxx::__exchange_and_add"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (strncmp(name, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

static bool names_atomic(const char *line) {
    static const char *const words[] = {"atomic", "__sync_", "READ_ONCE", "WRITE_ONCE",
                                        "ACCESS_ONCE"};
    for (size_t i = 0; line && i < sizeof words / sizeof *words; i++)
        if (strcasestr(line, words[i]))
            return true;
    return false;
}

/* By the innermost frame, and those that it was inlined into. */
static enum kind kind_of_code(const struct tc_resolver *resolver, uint32_t stack) {
    struct tc_report_frames frames = tc_resolve_stack(resolver, stack);
    enum kind kind = KIND_UNKNOWN;
    for (size_t i = 0; i < frames.count && kind != KIND_ATOMIC; i++) {
        const struct tc_report_frame *frame = &frames.entries[i];
        const char *line = frame->file && frame->line && !frame->stale_source
                               ? tc_source_line(resolver->sources, frame->file, frame->line)
                               : NULL;
        if (is_atomic_file(frame->file) || is_atomic_function(frame->function) ||
            names_atomic(line))
            kind = KIND_ATOMIC;
        else if (line)
            kind = KIND_PLAIN;
        if (!frame->inlined)
            break;
    }
    tc_report_frames_free(&frames);
    return kind;
}

static enum kind kind_of_data(const struct tc_resolver *resolver,
                              const struct tc_meta_race_side *side) {
    const struct tc_report_source *source = resolver->source;
    struct tc_report_module module = {0};
    if (!source->module(source->context, side->address, side->stack, &module) || !module.path)
        return KIND_PLAIN; /* no variable: its code decides */
    struct tc_symbol_file *file =
        tc_symbols_file(resolver->symbols, module.path, module.build_id, module.build_id_size);
    switch (tc_symbol_file_access(file, side->address - module.bias)) {
    case TC_ACCESS_ATOMIC:
        return KIND_ATOMIC;
    case TC_ACCESS_VOLATILE:
        return KIND_VOLATILE;
    default:
        return KIND_PLAIN;
    }
}

static enum kind kind_of(const struct tc_resolver *resolver, const struct tc_meta_race_side *side) {
    if (side->flags & TC_RACE_ATOMIC)
        return KIND_ATOMIC;
    enum kind data = kind_of_data(resolver, side);
    if (!(side->flags & TC_RACE_PLAIN_MOVE) || data == KIND_ATOMIC)
        return data == KIND_ATOMIC && !(side->flags & TC_RACE_PLAIN_MOVE) ? KIND_PLAIN : data;
    enum kind code = kind_of_code(resolver, side->stack);
    return code == KIND_PLAIN ? data : code;
}

static void explain_more(struct tc_report_finding *finding, const char *words) {
    struct tc_text text = {0};
    tc_text_printf(&text, "%s %s", finding->explanation, words);
    free(finding->explanation);
    finding->explanation = tc_text_take(&text);
}

bool tc_race_is_none(const struct tc_resolver *resolver, const struct tc_meta_race *race) {
    return kind_of(resolver, &race->sides[0]) == KIND_ATOMIC &&
           kind_of(resolver, &race->sides[1]) == KIND_ATOMIC;
}

void tc_race_judge(const struct tc_resolver *resolver, const struct tc_meta_race *race,
                   struct tc_report_finding *finding) {
    enum kind kinds[] = {kind_of(resolver, &race->sides[0]), kind_of(resolver, &race->sides[1])};
    for (unsigned i = 0; i < 2; i++)
        if (kinds[i] == KIND_VOLATILE || race->sides[i].flags & TC_RACE_VOLATILE) {
            explain_more(finding, "That it is volatile orders nothing.");
            break;
        }
    /* An access that is surely plain races with anything. */
    if ((kinds[0] != KIND_UNKNOWN && kinds[0] != KIND_ATOMIC) ||
        (kinds[1] != KIND_UNKNOWN && kinds[1] != KIND_ATOMIC))
        return;
    finding->severity = TC_SEVERITY_INFO;
    finding->confidence = TC_CONFIDENCE_POSSIBLE;
    explain_more(finding, "Without debug information it cannot be told whether these are atomic "
                          "operations: an atomic load or store is a plain move, too.");
}
