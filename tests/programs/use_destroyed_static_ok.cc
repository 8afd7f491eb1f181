// expect: none
// A static object uses a mutex in its destructor that is never destroyed.
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
static Mutex &mutex() {
    static Mutex *m = new Mutex;
    return *m;
}
static Logger logger;
void Logger::log() {
    mutex().lock();
    mutex().unlock();
}
Logger::~Logger() {
    log();
}
int main() {
    std::thread t([] { logger.log(); });
    t.join();
}
