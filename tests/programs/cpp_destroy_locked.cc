// expect: destroy-of-locked
// An object is deleted while one of its methods holds its mutex.
#include <mutex>
#include <thread>

struct Session {
    std::mutex mutex;
    char data[64];
};

int main() {
    std::thread thread([] {
        auto *session = new Session;
        session->mutex.lock();
        delete session;
    });
    thread.join();
}
