/* progress.h: how far a long analysis has come, on a terminal.
 *
 * What: a line on stderr once a second has passed, drawn anew ten times a second at most and wiped
 *       at the end; nothing where stderr is no terminal.
 * Rules: single-threaded.
 */
#ifndef TC_ANALYZER_PROGRESS_H
#define TC_ANALYZER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tc_progress {
    bool wanted, shown;
    const char *what;     /* that is read; one line */
    uint64_t begin, next; /* ns: when it began, when the next line is due */
};

/* `wanted`: stderr is a terminal. */
void tc_progress_begin(struct tc_progress *progress, const char *what, bool wanted, uint64_t now);

/* The line to print at `now` for this part of 1 done, into `text`; false: none. */
bool tc_progress_line(struct tc_progress *progress, double part, uint64_t now, char *text,
                      uint32_t size);

/* For tc_config: prints that line. */
void tc_progress_step(void *progress, double part);
void tc_progress_end(struct tc_progress *progress);

/* The clock of all this. */
uint64_t tc_progress_now(void);

#ifdef __cplusplus
}
#endif
#endif
