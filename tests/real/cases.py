"""cases.py: the real programs that run.py compares with and without threadcheck."""

import glob
import os
import shutil
import socket
import subprocess


class Case:
    """A command; `command` gives it and the environment it needs, `compared` the files it makes."""

    limit = 600
    true = None  # a kind of finding that is true of this program

    def __init__(self, name, program, command, files=(), needs=(), true=None):
        self.true = true
        self.name, self.program, self.make, self.files, self.needs = name, program, command, files, needs

    def missing(self):
        """What is not installed here, or None."""
        if self.program and not shutil.which(self.program):
            return self.program
        return next((pattern for pattern in self.needs if not glob.glob(pattern)), None)

    def command(self, bench, directory):
        made = self.make(bench, directory)
        return made if isinstance(made, tuple) else (made, {})

    def compared(self, directory):
        return [name for name in self.files if os.path.exists(os.path.join(directory, name))]


class Server(Case):
    """A server; `load` gives operations a second and what was answered."""

    def __init__(self, name, program, command, load, stop, needs=()):
        super().__init__(name, program, command, needs=needs)
        self.load, self.stop = load, stop

    def command(self, bench, directory, port):
        return self.make(bench, directory, port)


def compressed(*command):
    """A compressor: from the 100 MB to a file in its own directory."""
    def make(bench, directory):
        script = " ".join(command) + f" < {bench.hundred_megabytes()} > out"
        return ["sh", "-c", "exec " + script]
    return make


def git_gc(bench, directory):
    """A repository with a few thousand objects, made the same way each time, then packed."""
    script = """
        exec >/dev/null 2>&1
        git init -q . && git config user.name n && git config user.email e && git config gc.auto 0
        export GIT_AUTHOR_DATE='2020-01-01 00:00:00 +0000' GIT_COMMITTER_DATE='2020-01-01 00:00:00 +0000'
        for i in $(seq 40); do
            for j in $(seq 25); do seq $i $((i * 10 + j)) > file$j; done
            git add . && git commit -qm "number $i"
        done"""
    subprocess.run(["sh", "-c", script], cwd=directory, check=True)
    return ["sh", "-c", "git -c pack.threads=4 gc --prune=now -q && git -c grep.threads=4 grep -c 77 "
            "&& git fsck && git count-objects -v | grep -v size"]


def cmake_project(bench, directory):
    with open(os.path.join(directory, "CMakeLists.txt"), "w") as text:
        text.write("cmake_minimum_required(VERSION 3.13)\nproject(small C CXX)\n"
                   "find_package(Threads REQUIRED)\nadd_executable(small small.c)\n"
                   "target_link_libraries(small Threads::Threads)\n")
    with open(os.path.join(directory, "small.c"), "w") as text:
        text.write("int main(void) { return 0; }\n")
    return ["sh", "-c", "cmake -S . -B build > log 2>&1 && cmake --build build > log2 2>&1 && build/small"]


def python_tests(name):
    return lambda bench, directory: ["/usr/bin/python3", "-m", "test", name]


def python_program(text):
    return lambda bench, directory: ["/usr/bin/python3", "-c", text]


PYTHON_POOL = """
import concurrent.futures, queue, threading
q, total = queue.Queue(10), 0
def work():
    global total
    while (item := q.get()) is not None:
        with lock: total += item
lock = threading.Lock()
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for i in range(20000): q.put(i)
for t in threads: q.put(None)
for t in threads: t.join()
with concurrent.futures.ThreadPoolExecutor(4) as pool: total += sum(pool.map(lambda x: x * x, range(2000)))
print(total)
"""


def sqlite_program(bench, directory):
    return [bench.compile("sqlite_threads.c", "-lsqlite3"), "base"]


def cpp_program(bench, directory):
    return [bench.compile("cpp_mix.cc")]


def with_malloc(pattern):
    """The C++ program with another malloc preloaded."""
    def make(bench, directory):
        return [bench.compile("cpp_mix.cc")], {"LD_PRELOAD": glob.glob(pattern)[0]}
    return make


def memcached(bench, directory, port):
    user = ["-u", "root"] if os.getuid() == 0 else []
    return ["memcached", "-t", "4", "-l", "127.0.0.1", "-p", str(port), "-A", "-m", "64"] + user


def memcached_load(bench, port):
    load = bench.compile("memcached_load.c")
    answer = subprocess.run([load, str(port), "8", "1000"], stdout=subprocess.PIPE, timeout=300, check=True)
    return float(answer.stdout), b""


def memcached_stop(bench, port):
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(b"shutdown\r\n")
        connection.recv(100)


def redis(bench, directory, port):
    return ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--io-threads", "4",
            "--io-threads-do-reads", "yes", "--save", "", "--appendonly", "no", "--daemonize", "no"]


def redis_load(bench, port):
    answer = subprocess.run(["redis-benchmark", "-p", str(port), "-n", "6000", "-c", "50", "-P", "16",
                             "-t", "set,get,lpush,lrange_100", "--csv"], stdout=subprocess.PIPE,
                            timeout=300, check=True, text=True)
    rates = [float(line.split(",")[1].strip('"')) for line in answer.stdout.splitlines()
             if line and line.split(",")[1].strip('"')[:1].isdigit()]
    return sum(rates) / len(rates), b"%d" % len(rates)


def redis_stop(bench, port):
    subprocess.run(["redis-cli", "-p", str(port), "flushall", "async"], stdout=subprocess.DEVNULL, check=True)
    subprocess.run(["redis-cli", "-p", str(port), "shutdown", "nosave"], stdout=subprocess.DEVNULL)


def openmp(bench, directory):
    return [bench.compile("openmp.c", "-fopenmp")]


def openmp_more(bench, directory):
    return [bench.compile("openmp_more.cc", "-fopenmp")]


def sanitized(flag):
    """A program of the corpus built with a sanitizer, whose library wants a place of its own."""
    return lambda bench, directory: [
        bench.compile("../programs/queue_ok.c", flag, "-fno-omit-frame-pointer")]


def java(bench, directory):
    return ["java", os.path.join(bench.here, "Threads.java")]


NODE_WORKERS = """
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
if (isMainThread) {
  let sum = 0, left = 4;
  for (let i = 0; i < 4; i++)
    new Worker(__filename, { workerData: i }).on('message', m => { sum += m; if (!--left) console.log(sum); });
} else {
  let n = 0;
  for (let i = 0; i < 1e6; i++) n += i % (workerData + 2);
  require('zlib').deflateSync(Buffer.alloc(1000000));
  parentPort.postMessage(n);
}
"""


def node(bench, directory):
    with open(os.path.join(directory, "workers.js"), "w") as text:
        text.write(NODE_WORKERS)
    return ["node", "workers.js"]


def rust(bench, directory):
    with open(os.path.join(directory, "t.rs"), "w") as text:
        text.write("use std::sync::*; use std::thread;\nfn main() { let m = Arc::new(Mutex::new(0));\n"
                   "let t: Vec<_> = (0..4).map(|i| { let m = m.clone(); thread::spawn(move || {\n"
                   "for _ in 0..1000 { *m.lock().unwrap() += i; } }) }).collect();\n"
                   "for x in t { x.join().unwrap(); } println!(\"{}\", m.lock().unwrap()); }\n")
    return ["sh", "-c", "rustc -O -C codegen-units=8 t.rs 2>&1 && ./t"]


def lld(bench, directory):
    subprocess.run(["clang", "-c", "-g", "-O1", os.path.join(bench.here, "sqlite_threads.c"), "-o",
                    os.path.join(directory, "o.o")], check=True)
    return ["sh", "-c", "clang -fuse-ld=lld -Wl,--threads=4 -Wl,--build-id=sha1 o.o -lsqlite3 -lpthread -o out"]


def make(bench, directory):
    with open(os.path.join(directory, "Makefile"), "w") as text:
        text.write("all: $(addsuffix .o,$(shell seq 12))\n%.o:\n\t@echo 'int x$*;' | gcc -x c -c - -o $@\n")
    return ["sh", "-c", "make -j4 && ls"]


TESTSUITE = "/usr/lib/python3*/test/test_threading.py"
ALL = [
    Server("memcached -t 4", "memcached", memcached, memcached_load, memcached_stop),
    Server("redis-server io-threads 4", "redis-server", redis, redis_load, redis_stop),
    Case("pbzip2", "pbzip2", compressed("pbzip2", "-p2", "-c"), ["out"]),
    Case("xz -T2", "xz", compressed("xz", "-T2", "-1", "-c"), ["out"]),
    Case("pigz", "pigz", compressed("pigz", "-p2", "-c"), ["out"]),
    Case("zstd -T2", "zstd", compressed("zstd", "-T2", "-q", "-c"), ["out"]),
    Case("sort --parallel", "sort", compressed("sort", "--parallel=2", "-S", "30M"), ["out"]),
    Case("sqlite3 with threads", "gcc", sqlite_program, needs=["/usr/include/sqlite3.h"]),
    Case("python test_threading", "/usr/bin/python3", python_tests("test_threading"), needs=[TESTSUITE]),
    Case("python test_queue", "/usr/bin/python3", python_tests("test_queue"), needs=[TESTSUITE]),
    Case("python pool", "/usr/bin/python3", python_program(PYTHON_POOL)),
    Case("git gc", "git", git_gc),
    Case("cmake", "cmake", cmake_project),
    Case("make -j4 with gcc", "make", make),
    Case("OpenMP", "gcc", openmp),
    Case("OpenMP with dependences", "g++", openmp_more),
    Case("AddressSanitizer", "gcc", sanitized("-fsanitize=address")),
    Case("ThreadSanitizer", "gcc", sanitized("-fsanitize=thread")),
    # HotSpot's VM thread begins a last safepoint, which takes Threads_lock, and ends in it.
    Case("java", "java", java, true="lock-held-at-thread-exit"),
    Case("node with workers", "node", node),
    Case("rustc and its program", "rustc", rust),
    Case("ld.lld --threads=4", "ld.lld", lld, ["out"]),
    Case("C++ futures and latches", "g++", cpp_program),
    Case("C++ with jemalloc", "g++", with_malloc("/usr/lib/*/libjemalloc.so.2"),
         needs=["/usr/lib/*/libjemalloc.so.2"]),
    Case("C++ with tcmalloc", "g++", with_malloc("/usr/lib/*/libtcmalloc_minimal.so.4"),
         needs=["/usr/lib/*/libtcmalloc_minimal.so.4"]),
]
