/* The process's end, fork and cancellation: each in a process or thread of its own. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "testing.h"

namespace {

/* What a child that runs `body` and then exit(3) writes, and its status. */
std::string output_of(void (*body)(int), int *status) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        body(ends[1]);
        exit(3);
    }
    close(ends[1]);
    std::string text;
    char bytes[256];
    for (ssize_t n; (n = read(ends[0], bytes, sizeof bytes)) > 0;)
        text.append(bytes, n);
    close(ends[0]);
    EXPECT_EQ(waitpid(child, status, 0), child);
    return text;
}

int output;
threading_event go = THREADING_EVENT_INIT;

void say(const char *text) {
    EXPECT_GT(dprintf(output, "%s ", text), 0);
}

void nap() {
    threading_event never = THREADING_EVENT_INIT;
    threading_event_wait(&never, 0.1);
}

/* Those that nobody destroys are no leak while this names them. */
auto &started = *new std::vector<threading_thread *>;

threading_thread *start(void (*target)(void *), int daemon = 0) {
    threading_thread_options options = {nullptr, daemon};
    threading_thread *thread;
    EXPECT_EQ(threading_thread_create(&thread, target, nullptr, &options), 0);
    EXPECT_EQ(threading_thread_start(thread), 0);
    static threading_lock lock = THREADING_LOCK_INIT;
    threading_lock_acquire(&lock, true, kForever);
    started.push_back(thread);
    threading_lock_release(&lock);
    return thread;
}

} // namespace

TEST(Process, WaitsForThreadsBeforeAnythingElseAtExit) {
    int status;
    EXPECT_EQ(output_of(
                  [](int to) {
                      output = to;
                      start([](void *) {
                          nap();
                          say("late");
                          start([](void *) {
                              nap();
                              say("later");
                          });
                      });
                      atexit([] { say("atexit"); });
                  },
                  &status),
              "late later atexit ");
    EXPECT_EQ(WEXITSTATUS(status), 3);
}

TEST(Process, AbandonsDaemons) {
    int status;
    EXPECT_EQ(output_of(
                  [](int to) {
                      output = to;
                      start(
                          [](void *) {
                              say("daemon");
                              threading_event_set(&go);
                              for (;;)
                                  nap();
                          },
                          1);
                      threading_event_wait(&go, kForever);
                  },
                  &status),
              "daemon ");
    EXPECT_EQ(WEXITSTATUS(status), 3);
}

TEST(Process, ShutdownWaitsByHandAndReleasesThoseWhoJoinTheMainThread) {
    int status;
    EXPECT_EQ(output_of(
                  [](int to) {
                      output = to;
                      start([](void *) {
                          EXPECT_EQ(threading_thread_join(threading_main_thread(), kForever), 0);
                          say("joined");
                      });
                      EXPECT_EQ(threading_shutdown(), 0);
                      say("down");
                      EXPECT_FALSE(threading_thread_is_alive(threading_main_thread()));
                  },
                  &status),
              "joined down ");
}

TEST(Process, ExitOfAnotherThreadWaitsForTheRest) {
    int status;
    EXPECT_EQ(output_of(
                  [](int to) {
                      output = to;
                      start([](void *) {
                          nap();
                          say("other");
                      });
                      threading_thread_join(start([](void *) { exit(5); }), kForever);
                      say("not reached");
                  },
                  &status),
              "other ");
    EXPECT_EQ(WEXITSTATUS(status), 5);
}

TEST(Process, AForkedChildHasOneThreadAndFreshObjects) {
    static threading_lock lock = THREADING_LOCK_INIT;
    static threading_local local = THREADING_LOCAL_INIT;
    threading_event stop = THREADING_EVENT_INIT;
    Runner runner;
    for (int i = 0; i < 3; i++)
        runner.start([&] {
            while (threading_event_wait(&stop, 0.0001) == ETIMEDOUT) {
                threading_lock_acquire(&lock, true, kForever);
                threading_local_set(&local, "x", nullptr, nullptr);
                threading_lock_release(&lock);
            }
        });
    for (int round = 0; round < 20; round++) {
        int status;
        output_of(
            [](int) {
                bool good = threading_active_count() == 1 &&
                            threading_main_thread() == threading_current_thread();
                threading_barrier barrier;
                good = good && threading_barrier_init(&barrier, 1, nullptr, nullptr, kForever) == 0;
                good = good && threading_barrier_wait(&barrier, kForever, nullptr) == 0;
                good = good && threading_local_set(&local, "y", nullptr, nullptr) == 0;
#ifndef __SANITIZE_THREAD__ /* has no threads after such a fork */
                in_thread([] {});
#endif
                _exit(good ? 3 : 1); /* what other threads were allocating at the fork is lost */
            },
            &status);
        EXPECT_EQ(WEXITSTATUS(status), 3);
    }
    threading_event_set(&stop);
}

TEST(Process, AForkInAThreadMakesItTheMainThread) {
    in_thread([] {
        threading_thread *self = threading_current_thread();
        pid_t child = fork();
        if (child == 0)
            _exit(threading_main_thread() == self && threading_active_count() == 1 ? 0 : 1);
        int status;
        EXPECT_EQ(waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
    });
}

namespace {

void cancel(threading_thread *thread) {
    EXPECT_EQ(pthread_cancel((pthread_t)threading_thread_ident(thread)), 0);
    EXPECT_EQ(threading_thread_join(thread, kForever), 0);
    EXPECT_EQ(threading_thread_destroy(thread), 0);
}

} // namespace

TEST(Cancellation, LeavesAConditionUsable) {
    static threading_condition condition = THREADING_CONDITION_INIT;
    static std::atomic<bool> held;
    threading_thread *thread = start([](void *) {
        EXPECT_EQ(threading_condition_acquire(&condition), 0);
        pthread_cleanup_push([](void *) { held = threading_condition_release(&condition) == 0; },
                             nullptr);
        threading_condition_wait(&condition, kForever);
        pthread_cleanup_pop(1);
    });
    wait_until([] { return __atomic_load_n(&condition.inside, __ATOMIC_ACQUIRE) == 1; });
    cancel(thread);
    EXPECT_TRUE(held);
    EXPECT_EQ(condition.inside, 0u);
    EXPECT_EQ(threading_condition_acquire(&condition), 0);
    EXPECT_EQ(threading_condition_notify(&condition, 1), 0);
    EXPECT_EQ(threading_condition_release(&condition), 0);
    EXPECT_EQ(threading_condition_destroy(&condition), 0);
}

TEST(Cancellation, LeavesASemaphoreAnEventAndAJoinUsable) {
    static threading_semaphore semaphore;
    static threading_event event = THREADING_EVENT_INIT;
    static threading_thread *target;
    ASSERT_EQ(threading_semaphore_init(&semaphore, 0), 0);
    threading_thread *thread =
        start([](void *) { threading_semaphore_acquire(&semaphore, true, kForever); });
    wait_until([] { return __atomic_load_n(&semaphore.word, __ATOMIC_RELAXED) >> 32 == 1; });
    cancel(thread);
    EXPECT_EQ(threading_semaphore_destroy(&semaphore), 0);
    thread = start([](void *) { threading_event_wait(&event, kForever); });
    wait_until([] { return __atomic_load_n(&event.waiters, __ATOMIC_RELAXED) == 1; });
    cancel(thread);
    target = start([](void *) { threading_event_wait(&event, kForever); });
    thread = start([](void *) { threading_thread_join(target, kForever); });
    cancel(thread);
    threading_event_set(&event);
    EXPECT_EQ(threading_thread_join(target, kForever), 0);
    EXPECT_EQ(threading_thread_destroy(target), 0);
    EXPECT_EQ(threading_event_destroy(&event), 0);
}

TEST(Cancellation, BreaksABarrier) {
    static threading_barrier barrier;
    ASSERT_EQ(threading_barrier_init(&barrier, 2, nullptr, nullptr, kForever), 0);
    threading_thread *thread =
        start([](void *) { threading_barrier_wait(&barrier, kForever, nullptr); });
    wait_until([] { return threading_barrier_n_waiting(&barrier) == 1; });
    cancel(thread);
    EXPECT_TRUE(threading_barrier_broken(&barrier));
    EXPECT_EQ(threading_barrier_destroy(&barrier), 0);
}
