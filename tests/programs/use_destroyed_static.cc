// expect: use-after-destroy
// A static object uses a mutex in its destructor, after that of the mutex.
#include <pthread.h>
#include <thread>
struct Mutex {
    pthread_mutex_t m;
    Mutex() { pthread_mutex_init(&m, nullptr); }
    ~Mutex() { pthread_mutex_destroy(&m); }
    void lock() { pthread_mutex_lock(&m); }
    void unlock() { pthread_mutex_unlock(&m); }
};
struct Logger {
    ~Logger();
    void log();
};
static Logger logger; // made first, so destroyed last
static Mutex mutex;
void Logger::log() {
    mutex.lock();
    mutex.unlock();
}
Logger::~Logger() {
    log();
}
int main() {
    std::thread t([] { logger.log(); });
    t.join();
}
