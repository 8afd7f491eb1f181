/* service.cc: what a service in C++ does: requests go through a queue to a pool of threads, which
 * keep sessions in shards, each with a mutex, as shared pointers, and answer by strings.
 *
 * usage: service [REQUESTS]
 * Prints how many there were and a sum of the answers' lengths, which is the same in every run.
 */
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

const unsigned kWorkers = 4, kClients = 2, kShards = 16, kSessions = 2000, kRoom = 256;

struct Session {
    std::mutex mutex;
    std::string name;
    std::string text;
    unsigned long requests = 0;
};

struct Request {
    std::string session;
    std::string body;
};

class Queue {
  public:
    void Put(Request request) {
        std::unique_lock<std::mutex> lock(mutex_);
        room_.wait(lock, [this] { return items_.size() < kRoom; });
        items_.push_back(std::move(request));
        lock.unlock();
        some_.notify_one();
    }
    void Close() {
        std::lock_guard<std::mutex> lock(mutex_);
        closed_ = true;
        some_.notify_all();
    }
    bool Take(Request *request) {
        std::unique_lock<std::mutex> lock(mutex_);
        some_.wait(lock, [this] { return closed_ || !items_.empty(); });
        if (items_.empty())
            return false;
        *request = std::move(items_.front());
        items_.pop_front();
        lock.unlock();
        room_.notify_one();
        return true;
    }

  private:
    std::mutex mutex_;
    std::condition_variable some_, room_;
    std::deque<Request> items_;
    bool closed_ = false;
};

class Store {
  public:
    std::shared_ptr<Session> Get(const std::string &name) {
        Shard &shard = shards_[std::hash<std::string>()(name) % kShards];
        std::lock_guard<std::mutex> lock(shard.mutex);
        std::shared_ptr<Session> &session = shard.sessions[name];
        if (!session) {
            session = std::make_shared<Session>();
            session->name = name;
        }
        return session;
    }

  private:
    struct Shard {
        std::mutex mutex;
        std::unordered_map<std::string, std::shared_ptr<Session>> sessions;
    };
    Shard shards_[kShards];
};

/* The words of a request, counted and written down in the session. */
std::string Handle(Store *store, const Request &request) {
    std::shared_ptr<Session> session = store->Get(request.session);
    std::vector<std::string> words;
    for (size_t at = 0, end; at < request.body.size(); at = end + 1) {
        end = request.body.find(' ', at);
        if (end == std::string::npos)
            end = request.body.size();
        words.push_back(request.body.substr(at, end - at));
    }
    std::lock_guard<std::mutex> lock(session->mutex);
    session->requests++;
    session->text = words.front() + "," + words.back();
    return session->name + ": " + std::to_string(words.size()) + " words, " + session->text;
}

} // namespace

int main(int argc, char **argv) {
    unsigned long requests = argc > 1 ? strtoul(argv[1], nullptr, 10) : 200000;
    Queue queue;
    Store store;
    std::mutex total_mutex;
    unsigned long handled = 0, length = 0;
    std::vector<std::thread> workers, clients;
    for (unsigned i = 0; i < kWorkers; i++)
        workers.emplace_back([&] {
            Request request;
            while (queue.Take(&request)) {
                std::string answer = Handle(&store, request);
                std::lock_guard<std::mutex> lock(total_mutex);
                handled++;
                length += answer.size();
            }
        });
    for (unsigned i = 0; i < kClients; i++)
        clients.emplace_back([&, i] {
            for (unsigned long n = i; n < requests; n += kClients)
                queue.Put({"session-" + std::to_string(n % kSessions),
                           "a request number " + std::to_string(n) + " with a few words in it"});
        });
    for (std::thread &client : clients)
        client.join();
    queue.Close();
    for (std::thread &worker : workers)
        worker.join();
    printf("%lu requests, %lu bytes\n", handled, length);
    return 0;
}
