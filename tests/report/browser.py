"""A headless Chromium, driven by WebDriver (W3C) with nothing but the standard library."""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "ArrowDown": "\ue015", "ArrowUp": "\ue013",
        "ArrowRight": "\ue014", "ArrowLeft": "\ue012", "Home": "\ue011", "End": "\ue010"}
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--force-color-profile=srgb", "--window-size=1400,950"]


class Browser:
    """To be used in a with statement."""

    def __init__(self):
        for program in ("chromedriver", "chromium"):
            if not shutil.which(program):
                raise RuntimeError(f"{program} is missing: see third_party/packages.txt")
        # Not in TEST_TMPDIR: Chromium has sockets in it, whose paths must be short.
        self.profile = tempfile.mkdtemp(prefix="chromium-")
        environment = dict(os.environ, HOME=self.profile, TMPDIR=self.profile)
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdin=subprocess.DEVNULL, env=environment,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = None
        for line in self.driver.stdout:
            port = re.search(r"started successfully on port (\d+)", line)
            if port:
                break
        self.base = f"http://127.0.0.1:{port.group(1)}"
        options = {"binary": shutil.which("chromium"), "args": ARGUMENTS + ["--user-data-dir=" + self.profile]}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        session = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = "/session/" + session["sessionId"]
        self.post("/timeouts", {"script": 300000})

    def __enter__(self):
        return self

    def __exit__(self, *what):
        try:
            self.ask("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait()
            shutil.rmtree(self.profile, ignore_errors=True)

    def ask(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def post(self, path, body):
        return self.ask("POST", self.session + path, body)

    def open(self, path, fragment=""):
        """A file, anew; returns when the page has been built."""
        self.post("/url", {"url": "about:blank"})
        self.post("/url", {"url": "file://" + path + fragment})
        self.until("document.documentElement.dataset.ready")

    def run(self, script, *arguments):
        return self.post("/execute/sync", {"script": script, "args": list(arguments)})

    def value(self, expression, *arguments):
        return self.run(f"return {expression};", *arguments)

    def until(self, expression, *arguments, seconds=60):
        """Waits for something that the page does by itself."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.value(expression, *arguments)
            if found:
                return found
            time.sleep(0.05)
        raise RuntimeError(f"never: {expression}")

    def find(self, selector):
        return self.post("/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        """A real click into the middle of the first element, which is scrolled into view."""
        self.post(f"/element/{self.find(selector)}/click", {})

    def click_at(self, x, y):
        pointer = [{"type": "pointerMove", "x": round(x), "y": round(y)}, {"type": "pointerDown", "button": 0},
                   {"type": "pointerUp", "button": 0}]
        self.post("/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": pointer}]})

    def type(self, selector, text):
        self.post(f"/element/{self.find(selector)}/value", {"text": text})

    def press(self, *keys):
        """Real keys, to whatever has the focus."""
        actions = []
        for key in keys:
            code = KEYS.get(key, key)
            actions += [{"type": "keyDown", "value": code}, {"type": "keyUp", "value": code}]
        self.post("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def devtools(self, command, **parameters):
        return self.post("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.ask("GET", self.session + "/screenshot")))

    def complaints(self):
        """What the page wrote to its console, refused scripts included, since the last call."""
        return [entry["message"] for entry in self.post("/se/log", {"type": "browser"})]
