// unwind_test.cc: the unwinder against libunwind, and the trie against the unwinder, on frames that
// compilers lay out in unusual ways.
#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include <alloca.h>
#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <stdexcept>
#include <ucontext.h>
#include <vector>

#include <gtest/gtest.h>

extern "C" {
#include "preload/stack_trie.h"
#include "preload/unwind.h"
}
#include "threadcheck/trace_format.h"

namespace {

struct Counts {
    int walks = 0, found = 0, cut = 0;
};
Counts counts;

// The oracle: return addresses from the hook's caller outwards.
std::vector<uint64_t> OracleFrames() {
    unw_context_t context;
    unw_cursor_t cursor;
    std::vector<uint64_t> frames;
    unw_getcontext(&context);
    unw_init_local(&cursor, &context);
    do {
        unw_word_t ip;
        unw_get_reg(&cursor, UNW_REG_IP, &ip);
        frames.push_back(ip);
    } while (unw_step(&cursor) > 0);
    return frames;
}

std::map<std::vector<uint64_t>, uint32_t> ids;

uint32_t IdOf(const tc_unwound &stack) {
    std::vector<uint64_t> frames(stack.frames, stack.frames + stack.count);
    return ids.emplace(frames, static_cast<uint32_t>(ids.size() + 1)).first->second;
}

uintptr_t stack_low, stack_high;

} // namespace

// Stands for an exported hook: compiled with a frame pointer, never inlined.
extern "C" __attribute__((noinline)) void Hook() {
    tc_site site = TC_SITE();
    static tc_unwound stack;
    tc_unwind(site, stack_low, stack_high, &stack);
    std::vector<uint64_t> oracle = OracleFrames();
    size_t skip = 0;
    while (skip < oracle.size() && oracle[skip] != site.return_address)
        skip++;
    ASSERT_LT(skip, oracle.size());
    size_t expected = oracle.size() - skip;
    counts.walks++;
    if (stack.flags & TC_STACK_TRUNCATED) {
        counts.cut++;
        ASSERT_LE(stack.count, expected);
    } else {
        // libunwind may name one frame more: the outermost, which has no caller.
        ASSERT_TRUE(stack.count == expected || stack.count + 1 == expected)
            << stack.count << " of " << expected;
    }
    for (size_t i = 0; i < stack.count; i++)
        ASSERT_EQ(stack.frames[i] & ~TC_FRAME_EXACT, oracle[skip + i]) << "frame " << i;
    uint32_t id = IdOf(stack);
    uint32_t known = tc_trie_find(site.return_address, site.cfa, 0, 0);
    ASSERT_EQ(tc_trie_find(site.return_address, site.cfa, stack_low, stack_high), known);
    if (known) {
        counts.found++;
        ASSERT_EQ(known, id) << "the trie took one stack for another";
    } else if (stack.repeatable) {
        tc_trie_insert(TC_TRIE_STACKS, site.return_address, stack.slots, stack.slot_count, id);
        ASSERT_EQ(tc_trie_find(site.return_address, site.cfa, 0, 0), id);
    }
}

namespace {

volatile int sink;

__attribute__((noinline)) void Leaf() {
    Hook();
    sink = sink + 1;
}

__attribute__((noinline)) void WithAlloca(int n) {
    char *memory = static_cast<char *>(alloca(static_cast<size_t>(16 + n * 40)));
    memset(memory, n, 16);
    Leaf();
    sink = sink + memory[3];
}

__attribute__((noinline)) void OverAligned(int n) {
    alignas(64) char memory[128];
    memset(memory, n, sizeof memory);
    if (n & 1)
        WithAlloca(n);
    else
        Leaf();
    sink = sink + memory[n & 127];
}

struct Cleaner {
    ~Cleaner() { Leaf(); }
};

__attribute__((noinline)) void Throwing(int n) {
    Cleaner cleaner;
    if (n % 3 == 0)
        throw std::runtime_error("three");
    OverAligned(n);
}

__attribute__((noinline)) void Deep(int depth, int n) {
    if (depth > 0) {
        Deep(depth - 1, n);
        sink = sink + depth;
        return;
    }
    try {
        Throwing(n);
    } catch (const std::runtime_error &) {
        Leaf();
    }
}

int Compare(const void *a, const void *b) {
    Leaf();
    return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}

void OnSignal(int) {
    Leaf();
}

class Unwind : public testing::Test {
  protected:
    void SetUp() override {
        pthread_attr_t attributes;
        void *low;
        size_t size;
        pthread_getattr_np(pthread_self(), &attributes);
        pthread_attr_getstack(&attributes, &low, &size);
        pthread_attr_destroy(&attributes);
        stack_low = reinterpret_cast<uintptr_t>(low);
        stack_high = stack_low + size;
        counts = Counts();
    }
};

TEST_F(Unwind, AgreesWithLibunwindOnUnusualFrames) {
    for (int n = 0; n < 200; n++)
        Deep(n % 7, n % 12);
    EXPECT_EQ(counts.cut, 0);
    EXPECT_GT(counts.found, counts.walks / 2);
}

TEST_F(Unwind, WorksThroughCallbacksOfOtherLibraries) {
    for (int round = 0; round < 20; round++) {
        int numbers[] = {5, 3, 9, 1, 7, 2};
        qsort(numbers, 6, sizeof *numbers, Compare);
        std::function<void()> call = [round] { WithAlloca(round % 3); };
        call();
    }
    EXPECT_EQ(counts.cut, 0);
}

TEST_F(Unwind, CrossesSignalFramesAndDoesNotKeepThem) {
    signal(SIGUSR1, OnSignal);
    for (int i = 0; i < 5; i++)
        raise(SIGUSR1);
    EXPECT_EQ(counts.walks, 5);
    EXPECT_EQ(counts.found, 0);
    EXPECT_EQ(counts.cut, 0);
}

TEST_F(Unwind, CrossesFromAnAlternateSignalStack) {
    static char memory[64 << 10];
    stack_t alternate = {};
    alternate.ss_sp = memory;
    alternate.ss_size = sizeof memory;
    sigaltstack(&alternate, nullptr);
    struct sigaction action = {};
    action.sa_handler = OnSignal;
    action.sa_flags = SA_ONSTACK;
    sigaction(SIGUSR2, &action, nullptr);
    raise(SIGUSR2);
    EXPECT_EQ(counts.walks, 1);
    EXPECT_EQ(counts.cut, 0);
}

ucontext_t main_context, other_context;

void OtherStack() {
    Deep(3, 4);
    Deep(3, 5);
}

TEST_F(Unwind, WorksOnAStackOfTheProgramsOwn) {
    static char memory[256 << 10];
    for (int i = 0; i < 3; i++) {
        getcontext(&other_context);
        other_context.uc_stack.ss_sp = memory;
        other_context.uc_stack.ss_size = sizeof memory;
        other_context.uc_link = &main_context;
        makecontext(&other_context, OtherStack, 0);
        swapcontext(&main_context, &other_context);
    }
    EXPECT_GT(counts.walks, 5);
}

TEST_F(Unwind, CutsWhatIsTooDeepAndSaysSo) {
    Deep(TC_UNWIND_FRAMES + 20, 1);
    EXPECT_GT(counts.cut, 0);
}

TEST_F(Unwind, NeverReadsWhatIsNotThere) {
    static tc_unwound stack;
    // A frame pointer and a CFA that point nowhere: nothing but the call site is known.
    tc_site site = {reinterpret_cast<uintptr_t>(&Leaf) + 4, 0x1000, 0x1000, 0};
    tc_unwind(site, stack_low, stack_high, &stack);
    EXPECT_EQ(stack.count, 1u);
    EXPECT_TRUE(stack.flags & TC_STACK_TRUNCATED);
    EXPECT_FALSE(stack.repeatable);
    // The last word that there is, whose end is 0.
    for (uintptr_t last : {uintptr_t{8} - 8, uintptr_t{0}, uintptr_t{8}}) {
        site = {reinterpret_cast<uintptr_t>(&Leaf) + 4, last, last - 8, 0};
        tc_unwind(site, stack_low, stack_high, &stack);
        EXPECT_EQ(stack.count, 1u);
        EXPECT_TRUE(stack.flags & TC_STACK_TRUNCATED);
    }
}

TEST_F(Unwind, ForgetsOnDemand) {
    Deep(2, 4);
    tc_trie_forget();
    int before = counts.found;
    Deep(2, 4);
    EXPECT_EQ(counts.found, before);
}

} // namespace
