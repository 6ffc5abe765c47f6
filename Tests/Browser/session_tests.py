"""What stands around a session's terminals: their tabs, colours, keys for SSH."""

import subprocess
import tempfile

from stage import SCREENSHOTS, until
from steps import PageTests, Person


def new_key():
    """The line of a public key that nobody else has."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", f"{folder}/key"], check=True)
        with open(f"{folder}/key.pub", encoding="ascii") as file:
            return file.read().strip()


class SessionTests(PageTests):
    # MARK: Tabs

    def test_closing_tabs(self):
        with self.page() as page:
            self.sign_in(page, Person())
            self.start(page)
            more, tabs = page.get_by_role("button", name="Another terminal"), page.get_by_role("tab")
            more.click()
            self.prompt(page)
            self.run_command(page, "echo still-here-$((1+1))")
            self.shows(page, r"^still-here-2")
            page.get_by_role("button", name="Close Shell 2").click()
            until("one tab", lambda: tabs.count() == 1)
            # Nothing of it is lost, here and after a reload.
            page.reload()
            self.prompt(page)
            self.assertEqual(tabs.count(), 1)
            more.click()
            self.shows(page, r"^still-here-2")
            # By the keyboard, until there is none.
            page.get_by_role("tab", name="Shell 2").focus()
            page.keyboard.press("Delete")
            until("the focus is on the other", lambda: page.evaluate("document.activeElement.textContent") == "Shell 1")
            page.keyboard.press("Delete")
            page.get_by_text("No terminal is open").wait_for()
            self.assertEqual(page.evaluate("document.activeElement.id"), "more")
            self.is_accessible(page, "no-terminal")
            page.keyboard.press("Enter")
            self.prompt(page)
            self.run_command(page, "echo again-$((2+2))")
            self.shows(page, r"^again-4")

    def test_no_more_than_sixteen_tabs(self):
        with self.page() as page:
            self.sign_in(page, Person())
            self.start(page)
            more, tabs = page.get_by_role("button", name="Another terminal"), page.get_by_role("tab")
            for count in range(2, 17):
                more.click()
                until(f"{count} tabs", lambda count=count: tabs.count() == count)
            more.click()
            page.get_by_role("alert").get_by_text("no more than 16").wait_for()
            self.assertEqual(tabs.count(), 16)
            self.prompt(page)
            page.screenshot(path=f"{SCREENSHOTS}/sixteen.png")
            page.get_by_role("button", name="Close Shell 16").click()
            until("nothing is said any more", lambda: page.locator("#warning").inner_text() == "")

    # MARK: Colours that are the person's own

    def test_forced_colours(self):
        with self.page(colours="active") as page:
            self.sign_in(page, Person())
            self.start(page)
            page.get_by_role("button", name="Another terminal").click()
            self.prompt(page)
            page.get_by_role("button", name="Screen reader").click()
            page.locator(".screen:not([hidden]) .xterm-accessibility").wait_for(state="attached")

            def colours(selector):
                return page.evaluate(
                    """(selector) => {
                        const style = getComputedStyle(document.querySelector(selector));
                        return [style.backgroundColor, style.borderTopColor, style.color];
                    }""",
                    selector,
                )

            chosen, other = colours("[role=tab][aria-selected=true]"), colours("[role=tab][aria-selected=false]")
            pressed, free = colours("#reader"), colours("#contrast")
            for one, two in [(chosen, other), (pressed, free)]:
                self.assertNotEqual(one[0], two[0])
                self.assertNotEqual(one[1], two[1])
                self.assertNotEqual(one[0], one[2])
            # What is only for screen readers is not drawn over the terminal.
            text = page.evaluate(
                "getComputedStyle(document.querySelector('.screen:not([hidden]) .xterm-accessibility [role=listitem]')).color"
            )
            self.assertEqual(text, "rgba(0, 0, 0, 0)")
            page.screenshot(path=f"{SCREENSHOTS}/forced-colours.png")

    def test_leaving_asks(self):
        # Nobody has touched the page that comes again: of that one can be let go unasked.
        with self.page(expects=["Blocked attempt to show a 'beforeunload'"]) as page:
            self.sign_in(page, Person())
            self.start(page)
            page.keyboard.type("a")
            with page.expect_event("dialog") as question:
                page.reload()
            self.assertEqual(question.value.type, "beforeunload")

    # MARK: Keys for SSH

    def takes_ssh(self, page):
        """The service of these tests may take no SSH: then the page is told where it would."""

        def answer(route):
            if route.request.method != "GET":
                return route.continue_()
            answer = route.fetch()
            told = answer.json()
            told.setdefault("ssh", {
                "host": "localhost", "port": 2222, "user": "sandglass",
                "command": "ssh -S none -p 2222 -o SetEnv=SANDGLASS_SESSION=k3v9qcbz2a sandglass@localhost",
                "hostKeys": [{"type": "ssh-ed25519", "fingerprint": "SHA256:" + 43 * "A"}],
            })
            return route.fulfill(json=told)

        page.route("**/api/v1/sessions/*/keys", answer)

    def test_ssh_keys(self):
        with self.page(expects=["422", "409"]) as page:
            self.takes_ssh(page)
            self.sign_in(page, Person())
            self.start(page)
            page.get_by_role("button", name="SSH").click()
            dialog = page.get_by_role("dialog", name="Come in by SSH")
            dialog.get_by_text("ssh -S none -p").wait_for()
            keys = dialog.get_by_role("list").get_by_role("listitem")
            for count in (1, 2):
                dialog.get_by_label("Another public key").fill(new_key())
                dialog.get_by_role("button", name="Add").click()
                until(f"{count} keys", lambda count=count: keys.count() == count)
            self.is_accessible(page, "ssh")
            for count in (1, 0):
                keys.first.get_by_role("button", name="Remove the key").click()
                until(f"{count} keys", lambda count=count: keys.count() == count)
                until("the focus is in the dialog", lambda: page.evaluate(
                    "document.activeElement.closest('dialog') === document.getElementById('keys-dialog')"
                ))
            dialog.get_by_label("Another public key").fill("no key at all")
            dialog.get_by_role("button", name="Add").click()
            dialog.get_by_role("alert").get_by_text("key").wait_for()
            page.screenshot(path=f"{SCREENSHOTS}/ssh-refused.png")
            dialog.get_by_role("button", name="Close").click()
            dialog.wait_for(state="hidden")

    def test_ssh_keys_that_cannot_be_had(self):
        with self.page(expects=["ERR_"]) as page:
            page.route("**/api/v1/sessions/*/keys", lambda route: route.abort())
            self.sign_in(page, Person())
            self.start(page)
            page.get_by_role("button", name="SSH").click()
            dialog = page.get_by_role("dialog", name="Come in by SSH")
            dialog.get_by_role("alert").get_by_text("cannot be reached").wait_for()
            page.unroute("**/api/v1/sessions/*/keys")
            self.takes_ssh(page)
            dialog.get_by_role("button", name="Close").click()
            page.get_by_role("button", name="SSH").click()
            dialog.get_by_text("ssh -S none -p").wait_for()
            self.assertTrue(dialog.get_by_role("alert").is_hidden())
