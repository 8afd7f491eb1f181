// scenario.h: a synthetic trace from a few lines of text, run through engine and checkers.
//
// A scenario is a text of lines; `#` begins a comment.  It is what a test reads best:
//
//     # expect: lock-order-inversion error
//     mutex A B
//     T1: lock A; lock B; unlock B; unlock A
//     T2: lock B; lock A; unlock A; unlock B
//
// Declarations:  TYPE [ATTRIBUTE...] NAME...   TYPE is a name of objects.def (rwlock, condition,
// bounded-semaphore, ...; pylock for Python's Lock), ATTRIBUTE is recursive, errorcheck, robust,
// shared, named, static, stack, fresh, prefer-writer, held, noinit, or value=N.
// Events:  THREAD: OPERATION; OPERATION...   scenario.cc lists the operations; `event NAME OBJECT
// ARG RESULT` writes any event of events.def; `race THREAD KIND KIND LOCK...` a race: this thread's
// access, holding the locks, with an earlier one of THREAD, where KIND is read, write, change,
// atomic-read or atomic-write.  A thread that nobody spawns is created by main at
// the start; `early` makes it one that was there before recording began.  `@LABEL` after an
// operation gives it a stack of that name; else each line is a stack of its own.  Tickets are taken
// in the order of the text. Expectations:  `# expect: KIND SEVERITY` one line each, or `# expect:
// none`: all that is found at warning or error.  `# info: KIND` is found at info.  `# text: WORDS`
// stands in some finding,
// `# note: WORDS` in the notes.  `skip OBJECT` takes a ticket whose record is missing.
#ifndef TC_TESTS_SCENARIO_H
#define TC_TESTS_SCENARIO_H

#include <string>
#include <vector>

struct Found {
    std::string kind, severity, confidence, text;
    uint64_t count;
    std::vector<uint32_t> objects, threads;
};

struct Outcome {
    std::string error; // of the scenario's text; empty: it ran
    std::vector<Found> found;
    std::string notes; // what the report will say is missing, a line each
};

// Runs the scenario; also without the short way of repeats, and with contexts of lock orders
// gathered in a second pass: that all find the same is a part of it.
Outcome RunScenario(const std::string &text);

// Runs it and compares with its expectations.  Empty when all hold, else what does not.
std::string CheckScenario(const std::string &text);

#endif
