#!/usr/bin/env python3
"""Every format: its structure, hostile names, and the same bytes from the same trace.

SARIF is held against the standard's schema and what the standard asks beyond it of each object that is
used (OASIS SARIF 2.1.0 errata 01); JUnit against what Jenkins' schema of it (junit-10.xsd) allows.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import support
from support import WORK, must, threadcheck

MAKE_TRACE = os.path.abspath(sys.argv[2])
FORMATS = ["text", "json", "html", "sarif", "junit", "dot", "perfetto"]
PROFILES = ["text", "json", "html", "folded"]


def output(name):
    with open(os.path.join(WORK, name), "rb") as file:
        return file.read()


def analyze(trace, prefix, *options, command="analyze", formats=None):
    """All formats at once; the bytes of each."""
    formats = formats or FORMATS
    words = [word for name in formats for word in (f"--format={name}", f"--output={prefix}.{name}")]
    run = threadcheck(command, *options, *words, trace)
    must(run.returncode in (0, 66) and not run.stderr, f"{command} {trace}: {run.returncode} {run.stderr[:300]}")
    return {name: output(f"{prefix}.{name}") for name in formats}


# SARIF.

def location(where, results):
    physical = where.get("physicalLocation")
    if physical:
        artifact = physical["artifactLocation"]
        must(not re.search(r"[ <>\"\\\\^`{|}\x00-\x1f]", artifact["uri"]), f"SARIF: no URI: {artifact['uri']!r}")
        must(artifact.get("uriBaseId") == "SRCROOT" or re.match(r"[a-z]+:|[^/]", artifact["uri"]), f"SARIF: {artifact}")
        region = physical.get("region")
        must(region is None or region["startLine"] >= 1, f"SARIF: {region}")
        results.append(artifact["uri"])
    must(physical or where.get("logicalLocations"), f"SARIF: a location of nothing: {where}")


def sarif(text, report, what):
    log = json.loads(text)
    must(support.validate_sarif(log) is None, f"{what}: schema: {support.validate_sarif(log)}")
    must(log["version"] == "2.1.0" and "sarif-schema-2.1.0" in log["$schema"], f"{what}: version")
    must(len(log["runs"]) == 1, f"{what}: one run")
    run = log["runs"][0]
    driver = run["tool"]["driver"]
    must(driver["name"] == "threadcheck" and driver["version"], f"{what}: tool")
    ids = [rule["id"] for rule in driver["rules"]]
    kinds = [line.split()[0] for line in threadcheck("list", "kinds").stdout.splitlines()]
    must(ids == kinds, f"{what}: a rule for every kind: {set(ids) ^ set(kinds)}")
    for rule in driver["rules"]:
        must(rule["shortDescription"]["text"] and rule["help"]["text"] and len(rule["help"].get("markdown", "")) > 100,
             f"{what}: rule {rule['id']}")
        must(rule["defaultConfiguration"]["level"] in ("error", "warning", "note"), f"{what}: {rule['id']}: level")
    for invocation in run["invocations"]:
        must(isinstance(invocation["executionSuccessful"], bool), f"{what}: invocation")
    by_id = {finding["id"]: finding for finding in report["findings"]}
    must(len(run["results"]) == len(by_id), f"{what}: a result for each finding")
    for result in run["results"]:
        finding = by_id[result["partialFingerprints"]["threadcheck/v1"]]
        must(ids[result["ruleIndex"]] == result["ruleId"] == finding["kind"], f"{what}: rule of {finding['id']}")
        must(result["level"] == {"info": "note"}.get(finding["severity"], finding["severity"]), f"{what}: level")
        must(finding["title"] in result["message"]["text"], f"{what}: message")
        files = []
        must(result["locations"] and len(result["locations"]) == 1, f"{what}: locations of {finding['id']}")
        for where in result["locations"] + result["relatedLocations"]:
            location(where, files)
        related = [where["id"] for where in result["relatedLocations"]]
        must(len(related) == len(set(related)), f"{what}: related locations have ids of their own")
        flows = result["codeFlows"][0]["threadFlows"]
        threads = [thread for thread in finding["threads"] if thread["stacks"]]
        must([flow["id"] for flow in flows] == [thread["label"] for thread in threads], f"{what}: a flow for each thread")
        for flow, thread in zip(flows, threads):
            steps = [step["location"] for step in flow["locations"]]
            must(len(steps) == sum(len(stack["frames"]) for stack in thread["stacks"]), f"{what}: the thread's whole path")
            names = [step["logicalLocations"][0]["fullyQualifiedName"] for step in steps]
            wanted = [frame["function"] for stack in thread["stacks"] for frame in reversed(stack["frames"])]
            must(names == wanted, f"{what}: from the outermost frame on")
            levels = [step["nestingLevel"] for step in flow["locations"]]
            must(levels[0] == 0 and all(level >= 0 for level in levels), f"{what}: nesting")
            for step in steps:
                location(step, files)
        for stack in result["stacks"]:
            must(stack["message"]["text"] and stack["frames"], f"{what}: stacks")
    bases = run.get("originalUriBaseIds", {})
    must("SRCROOT" not in text.decode() or bases.get("SRCROOT", {}).get("uri", "").endswith("/"), f"{what}: SRCROOT")
    return run


# The others.

# What an element may have: attributes that it must have, others, elements in it.
JUNIT = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name"}, {"tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package", "file"},
                  {"properties", "testcase", "system-out", "system-err"}),
    "testcase": ({"name"}, {"classname", "time", "file", "line", "status"},
                 {"skipped", "error", "failure", "system-out", "system-err"}),
    "skipped": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "failure": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
    "system-err": (set(), set(), set()),
}


def junit(text, report, what):
    root = ET.fromstring(text)
    must(root.tag == "testsuites", f"{what}: {root.tag}")
    for element in root.iter():
        needed, allowed, inside = JUNIT[element.tag]
        must(needed <= set(element.keys()) <= needed | allowed, f"{what}: attributes of {element.tag}: {element.keys()}")
        must({child.tag for child in element} <= inside, f"{what}: {element.tag} has {[child.tag for child in element]}")
    suite = root.find("testsuite")
    cases = suite.findall("testcase")
    failed = [case for case in cases if case.find("failure") is not None]
    skipped = [case for case in cases if case.find("skipped") is not None]
    must(int(suite.get("skipped")) == len(skipped), f"{what}: {len(skipped)} skipped")
    looked = any("races" in process for process in report["processes"]) or "data-race" in {f["kind"] for f in report["findings"]}
    must([case.get("classname") for case in skipped] == ([] if looked else ["data-race"]), f"{what}: races that were not looked for")
    grave = [finding for finding in report["findings"] if finding["severity"] != "info"]
    must(int(suite.get("tests")) == len(cases) and int(suite.get("failures")) == len(failed) == len(grave), f"{what}: counts")
    for case, finding in zip(failed, grave):
        must(case.get("classname") == finding["kind"] and case.find("failure").get("type") == finding["severity"],
             f"{what}: {finding['id']}")
        must(finding["id"] in case.find("failure").text, f"{what}: id of {finding['id']}")


def dot(text, what):
    if not shutil.which("dot"):
        must(False, "graphviz is missing: see third_party/packages.txt")
        return 0
    run = subprocess.run(["dot", "-Tcanon"], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    must(run.returncode == 0 and not run.stderr, f"{what}: {run.stderr[:300]}")
    return len(re.findall(rb"^  n\d+ -> n\d+ \[", text, re.M))


def perfetto(text, what):
    trace = json.loads(text)
    tracks = {}
    named = {(event["pid"], event["tid"]) for event in trace["traceEvents"] if event["ph"] == "M"}
    for event in trace["traceEvents"]:
        if event["ph"] != "X":
            continue
        must((event["pid"], event["tid"]) in named, f"{what}: a track without a name: {event}")
        must(event["cat"] in ("wait", "hold") and event["name"] and event["dur"] >= 0, f"{what}: {event}")
        tracks.setdefault((event["pid"], event["tid"]), []).append((event["ts"], event["ts"] + event["dur"]))
    for spans in tracks.values():
        ends = []
        for begin, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            while ends and ends[-1] <= begin + 1e-6:
                ends.pop()
            must(not ends or end <= ends[-1] + 1e-6, f"{what}: slices of one track cross: {begin} {end} {ends}")
            ends.append(end)
    return sum(map(len, tracks.values()))


def html(text, what):
    """One script that its policy allows by hash, and data that no browser takes for anything else."""
    import base64
    import hashlib
    page = text.decode()
    found = re.search(r'<script type="application/json" id="report">(.*?)</script>\n<script>(.*?)</script>\n</body>', page, re.S)
    data, script = found.groups()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    must(f"script-src 'sha256-{digest}'" in page and "default-src 'none'" in page, f"{what}: its policy")
    must("<" not in data and page.count("<script") == 2, f"{what}: data could end its element")
    must(not re.search(r'(src|href)="?(https?:)?//|@import|url\(', page.replace(data, "").replace(script, "")), f"{what}: nothing from elsewhere")
    return json.loads(data)


def every_format(trace, what, *options):
    found = analyze(trace, what, "--min-severity=info", *options)
    report = json.loads(found["json"])
    must(support.validate(report) is None, f"{what}: schema: {support.validate(report)}")
    sarif(found["sarif"], report, what)
    junit(found["junit"], report, what)
    edges = dot(found["dot"], what)
    spans = perfetto(found["perfetto"], what)
    data = html(found["html"], what)
    must([f["id"] for f in data["findings"]] == [f["id"] for f in report["findings"]], f"{what}: the page has all")
    must(len(data["graph"]["edges"]) == edges > 0 and spans > 0, f"{what}: {edges} edges, {spans} spans")
    for name, text in found.items():
        text.decode()
        shown = text if name != "html" else json.dumps(data, ensure_ascii=False).encode()
        must(not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", shown), f"{what}: {name} has control characters")
    again = analyze(trace, what + "-again", "--min-severity=info", *options)
    for name in FORMATS:
        must(found[name] == again[name], f"{what}: {name}: the same bytes from the same trace")
    profiles = analyze(trace, what + "-profile", command="profile", formats=PROFILES)
    must(json.loads(profiles["json"])["profile"]["classes"], f"{what}: profile")
    must(html(profiles["html"], what)["start"] == "profile", f"{what}: the profile is first")
    for line in profiles["folded"].decode().splitlines():
        must(re.fullmatch(r".+ \d+", line), f"{what}: folded: {line[:200]!r}")
    again = analyze(trace, what + "-profile-again", command="profile", formats=PROFILES)
    must(profiles == again, f"{what}: profile: the same bytes")
    return report


# A symbol of 64 kB, one that is HTML, and threads that are called the same.
HOSTILE = r"""
#include <pthread.h>
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
void *@LONG@(void *x);
__attribute__((noinline)) void first(void) __asm__("\"<script>alert(1)</script>]]>&amp;\"");
__attribute__((noinline)) void first(void) {
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    __asm__ volatile("");
}
__attribute__((noinline)) void *@LONG@(void *x) {
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    __asm__ volatile("");
    return x;
}
static void *start(void *x) {
    pthread_setname_np(pthread_self(), "<b>\x01\xff\xe2\x80\xa8\"'&");
    first();
    return x;
}
int main(void) {
    pthread_t one, two;
    pthread_create(&one, NULL, start, NULL);
    pthread_join(one, NULL);
    pthread_create(&one, NULL, start, NULL);
    pthread_create(&two, NULL, @LONG@, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
}
"""


def hostile_programs():
    long = "f" + "x" * 65535
    for what, flags in (("debug", ["-g"]), ("symbols", ["-g0"])):
        program = support.compile_c("hostile_" + what, HOSTILE.replace("@LONG@", long), *flags)
        threadcheck("run", f"--trace={what}.traces", "--", program, "<b>\x1b[31m\xff")
        report = every_format(what + ".traces", what)
        must([f["kind"] for f in report["findings"]].count("lock-order-inversion") == 1, f"{what}: its bug is found")


def hard_traces():
    for case in ("hostile", "large"):
        subprocess.run([MAKE_TRACE, case, case + ".tctrace"], cwd=WORK, check=True)
    every_format("hostile.tctrace", "hostile")
    report = every_format("large.tctrace", "large")
    must(len(report["findings"]) >= 1000, f"large: {len(report['findings'])} findings")


def marked():
    """Suppressed and known findings are in SARIF, marked."""
    with open(os.path.join(WORK, "some.supp"), "w", encoding="utf-8") as file:
        file.write("[why not]\nobject = table_7.lock\n[never]\nobject = nothing\n")
    analyze("large.tctrace", "known", formats=["json"])
    run = threadcheck("analyze", "--suppressions=some.supp", "--format=sarif", "--output=marked.sarif", "large.tctrace")
    must("never" in run.stderr or run.returncode == 66, f"suppressions: {run.stderr}")
    results = json.loads(output("marked.sarif"))["runs"][0]["results"]
    by = [r["suppressions"][0]["justification"] for r in results if r.get("suppressions")]
    must(len(by) == 1 and "why not" in by[0] and len(results) == 1000, f"suppressed: {by}")
    run = threadcheck("analyze", "--baseline=known.json", "--format=sarif", "--output=old.sarif", "large.tctrace")
    must(run.returncode == 0, f"baseline: {run.returncode}")
    results = json.loads(output("old.sarif"))["runs"][0]["results"]
    must({r["baselineState"] for r in results} == {"unchanged"}, "in the baseline")


hostile_programs()
hard_traces()
marked()
support.finish()
