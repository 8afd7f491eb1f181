"""What single operations cost: native, recorded in each way, and under the other tools.

Of those where several threads work at a time it is the processor time of all of them.
"""

import os
import shutil

import tools

OPERATIONS = [  # name, rounds of a batch, batches
    ("mutex_pair", 20_000, 300),
    ("mutex_nested_4", 20_000, 300),
    ("read_lock_pair", 20_000, 200),
    ("write_lock_pair", 20_000, 200),
    ("spin_pair", 20_000, 200),
    ("semaphore_pair", 20_000, 200),
    ("mutex_shared", 200_000, 5),
    ("mutex_contended", 20_000, 6),
    ("rwlock_contended", 20_000, 6),
    ("condition_ping_pong", 10_000, 4),
    ("semaphore_ping_pong", 10_000, 4),
    ("barrier_round", 10_000, 4),
    ("create_join", 2_000, 4),
    ("locks_1000_threads_64", 640_000, 3),
]
OURS = [("full", {}), ("caller only", {"stacks": "caller"}), ("compact", {"record": "compact"})]


def peers(bench):
    """Name, command before the program, binary, environment, and by how much it gets less to do."""
    found = []
    plain = os.path.join(tools.HERE, "bench", "sync_ops")
    if shutil.which("valgrind"):
        for tool in ("helgrind", "drd"):
            found.append((tool, ["valgrind", f"--tool={tool}", "-q"], plain, None, 200))
    for compiler, name in (("gcc", "gcc TSan"), ("clang", "clang TSan")):
        binary = bench.compile("sync_ops.c", f"sync_ops.{compiler}", "-fsanitize=thread", compiler=compiler)
        if binary:
            found.append((name, [], binary, dict(os.environ, TSAN_OPTIONS="report_bugs=0"), 10))
    return found


def least(values):
    there = [value for value in values if value is not None]
    return min(there) if there else None


def one(command, binary, name, count, batches, environment):
    outcome = tools.run([*command, binary, name, str(count), str(batches)], environment)
    return float(outcome.output.split()[0]) if outcome else None


def measure(bench):
    plain = os.path.join(tools.HERE, "bench", "sync_ops")
    others = peers(bench) if bench.peers else []
    columns = ["ns a round", "native", *(name for name, _ in OURS), "full - native", "full / native",
               "compact / native", *(f"{peer[0]} / native" for peer in others)]
    rows = []
    for name, count, batches in OPERATIONS:
        if bench.quick:
            batches = max(batches // 5, 1)
        values = {key: [] for key in ["native", *(key for key, _ in OURS), *(p[0] for p in others)]}
        for _ in range(bench.runs):
            values["native"].append(one([], plain, name, count, batches, None))
            for key, options in OURS:
                values[key].append(one([], plain, name, count, batches, bench.recorded(**options)))
                bench.take_traces()
        for key, command, binary, environment, less in others:
            values[key].append(one(command, binary, name, max(count // less, 64),
                                   max(batches // less, 1), environment))
        best = {key: least(found) for key, found in values.items()}
        native, full = best["native"], best["full"]
        show = lambda value: "-" if value is None else f"{value:.1f}"
        rows.append([name, show(native), *(show(best[key]) for key, _ in OURS),
                     show(full - native) if full and native else "-", tools.ratio(full, native),
                     tools.ratio(best["compact"], native), *(tools.ratio(best[p[0]], native) for p in others)])
        print("  " + "  ".join(rows[-1]), flush=True)
    yield "Operations", tools.table(columns, rows)
