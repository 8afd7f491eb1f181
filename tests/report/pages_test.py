#!/usr/bin/env python3
"""The example of every page in docs/findings/ gives the report that the page shows.

Compared is what does not change from run to run: kind, severity, title, frames.  The JSON of each
run is checked against docs/report.schema.json.
"""

import os
import re

import support


def lines(report):
    """What must be equal: without addresses, ids, and what width and order make of it."""
    return {line.strip() for line in report.split("\n") if re.match(r"\s+#\d|(error|warning|info):", line)}


def libraries(program):
    """What the example needs besides libc; None: it is not built here."""
    if "<threadcheck/" in program:
        return ["-I" + os.path.join(support.ROOT, "include")]
    if "<threading.h>" not in program:
        return []
    archive = os.path.join(support.ROOT, "threading", "libthreading.a")
    support.must("TEST_SRCDIR" not in os.environ or os.path.exists(archive), "threading's library is missing")
    whole = ["-Wl,--whole-archive", archive, "-Wl,--no-whole-archive"]
    return ["-I" + os.path.join(support.ROOT, "include")] + whole if os.path.exists(archive) else None


for page in sorted(os.listdir(os.path.join(support.ROOT, "docs", "findings"))):
    kind = page[:-3]
    text = support.document("findings/" + page)
    program = re.search(r"```c\n(.*?)```", text, re.S)
    shown = re.search(r"```text\n(.*?)```", text, re.S)
    flags = libraries(program.group(1)) if program else None
    if flags is None or not shown:
        continue
    binary = support.compile_c(kind, program.group(1), *flags, *support.later())
    races = ["--races=full"] if kind == "data-race" else []
    run = support.threadcheck("run", "--on-deadlock=abort", "--min-severity=info", *races, "--output=text",
                              "--format=json", "--output=json", "--", binary)
    report = support.load("json")
    support.must(support.validate(report) is None, f"{kind}: schema: {support.validate(report)}")
    found = [f for f in report["findings"] if f["kind"] == kind]
    support.must(len(found) == 1, f"{kind}: found {[f['kind'] for f in report['findings']]}")
    with open(os.path.join(support.WORK, "text"), encoding="utf-8") as file:
        text = file.read()
    missing = lines(shown.group(1)) - lines(text)
    support.must(not missing, f"{kind}: not as on its page: {missing}")
    grave = any(f["severity"] != "info" for f in report["findings"])
    support.must(run.returncode == (66 if grave else report["program"]["exit"]),
                 f"{kind}: status {run.returncode}")
    explained = support.threadcheck("explain", kind)
    support.must(explained.returncode == 0 and kind in explained.stdout, f"{kind}: explain")
support.finish()
