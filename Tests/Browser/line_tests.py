"""A session over a bad line, and over a restart of the service."""

import re
import string
import time

from stage import SCREENSHOTS, Line, Service
from steps import PageTests, Person

# As if something on the way let no WebSocket through.
BLOCKED = "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.({}), 20); } send() {} close() {} };"
# As if the service had forgotten who this is.
FORGOTTEN = """
    const Real = WebSocket;
    window.WebSocket = class extends Real {
        constructor(url) { super(window.isForgotten ? url.replace(/client=([^&]+)/, 'client=$1x') : url); }
    };
"""


class LineTests(PageTests):
    def begin(self, page):
        """A session, and what it took to load."""
        page.set_default_timeout(120_000)
        self.sign_in(page, Person())
        self.start(page)

    def stops_a_program(self, page, limit):
        """Types Ctrl+C at a program that writes without end, and looks how long it is until that is seen."""
        self.run_command(page, "base64 /dev/urandom")
        time.sleep(6)
        page.keyboard.press("Control+c")
        begun = time.monotonic()
        self.shows(page, r"\^C", 30)
        took = time.monotonic() - begun
        print(f"Ctrl+C is seen after {took:.2f} s", flush=True)
        self.assertLessEqual(took, limit)

    def test_slow_line(self):
        line = Line(rate=32_000, delay=0.2, loss=0.02)
        with self.page(port=line.port) as page:
            page.set_default_timeout(120_000)
            self.sign_in(page, Person())
            before = line.received
            begun = time.monotonic()
            self.start(page)
            first = line.received - before
            print(f"\nfirst load of a session: {first / 1000:.0f} kB, {time.monotonic() - begun:.1f} s", flush=True)
            self.assertLessEqual(first, 500_000)
            self.stops_a_program(page, 2.0)
        line.close()

    def test_slow_line_without_websockets(self):
        line = Line(rate=32_000, delay=0.2)
        with self.page(port=line.port, script=BLOCKED) as page:
            self.begin(page)
            self.run_command(page, "cat")
            text = (string.ascii_lowercase + string.digits + "----")[:40]
            page.keyboard.type(text, delay=100)
            begun = time.monotonic()
            self.shows(page, "^" + text + r"\s*$", 30)
            took = time.monotonic() - begun
            print(f"\nthe last of 40 letters is seen after {took:.2f} s", flush=True)
            self.assertLessEqual(took, 3.0)
            page.keyboard.press("Control+c")
            self.prompt(page)
            self.run_command(page, "clear")
            self.stops_a_program(page, 4.0)
        line.close()

    def test_without_websockets(self):
        with self.page(script=BLOCKED) as page:
            self.begin(page)
            self.run_command(page, "echo by-events-$((1+1))")
            self.shows(page, r"^by-events-2")

    def test_restart_while_typing(self):
        with self.page(expects=["WebSocket", "ERR_"]) as page:
            self.begin(page)
            page.keyboard.type("echo before-")
            self.shows(page, "echo before-")
            service = Service()
            service.kill()
            try:
                page.get_by_text("Reconnecting").wait_for()
                page.keyboard.type("meanwhile-")
                page.screenshot(path=f"{SCREENSHOTS}/restarting.png")
            finally:
                service.start()
            page.locator("#cover").wait_for(state="hidden")
            page.keyboard.type("after")
            page.keyboard.press("Enter")
            self.shows(page, r"^before-meanwhile-after\s*$")
            self.assertEqual(len(re.findall("meanwhile-", self.screen(page))), 2)

    def test_forgotten_while_typing(self):
        """After a restart the service does not know who comes back: what it never had is typed, and nothing twice."""
        line = Line()
        with self.page(port=line.port, expects=["WebSocket", "ERR_"], script=FORGOTTEN) as page:
            self.begin(page)
            page.keyboard.type("echo before-")
            self.shows(page, "echo before-")
            line.cut()
            page.get_by_text("Reconnecting").wait_for()
            page.evaluate("isForgotten = true")
            page.keyboard.type("meanwhile-")
            line.mend()
            page.locator("#cover").wait_for(state="hidden")
            page.keyboard.type("after")
            page.keyboard.press("Enter")
            self.shows(page, r"^before-meanwhile-after\s*$")
            self.assertEqual(len(re.findall("meanwhile-", self.screen(page))), 2)
        line.close()
