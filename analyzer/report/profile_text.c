/* profile_text.c: the lock profile for people: a table of all locks, then those that were waited
 * for, with who waited and who made them wait. */
#include <stdio.h>
#include <string.h>

#include "analyzer/report/profile_format.h"

enum { ROWS = 40, DETAILS = 10, STACKS = 3, FRAMES = 4, NAME = 28 };

#define BOLD   "\033[1m"
#define NORMAL "\033[0m"

/* "1.23 s", in at most 8 columns. */
static void duration(char *to, size_t size, uint64_t ns) {
    static const struct {
        double unit;
        const char *name;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}};
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        double value = (double)ns / units[i].unit;
        if (value < 1)
            continue;
        snprintf(to, size, "%.*f %s", value < 10 ? 2 : value < 100 ? 1 : 0, value, units[i].name);
        return;
    }
    snprintf(to, size, "%u ns", (unsigned)ns);
}

static void add_duration(struct tc_text *out, uint64_t ns, bool known) {
    char text[32];
    duration(text, sizeof(text), ns);
    tc_text_printf(out, " %9s", known ? text : "-");
}

/* "1,234,567". */
static void grouped(char *to, uint64_t value) {
    char digits[32];
    int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
    for (int i = 0; i < length; i++) {
        *to++ = digits[i];
        if (i + 1 < length && (length - 1 - i) % 3 == 0)
            *to++ = ',';
    }
    *to = 0;
}

static void add_bold(struct tc_text *out, const struct tc_style *style, const char *string) {
    tc_text_printf(out, "%s%s%s", style->colour ? BOLD : "", string, style->colour ? NORMAL : "");
}

/* The name cut to its column, as many characters. */
static void add_name(struct tc_text *out, const char *name) {
    size_t columns = 0, bytes = 0;
    while (name[bytes] && columns < NAME) {
        do
            bytes++;
        while (((unsigned char)name[bytes] & 0xc0) == 0x80);
        columns++;
    }
    bool cut = name[bytes];
    if (cut) {
        for (int back = 0; back < 2; back++)
            do
                bytes--;
            while (((unsigned char)name[bytes] & 0xc0) == 0x80);
        columns -= 2;
    }
    tc_text_bytes(out, name, bytes);
    tc_text_add(out, cut ? ".." : "");
    columns += cut ? 2 : 0;
    tc_text_repeat(out, ' ', NAME - columns);
}

static void add_row(struct tc_text *out, const struct tc_report *report,
                    const struct tc_report_lock *lock) {
    char count[40];
    add_name(out, report->classes[lock->class_number].name);
    grouped(count, lock->acquisitions);
    tc_text_printf(out, " %12s", count);
    if (lock->contended)
        tc_text_printf(out, " %6.1f%%",
                       100.0 * (double)lock->contended / (double)lock->acquisitions);
    else
        tc_text_add(out, "       -");
    bool waits = lock->contended > 0, holds = lock->hold.measured > 0;
    add_duration(out, lock->wait.total, waits);
    add_duration(out, lock->wait.mean, waits);
    add_duration(out, lock->wait.p99, waits);
    add_duration(out, lock->wait.max, waits);
    tc_text_add(out, " |");
    add_duration(out, lock->hold.mean, holds);
    add_duration(out, lock->hold.p99, holds);
    add_duration(out, lock->hold.max, holds);
    if (lock->hold.count)
        tc_text_printf(out, " %6.1f%%",
                       100.0 * (double)lock->hold.measured / (double)lock->hold.count);
    tc_text_char(out, '\n');
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "push (queue.c:12) < work (main.c:30)": from the program's innermost frame outwards. */
static void add_path(struct tc_text *out, const struct tc_report_frames *frames) {
    const struct tc_report_frame *key = tc_report_key_frame(frames);
    size_t shown = 0;
    for (size_t i = key ? (size_t)(key - frames->entries) : 0; i < frames->count; i++) {
        const struct tc_report_frame *frame = &frames->entries[i];
        if (frame->role != TC_FRAME_PROGRAM && frame != key)
            continue;
        if (shown == FRAMES) {
            tc_text_add(out, " < ...");
            break;
        }
        tc_text_add(out, shown++ ? " < " : "");
        tc_text_clean(out, frame->function, 120, false);
        if (frame->file)
            tc_text_printf(out, " (%s:%u)", base_name(frame->file), frame->line);
    }
    tc_text_add(out, frames->count ? "\n" : "(the stack is not known)\n");
}

static void add_usages(struct tc_text *out, const char *title, const struct tc_report_usage *usages,
                       size_t count) {
    for (size_t i = 0; i < count && i < STACKS; i++) {
        char total[32], times[40];
        duration(total, sizeof(total), usages[i].total);
        grouped(times, usages[i].count);
        tc_text_printf(out, "  %-12s %9s in %8s: ", i ? "" : title, total, times);
        add_path(out, &usages[i].stack);
    }
    if (count > STACKS)
        tc_text_printf(out, "  %-12s ... and at %zu other place%s\n", "", count - STACKS,
                       count - STACKS == 1 ? "" : "s");
}

static void add_details(struct tc_text *out, const struct tc_report *report,
                        const struct tc_style *style, const struct tc_report_lock *lock) {
    const struct tc_report_class *class = &report->classes[lock->class_number];
    const struct tc_report_frame *created = tc_report_key_frame(&class->created);
    tc_text_char(out, '\n');
    add_bold(out, style, class->name);
    tc_text_printf(out, "  %s", class->type);
    if (lock->objects > 1)
        tc_text_printf(out, ", %llu objects", (unsigned long long)lock->objects);
    if (created && created->file)
        tc_text_printf(out, ", %s:%u", base_name(created->file), created->line);
    tc_text_char(out, '\n');
    if (lock->convoy_threads >= 2) {
        char time[32];
        duration(time, sizeof(time), lock->convoy_time);
        tc_text_printf(out, "  %-12s %9s in which somebody always waited, %u threads in all\n",
                       "worst convoy", time, lock->convoy_threads);
    }
    add_usages(out, "waited", lock->waiters, lock->waiter_count);
    add_usages(out, "held by", lock->holders, lock->holder_count);
}

static void add_head(struct tc_text *out, const struct tc_report *report) {
    const struct tc_report_process *main = tc_report_main(report);
    const char *name = !main ? "" : main->argc ? main->argv[0] : main->executable;
    tc_text_printf(out, "lock profile of %s", name);
    if (report->process_count > 1)
        tc_text_printf(out, ", %zu processes", report->process_count);
    tc_text_char(out, '\n');
    for (size_t i = 0; i < report->process_count; i++)
        for (size_t j = 0; j < report->processes[i].note_count; j++)
            tc_text_printf(out, "note: process %u: %s\n", report->processes[i].pid,
                           report->processes[i].notes[j]);
}

void tc_profile_text(struct tc_text *out, const struct tc_report *report,
                     const struct tc_style *style) {
    const struct tc_report_profile *profile = report->profile;
    add_head(out, report);
    if (!profile || !profile->count) {
        tc_text_add(out, "no lock was acquired\n");
        return;
    }
    char heads[256];
    snprintf(heads, sizeof(heads), "\n%-*s %12s %7s %9s %9s %9s %9s | %9s %9s %9s %7s\n", NAME,
             "lock", "acquired", "waited", "wait: all", "mean", "p99", "max", "hold:mean", "p99",
             "max", "known");
    add_bold(out, style, heads);
    for (size_t i = 0; i < profile->count && i < ROWS; i++)
        add_row(out, report, &profile->locks[i]);
    if (profile->count > ROWS)
        tc_text_printf(out, "... and %zu more (--format=json has all)\n", profile->count - ROWS);
    for (size_t i = 0; i < profile->count && i < DETAILS && profile->locks[i].contended; i++)
        add_details(out, report, style, &profile->locks[i]);
    tc_text_add(out, "\nWaits are exact. Holds are measured where somebody waited and by samples: "
                     "\"known\" is their share.\n");
}
