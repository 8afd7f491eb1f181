"""run.py THREADCHECK PROGRAM: runs a Python program under --races=full and holds what is reported
against the comments at its beginning:

    # expect: data-race SEVERITY WHAT    a finding at error or warning (any: at one of them) whose
                                         object has that name; there may be several
    # expect: none                       no finding at warning or error

What the program itself says and how it ends must be as without threadcheck.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

INTERPRETER = os.environ.get("PYTHON_UNDER_TEST", "/usr/bin/python3")


def run(command):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("THREADCHECK")}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, timeout=100)
    return done.returncode, done.stdout, done.stderr


def found_in(document):
    found = set()
    for finding in document["findings"]:
        if finding["severity"] == "info":
            continue
        name = finding["objects"][0]["name"] if finding["objects"] else finding["title"]
        found.add((finding["kind"], finding["severity"], name))
    return found


def complaints(expected, found):
    if expected == ["none"]:
        return ["not expected: " + " ".join(one) for one in sorted(found)]
    missing = []
    for line in expected:
        kind, severity, name = line.split(" ", 2)
        wanted = {(kind, severity, name)}
        if severity == "any":
            wanted = {(kind, "error", name), (kind, "warning", name)}
        if not wanted & found:
            missing.append("missing: %s; found: %s" % (line, sorted(found)))
    return missing


def main(tool, program):
    with open(program, encoding="utf-8") as file:
        expected = re.findall(r"^# expect: (.*)$", file.read(), re.M)
    if not expected:
        return ["%s: says nothing of what is expected" % program]
    mode = os.environ.get("RACES", "full")
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "report.json")
        watched = run([tool, "run", "--races=" + mode, "--format=json", "--output=" + output,
                       "--error-exitcode=0", "--", INTERPRETER, program])
        plain = run([INTERPRETER, program])
        document = {"findings": []}
        if os.path.exists(output):
            with open(output, encoding="utf-8") as file:
                document = json.load(file)
    wrong = complaints(expected, found_in(document))
    if watched[0] != plain[0]:
        wrong.append("exit status %d, without threadcheck %d" % (watched[0], plain[0]))
    if watched[1] != plain[1]:
        wrong.append("stdout %r, without threadcheck %r" % (watched[1], plain[1]))
    if "Traceback" in watched[2] or plain[2]:
        wrong.append("stderr: " + watched[2] + plain[2])
    return wrong


if __name__ == "__main__":
    problems = main(sys.argv[1], sys.argv[2])
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
