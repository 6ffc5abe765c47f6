"""Whoever uses the pages, and the steps they take there."""

import contextlib
import os
import re
import unittest
import uuid

import axe_core_python.sync_playwright
from playwright.sync_api import sync_playwright

from stage import PORT, SCREENSHOTS, ask, until

PASSWORD = "a long enough password"
LAB = "first-steps"
# The same under a policy that records.
RECORDED = "first-steps-recorded"


class Person:
    def __init__(self, role="trainee"):
        self.login = f"{role}-{uuid.uuid4().hex[:8]}"
        made = ask("POST", "people", {"login": self.login, "name": f"The {role}", "roles": [role]})
        self.id = made["id"]
        self.link = ask("POST", f"people/{self.id}/password-link")["url"].split("#")[1]


class PageTests(unittest.TestCase):
    """Has a browser, and the steps that people take in it."""

    @classmethod
    def setUpClass(cls):
        os.makedirs(SCREENSHOTS, exist_ok=True)
        cls.playwright = sync_playwright().start()
        cls.browser = cls.playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        # The first machine of a lab is forked from a snapshot that must be built before.
        until(
            "the lab is warm",
            lambda: all(one.get("state") == "ready" for one in ask("GET", "warm")["machines"]),
            limit=600,
        )

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.playwright.stop()

    def setUp(self):
        self.complaints = []
        self.sessions = []

    def tearDown(self):
        for session in self.sessions:
            ask("POST", f"sessions/{session}/end")
        self.assertEqual(self.complaints, [], "the browser's console has complaints")

    # MARK: Steps

    @contextlib.contextmanager
    def page(self, port=PORT, expects=(), script=None, colours=None):
        """A browser of its own; what its console says is an error unless it is expected."""
        context = self.browser.new_context(
            ignore_https_errors=True,
            viewport={"width": 1200, "height": 800},
            base_url=f"https://localhost:{port}",
            permissions=["clipboard-read", "clipboard-write"],
            forced_colors=colours,
        )
        page = context.new_page()
        if script:
            page.add_init_script(script)

        def complain(text):
            if not any(re.search(expected, text) for expected in expects):
                self.complaints.append(text)

        page.on("console", lambda message: message.type in ("error", "warning") and complain(message.text))
        page.on("pageerror", lambda error: complain(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        try:
            yield page
        finally:
            # Whoever leaves is asked whether they want to.
            page.goto("about:blank")
            context.close()

    def sign_in(self, page, person):
        """The first time with the link that sets the password, then with that."""
        if person.link:
            page.goto(f"/link#{person.link}")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Set password").click()
            person.link = None
        else:
            page.goto("/sign-in")
            page.get_by_label("Login").fill(person.login)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Labs").wait_for()

    def start(self, page, lab=LAB):
        page.locator(f"[data-start={lab}]").click()
        page.wait_for_url("**/sessions/*")
        session = page.url.split("/")[-1]
        self.sessions.append(session)
        self.prompt(page)
        return session

    def screen(self, page):
        """What the terminal in front shows."""
        return page.evaluate(
            "[...document.querySelectorAll('.screen:not([hidden]) .xterm-rows > div')].map((row) => row.textContent).join('\\n')"
        )

    def shows(self, page, pattern, limit=60):
        try:
            return until(pattern, lambda: re.search(pattern, self.screen(page), re.MULTILINE), limit)
        except AssertionError as late:
            raise AssertionError(f"{late}; the terminal shows {self.screen(page).rstrip()!r}") from None

    def prompt(self, page):
        self.shows(page, r"[$#]\s*$", 120)

    def run_command(self, page, command):
        page.keyboard.type(command)
        page.keyboard.press("Enter")

    def is_accessible(self, page, name):
        page.screenshot(path=f"{SCREENSHOTS}/{name}.png")
        # Where xterm.js measures letters, out of sight.
        context = {"exclude": [["body > div[style*='-50000px']"]]}
        found = axe_core_python.sync_playwright.Axe().run(page, context)
        violations = [
            f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes']]}" for one in found["violations"]
        ]
        self.assertEqual(violations, [], name)
