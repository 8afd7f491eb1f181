// damage_test.cc: a valid trace cut at every byte, and with every byte changed, still comes to an
// end; so does what is not a trace at all.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/fuzz/trace_fuzz.h"
#include "trace/writer.h"

namespace {

// A small trace with all kinds of records.
std::vector<uint8_t> SmallTrace() {
    tc_writer *w = tc_writer_new();
    tc_writer_chunk_size(w, 4096);
    uint32_t main = tc_writer_thread(w, 0, "main");
    uint32_t a = tc_writer_object(w, TC_OBJECT_MUTEX, 0, 0);
    uint32_t b = tc_writer_object(w, TC_OBJECT_RWLOCK, 0, 0);
    uint32_t condition = tc_writer_object(w, TC_OBJECT_COND, 0, 0);
    uint32_t semaphore = tc_writer_object(w, TC_OBJECT_SEMAPHORE, 0, 1);
    uint32_t barrier = tc_writer_object(w, TC_OBJECT_BARRIER, 0, 2);
    tc_writer_object_name(w, a, "accounts");
    tc_writer_warning(w, "a warning");
    uint32_t s = tc_writer_stack1(w, 0x1000), t = tc_writer_stack1(w, 0x2000);
    uint32_t one = tc_writer_spawn(w, main, s), two = tc_writer_spawn(w, main, t);
    for (int i = 0; i < 3; i++) {
        for (uint32_t thread : {one, two}) {
            tc_writer_event(w, thread, TC_EV_ACQUIRE, a, s, 0, 0);
            tc_writer_event(w, thread, TC_EV_ACQUIRE_SHARED, b, t, 0, 0);
            tc_writer_event(w, thread, TC_EV_ACQUIRE_COUNTED, semaphore, t, 0, 0);
            tc_writer_event(w, thread, TC_EV_RELEASE_COUNTED, semaphore, 0, 0, 0);
            tc_writer_event(w, thread, TC_EV_RELEASE, a, 0, 0, 0);
            tc_writer_event(w, thread, TC_EV_RELEASE_SHARED, b, 0, 0, 0);
            tc_writer_time(w, thread, 1000);
        }
    }
    tc_writer_event(w, one, TC_EV_ACQUIRE, a, s, 0, 0);
    tc_writer_event(w, one, TC_EV_WAIT, condition, s, a, 0);
    tc_writer_event(w, one, TC_EV_RELEASE_WAIT, a, s, 1, 0);
    tc_writer_event(w, two, TC_EV_SIGNAL, condition, t, 0, 0);
    tc_writer_event(w, one, TC_EV_WOKEN, condition, s, 0, 0);
    tc_writer_event(w, one, TC_EV_ACQUIRE_WAIT, a, s, 1, 0);
    tc_writer_event(w, one, TC_EV_RELEASE, a, 0, 0, 0);
    tc_writer_lost(w, two, 7);
    tc_writer_event(w, two, TC_EV_STILL_HELD, b, 0, 0, 0);
    tc_writer_event(w, two, TC_EV_REQUEST, a, s, 0, 0);
    tc_writer_event(w, two, TC_EV_REQUEST_FAILED, a, s, 0, 110);
    for (uint32_t thread : {one, two})
        tc_writer_event(w, thread, TC_EV_ARRIVE, barrier, s, 0, 0);
    for (uint32_t thread : {one, two}) {
        tc_writer_event(w, thread, TC_EV_LEAVE, barrier, 0, 0, 0);
        tc_writer_exit(w, thread);
        tc_writer_join(w, main, thread, s);
    }
    tc_writer_event(w, main, TC_EV_DESTROY, a, s, 0, 0);
    size_t size;
    const uint8_t *bytes = static_cast<const uint8_t *>(tc_writer_finish(w, &size));
    std::vector<uint8_t> copy(bytes, bytes + size);
    tc_writer_free(w);
    return copy;
}

void Analyse(const std::vector<uint8_t> &bytes) {
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

TEST(Damage, CutAnywhere) {
    std::vector<uint8_t> whole = SmallTrace();
    for (size_t size = 0; size < whole.size(); size++) {
        // The inside of the header and of the zeros after the last record cut alike.
        if (whole[size] == 0 && size % 64)
            continue;
        Analyse(std::vector<uint8_t>(whole.begin(), whole.begin() + size));
    }
}

TEST(Damage, EveryByteChanged) {
    std::vector<uint8_t> whole = SmallTrace();
    for (size_t at = 0; at < whole.size(); at++) {
        if (whole[at] == 0 && at % 16)
            continue;
        for (int value : {0x00, 0x01, 0x81, 0xff}) {
            std::vector<uint8_t> changed = whole;
            changed[at] = static_cast<uint8_t>(value);
            Analyse(changed);
        }
    }
}

TEST(Damage, SeveralBytesChanged) {
    std::vector<uint8_t> whole = SmallTrace();
    std::mt19937 random(7);
    for (int i = 0; i < 2000; i++) {
        std::vector<uint8_t> changed = whole;
        for (int j = 0; j < 6; j++)
            changed[random() % changed.size()] = static_cast<uint8_t>(random());
        Analyse(changed);
    }
}

TEST(Damage, Garbage) {
    std::mt19937 random(11);
    for (int i = 0; i < 50; i++) {
        std::vector<uint8_t> garbage(65536);
        for (uint8_t &byte : garbage)
            byte = static_cast<uint8_t>(random());
        Analyse(garbage);
        // Garbage behind a good header.
        std::vector<uint8_t> whole = SmallTrace();
        std::copy(whole.begin(), whole.begin() + 4096, garbage.begin());
        Analyse(garbage);
        // Garbage inside good chunks.
        for (size_t at = 4096 + 32; at < whole.size(); at++)
            if (at % 4096 >= 32)
                whole[at] = garbage[at % garbage.size()];
        Analyse(whole);
    }
}

} // namespace
