// expect: self-deadlock (hang)
// A member function that locks is called by another one that has locked.
#include <mutex>
#include <thread>
#include <unistd.h>

class Cache {
  public:
    void clear() {
        std::lock_guard<std::mutex> guard(mutex_);
        size_ = 0;
    }
    void trim() {
        std::lock_guard<std::mutex> guard(mutex_);
        if (size_ >= 0)
            clear();
    }

  private:
    std::mutex mutex_;
    int size_ = 0;
};

int main() {
    alarm(20);
    Cache cache;
    std::thread thread([&] { cache.trim(); });
    thread.join();
}
