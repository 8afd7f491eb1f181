// shapes.cc: what makes rewriting hard, in threads, with one race: exceptions, pthread_exit,
// cancellation, longjmp, signal handlers, switches, and a frame of main that was there before.
#include <atomic>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <functional>
#include <map>
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

std::atomic<int> destroyed{0};
struct Counted {
    ~Counted() { destroyed++; }
};

int Throw(int i) {
    Counted counted;
    if (i % 3 == 0)
        throw std::runtime_error("r" + std::to_string(i));
    if (i % 5 == 0)
        throw i;
    return i;
}

int Catch(int n) {
    int sum = 0;
    for (int i = 1; i < n; i++) {
        try {
            sum += Throw(i);
        } catch (const std::exception &error) {
            sum += error.what()[1];
        } catch (int value) {
            sum -= value;
        }
    }
    return sum;
}

int Switch(int i) {
    switch (i % 12) {
    case 0:
        return 5;
    case 1:
        return i * 3;
    case 2:
        return i ^ 7;
    case 3:
        return i - 9;
    case 4:
        return 11;
    case 5:
        return i / 3;
    case 6:
        return 1;
    case 7:
        return i + i * i;
    default:
        return 2;
    }
}

jmp_buf place;
int Jump(int i) {
    volatile int kept = i;
    int got = setjmp(place);
    if (got == 0) {
        kept = kept + 5;
        longjmp(place, kept);
    }
    return got + kept;
}

volatile sig_atomic_t signals;
void OnSignal(int) {
    signals = signals + Switch(signals) % 2 + 1;
}

std::mutex mutex;
std::map<std::string, int> table;
double racy; // an integer's plain moves might be atomic: without certainty that is a hint only

long Work(int t) {
    long sum = 0;
    for (int round = 0; round < 10; round++)
        sum += Catch(40 + t);
    for (int i = 0; i < 3000; i++)
        sum += Switch(i + t);
    for (int i = 0; i < 200; i++) {
        std::lock_guard<std::mutex> guard(mutex);
        table["k" + std::to_string(i % 37)] += t + i;
    }
    racy += t; // RACE
    std::function<long(long)> fibonacci = [&](long n) {
        return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
    };
    return sum + fibonacci(12);
}

void *Exit(void *) {
    Counted counted;
    try {
        pthread_exit(reinterpret_cast<void *>(42));
    } catch (...) {
        destroyed += 100;
        throw;
    }
}

void *Cancelled(void *) {
    Counted counted;
    for (;;) {
        usleep(1000);
        pthread_testcancel();
    }
}

} // namespace

int main() {
    struct sigaction action = {};
    action.sa_handler = OnSignal;
    sigaction(SIGUSR1, &action, nullptr);
    int before = Jump(4);
    std::vector<long> sums(3);
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; t++)
        threads.emplace_back([t, &sums] { sums[t] = Work(t); });
    for (std::thread &thread : threads)
        thread.join();
    long sum = 0;
    for (long each : sums)
        sum += each;
    for (const auto &entry : table)
        sum += entry.second;
    for (int i = 0; i < 50; i++)
        raise(SIGUSR1);
    for (int i = 0; i < 100; i++)
        before += Jump(i);
    pthread_t thread;
    void *exited, *cancelled;
    pthread_create(&thread, nullptr, Exit, nullptr);
    pthread_join(thread, &exited);
    pthread_create(&thread, nullptr, Cancelled, nullptr);
    usleep(5000);
    pthread_cancel(thread);
    pthread_join(thread, &cancelled);
    std::printf("%ld %d %d %d %d %d\n", sum, before, static_cast<int>(signals), exited != nullptr,
                cancelled == PTHREAD_CANCELED, destroyed.load());
    return 7;
}
