"""A session over a bad line."""

import time

from stage import Line
from steps import PageTests, Person


class LineTests(PageTests):
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
            self.run_command(page, "base64 /dev/urandom")
            time.sleep(6)
            page.keyboard.press("Control+c")
            begun = time.monotonic()
            self.shows(page, r"\^C", 30)
            took = time.monotonic() - begun
            print(f"Ctrl+C is seen after {took:.2f} s", flush=True)
            self.assertLessEqual(took, 2.0)
        line.close()
