// race_sync_test.cc: what is known at an object is found while others come and go beside it.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

extern "C" {
#include "preload/race/core.h"
}

namespace {

std::unique_ptr<tc_race_thread> ThreadOf(uint32_t slot) {
    std::unique_ptr<tc_race_thread> thread(new tc_race_thread());
    thread->slot = slot;
    return thread;
}

uint64_t BucketOf(uint64_t key) {
    return key * 0x9e3779b97f4a7c15ull >> 47;
}

// As many keys of the bucket of `key`, itself not among them.
std::vector<uint64_t> Beside(uint64_t key, size_t count) {
    std::vector<uint64_t> keys;
    for (uint64_t other = key + 1; keys.size() < count; other++)
        if (BucketOf(other) == BucketOf(key))
            keys.push_back(other);
    return keys;
}

TEST(Sync, IsFoundWhileOthersOfItsBucketComeAndGo) {
    constexpr uint64_t kKey = 12345;
    tc_race_slots_used = 4;
    auto sender = ThreadOf(1), churner = ThreadOf(2), receiver = ThreadOf(3);
    sender->known[1] = 77;
    tc_sync_release(sender.get(), kKey, false, true);
    std::vector<uint64_t> keys = Beside(kKey, 6);
    std::atomic<bool> done{false};
    std::thread churn([&] {
        while (!done) {
            for (uint64_t key : keys)
                tc_sync_release(churner.get(), key, false, true);
            for (uint64_t key : keys)
                tc_sync_forget(key);
        }
    });
    unsigned missed = 0;
    for (int i = 0; i < 1000000; i++) {
        receiver->known[1] = 0;
        tc_sync_acquire(receiver.get(), kKey, false);
        missed += receiver->known[1] != 77;
    }
    done = true;
    churn.join();
    EXPECT_EQ(missed, 0u);
}

TEST(Sync, ForgetsWhatWasKnown) {
    tc_race_slots_used = 4;
    auto sender = ThreadOf(1), receiver = ThreadOf(3);
    sender->known[1] = 77;
    tc_sync_release(sender.get(), 9, false, true);
    tc_sync_forget(9);
    tc_sync_acquire(receiver.get(), 9, false);
    EXPECT_EQ(receiver->known[1], 0u);
    tc_sync_release(receiver.get(), 9, false, true);
    sender->known[1] = 0;
    tc_sync_acquire(sender.get(), 9, false);
    EXPECT_EQ(sender->known[1], 0u) << "an entry used again has nothing of its former life";
}

TEST(Sync, QuickOnesTellAndLearnTheSame) {
    tc_race_slots_used = 4;
    auto sender = ThreadOf(1), reader = ThreadOf(2), receiver = ThreadOf(3);
    constexpr uint64_t kKey = TC_SYNC_ADDRESS | 0x5000;
    EXPECT_FALSE(tc_sync_release_quick(sender.get(), kKey)) << "there is no entry yet";
    EXPECT_TRUE(tc_sync_acquire_quick(receiver.get(), kKey));
    sender->known[1] = 5;
    tc_sync_release(sender.get(), kKey, false, false);
    EXPECT_TRUE(tc_sync_acquire_quick(receiver.get(), kKey));
    EXPECT_EQ(receiver->known[1], 5u);
    sender->known[1] = 6;
    ASSERT_TRUE(tc_sync_release_quick(sender.get(), kKey));
    ASSERT_TRUE(tc_sync_release_quick(receiver.get(), kKey)) << "who has not learnt that yet";
    EXPECT_TRUE(tc_sync_acquire_quick(receiver.get(), kKey));
    EXPECT_EQ(receiver->known[1], 6u);
    reader->known[2] = 7;
    tc_sync_release(reader.get(), kKey, true, false);
    EXPECT_TRUE(tc_sync_acquire_quick(receiver.get(), kKey));
    EXPECT_EQ(receiver->known[2], 7u) << "of readers, too";
    receiver->known[1] = 0;
    EXPECT_TRUE(tc_sync_acquire_quick(receiver.get(), kKey));
    EXPECT_EQ(receiver->known[1], 0u) << "nothing is new there, so it is not read";
}

TEST(Sync, QuickOnesLearnWhatAnotherThreadToldForItsOwner) {
    tc_race_slots_used = 4;
    auto sender = ThreadOf(1), receiver = ThreadOf(3);
    constexpr uint64_t kKey = TC_SYNC_ADDRESS | 0x7000;
    sender->known[1] = 5;
    tc_sync_release(sender.get(), kKey, false, false);
    EXPECT_TRUE(tc_sync_acquire_quick(receiver.get(), kKey));
    tc_sync_tell(sender.get(), kKey, 2, 8, nullptr);
    EXPECT_TRUE(tc_sync_acquire_quick(receiver.get(), kKey));
    EXPECT_EQ(receiver->known[2], 8u);
    EXPECT_TRUE(tc_sync_acquire_quick(sender.get(), kKey));
    EXPECT_EQ(sender->known[2], 8u) << "who told it knows it as little";
}

TEST(Sync, QuickOnesKnowNothingOfAFormerLife) {
    tc_race_slots_used = 4;
    auto sender = ThreadOf(1), receiver = ThreadOf(3);
    constexpr uint64_t kKey = TC_SYNC_ADDRESS | 0x6000;
    sender->known[1] = 5;
    tc_sync_release(sender.get(), kKey, false, false);
    EXPECT_TRUE(tc_sync_acquire_quick(receiver.get(), kKey));
    tc_sync_forget(kKey);
    receiver->known[1] = 0;
    EXPECT_TRUE(tc_sync_acquire_quick(receiver.get(), kKey));
    EXPECT_EQ(receiver->known[1], 0u);
    sender->known[1] = 9;
    tc_sync_release(sender.get(), kKey, false, false); // the entry is used again
    EXPECT_TRUE(tc_sync_acquire_quick(receiver.get(), kKey));
    EXPECT_EQ(receiver->known[1], 9u);
}

} // namespace
