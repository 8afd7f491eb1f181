"""What the tests of this folder share.  Usage of each: NAME_test.py .../bin/threadcheck"""

import json
import os
import subprocess
import sys
import tempfile

# In Bazel this file is a link, which Python follows: what the test was given is where it runs.
ROOT = os.getcwd() if "TEST_SRCDIR" in os.environ else os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
TOOL = os.path.abspath(sys.argv[1])
WORK = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
failures = []


def must(holds, message):
    """Counts what is not as it should be."""
    if not holds:
        failures.append(message)
        print("FAIL " + message)


def threadcheck(*arguments, environment=None, **options):
    """Runs the tool in the work directory."""
    return subprocess.run([TOOL, *arguments], cwd=WORK, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                          env=dict(os.environ, **(environment or {})), **options)


def later(pause="usleep(time * 10)"):
    """What makes a program of the documents wait for its other threads by something else than `usleep`: ten
    times as long, by default, so that the run is the same on a slow machine."""
    with open(os.path.join(WORK, "later.h"), "w", encoding="utf-8") as file:
        file.write(f"#include <unistd.h>\n#define usleep(time) {pause}\n")
    return ["-include", os.path.join(WORK, "later.h")]


def after_teller():
    """The same for examples/bank.c: the auditor comes when all entries were made."""
    return later("while (*(volatile long *)&entries < 100) usleep(1000)")


def compile_c(name, source, *flags):
    """A program in the work directory, by its name."""
    with open(os.path.join(WORK, name + ".c"), "w", encoding="utf-8") as file:
        file.write(source)
    subprocess.run([os.environ.get("CC", "gcc"), "-D_GNU_SOURCE", "-g", "-O1", *flags, name + ".c",
                    "-o", name, "-pthread"], cwd=WORK, check=True)
    return "./" + name


def load(name):
    with open(os.path.join(WORK, name), encoding="utf-8") as file:
        return json.load(file)


def document(name):
    """The text of a file below docs/."""
    with open(os.path.join(ROOT, "docs", name), encoding="utf-8") as file:
        return file.read()


def validate(report):
    """What is wrong with a report by docs/report.schema.json; None: nothing."""
    import jsonschema
    schema = json.loads(document("report.schema.json"))
    jsonschema.Draft7Validator.check_schema(schema)
    for error in jsonschema.Draft7Validator(schema).iter_errors(report):
        return f"{'/'.join(map(str, error.path))}: {error.message[:200]}"
    return None


def validate_sarif(log):
    """What is wrong with a SARIF log by the standard's schema; None: nothing.  Of many results some
    are looked at, as that takes its time."""
    import jsonschema
    log = dict(log, runs=[dict(run, results=run["results"][:25]) for run in log["runs"]])
    path = os.path.join(ROOT, "third_party", "sarif", "sarif-2.1.0-rtm.5.json")
    with open(path, encoding="utf-8") as schema:
        checker = jsonschema.Draft4Validator(json.load(schema), format_checker=jsonschema.FormatChecker())
    for error in checker.iter_errors(log):
        return f"{'/'.join(map(str, error.path))}: {error.message[:200]}"
    return None


def finish():
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)
