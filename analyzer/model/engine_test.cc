// engine_test.cc: the merged order, and what each effect does to the model, on synthetic traces.
#include "analyzer/model/engine_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include <map>
#include <random>

namespace {

// Random threads that lock, unlock, wait for each other by hand-over; tickets in call order.
void WriteRandomProgram(tc_writer *w, uint32_t main, std::mt19937 *random, size_t *events) {
    const int kThreads = 7, kLocks = 5;
    std::vector<uint32_t> threads, locks;
    std::vector<uint32_t> owner(kLocks, 0);
    for (int i = 0; i < kThreads; i++)
        threads.push_back(tc_writer_spawn(w, i % 2 ? threads[0] : main, 1));
    for (int i = 0; i < kLocks; i++)
        locks.push_back(tc_writer_object(w, TC_OBJECT_MUTEX, 0, 0));
    *events = 2 * kThreads;
    for (int i = 0; i < 2000; i++) {
        uint32_t thread = threads[(*random)() % kThreads];
        size_t lock = (*random)() % kLocks;
        if (owner[lock] && owner[lock] != thread)
            continue;
        tc_writer_event(w, thread, owner[lock] ? TC_EV_RELEASE : TC_EV_ACQUIRE, locks[lock],
                        1 + (*random)() % 4, 0, 0);
        owner[lock] = owner[lock] ? 0 : thread;
        ++*events;
    }
}

TEST_F(EngineTest, MergesThreadsByTheTicketsOfObjects) {
    std::mt19937 random(5);
    size_t events;
    tc_writer_chunk_size(w_, 4096);
    WriteRandomProgram(w_, main_, &random, &events);
    Run();
    EXPECT_EQ(Stats()->events, events);
    EXPECT_EQ(Stats()->stalls, 0u);
    EXPECT_EQ(Notes(), "");
    EXPECT_TRUE(tc_model_process(model_)->complete);
    std::map<uint32_t, uint64_t> tickets, numbers;
    for (const Seen &seen : recorder_.steps) {
        EXPECT_EQ(seen.ticket, ++tickets[seen.object]) << "object " << seen.object;
        EXPECT_EQ(seen.number, ++numbers[seen.thread]) << "thread " << seen.thread;
    }
}

TEST_F(EngineTest, TheMergedOrderOwnsEachLockOnceAtATime) {
    std::mt19937 random(6);
    size_t events;
    WriteRandomProgram(w_, main_, &random, &events);
    recorder_.look = [](const tc_step &step) {
        if (step.info->effect == TC_EFFECT_ACQUIRE) {
            EXPECT_EQ(step.object->owner, 0u);
            EXPECT_EQ(tc_thread_holds(step.thread, step.object), nullptr);
        }
        if (step.info->effect == TC_EFFECT_RELEASE) {
            EXPECT_EQ(step.object->owner, step.record->thread);
            EXPECT_NE(tc_thread_holds(step.thread, step.object), nullptr);
        }
    };
    Run();
    EXPECT_FALSE(ObjectOf(tc_model_object_count(model_))->uncertain);
}

TEST_F(EngineTest, TakesUpTheOrderWhereTicketsAreMissing) {
    uint32_t a = Spawn(), b = Spawn(), lock = Mutex(), other = Mutex();
    Event(a, TC_EV_ACQUIRE, lock);
    Event(a, TC_EV_RELEASE, lock);
    tc_writer_skip_tickets(w_, lock, 4);
    Event(b, TC_EV_ACQUIRE, lock);
    Event(b, TC_EV_RELEASE, lock);
    Event(a, TC_EV_ACQUIRE, other);
    Run();
    EXPECT_EQ(Stats()->events, 9u);
    EXPECT_EQ(Stats()->stalls, 1u);
    EXPECT_FALSE(tc_model_process(model_)->complete);
    EXPECT_TRUE(ObjectOf(lock)->uncertain);
    EXPECT_FALSE(ObjectOf(other)->uncertain);
    EXPECT_EQ(ObjectOf(lock)->ticket, 8u);
    EXPECT_NE(Notes().find("order had to be guessed at 1 place"), std::string::npos) << Notes();
}

TEST_F(EngineTest, CountsTheLevelsOfARecursiveLock) {
    uint32_t lock = Mutex(TC_ATTR_RECURSIVE), other = Mutex();
    Event(main_, TC_EV_ACQUIRE, lock, s_[0]);
    Event(main_, TC_EV_ACQUIRE, other, s_[1]);
    Event(main_, TC_EV_ACQUIRE, lock, s_[2]);
    Event(main_, TC_EV_RELEASE, lock);
    Event(main_, TC_EV_RELEASE, other);
    std::vector<uint32_t> depths;
    recorder_.look = [&](const tc_step &step) {
        if (step.object && step.object->id == lock)
            depths.push_back(step.object->depth);
    };
    Run();
    EXPECT_EQ(depths, std::vector<uint32_t>({0, 1, 2}));
    ASSERT_EQ(ThreadOf(main_)->held.count, 1u);
    EXPECT_EQ(ThreadOf(main_)->held.entries[0].depth, 1u);
    EXPECT_EQ(ThreadOf(main_)->held.entries[0].stack, s_[0]);
    EXPECT_EQ(ObjectOf(lock)->owner, main_);
}

TEST_F(EngineTest, CountsReadersAndLetsAnyOrderOfReleases) {
    uint32_t a = Spawn(), b = Spawn(), lock = Object(TC_OBJECT_RWLOCK), other = Mutex();
    Event(a, TC_EV_ACQUIRE_SHARED, lock);
    Event(b, TC_EV_ACQUIRE_SHARED, lock);
    Event(b, TC_EV_ACQUIRE, other);
    Event(b, TC_EV_ACQUIRE_SHARED, lock);
    Event(b, TC_EV_RELEASE_SHARED, lock);
    Event(b, TC_EV_RELEASE_SHARED, lock);
    Run();
    EXPECT_EQ(ObjectOf(lock)->readers, 1u);
    EXPECT_EQ(ObjectOf(lock)->owner, 0u);
    EXPECT_EQ(ThreadOf(a)->held.count, 1u);
    ASSERT_EQ(ThreadOf(b)->held.count, 1u);
    EXPECT_EQ(ThreadOf(b)->held.entries[0].object->id, other);
}

TEST_F(EngineTest, AReleaseByAnotherThreadFreesAPlainLockButNotACheckedOne) {
    uint32_t a = Spawn(), b = Spawn(), plain = Mutex(), checked = Mutex(TC_ATTR_ERRORCHECK);
    for (uint32_t lock : {plain, checked}) {
        Event(a, TC_EV_ACQUIRE, lock);
        Event(b, TC_EV_RELEASE, lock);
    }
    Run();
    EXPECT_EQ(ObjectOf(plain)->owner, 0u);
    EXPECT_EQ(ObjectOf(checked)->owner, a);
    EXPECT_EQ(ThreadOf(a)->held.count, 1u);
}

TEST_F(EngineTest, AnOrphanedLockPassesFromTheDeadToTheLiving) {
    uint32_t a = Spawn(), b = Spawn(), lock = Mutex(TC_ATTR_ROBUST);
    Event(a, TC_EV_ACQUIRE, lock);
    tc_writer_exit(w_, a);
    Event(b, TC_EV_ACQUIRE_ORPHAN, lock);
    Run();
    EXPECT_EQ(ObjectOf(lock)->owner, b);
    EXPECT_FALSE(ObjectOf(lock)->uncertain);
    EXPECT_EQ(ThreadOf(a)->held.count, 0u);
    EXPECT_TRUE(ThreadOf(a)->ended);
}

TEST_F(EngineTest, BlocksAndUnblocks) {
    uint32_t a = Spawn(), b = Spawn(), lock = Mutex();
    Event(a, TC_EV_ACQUIRE, lock);
    Event(b, TC_EV_REQUEST, lock, s_[1]);
    Event(main_, TC_EV_THREAD_JOIN_REQUEST, tc_writer_thread_object(w_, b), s_[2]);
    Run();
    EXPECT_EQ(ThreadOf(b)->blocked.object, ObjectOf(lock));
    EXPECT_EQ(ThreadOf(b)->blocked.stack, s_[1]);
    EXPECT_EQ(ThreadOf(main_)->blocked.code, TC_EV_THREAD_JOIN_REQUEST);
    EXPECT_EQ(ThreadOf(main_)->blocked.object->subject, b);
}

TEST_F(EngineTest, ARequestEndsWithItsAcquireOrFailure) {
    uint32_t a = Spawn(), b = Spawn(), lock = Mutex();
    Event(a, TC_EV_ACQUIRE, lock);
    Event(b, TC_EV_REQUEST, lock);
    Event(a, TC_EV_RELEASE, lock);
    Event(b, TC_EV_ACQUIRE, lock);
    Event(a, TC_EV_REQUEST_TIMED, lock);
    Event(a, TC_EV_REQUEST_FAILED, lock, 0, 0, 110);
    Run();
    EXPECT_EQ(ThreadOf(a)->blocked.object, nullptr);
    EXPECT_EQ(ThreadOf(b)->blocked.object, nullptr);
    EXPECT_EQ(ObjectOf(lock)->contended, 1u);
    EXPECT_EQ(ObjectOf(lock)->acquisitions, 2u);
    EXPECT_EQ(ObjectOf(lock)->users, 2u);
}

TEST_F(EngineTest, AConditionWaitKeepsItsLockInMindUntilItIsWoken) {
    uint32_t a = Spawn(), condition = Object(TC_OBJECT_COND), lock = Mutex();
    Event(a, TC_EV_ACQUIRE, lock);
    Event(a, TC_EV_WAIT, condition, s_[1], lock);
    Event(a, TC_EV_RELEASE_WAIT, lock, 0, 1);
    Run();
    EXPECT_EQ(ThreadOf(a)->blocked.object, ObjectOf(condition));
    EXPECT_EQ(ThreadOf(a)->blocked.lock, ObjectOf(lock));
    EXPECT_EQ(ThreadOf(a)->held.count, 0u);
}

TEST_F(EngineTest, AConditionWaitGivesUpAndTakesBackAllLevels) {
    uint32_t condition = Object(TC_OBJECT_COND), lock = Mutex(TC_ATTR_RECURSIVE);
    Event(main_, TC_EV_ACQUIRE, lock);
    Event(main_, TC_EV_ACQUIRE, lock);
    Event(main_, TC_EV_WAIT, condition, s_[1], lock);
    Event(main_, TC_EV_RELEASE_WAIT, lock, 0, 2);
    Event(main_, TC_EV_WOKEN, condition, 0, 0, 110);
    Event(main_, TC_EV_ACQUIRE_WAIT, lock, 0, 2);
    Event(main_, TC_EV_RELEASE, lock);
    Run();
    ASSERT_EQ(ThreadOf(main_)->held.count, 1u);
    EXPECT_EQ(ThreadOf(main_)->held.entries[0].depth, 1u);
    EXPECT_EQ(ThreadOf(main_)->blocked.object, nullptr);
}

TEST_F(EngineTest, AHandlerDoesNotEndWhatItInterrupts) {
    uint32_t a = Spawn(), semaphore = Object(TC_OBJECT_SEMAPHORE), lock = Mutex();
    Event(a, TC_EV_REQUEST_COUNTED, semaphore, s_[1]);
    Event(a, TC_EV_HANDLER_ENTER, 0, 0, 10);
    Event(a, TC_EV_ACQUIRE, lock);
    Event(a, TC_EV_RELEASE, lock);
    std::vector<uint32_t> depths;
    recorder_.look = [&](const tc_step &step) {
        if (step.record->object == lock)
            depths.push_back(step.thread->handler_depth);
    };
    Event(a, TC_EV_HANDLER_LEAVE, 0, 0, 10);
    Run();
    EXPECT_EQ(depths, std::vector<uint32_t>({1, 1}));
    EXPECT_EQ(ThreadOf(a)->handler_depth, 0u);
    EXPECT_EQ(ThreadOf(a)->blocked.object, ObjectOf(semaphore));
}

TEST_F(EngineTest, FollowsTheLifeOfThreads) {
    uint32_t a = Spawn(), b = Spawn(), c = tc_writer_thread(w_, main_, nullptr);
    tc_writer_exit(w_, a);
    tc_writer_join(w_, main_, a, s_[0]);
    Event(main_, TC_EV_THREAD_DETACH, tc_writer_thread_object(w_, b));
    Event(main_, TC_EV_THREAD_CREATE, tc_writer_thread_object(w_, c));
    Event(main_, TC_EV_THREAD_CREATE_FAILED, tc_writer_thread_object(w_, c), 0, 0, 11);
    Run();
    EXPECT_TRUE(ThreadOf(main_)->main);
    EXPECT_TRUE(ThreadOf(a)->started && ThreadOf(a)->ended && ThreadOf(a)->joined);
    EXPECT_TRUE(ThreadOf(b)->started && ThreadOf(b)->detached && !ThreadOf(b)->ended);
    EXPECT_TRUE(ThreadOf(c)->failed && !ThreadOf(c)->started);
    EXPECT_FALSE(ThreadOf(a)->main);
}

TEST_F(EngineTest, FollowsTheLifeOfObjects) {
    uint32_t lock = Mutex(), freed = Mutex(), again = Mutex(), next = Mutex();
    Event(main_, TC_EV_INIT, lock, s_[0]);
    Event(main_, TC_EV_DESTROY, lock, s_[1]);
    Event(main_, TC_EV_ACQUIRE, freed);
    Event(main_, TC_EV_FREED, freed, s_[2]);
    Event(main_, TC_EV_ACQUIRE, again);
    Event(main_, TC_EV_REINIT, again, s_[2], next);
    Run();
    EXPECT_TRUE(ObjectOf(lock)->destroyed && !ObjectOf(lock)->freed);
    EXPECT_EQ(ObjectOf(lock)->destroy_stack, s_[1]);
    EXPECT_TRUE(ObjectOf(freed)->destroyed && ObjectOf(freed)->freed);
    EXPECT_EQ(ObjectOf(again)->replaced_by, next);
    EXPECT_EQ(ThreadOf(main_)->held.count, 0u);
}

TEST_F(EngineTest, ASemaphoreOfOneUnitIsALockUntilAnotherThreadGives) {
    uint32_t a = Spawn(), lock = Object(TC_OBJECT_SEMAPHORE, 0, 1),
             signal = Object(TC_OBJECT_SEMAPHORE, 0, 1), many = Object(TC_OBJECT_SEMAPHORE, 0, 3);
    Event(a, TC_EV_ACQUIRE_COUNTED, lock, s_[1]);
    Event(a, TC_EV_ACQUIRE_COUNTED, signal);
    Event(a, TC_EV_ACQUIRE_COUNTED, many);
    Event(main_, TC_EV_RELEASE_COUNTED, signal);
    Run();
    EXPECT_TRUE(ObjectOf(lock)->lock_like);
    EXPECT_EQ(ObjectOf(lock)->owner, a);
    EXPECT_FALSE(ObjectOf(signal)->lock_like);
    EXPECT_EQ(ObjectOf(signal)->owner, 0u);
    EXPECT_EQ(ObjectOf(signal)->units, 1);
    EXPECT_FALSE(ObjectOf(many)->lock_like);
    EXPECT_EQ(ObjectOf(many)->units, 2);
    ASSERT_EQ(ThreadOf(a)->held.count, 1u);
    EXPECT_EQ(ThreadOf(a)->held.entries[0].mode, TC_MODE_COUNTED);
}

TEST_F(EngineTest, ALossForgetsWhatWasHeldAndStillHeldRestatesIt) {
    uint32_t a = Spawn(), b = Spawn(), lock = Mutex(), other = Mutex();
    Event(a, TC_EV_ACQUIRE, lock);
    Event(a, TC_EV_ACQUIRE, other);
    tc_writer_lost(w_, a, 12);
    Event(a, TC_EV_STILL_HELD, other);
    Event(b, TC_EV_ACQUIRE, lock);
    Run();
    EXPECT_EQ(recorder_.lost, std::vector<uint64_t>({12}));
    EXPECT_EQ(Stats()->lost, 12u);
    EXPECT_EQ(tc_model_process(model_)->lost, 12u);
    EXPECT_FALSE(tc_model_process(model_)->complete);
    ASSERT_EQ(ThreadOf(a)->held.count, 1u);
    EXPECT_EQ(ThreadOf(a)->held.entries[0].object->id, other);
    EXPECT_TRUE(ThreadOf(a)->uncertain && !ThreadOf(b)->uncertain);
    EXPECT_EQ(ObjectOf(lock)->owner, b);
}

TEST_F(EngineTest, GivesEqualHeldSetsEqualNumbers) {
    uint32_t a = Spawn(), b = Spawn(), x = Mutex(), y = Mutex(), z = Mutex();
    for (uint32_t thread : {a, b}) {
        Event(thread, TC_EV_ACQUIRE, x, s_[1]);
        Event(thread, TC_EV_ACQUIRE, y, s_[2]);
        Event(thread, TC_EV_ACQUIRE, z, s_[3]);
        Event(thread, TC_EV_RELEASE, x); // not the newest: y and z move down
        Event(thread, TC_EV_ACQUIRE_TRY, x, s_[1]);
        for (uint32_t lock : {x, z, y})
            Event(thread, TC_EV_RELEASE, lock);
    }
    Run();
    std::vector<std::vector<uint64_t>> ids(4);
    for (const Seen &seen : recorder_.steps)
        if (seen.thread == a || seen.thread == b)
            ids[seen.thread].push_back(seen.held_id);
    EXPECT_EQ(ids[a], ids[b]);
    // START, x, y, z, release x, try x
    EXPECT_EQ(ids[a][0], ids[a][1]);
    std::vector<uint64_t> distinct = {ids[a][1], ids[a][2], ids[a][3], ids[a][4], ids[a][5]};
    for (size_t i = 0; i < distinct.size(); i++)
        for (size_t j = 0; j < i; j++)
            EXPECT_NE(distinct[i], distinct[j]) << i << " " << j;
}

TEST_F(EngineTest, MarksRepeatsOfAThreadUntilItsClockMoves) {
    uint32_t a = Spawn(), b = Spawn(), lock = Mutex(), channel = Object(TC_OBJECT_CHANNEL);
    auto pair = [&](uint32_t thread, uint32_t stack) {
        Event(thread, TC_EV_ACQUIRE, lock, stack);
        Event(thread, TC_EV_RELEASE, lock);
    };
    pair(a, s_[1]);
    pair(a, s_[1]); // repeat
    pair(a, s_[2]);
    pair(a, s_[1]); // repeat
    pair(b, s_[1]); // another thread
    Event(a, TC_EV_HAPPENS_BEFORE, channel);
    pair(a, s_[1]); // another epoch
    pair(a, s_[1]); // repeat
    Run();
    std::vector<bool> repeats;
    for (const Seen *seen : Of(TC_EV_ACQUIRE))
        if (seen->thread == a)
            repeats.push_back(seen->repeat);
    EXPECT_EQ(repeats, std::vector<bool>({false, true, false, true, false, true}));
    for (const Seen *seen : Of(TC_EV_ACQUIRE)) {
        if (seen->thread == b) {
            EXPECT_FALSE(seen->repeat);
        }
    }
    for (const Seen *seen : Of(TC_EV_RELEASE))
        EXPECT_TRUE(seen->repeat);
}

TEST_F(EngineTest, WhatIsOddIsNeverARepeat) {
    uint32_t a = Spawn(), lock = Mutex();
    for (int i = 0; i < 3; i++)
        Event(a, TC_EV_ACQUIRE, lock, s_[1]); // held already and not recursive
    Event(main_, TC_EV_RELEASE, lock);        // not held by main
    Run();
    for (uint8_t code : {TC_EV_ACQUIRE, TC_EV_RELEASE})
        for (const Seen *seen : Of(code))
            EXPECT_FALSE(seen->repeat);
}

TEST_F(EngineTest, KeepsRepeatsFromCheckersThatDoNotWantThem) {
    uint32_t lock = Mutex();
    for (int i = 0; i < 10; i++) {
        Event(main_, TC_EV_ACQUIRE, lock, s_[1]);
        Event(main_, TC_EV_RELEASE, lock);
    }
    checker_.first = 1u << TC_EFFECT_ACQUIRE;
    Run();
    EXPECT_EQ(Of(TC_EV_ACQUIRE).size(), 1u);
    EXPECT_EQ(Of(TC_EV_RELEASE).size(), 10u);
    EXPECT_EQ(ObjectOf(lock)->acquisitions, 10u);
}

TEST_F(EngineTest, SkipsCheckersWhereAThreadIgnores) {
    uint32_t lock = Mutex();
    Event(main_, TC_EV_IGNORE_BEGIN, 0);
    Event(main_, TC_EV_ACQUIRE, lock);
    Event(main_, TC_EV_IGNORE_END, 0);
    Run();
    EXPECT_EQ(Of(TC_EV_ACQUIRE).size(), 0u);
    EXPECT_EQ(ObjectOf(lock)->owner, main_);
    EXPECT_EQ(ThreadOf(main_)->ignore_depth, 0u);
}

TEST_F(EngineTest, HoldsHundredsOfLocksAtOnce) {
    std::vector<uint32_t> locks;
    for (int i = 0; i < 1000; i++)
        locks.push_back(Mutex());
    for (uint32_t lock : locks)
        Event(main_, TC_EV_ACQUIRE, lock, s_[1]);
    for (size_t i = 0; i < locks.size(); i += 2)
        Event(main_, TC_EV_RELEASE, locks[i]);
    Run();
    EXPECT_EQ(ThreadOf(main_)->held.count, 500u);
    EXPECT_EQ(ThreadOf(main_)->held.entries[499].object->id, locks.back());
}

TEST_F(EngineTest, ObjectsWithoutARecordAreUncertain) {
    tc_writer_header(w_)->objects += 5; // the file says that they exist
    size_t size;
    tc_writer_finish(w_, &size);
    const uint8_t record[] = {0x81, TC_EV_ACQUIRE, TC_FIELD_TICKET, 4, 1};
    tc_writer_raw(w_, main_, record, sizeof record);
    Run();
    ASSERT_NE(ObjectOf(4), nullptr);
    EXPECT_TRUE(ObjectOf(4)->uncertain && !ObjectOf(4)->known);
    EXPECT_EQ(ObjectOf(4)->owner, main_);
    EXPECT_FALSE(tc_model_process(model_)->complete);
    EXPECT_EQ(Stats()->unreadable, 0u);
}

TEST_F(EngineTest, OfAProgramThatRunsOnItTakesOneMoment) {
    uint32_t a = Spawn(), b = Spawn(), lock = Mutex(), other = Mutex();
    Event(a, TC_EV_ACQUIRE, lock);
    Event(b, TC_EV_ACQUIRE, other);
    tc_writer_header(w_)->flags = 0; // it has not ended
    std::string path = ::testing::TempDir() + "/runs.tctrace";
    ASSERT_TRUE(tc_writer_save(w_, path.c_str()));
    recorder_.look = [&](const tc_step &step) {
        // a has been read to its end; now it goes on, and b gets the lock from it.
        if (step.record->thread == b && step.record->object == other) {
            Event(a, TC_EV_RELEASE, lock);
            Event(b, TC_EV_ACQUIRE, lock);
            size_t size;
            const void *bytes = tc_writer_finish(w_, &size);
            int file = open(path.c_str(), O_WRONLY);
            EXPECT_EQ(pwrite(file, bytes, size, 0), static_cast<ssize_t>(size));
            close(file);
        }
    };
    tc_trace_error error;
    trace_ = tc_trace_open(path.c_str(), &error);
    ASSERT_NE(trace_, nullptr) << error.text;
    Analyse();
    EXPECT_EQ(Stats()->stalls, 0u);
    EXPECT_EQ(ObjectOf(lock)->owner, a);
    EXPECT_TRUE(tc_model_process(model_)->complete);
    EXPECT_TRUE(tc_model_process(model_)->live);
    unlink(path.c_str());
}

} // namespace
