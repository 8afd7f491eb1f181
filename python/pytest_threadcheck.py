"""pytest_threadcheck.py: a pytest plugin: a test in which threadcheck finds something fails.

    PYTHONPATH=PREFIX/share/threadcheck threadcheck run --races=full -- \\
        python3 -m pytest -p pytest_threadcheck

It looks at the trace that the process is writing, after each test, and fails the test for what is
new in it at warning or error; each worker of pytest-xdist at its own.  Without threadcheck it does
nothing.

Options (command line, or the same names in pytest's configuration file):
    --threadcheck=each|end|off   look after each test (the default), once at the end, or never
    --threadcheck-min-severity=error|warning
"""

import json
import os
import subprocess
import tempfile

import pytest

_RANK = {"info": 0, "warning": 1, "error": 2}


def _mapped(name):
    """The file of that ending that is mapped into this process, or None."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
            for line in maps:
                path = line.rstrip("\n").split(" ", 5)[-1].strip()
                if path.endswith(name):
                    return path
    except OSError:
        pass
    return None


class _Watch:
    """What was found so far, by asking the analyzer."""

    def __init__(self, severity):
        self.severity = severity
        self.seen = set()
        self.looked_at = None
        library = _mapped("/libthreadcheck.so")
        self.tool = library and os.path.join(os.path.dirname(os.path.dirname(library)), "bin",
                                             "threadcheck")
        self.active = bool(self.tool and os.access(self.tool, os.X_OK))

    def _analyze(self, trace, folder):
        """The findings and their text; the tool itself must not be watched."""
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("LD_PRELOAD", "THREADCHECK_OPTIONS")}
        outputs = [os.path.join(folder, "report." + end) for end in ("json", "txt")]
        subprocess.run([self.tool, "analyze", "--error-exitcode=0",
                        "--format=json", "--output=" + outputs[0],
                        "--format=text", "--output=" + outputs[1], trace],
                       env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)
        try:
            with open(outputs[0], encoding="utf-8") as file:
                return json.load(file)["findings"]
        except (OSError, ValueError, KeyError):
            return []

    def new(self):
        """What was found since the last call."""
        trace = self.active and _mapped(".tctrace")
        if not trace:
            return []
        with tempfile.TemporaryDirectory(prefix="pytest-threadcheck-") as folder:
            findings = self._analyze(trace, folder)
        fresh = [finding for finding in findings if finding["id"] not in self.seen and
                 _RANK[finding["severity"]] >= _RANK[self.severity]]
        self.seen.update(finding["id"] for finding in fresh)
        return fresh


def _words(frame):
    place = "%s:%s" % (frame["file"], frame["line"]) if frame.get("file") else "?"
    return "      %s  %s" % (frame.get("function") or "?", place)


def _text(findings):
    lines = []
    for finding in findings:
        lines.append("threadcheck: %s: %s: %s" % (finding["severity"], finding["kind"],
                                                  finding["title"]))
        lines.append("  " + finding["explanation"])
        for thread in finding["threads"]:
            for stack in thread["stacks"]:
                lines.append("    %s %s" % (thread.get("name") or "thread", stack["what"]))
                shown = [frame for frame in stack["frames"] if frame.get("language") == "python"]
                lines.extend(_words(frame) for frame in (shown or stack["frames"])[:8])
    return "\n".join(lines)


def pytest_addoption(parser):
    group = parser.getgroup("threadcheck")
    group.addoption("--threadcheck", choices=("each", "end", "off"), default=None,
                    help="when to look at what threadcheck found (default: each)")
    group.addoption("--threadcheck-min-severity", choices=("error", "warning"), default=None,
                    help="what fails a test (default: warning)")
    parser.addini("threadcheck", "each, end or off", default="each")
    parser.addini("threadcheck_min_severity", "error or warning", default="warning")


def pytest_configure(config):
    when = config.getoption("threadcheck") or config.getini("threadcheck")
    severity = (config.getoption("threadcheck_min_severity") or
                config.getini("threadcheck_min_severity"))
    if when != "off":
        config.pluginmanager.register(_Plugin(when, _Watch(severity)), "threadcheck-plugin")


class _Plugin:
    def __init__(self, when, watch):
        self.when = when
        self.watch = watch
        self.left = []  # texts of what was found when no test was left that could fail

    def pytest_report_header(self):
        if not self.watch.active:
            return "threadcheck: not there (run pytest by: threadcheck run -- python3 -m pytest ...)"
        return "threadcheck: looks at %s" % ("each test" if self.when == "each" else "the end")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        outcome = yield
        report = outcome.get_result()
        if self.when != "each" or report.when == "setup":
            return
        findings = self.watch.new()
        if not findings:
            return
        text = _text(findings)
        if report.passed:
            report.outcome = "failed"
            report.longrepr = text
        else:
            report.sections.append(("threadcheck", text))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node, error):
        """A worker of pytest-xdist has ended, and says what it found."""
        text = getattr(node, "workeroutput", {}).get("threadcheck")
        if text and text not in self.left:
            self.left.append(text)

    def pytest_sessionfinish(self, session, exitstatus):
        findings = self.watch.new()
        if findings:
            self.left.append(_text(findings))
        if self.left and hasattr(session.config, "workeroutput"):
            session.config.workeroutput["threadcheck"] = "\n".join(self.left)
        if self.left and exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if self.left:
            terminalreporter.section("threadcheck")
            terminalreporter.write_line("\n".join(self.left))
