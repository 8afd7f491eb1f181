// matrix.cc: one case of Linux lockdep's self-test on one kind of lock, as a program that runs.
//
// usage: matrix KIND CASE      CASE: pairs of locks ("ABBCCA"), "AA", "twice" or "init"
//
// Every pair is taken by a thread of its own, one thread after the other: they take turns by an
// atomic counter, which orders nothing for threadcheck, so that nothing hangs but "AA".
// Source of the cases: lib/locking-selftest.c of Linux.
#include <pthread.h>
#include <semaphore.h>
#include <threading.h>
#include <threads.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <sched.h>
#include <unistd.h>

namespace {

constexpr int kLocks = 4;

// What a case does to lock 0 to 3 of the kind.  take: whether it was acquired.
struct Kind {
    const char *name;
    void (*init)(int);
    bool (*take)(int);
    void (*give)(int);
};

pthread_mutex_t mutexes[kLocks];
pthread_rwlock_t rwlocks[kLocks];
pthread_spinlock_t spinlocks[kLocks];
sem_t semaphores[kLocks];
mtx_t c11_mutexes[kLocks];
threading_lock py_locks[kLocks];
threading_rlock py_rlocks[kLocks];
threading_semaphore py_semaphores[kLocks];
std::mutex std_mutexes[kLocks];
std::recursive_mutex std_recursives[kLocks];
std::timed_mutex std_timed[kLocks];
std::shared_mutex std_shareds[kLocks];

void init_mutex(int i, int type) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutex_init(&mutexes[i], &attributes);
}

bool take_mutex(int i) {
    return pthread_mutex_lock(&mutexes[i]) == 0;
}
void give_mutex(int i) {
    pthread_mutex_unlock(&mutexes[i]);
}
void init_rwlock(int i) {
    pthread_rwlock_init(&rwlocks[i], nullptr);
}
void give_rwlock(int i) {
    pthread_rwlock_unlock(&rwlocks[i]);
}
void init_nothing(int) {}

// A lock() of the C++ library, which throws where the C function returns an error.
template <typename Lock> bool lock(Lock &&take) {
    try {
        take();
        return true;
    } catch (const std::system_error &) {
        return false;
    }
}

const Kind kKinds[] = {
    {"mutex", [](int i) { init_mutex(i, PTHREAD_MUTEX_NORMAL); }, take_mutex, give_mutex},
    {"errorcheck", [](int i) { init_mutex(i, PTHREAD_MUTEX_ERRORCHECK); }, take_mutex, give_mutex},
    {"recursive", [](int i) { init_mutex(i, PTHREAD_MUTEX_RECURSIVE); }, take_mutex, give_mutex},
    {"write", init_rwlock, [](int i) { return pthread_rwlock_wrlock(&rwlocks[i]) == 0; },
     give_rwlock},
    {"read", init_rwlock, [](int i) { return pthread_rwlock_rdlock(&rwlocks[i]) == 0; },
     give_rwlock},
    {"spin", [](int i) { pthread_spin_init(&spinlocks[i], PTHREAD_PROCESS_PRIVATE); },
     [](int i) { return pthread_spin_lock(&spinlocks[i]) == 0; },
     [](int i) { pthread_spin_unlock(&spinlocks[i]); }},
    {"semaphore", [](int i) { sem_init(&semaphores[i], 0, 1); },
     [](int i) { return sem_wait(&semaphores[i]) == 0; }, [](int i) { sem_post(&semaphores[i]); }},
    {"c11", [](int i) { mtx_init(&c11_mutexes[i], mtx_plain); },
     [](int i) { return mtx_lock(&c11_mutexes[i]) == thrd_success; },
     [](int i) { mtx_unlock(&c11_mutexes[i]); }},
    {"c11_recursive", [](int i) { mtx_init(&c11_mutexes[i], mtx_plain | mtx_recursive); },
     [](int i) { return mtx_lock(&c11_mutexes[i]) == thrd_success; },
     [](int i) { mtx_unlock(&c11_mutexes[i]); }},
    {"std_mutex", init_nothing, [](int i) { return lock([i] { std_mutexes[i].lock(); }); },
     [](int i) { std_mutexes[i].unlock(); }},
    {"std_recursive", init_nothing, [](int i) { return lock([i] { std_recursives[i].lock(); }); },
     [](int i) { std_recursives[i].unlock(); }},
    {"std_timed", init_nothing, [](int i) { return lock([i] { std_timed[i].lock(); }); },
     [](int i) { std_timed[i].unlock(); }},
    {"std_shared", init_nothing, [](int i) { return lock([i] { std_shareds[i].lock(); }); },
     [](int i) { std_shareds[i].unlock(); }},
    {"std_shared_read", init_nothing,
     [](int i) { return lock([i] { std_shareds[i].lock_shared(); }); },
     [](int i) { std_shareds[i].unlock_shared(); }},
    {"Lock", [](int i) { threading_lock_init(&py_locks[i]); },
     [](int i) { return threading_lock_acquire(&py_locks[i], true, THREADING_FOREVER) == 0; },
     [](int i) { threading_lock_release(&py_locks[i]); }},
    {"RLock", [](int i) { threading_rlock_init(&py_rlocks[i]); },
     [](int i) { return threading_rlock_acquire(&py_rlocks[i], true, THREADING_FOREVER) == 0; },
     [](int i) { threading_rlock_release(&py_rlocks[i]); }},
    {"Semaphore", [](int i) { threading_semaphore_init(&py_semaphores[i], 1); },
     [](int i) {
         return threading_semaphore_acquire(&py_semaphores[i], true, THREADING_FOREVER) == 0;
     },
     [](int i) { threading_semaphore_release(&py_semaphores[i], 1); }},
};

std::atomic<int> turn;

void in_turn(int mine, const std::function<void()> &action) {
    while (turn != mine)
        usleep(200);
    action();
    turn++;
}

void take_pairs(const Kind &kind, const std::string &pairs) {
    std::vector<std::thread> threads;
    for (size_t i = 0; i + 1 < pairs.size(); i += 2)
        threads.emplace_back([&kind, &pairs, i] {
            in_turn(static_cast<int>(i / 2), [&] {
                int first = pairs[i] - 'A', second = pairs[i + 1] - 'A';
                bool one = kind.take(first), two = kind.take(second);
                if (two)
                    kind.give(second);
                if (one)
                    kind.give(first);
            });
        });
    for (std::thread &thread : threads)
        thread.join();
}

void run(const Kind &kind, const std::string &what) {
    for (int i = 0; i < kLocks; i++)
        kind.init(i);
    if (what == "twice") {
        kind.take(0);
        kind.give(0);
        kind.give(0);
    } else if (what == "init") {
        kind.take(0);
        kind.init(0);
    } else {
        take_pairs(kind, what);
    }
}

} // namespace

int main(int argc, char **argv) {
    alarm(30);
    for (const Kind &kind : kKinds)
        if (argc == 3 && strcmp(kind.name, argv[1]) == 0) {
            run(kind, argv[2]);
            return 0;
        }
    for (const Kind &kind : kKinds)
        puts(kind.name);
    return 2;
}
