"""What remains of a run: size and memory of recording, and the speed of analysing."""

import os
import shutil

import tools


def peak(binary, arguments, environment):
    """In kB, by what the program says of itself: what the kernel says of a child counts its parent
    too."""
    outcome = tools.run([binary, *arguments], environment)
    return int(outcome.output.split()[1]) if outcome else None


def memory(bench):
    """Peak memory and start-up."""
    plain = os.path.join(tools.HERE, "bench", "sync_ops")
    cases = [("one busy pair of locks", ["mutex_pair", "200000" if bench.quick else "4000000"]),
             ("64 threads on 1,000 locks", ["locks_1000_threads_64", "640000"])]
    rows = []
    for title, arguments in cases:
        native = peak(plain, arguments, None)
        row = [title, f"{native / 1024:.1f}" if native else "-"]
        for options in ({}, {"record": "compact"}):
            ours = peak(plain, arguments, bench.recorded(**options))
            size = bench.take_traces()
            row += [f"{(ours - native) / 1024:.1f}" if ours and native else "-", f"{size / 1e6:.2f}"]
        rows.append(row)
    columns = ["peak memory, MB", "native", "full: more", "trace, MB", "compact: more", "trace, MB"]
    yield "Memory of the program (pages of the trace count)", tools.table(columns, rows)

    least = {}
    for _ in range(bench.runs * 20):
        for key, environment in (("native", None), ("preloaded", bench.recorded())):
            outcome = tools.run_alone(["/bin/true"], environment)
            least[key] = min(least.get(key, 1e9), outcome.seconds) if outcome else least.get(key)
    extra = (least["preloaded"] - least["native"]) * 1e3
    yield "Start-up", f"A program without threads begins and ends {extra:.2f} ms later."


def analyse(bench, title, count, traces):
    """A row: events, bytes an event, seconds, events a second, peak memory, of the traces there."""
    size = sum(os.stat(os.path.join(traces, name)).st_size for name in os.listdir(traces))
    spent, memory_used = None, None
    for _ in range(bench.runs):
        outcome = tools.run_alone([tools.TOOL, "analyze", "--error-exitcode=0", "--output=/dev/null", traces])
        if outcome and (spent is None or outcome.processor < spent):
            spent, memory_used = outcome.processor, outcome.peak
    packed = "-"
    if shutil.which("zstd"):
        names = [os.path.join(traces, name) for name in os.listdir(traces)]
        done = tools.run(["sh", "-c", 'cat "$@" | zstd -3 -c | wc -c', "sh", *names])
        packed = f"{int(done.output) / count:.2f}" if done else "-"
    return [title, f"{count / 1e6:.1f}", f"{size / count:.2f}", packed,
            f"{count / spent / 1e6:.0f}" if spent else "-", f"{memory_used / 1024:.0f}" if memory_used else "-"]


def measure(bench):
    plain = os.path.join(tools.HERE, "bench", "sync_ops")
    scale = 1 if bench.quick else 20
    rows = []
    for title, name, count, events in (
            ("one pair of locks", "mutex_pair", 1_000_000 * scale, 2 * 1.1),
            ("64 threads, 1,000 locks, nested", "locks_1000_threads_64", 320_000 * scale, 4 * 1.1)):
        if tools.run([plain, name, str(count)], bench.recorded()):
            rows.append(analyse(bench, title, int(count * events), bench.traces))
        bench.take_traces()
    columns = ["trace", "million events", "bytes an event", "with zstd", "million events a second", "peak MB"]
    yield "Analysis (all checks, one core)", tools.table(columns, rows)
