"""Whole programs that are installed: what they cost recorded, in full and compact form, and under
the other tools that need no recompiling.

For a server it is the processor time of the server for a fixed load, for the others that of the
program: it says the same on a busy machine as on an idle one.  The ratio of elapsed times (of the
quickest runs) is beside it.
"""

import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time

import tools

MEGABYTES = 16
CONNECTIONS = 256  # of memcached
PEER_SHARE = 0.05  # of the usual work, for the other tools: they take some 100 times as long ...
PEER_SHARES = {"memcached -t 4": 0.003}  # ... or more
QUEUE = """
import queue, sys, threading
items = queue.Queue(100)
def put(count):
    for i in range(count):
        items.put(i)
def take(count):
    for i in range(count):
        items.get()
threads = [threading.Thread(target=f, args=(int(sys.argv[1]),)) for f in (put, put, take, take)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process):
    for _ in range(3000):
        if process.poll() is not None:
            return False
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.01)
    return False


def processor_time(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def limit_files():
    """Under Valgrind a program may set its limit of open files only to the soft one that it was started
    with, and memcached sets it to its number of connections."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (CONNECTIONS, hard))


def serve(bench, command, load, prefix, environment):
    """(processor seconds of the server, elapsed seconds) for one load; None when it failed."""
    port = free_port()
    argv = [word.replace("{port}", str(port)) for word in prefix + command]
    server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=environment, cwd=bench.directory,
                              preexec_fn=limit_files)
    try:
        if not wait_for(port, server):
            return None
        before, begin = processor_time(server.pid), time.monotonic()
        done = subprocess.run([word.replace("{port}", str(port)) for word in load], timeout=tools.LIMIT,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        spent = processor_time(server.pid) - before, time.monotonic() - begin
        return spent if done.returncode == 0 else None
    except subprocess.TimeoutExpired:
        return None
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def work(bench, command, prefix, environment):
    outcome = tools.run_alone(prefix + command, environment, bench.directory)
    return (outcome.processor, outcome.seconds) if outcome else None


def make_input(bench, megabytes):
    """Words in no order, which compress about as text does."""
    path = os.path.join(bench.directory, f"input{megabytes}")
    choice = random.Random(1)
    words = [bytes(choice.choices(range(97, 123), k=choice.randint(2, 10))) for _ in range(4000)]
    with open(path, "wb") as out:
        for _ in range(megabytes):
            out.write(b" ".join(choice.choices(words, k=150_000))[:1 << 20])
    return path


def memcached(bench, rounds):
    """A function of (prefix, environment) that measures memcached under this load once; None: it
    cannot be."""
    load = bench.compile("../tests/real/memcached_load.c", "memcached_load")
    if not load or not shutil.which("memcached"):
        return None
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    command = ["memcached", "-t", "4", "-l", "127.0.0.1", "-p", "{port}", "-m", "64", "-c", str(CONNECTIONS), *user]
    return lambda prefix, environment: serve(bench, command, [load, "{port}", "4", str(rounds)], prefix, environment)


def programs(bench, share):
    """Name, program, and a function of (prefix, environment) that measures it once.  `share` of the
    usual work."""
    rounds = max(int(6000 * share), 15)
    path = make_input(bench, max(int(MEGABYTES * share), 1))
    queue = os.path.join(bench.directory, "queue_items.py")
    with open(queue, "w") as script:
        script.write(QUEUE)
    server = lambda command, client: lambda prefix, environment: serve(bench, command, client, prefix, environment)
    simple = lambda command: lambda prefix, environment: work(bench, command, prefix, environment)
    return [
        ("memcached -t 4", "memcached", memcached(bench, rounds)),
        ("redis", "redis-server",
         server(["redis-server", "--bind", "127.0.0.1", "--port", "{port}", "--save", "", "--appendonly", "no"],
                ["redis-benchmark", "-p", "{port}", "-n", str(rounds * 40), "-c", "50", "-P", "16",
                 "-t", "set,get,lpush", "-q"])),
        ("pbzip2 -p2", "pbzip2", simple(["pbzip2", "-p2", "-kc", path])),
        ("pigz -p2", "pigz", simple(["pigz", "-p2", "-kc", path])),
        ("xz -T2 -1", "xz", simple(["xz", "-T2", "-1", "--block-size=1MiB", "-kc", path])),
        ("python queue", "/usr/bin/python3",
         simple(["/usr/bin/python3", queue, str(max(int(200000 * share), 3000))])),
    ]


def variants(bench):
    return [("native", [], None), ("full", [], bench.recorded()),
            ("compact", [], bench.recorded(record="compact"))]


def best(found):
    """Least processor and least elapsed time."""
    there = [pair for pair in found if pair]
    return (min(p for p, _ in there), min(e for _, e in there)) if there else (None, None)


def peers(bench, name):
    """Ratios of processor time.  Without a tool it is more work that is measured, as the clock of
    processes ticks in hundredths of a second."""
    share = PEER_SHARES.get(name, PEER_SHARE)
    few, more = (dict((row[0], row[2]) for row in programs(bench, part))[name] for part in (share, PEER_SHARE))
    alone = best([more([], None)])[0]
    there = [best([few(["valgrind", f"--tool={tool}", "-q"], None)])[0] for tool in ("helgrind", "drd")]
    return [tools.ratio(spent, alone and alone * share / PEER_SHARE) for spent in there]


def measure(bench):
    share = 0.15 if bench.quick else 1.0
    columns = ["program", "native, s", "full / native", "compact / native", "elapsed: full", "compact",
               "trace, MB", "helgrind", "drd"]
    slow = bench.peers and not bench.quick and shutil.which("valgrind")
    rows = []
    for name, program, once in programs(bench, share):
        if not once or not shutil.which(program):
            continue
        found, size = {}, 0
        for _ in range(bench.runs):
            for key, prefix, environment in variants(bench):
                found.setdefault(key, []).append(once(prefix, environment))
                left = bench.take_traces()
                size = left if key == "full" else size
        spent = {key: best(pairs) for key, pairs in found.items()}
        native = spent["native"]
        row = [name, f"{native[0]:.2f}" if native[0] else "-",
               *(tools.ratio(spent[key][0], native[0]) for key in ("full", "compact")),
               *(tools.ratio(spent[key][1], native[1]) for key in ("full", "compact")), f"{size / 1e6:.1f}"]
        row += peers(bench, name) if slow else ["-", "-"]
        rows.append(row)
        print("  " + "  ".join(row), flush=True, file=sys.stdout)
    yield "Programs: processor time", tools.table(columns, rows)
