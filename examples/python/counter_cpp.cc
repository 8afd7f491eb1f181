// counter_cpp.cc: the same mistake as feed.c, made with pybind11 and std::mutex.
//
// Build: g++ -std=c++17 -shared -fPIC $(python3-config --includes) counter_cpp.cc -o counter_cpp.so
#include <pybind11/functional.h>
#include <pybind11/pybind11.h>

#include <functional>
#include <mutex>
#include <thread>

namespace py = pybind11;

class Counter {
  public:
    // Called with the GIL; waits for the mutex with it.
    long value() {
        std::lock_guard<std::mutex> guard(mutex_);
        return value_;
    }

    // A thread of its own tells `listener` of each step, holding the mutex when it takes the GIL.
    void count(const std::function<void(long)> &listener, long steps) {
        py::gil_scoped_release release;
        std::thread([&] {
            for (long i = 0; i < steps; i++) {
                std::lock_guard<std::mutex> guard(mutex_);
                value_++;
                listener(value_); // pybind11 takes the GIL for it
            }
        }).join();
    }

  private:
    std::mutex mutex_;
    long value_ = 0;
};

PYBIND11_MODULE(counter_cpp, module) {
    py::class_<Counter>(module, "Counter")
        .def(py::init<>())
        .def("value", &Counter::value)
        .def("count", &Counter::count);
}
