/* judge_race.c: whether a data race is one, by debug information, else by the instructions.
 *
 * Unmodified code does not say which of its moves are atomic: std::atomic's loads and stores, and
 * C11's, are moves like any other.  The debug information does: the line table leads into the
 * headers of <atomic>, or the variable's type is an atomic one, or the source line names an atomic
 * builtin, or a reduction of OpenMP's.  Two atomic accesses are no race; where there is debug
 * information and it says nothing of the kind, it is one.
 *
 * Without it the instructions are asked (symbol_insn.c).  What is read, changed and written back by
 * one thread while another writes it loses an update, atomic or not: a race.  What is written in
 * one place and tested or followed in another may be a flag or a published pointer: possible, and
 * no more.  The rest (stores that overwrite each other, values that are merely read) are plain
 * variables in nearly all programs without any atomic instruction, where no flag was seen either:
 * a warning there, and possible elsewhere.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/resolver.h"
#include "analyzer/report/text_buffer.h"
#include "threadcheck/trace_format.h"

enum kind { KIND_PLAIN, KIND_VOLATILE, KIND_ATOMIC, KIND_UNKNOWN };

static bool is_atomic_file(const char *path) {
    static const char *const names[] = {
        "atomic_base.h",      "atomic",    "atomic_wait.h",  "atomicity.h",
        "stdatomic.h",        "atomic.rs", "atomic_futex.h", "shared_ptr_atomic.h",
        "atomic_timed_wait.h"};
    const char *slash = path ? strrchr(path, '/') : NULL;
    const char *name = slash ? slash + 1 : path;
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_atomic_function(const char *name) {
    static const char *const begins[] = {"std::atomic", "std::__atomic", "__gnu_cxx::__atomic",
                                         "__gnu_cxx::__exchange_and_add", "core::sync::atomic"};
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

/* What OpenMP adds up for the program, the compiler adds by a loop around compare-and-swap, which
 * begins with a plain read and has the directive's line. */
static bool is_reduction(const char *line) {
    return line && (strcasestr(line, "#pragma omp") || strcasestr(line, "!$omp")) &&
           strcasestr(line, "reduction");
}

/* Functions that a compiler has made of an OpenMP directive: gcc's and clang's. */
static bool is_made_of_directive(const char *function) {
    return function && (strstr(function, "._omp_fn") || strstr(function, "omp_outlined"));
}

/* C++ writes atomics by <atomic>, which the line table shows, hardly ever by builtins. */
static bool is_cpp_file(const char *path) {
    static const char *const ends[] = {".cc", ".cpp", ".cxx", ".C", ".c++", ".hpp", ".hh", ".hxx"};
    const char *dot = path ? strrchr(path, '.') : NULL;
    for (size_t i = 0; dot && i < sizeof ends / sizeof *ends; i++)
        if (strcmp(dot, ends[i]) == 0)
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
            names_atomic(line) || is_reduction(line))
            kind = KIND_ATOMIC;
        else if (line || (frame->line && is_cpp_file(frame->file) &&
                          !is_made_of_directive(frame->function)))
            kind = KIND_PLAIN;
        if (!frame->inlined)
            break;
    }
    tc_report_frames_free(&frames);
    return kind;
}

static struct tc_symbol_file *file_at(const struct tc_resolver *resolver, uint64_t address,
                                      uint32_t stack, uint64_t *in_file) {
    const struct tc_report_source *source = resolver->source;
    struct tc_report_module module = {0};
    if (!source->module(source->context, address, stack, &module) || !module.path)
        return NULL;
    *in_file = address - module.bias;
    return tc_symbols_file(resolver->symbols, module.path, module.build_id, module.build_id_size);
}

static enum kind kind_of_data(const struct tc_resolver *resolver,
                              const struct tc_meta_race_side *side) {
    uint64_t address;
    struct tc_symbol_file *file = file_at(resolver, side->address, side->stack, &address);
    if (!file)
        return KIND_PLAIN; /* no variable: its code decides */
    switch (tc_symbol_file_access(file, address)) {
    case TC_ACCESS_ATOMIC:
        return KIND_ATOMIC;
    case TC_ACCESS_VOLATILE:
        return KIND_VOLATILE;
    default:
        return KIND_PLAIN;
    }
}

/* The file of the code that made an access, and where its instruction ends; NULL: not known. */
static struct tc_symbol_file *code_of(const struct tc_resolver *resolver,
                                      const struct tc_meta_race_side *side, uint64_t *end) {
    const struct tc_report_source *source = resolver->source;
    const uint64_t *frames = NULL;
    bool truncated;
    size_t count =
        side->stack ? source->stack(source->context, side->stack, &frames, &truncated) : 0;
    if (!count || frames[0] & (TC_FRAME_PYTHON | TC_FRAME_EXACT))
        return NULL;
    struct tc_symbol_file *file = file_at(resolver, frames[0] - 1, side->stack, end);
    *end += 1;
    return file;
}

/* clang makes one instruction of a relaxed load, an addition and a relaxed store; gcc does not. */
static bool may_be_fused(const struct tc_resolver *resolver, const struct tc_meta_race_side *side) {
    uint64_t end;
    if (!(side->flags & TC_RACE_MODIFY) || side->flags & TC_RACE_LIBC || side->size > 8)
        return false;
    struct tc_symbol_file *file = code_of(resolver, side, &end);
    return file && !tc_symbol_file_is_gcc(file);
}

static enum kind kind_of(const struct tc_resolver *resolver, const struct tc_meta_race_side *side) {
    if (side->flags & TC_RACE_ATOMIC)
        return KIND_ATOMIC;
    enum kind data = kind_of_data(resolver, side);
    bool fused = !(side->flags & TC_RACE_PLAIN_MOVE) && may_be_fused(resolver, side);
    if (!(side->flags & TC_RACE_PLAIN_MOVE) && !fused)
        return data == KIND_ATOMIC ? KIND_PLAIN : data;
    if (data == KIND_ATOMIC)
        return data;
    enum kind code = kind_of_code(resolver, side->stack);
    return code == KIND_PLAIN ? data : code;
}

/* What the instructions of both sides say, where nothing else does. */
struct uses {
    enum kind kinds[2];
    enum tc_symbol_use uses[2];
    int64_t constants[2];
    bool by_instructions; /* neither side is surely plain */
    bool atomics;         /* an instruction is, or some other of the code, or it is not known */
};

static struct uses uses_of(const struct tc_resolver *resolver, const struct tc_meta_race *race) {
    struct uses uses = {.by_instructions = true};
    for (unsigned i = 0; i < 2; i++) {
        uses.kinds[i] = kind_of(resolver, &race->sides[i]);
        uses.by_instructions &= uses.kinds[i] == KIND_UNKNOWN || uses.kinds[i] == KIND_ATOMIC;
    }
    for (unsigned i = 0; i < 2 && uses.by_instructions; i++) {
        uint64_t end;
        struct tc_symbol_file *file = code_of(resolver, &race->sides[i], &end);
        uses.atomics |= !file || uses.kinds[i] == KIND_ATOMIC || tc_symbol_file_has_atomics(file);
        if (file && uses.kinds[i] == KIND_UNKNOWN)
            uses.uses[i] = tc_symbol_file_use(file, end, &uses.constants[i]);
    }
    return uses;
}

static bool writes(const struct tc_meta_race *race, const struct uses *uses, unsigned side) {
    return race->sides[side].flags & TC_RACE_WRITE || uses->uses[side] == TC_USE_UPDATE;
}

/* An update of one side can be lost. */
static bool loses(const struct tc_meta_race *race, const struct uses *uses) {
    /* A loop around compare-and-swap reads plainly, too. */
    if (uses->kinds[0] == KIND_ATOMIC || uses->kinds[1] == KIND_ATOMIC || !race->sides[0].stack ||
        !race->sides[1].stack)
        return false;
    return (uses->uses[0] == TC_USE_UPDATE && writes(race, uses, 1)) ||
           (uses->uses[1] == TC_USE_UPDATE && writes(race, uses, 0));
}

/* Accesses as no compiler makes them to an atomic variable. */
static bool cannot_be_atomic(const struct tc_meta_race *race, const struct uses *uses) {
    const struct tc_meta_race_side *now = &race->sides[0], *before = &race->sides[1];
    return uses->uses[0] == TC_USE_PLAIN || uses->uses[1] == TC_USE_PLAIN ||
           (now->stack && now->address % (now->size ? now->size : 1)) ||
           (now->stack && before->stack && now->size != before->size &&
            uses->kinds[0] == KIND_UNKNOWN && uses->kinds[1] == KIND_UNKNOWN);
}

static bool is_flag(const struct uses *uses) {
    return uses->uses[0] == TC_USE_FLAG || uses->uses[1] == TC_USE_FLAG ||
           uses->uses[0] == TC_USE_UNKNOWN || uses->uses[1] == TC_USE_UNKNOWN ||
           (uses->uses[0] == TC_USE_STORE_CONSTANT && uses->uses[1] == TC_USE_STORE_CONSTANT &&
            uses->constants[0] == uses->constants[1]);
}

bool tc_race_any_flag(const struct tc_resolver *resolver) {
    const struct tc_findings *findings = resolver->source->findings;
    size_t count = findings ? tc_findings_count(findings) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct tc_meta_race *race = tc_findings_get(findings, i)->race;
        if (!race || race->grade != TC_RACE_NATIVE ||
            race->sides[0].flags & (TC_RACE_END | TC_RACE_DESCRIPTOR))
            continue;
        struct uses uses = uses_of(resolver, race);
        if (uses.by_instructions && !loses(race, &uses) && !cannot_be_atomic(race, &uses) &&
            is_flag(&uses))
            return true;
    }
    return false;
}

static void explain_more(struct tc_report_finding *finding, const char *words) {
    struct tc_text text = {0};
    tc_text_printf(&text, "%s %s", finding->explanation, words);
    free(finding->explanation);
    finding->explanation = tc_text_take(&text);
}

bool tc_race_is_none(const struct tc_resolver *resolver, const struct tc_meta_race *race) {
    return !(race->sides[0].flags & (TC_RACE_END | TC_RACE_DESCRIPTOR)) &&
           kind_of(resolver, &race->sides[0]) == KIND_ATOMIC &&
           kind_of(resolver, &race->sides[1]) == KIND_ATOMIC;
}

/* In a program without debug information. */
static void judge_instructions(const struct tc_resolver *resolver, const struct tc_meta_race *race,
                               const struct uses *uses, struct tc_report_finding *finding) {
    if (loses(race, uses)) {
        explain_more(finding, "The value is read, changed and written back while the other thread "
                              "writes it: one of the two is lost.");
        return;
    }
    if (cannot_be_atomic(race, uses))
        return;
    finding->confidence = TC_CONFIDENCE_POSSIBLE;
    if (is_flag(uses) || uses->atomics || resolver->flags_seen) {
        finding->severity = TC_SEVERITY_INFO;
        explain_more(finding, "Without debug information it cannot be told whether these are "
                              "atomic operations: an atomic load or store is a plain move, too.");
        return;
    }
    finding->severity = TC_SEVERITY_WARNING;
    explain_more(finding, "There is no debug information that would tell whether these are atomic "
                          "loads and stores, which are plain moves, too; that the code has no "
                          "atomic instruction at all, and the value is used as no flag is, speaks "
                          "against it.");
}

/* Made by a library that orders the program's threads and may do so in ways of its own. */
static bool is_in_order_library(const struct tc_resolver *resolver,
                                const struct tc_meta_race_side *side) {
    static const char *const names[] = {
#define TC_ORDER_LIBRARY(name, what) name,
#include "threadcheck/order_libraries.def"
#undef TC_ORDER_LIBRARY
    };
    uint64_t end;
    struct tc_symbol_file *file = code_of(resolver, side, &end);
    const char *path = file ? tc_symbol_file_path(file) : "", *slash = strrchr(path, '/');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(slash ? slash + 1 : path, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static void lower(struct tc_report_finding *finding, const char *why) {
    finding->severity = TC_SEVERITY_INFO;
    finding->confidence = TC_CONFIDENCE_POSSIBLE;
    explain_more(finding, why);
}

static void judge_partial(const struct tc_meta_race *race, struct tc_report_finding *finding) {
    if ((race->sides[0].flags | race->sides[1].flags) & TC_RACE_PARTIAL)
        lower(finding,
              "Not all of the program's code could be covered (a note says what is left): whether "
              "atomic instructions there put an order between these two is not known.");
}

/* As the process ends, what is left is taken down beside threads that are left, too. */
static bool is_at_exit(const struct tc_resolver *resolver, uint32_t stack) {
    static const char *const names[] = {"exit", "__run_exit_handlers", "__cxa_finalize",
                                        "_dl_fini"};
    struct tc_report_frames frames = tc_resolve_stack(resolver, stack);
    bool found = false;
    for (size_t i = 0; i < frames.count && !found; i++)
        for (size_t j = 0; frames.entries[i].function && j < sizeof names / sizeof *names; j++)
            found |= strcmp(frames.entries[i].function, names[j]) == 0;
    tc_report_frames_free(&frames);
    return found;
}

/* Many close a descriptor on purpose to make its reader end. */
static void judge_descriptor(const struct tc_meta_race *race, struct tc_report_finding *finding) {
    finding->confidence = TC_CONFIDENCE_POSSIBLE;
    finding->severity = TC_SEVERITY_WARNING;
    if (!((race->sides[0].flags | race->sides[1].flags) & TC_RACE_MODIFY))
        lower(finding, "It may be meant to make that thread end.");
}

static void judge_end(const struct tc_resolver *resolver, const struct tc_meta_race *race,
                      struct tc_report_finding *finding) {
    if (is_at_exit(resolver, race->sides[0].stack))
        lower(finding, "It does so as the process ends, which that thread does not outlive.");
    judge_partial(race, finding);
}

void tc_race_judge(const struct tc_resolver *resolver, const struct tc_meta_race *race,
                   struct tc_report_finding *finding) {
    if (race->sides[0].flags & TC_RACE_DESCRIPTOR)
        judge_descriptor(race, finding);
    if (race->sides[0].flags & (TC_RACE_END | TC_RACE_DESCRIPTOR)) {
        judge_end(resolver, race, finding);
        return;
    }
    struct uses uses = uses_of(resolver, race);
    for (unsigned i = 0; i < 2; i++)
        if (uses.kinds[i] == KIND_VOLATILE || race->sides[i].flags & TC_RACE_VOLATILE) {
            explain_more(finding, "That it is volatile orders nothing.");
            break;
        }
    /* An access that is surely plain races with anything. */
    if (uses.by_instructions)
        judge_instructions(resolver, race, &uses, finding);
    if (is_in_order_library(resolver, &race->sides[0]) ||
        is_in_order_library(resolver, &race->sides[1]))
        lower(finding,
              "It is within a library that orders the program's threads, whose own ways to "
              "do so are not all known.");
    judge_partial(race, finding);
}
