// deep_stack_test.cc: a thread that calls from far down its stack is known there, too, and what is
// no part of its stack is not taken for it.
#include "preload/recorder_fixture.h"

extern "C" {
#include "preload/thread.h"
}

#include <cstring>

#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>

namespace {

using recorder::Recorder;

constexpr size_t kPage = 4096;
constexpr int kCalls = 16; // not each of them is remembered

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void Use() {
    for (int i = 0; i < kCalls; i++) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
}

bool IsProven(const void *place) {
    return reinterpret_cast<uintptr_t>(place) >= tc_local.thread->stack_low &&
           reinterpret_cast<uintptr_t>(place) < tc_local.thread->stack_high;
}

__attribute__((noinline)) bool UseBelow(size_t depth) {
    volatile char frame[2 * kPage];
    frame[0] = frame[sizeof frame - 1] = 1;
    if (depth > sizeof frame) {
        bool proven = UseBelow(depth - sizeof frame);
        return proven && frame[0]; // no tail call
    }
    Use();
    return IsProven(const_cast<char *>(frame)) && frame[0];
}

void *Deep(void *) {
    Use();
    return reinterpret_cast<void *>(UseBelow(20 * kPage) && UseBelow(60 * kPage));
}

TEST_F(Recorder, AThreadIsKnownFarDownItsStack) {
    int status = Run([] {
        pthread_t thread;
        void *proven = nullptr;
        pthread_create(&thread, nullptr, Deep, nullptr);
        pthread_join(thread, &proven);
        if (!proven)
            _exit(1);
    });
    EXPECT_EQ(status, 0);
}

ucontext_t inner, outer;
bool other_is_proven;

void OnAnotherStack() {
    char here;
    Use();
    other_is_proven = IsProven(&here);
    swapcontext(&inner, &outer);
}

// The stack of a coroutine lies right below that of its thread, with a page between them that
// cannot be read, as libc's guard is; afterwards it goes away.
void *WithCoroutine(void *low) {
    Use();
    getcontext(&inner);
    inner.uc_stack.ss_sp = low;
    inner.uc_stack.ss_size = 16 * kPage;
    inner.uc_link = &outer;
    makecontext(&inner, OnAnotherStack, 0);
    swapcontext(&outer, &inner);
    mprotect(low, 16 * kPage, PROT_NONE);
    Use();
    return reinterpret_cast<void *>(!other_is_proven);
}

TEST_F(Recorder, AnotherStackIsNotTakenForTheThreads) {
    int status = Run([] {
        char *memory = static_cast<char *>(
            mmap(nullptr, 64 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        mprotect(memory + 16 * kPage, kPage, PROT_NONE);
        pthread_attr_t attr;
        pthread_attr_init(&attr);
        pthread_attr_setstack(&attr, memory + 17 * kPage, 47 * kPage);
        pthread_t thread;
        void *right = nullptr;
        if (pthread_create(&thread, &attr, WithCoroutine, memory))
            _exit(2);
        pthread_join(thread, &right);
        if (!right)
            _exit(1);
    });
    EXPECT_EQ(status, 0);
}

} // namespace
