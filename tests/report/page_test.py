#!/usr/bin/env python3
"""The HTML report in a headless Chromium, with real clicks and keys.

With SCREENSHOTS=DIR in the environment its pictures are kept there.
"""

import base64
import os
import re
import sys
import time

import support
from browser import Browser
from support import WORK, must, threadcheck

MAKE_TRACE = os.path.abspath(sys.argv[2])
CONTENDED = r"""
#include <pthread.h>
#include <time.h>
static pthread_mutex_t queue = PTHREAD_MUTEX_INITIALIZER, idle = PTHREAD_MUTEX_INITIALIZER;
static int begun;
static void *work(void *x) {
    struct timespec pause = {0, 2000000};
    __atomic_fetch_add(&begun, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&begun, __ATOMIC_SEQ_CST) < 3)
        nanosleep(&pause, NULL);
    for (int i = 0; i < 20; i++) {
        pthread_mutex_lock(&queue);
        nanosleep(&pause, NULL);
        pthread_mutex_unlock(&queue);
        pthread_mutex_lock(&idle);
        pthread_mutex_unlock(&idle);
    }
    return x;
}
int main(void) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}
"""
FINE = r"""
#include <pthread.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *work(void *x) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return x;
}
int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
}
"""


def page(name):
    return os.path.join(WORK, name + ".html")


def make_pages():
    with open(os.path.join(support.ROOT, "examples", "bank.c"), encoding="utf-8") as file:
        bank = support.compile_c("bank", file.read(), *support.after_teller())
    threadcheck("run", "--format=html", "--output=bank.html", "--", bank)
    for races in ("off", "full"):
        threadcheck("run", f"--races={races}", "--format=html", f"--output=fine_{races}.html", "--",
                    support.compile_c("fine", FINE))
    contended = support.compile_c("contended", CONTENDED)
    threadcheck("run", "--format=html", "--output=contended.html", "--trace=contended.traces", "--", contended)
    threadcheck("profile", "--format=html", "--output=profile.html", "contended.traces")
    for case in ("large", "hostile"):
        support.subprocess.run([MAKE_TRACE, case, case + ".tctrace"], cwd=WORK, check=True)
        threadcheck("analyze", "--min-severity=info", "--format=html", f"--output={case}.html", case + ".tctrace")


def picture(browser, name):
    directory = os.environ.get("SCREENSHOTS")
    if directory:
        browser.screenshot(os.path.join(directory, name + ".png"))


def text(browser, selector):
    return browser.value("[...document.querySelectorAll(arguments[0])].map(e => e.innerText).join('\\n')", selector)


def number(browser, selector):
    return browser.value("document.querySelectorAll(arguments[0]).length", selector)


def soon(browser, expression, message):
    """The page does some things after it was painted."""
    try:
        browser.until(expression, seconds=30)
    except RuntimeError:
        must(False, message)


def one_finding(browser):
    browser.open(page("bank"))
    picture(browser, "finding")
    must("bank" in browser.value("document.title"), "the title names the program")
    must(number(browser, "[role=option]") == 1, "one finding in the list")
    must("accounts_lock and audit_lock" in text(browser, "h2"), "the finding is shown at once")
    boxes = browser.value("[...document.querySelectorAll('.thread')].map(e => e.getBoundingClientRect().toJSON())")
    must(len(boxes) == 2 and boxes[0]["top"] == boxes[1]["top"] and boxes[0]["right"] < boxes[1]["left"],
         f"threads stand side by side: {boxes}")
    threads = text(browser, ".threads")
    must("pthread_mutex_lock(&accounts_lock);" in threads and "bank.c:22:5" in threads, "stacks with lines of source")
    must("Acquires audit_lock while holding accounts_lock" in threads, "each thread's path")
    must("mutex" in text(browser, ".objects"), "the objects")
    must(number(browser, ".timeline .span.holds") >= 4, "a timeline")
    browser.click(".timeline .tools button:nth-child(2)")
    must(browser.value("document.querySelector('.timeline .tools button:nth-child(2)').ariaPressed") == "true", "by time")
    must(number(browser, ".step") == 8, "the steps")
    browser.click("[aria-label='Next step']")
    browser.click("[aria-label='Next step']")
    must(text(browser, ".stepper [role=status]") == "step 2 of 8", "step by step")
    must("audit" in text(browser, ".step.now"), "the step is marked")
    browser.press("ArrowRight")
    must(text(browser, ".stepper [role=status]") == "step 3 of 8", "step by step with a key")
    browser.click(".about summary")
    must("lock-order-inversion" in text(browser, ".about") and number(browser, ".about pre") > 0, "the page of the kind")
    must(browser.value("performance.getEntriesByType('resource').length") == 0, "nothing was fetched")


def nothing(browser):
    """What was looked for is said, and what was not."""
    browser.open(page("fine_off"))
    picture(browser, "nothing")
    said = text(browser, ".empty")
    must("Nothing to report" in said and "Data races were not looked for" in said, f"without races: {said}")
    browser.open(page("fine_full"))
    said = text(browser, ".empty")
    must("or data race was found" in said and "with full coverage" in said and "functions" in said, f"with races: {said}")
    browser.open(page("fine_full"), "#run")
    must("with full coverage" in text(browser, ".wide"), "and among the facts of the run")


def graph(browser):
    browser.open(page("bank"))
    browser.click(".tabs a:nth-child(2)")
    browser.until("document.querySelector('.canvas').dataset.laid === 'yes'")
    picture(browser, "graph")
    must("accounts_lock" in text(browser, ".panel") and "1 CYCLE" in text(browser, ".panel").upper(), "the cycle is listed")
    drawing = "document.querySelector('.canvas').drawing"
    browser.click_at(*browser.value(drawing + ".positionOf({node: 0})"))
    soon(browser, "location.hash.startsWith('#graph/')", "a click on a lock chooses it")
    soon(browser, "document.querySelector('.node')", "what is chosen is told")
    must("While it was held" in text(browser, ".node"), "what is asked for while the lock is held")
    browser.until(drawing + ".laid")
    browser.click_at(*browser.value(drawing + ".positionOf({edge: 0})"))
    browser.until("location.hash.startsWith('#finding/')")
    soon(browser, "document.querySelector('.finding h2').innerText.includes('accounts_lock')", "a click on an edge goes to the finding")
    browser.run("history.back()")
    browser.until("document.querySelector('.to-finding')")
    browser.click(".to-finding")
    browser.until("location.hash.startsWith('#finding/')")


def filters(browser):
    browser.open(page("large"))
    picture(browser, "large")
    must(number(browser, "[role=option]") == 1000, "a thousand findings")
    browser.press("/")
    soon(browser, "document.activeElement.type === 'search'", "'/' goes to the search")
    browser.type("input[type=search]", "table_777.lock")
    must(number(browser, "[role=option]") == 1, f"searched: {number(browser, '[role=option]')}")
    must("table_777.lock and session_777.lock" in text(browser, "[role=option]"), "what was searched is there")
    browser.click(".shown .link")
    must(number(browser, "[role=option]") == 1000, "all again")
    for name in ("severity", "kind", "confidence", "module"):
        must(number(browser, f"select[name={name}] option") >= 2, f"a choice by {name}")
    browser.run("const s = document.querySelector('select[name=kind]'); s.selectedIndex = 1;"
                "s.dispatchEvent(new Event('change', {bubbles: true}))")
    must("of 1,000" in text(browser, ".shown"), "how many are shown")
    browser.type("input[type=search]", "no such thing")
    must("No finding passes" in text(browser, ".side"), "nothing passes, and the page says so")


def keyboard(browser):
    """Every one of 1,000 findings, from the first to the last, with keys only."""
    browser.open(page("large"))
    browser.run("window.seen = new Set(); addEventListener('focusin', e => e.target.role === 'option' && seen.add(e.target.id))")
    browser.press("j", "Home", *["ArrowDown"] * 20)
    soon(browser, "seen.size === 21", "an arrow goes to the next")
    # More by events that the page cannot tell from keys: drivers take their time for a key.
    browser.post("/execute/async", {"args": [], "script": """
        const done = arguments[0];
        (async () => {
            for (let i = 0; i < 200; i++) {
                const before = seen.size;
                document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowDown', bubbles: true}));
                for (let waits = 0; seen.size === before && waits < 200; waits++) await new Promise(go => setTimeout(go, 5));
                if (seen.size === before) break;
            }
            done();
        })();"""})
    listed = browser.value("[...document.querySelectorAll('[role=option]')].map(e => e.id)")
    reached = browser.value("[...seen]")
    must(reached == listed[:221], f"one after the other, none is left out: {len(reached)}")
    browser.press("Home")
    soon(browser, "document.querySelector('.finding h2').innerText.includes('table_0.lock')", "Home goes to the first")
    browser.press("End")
    soon(browser, "document.querySelector('.finding h2').innerText.includes('table_999.lock')", "End goes to the last")
    soon(browser, "document.activeElement.ariaSelected === 'true'", "which has the focus")
    browser.press("Enter")
    soon(browser, "document.activeElement.className === 'detail'", "Enter goes into the finding")
    browser.press("Escape")
    soon(browser, "document.activeElement.role === 'option'", "Escape goes back")
    browser.press("?")
    soon(browser, "document.querySelector('dialog[open]')", "the keys are explained")
    browser.press("Escape")
    soon(browser, "!document.querySelector('dialog')", "until they are not")
    browser.press("3")
    soon(browser, "location.hash === '#profile'", "a digit goes to a view")


def large_graph(browser):
    browser.open(page("large"), "#graph")
    browser.until("document.querySelector('.canvas').dataset.laid === 'yes'", seconds=300)
    picture(browser, "large_graph")
    must("2,000 locks" in text(browser, ".shown"), "two thousand nodes are drawn")
    places = browser.value("new Set(document.querySelector('.canvas').drawing.nodes.map(n => `${n.x | 0} ${n.y | 0}`)).size")
    must(places > 1900, f"at places of their own: {places}")
    browser.type("input[type=search]", "session_321.lock")
    browser.click(".panel [aria-label='Locks found'] a")
    soon(browser, "document.querySelector('.node')?.innerText.includes('table_321.lock')", "a lock is found by its name")
    browser.click(".choices button:nth-child(3)")
    browser.until("document.querySelector('.canvas').dataset.laid === 'yes'")
    drawn = browser.value("document.querySelector('.canvas').drawing.nodes.length")
    must(2 <= drawn < 50, f"what is around it: {drawn}")
    picture(browser, "around")


def profile(browser):
    browser.open(page("profile"))
    picture(browser, "profile")
    names = "[...document.querySelectorAll('.profile tbody th code')].map(e => e.innerText)"
    must(browser.value(names) == ["queue", "idle"], f"the profile is first, by time waited: {browser.value(names)}")
    must("Who waited, and where" in text(browser, ".details") and "work" in text(browser, ".details"), "who waited")
    browser.click(".profile thead th:first-child button")
    must(browser.value(names) == ["idle", "queue"], f"sorted by name: {browser.value(names)}")
    browser.click(".profile tbody tr:first-child .fold")
    must(number(browser, "tr.details") == 2, "a row opens")
    browser.open(page("contended"))
    must("Nothing to report" in text(browser, ".page"), "a report without findings says so")


def hostile(browser):
    """Nothing that a program calls its things is taken for a part of the page."""
    browser.open(page("hostile"))
    for view in ("#findings", "#graph", "#graph/1", "#profile", "#run"):
        browser.run("location.hash = arguments[0]", view)
        time.sleep(0.3)
        must(browser.value("document.title").endswith("threadcheck"), f"{view}: something was run")
        found = browser.value("[document.scripts.length, document.images.length, document.querySelectorAll('b > script, code script').length]")
        must(found == [2, 0, 0], f"{view}: elements out of names: {found}")
    browser.run("location.hash = '#findings'")
    browser.press("j")
    for _ in range(number(browser, "[role=option]")):
        browser.press("ArrowDown")
    must(browser.value("document.title").endswith("threadcheck"), "something was run")
    listed = text(browser, ".list")
    must("<img src=x onerror=" in listed and "<!--<script>" in listed, "names stand there as they are")
    must(browser.value("document.documentElement.scrollWidth <= innerWidth"), "a long name does not break the page")
    refused = browser.value("(() => { const s = document.createElement('script'); s.textContent = 'window.bad = 1'; document.body.append(s); return window.bad === undefined; })()")
    must(refused, "the page's policy refuses any other script")
    browser.complaints()  # which says that it did


def phone_and_paper(browser):
    browser.devtools("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=2, mobile=True)
    for name in ("bank", "hostile", "profile"):
        browser.open(page(name))
        must(browser.value("document.documentElement.scrollWidth") <= 390, f"{name}: fits a phone")
    browser.open(page("bank"))
    picture(browser, "phone_list")
    must(not browser.value("document.querySelector('.detail').checkVisibility()"), "a phone shows the list first")
    browser.click("[role=option]")
    soon(browser, "document.querySelector('.detail').checkVisibility() && !document.querySelector('.side').checkVisibility()",
         "then the finding")
    picture(browser, "phone")
    browser.click(".back")
    soon(browser, "document.querySelector('.side').checkVisibility()", "and the list again")
    browser.devtools("Emulation.clearDeviceMetricsOverride")
    browser.open(page("hostile"))
    browser.run("dispatchEvent(new Event('beforeprint'))")
    must(number(browser, "#printed .finding") == number(browser, "[role=option]"), "all findings are printed")
    browser.run("dispatchEvent(new Event('afterprint'))")
    browser.open(page("bank"))
    pdf = base64.b64decode(browser.devtools("Page.printToPDF")["data"])
    must(pdf[:4] == b"%PDF" and len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 2, "a report is printed")


def light_and_dark(browser):
    def brightness():
        colour = browser.value("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    browser.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    browser.open(page("bank"))
    must(brightness() < 150, "dark, as the system says")
    picture(browser, "dark")
    browser.click(".top .tools button")
    must(brightness() > 600, "light, as its reader says")
    browser.devtools("Emulation.setEmulatedMedia", features=[])


def opening(browser):
    """How long it takes; said, and not held against a busy machine."""
    times = []
    for _ in range(3):
        begin = time.monotonic()
        browser.open(page("large"))
        times.append(time.monotonic() - begin)
    print(f"1,000 findings and 2,000 locks open in {min(times):.2f} s (of {', '.join(f'{t:.2f}' for t in times)})")


make_pages()
with Browser() as chromium:
    for check in (one_finding, nothing, graph, filters, keyboard, large_graph, profile, hostile, phone_and_paper, light_and_dark, opening):
        before, begin = len(support.failures), time.monotonic()
        check(chromium)
        said = chromium.complaints()
        must(not said, f"{check.__name__}: the page complains: {said}")
        print(f"{check.__name__}: {'ok' if len(support.failures) == before else 'FAILED'} ({time.monotonic() - begin:.1f} s)")
support.finish()
