"""What remains of a run: size and memory of recording, and the speed of analysing."""

import os
import re

import programs
import tools

SPEED = os.path.join(tools.HERE, "bench", "analyze_speed")


def peak(binary, arguments, environment):
    """In kB, by what the program says of itself: what the kernel says of a child counts its parent
    too."""
    outcome = tools.run([binary, *arguments], environment)
    return int(outcome.output.split()[1]) if outcome else None


def memory(bench):
    """Peak memory and start-up."""
    plain = os.path.join(tools.HERE, "bench", "sync_ops")
    cases = [("one busy pair of locks", 1, ["mutex_pair", "200000" if bench.quick else "4000000"])]
    for threads in (1, 16, 64) if bench.quick else (1, 16, 64, 256):
        cases.append((f"{threads} thread{'s' if threads > 1 else ''} on 1,000 locks", threads + 1,
                      [f"locks_1000_threads_{threads}", str(threads * 10_000)]))
    rows = []
    for title, alive, arguments in cases:
        native = peak(plain, arguments, None)
        row = [title, f"{native / 1024:.1f}" if native else "-"]
        for options in ({}, {"record": "compact"}):
            ours = peak(plain, arguments, bench.recorded(**options))
            size = bench.take_traces()
            row += [f"{(ours - native) / 1024:.1f}" if ours and native else "-", f"{size / 1e6:.2f}"]
        rows.append(row + [f"{2 + (alive + 1) / 16:.1f}"])  # beside the main thread
    columns = ["peak memory, MB", "native", "full: more", "trace, MB", "compact: more", "trace, MB",
               "2 MB + 64 kB a thread"]
    yield "Memory of the program (pages of the trace count)", tools.table(columns, rows)

    least = {}
    for _ in range(bench.runs * 20):
        for key, environment in (("native", None), ("preloaded", bench.recorded())):
            outcome = tools.run_alone(["/bin/true"], environment)
            least[key] = min(least.get(key, 1e9), outcome.seconds) if outcome else least.get(key)
    extra = (least["preloaded"] - least["native"]) * 1e3
    yield "Start-up", f"A program without threads begins and ends {extra:.2f} ms later."


def analyse(bench, title):
    """A row: events, bytes an event, events a second, peak memory, of the traces there."""
    traces = [os.path.join(bench.traces, name) for name in os.listdir(bench.traces)]
    size = sum(os.stat(path).st_size for path in traces)
    count = sum(events(path) or 0 for path in traces)
    if not count:
        return None
    speeds, memory_used = [], None
    for options in ((), ("--checks=lock_order",)):
        spent = None
        for _ in range(bench.runs):
            outcome = tools.run_alone([tools.TOOL, "analyze", "--error-exitcode=0", "--output=/dev/null", *options,
                                       bench.traces])
            if outcome and (spent is None or outcome.processor < spent):
                spent = outcome.processor
                memory_used = memory_used or outcome.peak
        speeds.append(f"{count / spent / 1e6:.0f}" if spent else "-")
    packed = "-"
    if tools.run_alone([tools.TOOL, "compress", bench.traces]):
        packed = f"{sum(os.stat(path + '.zst').st_size for path in traces) / count:.2f}"
    return [title, f"{count / 1e6:.1f}", f"{size / count:.2f}", packed, *speeds,
            f"{memory_used / 1024:.0f}" if memory_used else "-"]


def events(path):
    """How many a trace has."""
    outcome = tools.run([SPEED, path])
    return int(re.search(r"(\d+) events ", outcome.output).group(1)) if outcome else None


def synthetic(bench, **options):
    """A trace of so many threads, locks and events, in the place for traces."""
    given = [f"{key}={value}" for key, value in options.items()]
    return tools.run([SPEED, f"out={os.path.join(bench.traces, 'synthetic.tctrace')}", *given])


def growth(bench):
    """What more threads, locks and events cost."""
    least = 1_000_000 if bench.quick else 20_000_000
    rows = []
    for key, values in (("threads", (4, 8, 16, 32, 64, 128)), ("locks", (100, 1000, 10_000, 100_000)),
                        ("events", (least, 2 * least, 4 * least))):
        spent, found = {}, {}
        for value in values:
            given = {"threads": 64, "locks": 1000, "events": least, key: value}
            if not synthetic(bench, **given):
                continue
            for _ in range(bench.runs):
                outcome = tools.run_alone([tools.TOOL, "analyze", "--output=/dev/null", bench.traces])
                if outcome and outcome.processor < spent.get(value, 1e9):
                    spent[value], found[value] = outcome.processor, outcome.peak
            bench.take_traces()
        for value in spent:
            rows.append([f"{value:,} {key}", f"{spent[value]:.2f}", tools.ratio(spent[value], spent.get(value // 2)),
                         f"{found[value] / 1024:.0f}"])
    yield "Growth of analysis", tools.table(["trace", "seconds", "to half as many", "peak MB"], rows)


def measure(bench):
    plain = os.path.join(tools.HERE, "bench", "sync_ops")
    scale = 1 if bench.quick else 20
    rows = []

    def add(title, made):
        row = analyse(bench, title) if made else None
        rows.extend([row] if row else [])
        bench.take_traces()

    for title, name, count in (("one pair of locks", "mutex_pair", 1_000_000 * scale),
                               ("64 threads, 1,000 locks, nested", "locks_1000_threads_64", 320_000 * scale)):
        add(title, tools.run([plain, name, str(count)], bench.recorded()))
    memcached = programs.memcached(bench, 300 * scale)
    add("memcached -t 4", memcached and memcached([], bench.recorded()))
    add("synthetic: 64 threads, 1,000 locks, two deep", synthetic(bench, threads=64, locks=1000, events=2_500_000 * scale))
    add("synthetic: 64 threads, 100,000 locks", synthetic(bench, threads=64, locks=100_000, events=2_500_000 * scale))
    columns = ["trace", "million events", "bytes an event", "compressed", "million events a second", "lock order only",
               "peak MB"]
    yield "Analysis (one core)", tools.table(columns, rows)
    yield from growth(bench)
