// expect: none
// Objects with mutexes in vectors that grow, shared pointers that end in any thread, new locks at
// old addresses.
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

struct Session {
    std::mutex mutex;
    int uses = 0;
};
std::mutex table;

int main() {
    std::vector<std::thread> threads;
    std::vector<std::shared_ptr<Session>> sessions;
    for (int i = 0; i < 50; i++)
        sessions.push_back(std::make_shared<Session>());
    for (int i = 0; i < 4; i++)
        threads.emplace_back([copy = sessions]() mutable {
            for (auto &session : copy) {
                std::lock_guard<std::mutex> guard(session->mutex);
                session->uses++;
            }
            while (!copy.empty())
                copy.pop_back();
            for (int k = 0; k < 100; k++) {
                auto own = std::make_unique<Session>();
                if (k % 2) {
                    std::lock_guard<std::mutex> outer(table);
                    std::lock_guard<std::mutex> inner(own->mutex);
                } else {
                    std::lock_guard<std::mutex> outer(own->mutex);
                    std::lock_guard<std::mutex> inner(table);
                }
            }
        });
    sessions.clear();
    for (auto &thread : threads)
        thread.join();
}
