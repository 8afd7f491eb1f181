// expect: deadlock (hang)
// A destructor joins its thread while it holds the mutex that the thread needs.
#include <chrono>
#include <mutex>
#include <thread>
#include <unistd.h>

class Worker {
  public:
    Worker() : thread_([this] { loop(); }) {}
    ~Worker() {
        std::lock_guard<std::mutex> guard(mutex_);
        stop_ = true;
        thread_.join();
    }

  private:
    void loop() {
        for (;;) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            std::lock_guard<std::mutex> guard(mutex_);
            if (stop_)
                return;
        }
    }
    std::mutex mutex_;
    bool stop_ = false;
    std::thread thread_;
};

int main() {
    alarm(20);
    Worker worker;
}
