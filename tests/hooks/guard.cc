// C++ function-local statics and call_once, with exceptions in the initialiser; exceptions and
// cancellation through waits.
#include <condition_variable>
#include <cstdio>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

static int runs;

struct Slow {
    int value;
    Slow() : value(++runs) { std::this_thread::sleep_for(std::chrono::milliseconds(10)); }
};

struct Throws {
    Throws() {
        if (++runs < 12)
            throw std::runtime_error("not yet");
    }
};

static int slow() {
    static Slow object;
    return object.value;
}

static bool throwing() {
    try {
        static Throws object;
        return true;
    } catch (const std::exception &) {
        return false;
    }
}

struct Says {
    ~Says() { cleaned = true; }
    static bool cleaned;
};
bool Says::cleaned;

static std::mutex m;
static std::condition_variable cv;

static void *wait_for_ever(void *) {
    Says says;
    std::unique_lock<std::mutex> lock(m);
    for (;;)
        cv.wait(lock);
}

int main() {
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; i++)
        threads.emplace_back([] {
            for (int k = 0; k < 100; k++)
                if (slow() != 1)
                    std::printf("wrong\n");
        });
    for (auto &thread : threads)
        thread.join();
    std::printf("runs %d\n", runs);
    for (runs = 10; !throwing();)
        std::printf("threw\n");
    std::printf("runs %d\n", runs);

    std::once_flag flag;
    int calls = 0;
    for (int i = 0; i < 3; i++) {
        try {
            std::call_once(flag, [&] {
                if (++calls < 2)
                    throw std::runtime_error("again");
            });
            std::printf("call %d\n", calls);
        } catch (const std::exception &error) {
            std::printf("%s\n", error.what());
        }
    }

    auto future = std::async(std::launch::async, []() -> int { throw std::logic_error("async"); });
    try {
        future.get();
    } catch (const std::exception &error) {
        std::printf("%s\n", error.what());
    }

    pthread_t thread;
    void *result;
    pthread_create(&thread, nullptr, wait_for_ever, nullptr);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    pthread_cancel(thread);
    pthread_join(thread, &result);
    std::printf("cancelled %d, cleaned %d, free %d\n", result == PTHREAD_CANCELED, Says::cleaned,
                m.try_lock());
    m.unlock();
    return 5;
}
