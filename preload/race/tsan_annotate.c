/* tsan_annotate.c: annotations of libtsan and of dynamic_annotations.h.
 *
 * What: those that order, that name locks, or that say what is not to be reported, do what they
 *       say; the others are hints that other tools took.  A library may define them as functions
 *       that do nothing: ours come first, and then its program is known better.
 * Threads: any.
 */
#include "preload/annotate.h"
#include "preload/race/core.h"
#include "preload/race/tsan.h"

#include "preload/poison.h"

#define HERE       const char *file, int line
#define NOT_ASKED  ((void)file, (void)line)
#define ADDRESS(a) ((void *)(a))

TSAN(void, AnnotateHappensBefore, HERE, uintptr_t address) {
    NOT_ASKED;
    tc_annotate(TC_ANNOTATE_HAPPENS_BEFORE, ADDRESS(address), NULL, 0, TC_SITE());
}
TSAN(void, AnnotateHappensAfter, HERE, uintptr_t address) {
    NOT_ASKED;
    tc_annotate(TC_ANNOTATE_HAPPENS_AFTER, ADDRESS(address), NULL, 0, TC_SITE());
}
TSAN(void, WTFAnnotateHappensBefore, HERE, uintptr_t address) {
    NOT_ASKED;
    tc_annotate(TC_ANNOTATE_HAPPENS_BEFORE, ADDRESS(address), NULL, 0, TC_SITE());
}
TSAN(void, WTFAnnotateHappensAfter, HERE, uintptr_t address) {
    NOT_ASKED;
    tc_annotate(TC_ANNOTATE_HAPPENS_AFTER, ADDRESS(address), NULL, 0, TC_SITE());
}

TSAN(void, AnnotateRWLockCreate, HERE, uintptr_t lock) {
    NOT_ASKED;
    tc_annotate(TC_ANNOTATE_LOCK_CREATED, ADDRESS(lock), NULL, 0, TC_SITE());
}
TSAN(void, AnnotateRWLockCreateStatic, HERE, uintptr_t lock) {
    NOT_ASKED;
    tc_annotate(TC_ANNOTATE_LOCK_CREATED, ADDRESS(lock), NULL, 0, TC_SITE());
}
TSAN(void, AnnotateRWLockDestroy, HERE, uintptr_t lock) {
    NOT_ASKED;
    tc_annotate(TC_ANNOTATE_LOCK_DESTROYED, ADDRESS(lock), NULL, 0, TC_SITE());
}
TSAN(void, AnnotateRWLockAcquired, HERE, uintptr_t lock, uintptr_t writes) {
    NOT_ASKED;
    tc_annotate(TC_ANNOTATE_LOCK_ACQUIRED, ADDRESS(lock), NULL, writes ? 0 : TC_LOCK_SHARED,
                TC_SITE());
}
TSAN(void, AnnotateRWLockReleased, HERE, uintptr_t lock, uintptr_t writes) {
    NOT_ASKED;
    tc_annotate(TC_ANNOTATE_LOCK_RELEASED, ADDRESS(lock), NULL, writes ? 0 : TC_LOCK_SHARED,
                TC_SITE());
}

/* Of both kinds of access at once: what is not told apart is not reported. */
TSAN(void, AnnotateIgnoreReadsBegin, HERE) {
    NOT_ASKED;
    tc_tsan_ignore(1);
}
TSAN(void, AnnotateIgnoreReadsEnd, HERE) {
    NOT_ASKED;
    tc_tsan_ignore(-1);
}
TSAN(void, AnnotateIgnoreWritesBegin, HERE) {
    NOT_ASKED;
    tc_tsan_ignore(1);
}
TSAN(void, AnnotateIgnoreWritesEnd, HERE) {
    NOT_ASKED;
    tc_tsan_ignore(-1);
}

TSAN(void, AnnotateBenignRaceSized, HERE, uintptr_t address, uintptr_t size, const char *why) {
    NOT_ASKED;
    (void)why;
    tc_race_allow(address, size);
}
TSAN(void, AnnotateBenignRace, HERE, uintptr_t address, const char *why) {
    NOT_ASKED;
    (void)why;
    tc_race_allow(address, 1);
}
TSAN(void, WTFAnnotateBenignRaceSized, HERE, uintptr_t address, uintptr_t size, const char *why) {
    NOT_ASKED;
    (void)why;
    tc_race_allow(address, size);
}
TSAN(void, AnnotateExpectRace, HERE, uintptr_t address, const char *why) {
    NOT_ASKED;
    (void)why;
    tc_race_allow(address, 1);
}

TSAN(void, AnnotateNewMemory, HERE, uintptr_t address, uintptr_t size) {
    NOT_ASKED;
    tc_race_forget(address, address + size);
}
TSAN(void, AnnotateThreadName, HERE, const char *name) {
    NOT_ASKED;
    tc_annotate(TC_ANNOTATE_THREAD_NAME, NULL, name, 0, TC_SITE());
}

TSAN_NOTHING(AnnotateCondVarSignal)
TSAN_NOTHING(AnnotateCondVarSignalAll)
TSAN_NOTHING(AnnotateCondVarWait)
TSAN_NOTHING(AnnotateEnableRaceDetection)
TSAN_NOTHING(AnnotateFlushExpectedRaces)
TSAN_NOTHING(AnnotateFlushState)
TSAN_NOTHING(AnnotateIgnoreSyncBegin)
TSAN_NOTHING(AnnotateIgnoreSyncEnd)
TSAN_NOTHING(AnnotateMemoryIsInitialized)
TSAN_NOTHING(AnnotateMemoryIsUninitialized)
TSAN_NOTHING(AnnotateMutexIsNotPHB)
TSAN_NOTHING(AnnotateMutexIsUsedAsCondVar)
TSAN_NOTHING(AnnotateNoOp)
TSAN_NOTHING(AnnotatePCQCreate)
TSAN_NOTHING(AnnotatePCQDestroy)
TSAN_NOTHING(AnnotatePCQGet)
TSAN_NOTHING(AnnotatePCQPut)
TSAN_NOTHING(AnnotatePublishMemoryRange)
TSAN_NOTHING(AnnotateTraceMemory)
TSAN_NOTHING(AnnotateUnpublishMemoryRange)

/* Whether Valgrind is there, and how slow; what kind of tool this is. */
TSAN(int, RunningOnValgrind, void) {
    return 0;
}
TSAN(double, ValgrindSlowdown, void) {
    return 10.0;
}
TSAN(const char *, ThreadSanitizerQuery, const char *query) {
    bool sanitizes = query && query[0] == 's'; /* "sanitizer" */
    return sanitizes ? "1" : "0";
}
