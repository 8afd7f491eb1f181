// expect: deadlock (hang)
// also: lost-wakeup
// A pool wakes one worker of three when it ends, and joins them all.
#include <condition_variable>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <unistd.h>
#include <vector>
class Pool {
    std::mutex m;
    std::condition_variable cv;
    std::queue<std::function<void()>> q;
    bool stop = false;
    int idle = 0;
    std::vector<std::thread> v;

  public:
    explicit Pool(int n) {
        for (int i = 0; i < n; i++)
            v.emplace_back([this] { work(); });
    }
    void work() {
        for (;;) {
            std::unique_lock l(m);
            idle++;
            cv.wait(l, [this] { return stop || !q.empty(); });
            idle--;
            if (q.empty())
                return;
            auto f = std::move(q.front());
            q.pop();
            l.unlock();
            f();
        }
    }
    void post(std::function<void()> f) {
        {
            std::lock_guard l(m);
            q.push(std::move(f));
        }
        cv.notify_one();
    }
    int waiting() {
        std::lock_guard l(m);
        return q.empty() ? idle : 0;
    }
    ~Pool() {
        {
            std::lock_guard l(m);
            stop = true;
        }
        cv.notify_one();
        for (auto &t : v)
            t.join();
    }
};
int main() {
    alarm(20);
    Pool p(3);
    p.post([] {});
    while (p.waiting() < 3)
        usleep(1000);
}
