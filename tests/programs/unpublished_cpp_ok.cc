// expect: none
// A constructor holds its own std::mutex, which needs no initialiser, when it asks for the
// parent's.
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

struct Parent;
struct Child {
    explicit Child(Parent *parent);
    std::mutex lock;
    std::vector<int> values;
};
struct Parent {
    std::mutex lock;
    std::vector<std::shared_ptr<Child>> children;
    int count = 0;
};

Child::Child(Parent *parent) : values(10) {
    std::lock_guard<std::mutex> own(lock);
    std::lock_guard<std::mutex> of_parent(parent->lock);
    values[0] = parent->count++;
}

int main() {
    Parent parent;
    auto work = [&parent] {
        for (int i = 0; i < 200; i++) {
            auto child = std::make_shared<Child>(&parent);
            std::lock_guard<std::mutex> outer(parent.lock);
            parent.children.push_back(child);
            if (parent.children.size() > 20)
                parent.children.erase(parent.children.begin());
            for (auto &each : parent.children) {
                std::lock_guard<std::mutex> inner(each->lock);
                each->values[1]++;
            }
        }
    };
    std::thread first(work), second(work);
    first.join();
    second.join();
}
