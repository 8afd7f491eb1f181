#!/usr/bin/env python3
"""What watching costs servers under load, and a service in C++: processor time for each request.

usage: servers.py --prefix=DIR [--prefix=DIR...] [--runs=N] [--requests=N] [--races=MODE...] [CASE...]

Each DIR is an installation; cases are memcached, redis and service (service.cc, which also runs on
gcc's ThreadSanitizer and, once, under Helgrind).  All ways run in turns.  A line has the least CPU
time a request that the server's threads took between the begin and the end of the load, divided by
that of the server alone, and the best throughput, likewise.  Threads of redis wait busily, so that
of it the throughput says more.
"""

import argparse
import os
import shutil
import socket
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REAL = os.path.join(HERE, "../../tests/real")
CONNECTIONS = 8


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nobody listens on port {port}")


def spent(pid):
    """CPU seconds of a process's threads that there are."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat") as text:
            total += int(text.read().split()[0])
    return total / 1e9


class Memcached:
    def __init__(self, directory):
        self.load = os.path.join(directory, "memcached_load")
        subprocess.run(["gcc", "-O2", "-D_GNU_SOURCE", "-pthread", os.path.join(REAL, "memcached_load.c"),
                        "-o", self.load], check=True)

    def command(self, port):
        user = ["-u", "root"] if os.getuid() == 0 else []
        return ["memcached", "-t", "4", "-l", "127.0.0.1", "-p", str(port), "-m", "64"] + user

    def drive(self, port, requests):
        rounds = max(1, requests // (64 * CONNECTIONS))
        subprocess.run([self.load, str(port), str(CONNECTIONS), str(rounds)], stdout=subprocess.DEVNULL, check=True)
        return rounds * 64 * CONNECTIONS


class Redis:
    def __init__(self, directory):
        pass

    def command(self, port):
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--io-threads", "4",
                "--io-threads-do-reads", "yes", "--save", "", "--appendonly", "no"]

    def drive(self, port, requests):
        each = max(50, requests // 4)
        subprocess.run(["redis-benchmark", "-p", str(port), "-n", str(each), "-c", "50", "-P", "16", "-t",
                        "set,get,lpush,lrange_100", "--csv"], stdout=subprocess.DEVNULL, check=True)
        return 4 * each


def serve(server, environment, requests):
    """(CPU seconds a request, requests a second)."""
    port = free_port()
    process = subprocess.Popen(server.command(port), env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        server.drive(port, requests // 10)  # what is new at first is not what is asked
        before, begin = spent(process.pid), time.monotonic()
        done = server.drive(port, requests)
        seconds = time.monotonic() - begin
        return (spent(process.pid) - before) / done, done / seconds
    finally:
        process.kill()
        process.wait()


def run_service(command, environment, requests):
    begin = time.monotonic()
    process = subprocess.Popen(command + [str(requests)], env={**os.environ, **environment},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return (usage.ru_utime + usage.ru_stime) / requests, requests / (time.monotonic() - begin)


def watched(prefixes, modes, directory):
    """Environments by name."""
    ways = {"alone": {}}
    for prefix in prefixes:
        for mode in modes:
            name = mode if len(prefixes) == 1 else f"{prefix} {mode}"
            traces = os.path.join(directory, "traces")
            ways[name] = {"LD_PRELOAD": prefix + "/lib/libthreadcheck.so",
                          "THREADCHECK_OPTIONS": f"races={mode}:report=0:trace={traces}"}
    return ways


def measure_service(options, directory, ways):
    source, results = os.path.join(HERE, "service.cc"), {}
    plain, tsan = os.path.join(directory, "service"), os.path.join(directory, "service.tsan")
    for binary, more in ((plain, []), (tsan, ["-fsanitize=thread"])):
        subprocess.run(["g++", "-std=c++17", "-O2", "-g", "-pthread", *more, source, "-o", binary], check=True)
    for turn in range(options.runs):
        for name, environment in ways.items():
            results.setdefault(name, []).append(run_service([plain], environment, options.requests))
        results.setdefault("gcc's TSan", []).append(run_service([tsan], {}, options.requests))
        if not turn and shutil.which("valgrind"):
            command = ["valgrind", "--tool=helgrind", "-q", plain]
            results["Helgrind"] = [run_service(command, {}, options.requests // 10)]
    return results


def measure_server(options, kind, directory, ways):
    server, results = kind(directory), {}
    for _ in range(options.runs):
        for name, environment in ways.items():
            results.setdefault(name, []).append(serve(server, environment, options.requests))
    return results


def show(case, results):
    cpu, rate = min(r[0] for r in results["alone"]), max(r[1] for r in results["alone"])
    for name, runs in results.items():
        least, best = min(r[0] for r in runs), max(r[1] for r in runs)
        print(f"{case:10} {name:24} {least * 1e6:8.2f} us a request, x {least / cpu:6.2f};"
              f"  throughput {best:9.0f}/s, x {best / rate:.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", action="append", required=True, type=os.path.abspath)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--requests", type=int, default=100000)
    parser.add_argument("--races", action="append", choices=["off", "sample", "full"])
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    servers = {"memcached": Memcached, "redis": Redis}
    for case in options.cases or ["service", "memcached", "redis"]:
        with tempfile.TemporaryDirectory(prefix="threadcheck-servers-") as directory:
            ways = watched(options.prefix, options.races or ["full"], directory)
            if case == "service":
                show(case, measure_service(options, directory, ways))
            elif case not in servers:
                parser.error(f"no such case: {case}")
            elif not shutil.which(servers[case](directory).command(0)[0]):
                print(f"{case:10} skipped: not installed")
            else:
                show(case, measure_server(options, servers[case], directory, ways))


if __name__ == "__main__":
    main()
