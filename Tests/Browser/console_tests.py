"""The pages as people use them."""

import hashlib
import re
import time

from stage import SCREENSHOTS, Line, ask, until
from steps import PASSWORD, RECORDED, PageTests, Person


class ConsoleTests(PageTests):
    # MARK: Signing in

    def test_signing_in(self):
        person = Person()
        with self.page(expects=["401", "404"]) as page:
            page.goto("/")
            self.assertTrue(page.url.endswith("/sign-in"))
            self.is_accessible(page, "sign-in")
            page.goto(f"/link#{person.link}")
            page.get_by_role("heading", name="Set your password").wait_for()
            self.assertNotIn(person.link, page.url)
            self.is_accessible(page, "link")
            self.sign_in(page, person)
            self.is_accessible(page, "home")
            page.get_by_role("button", name="Sign out").click()
            page.wait_for_url("**/sign-in")
            page.get_by_label("Login").fill(person.login)
            page.get_by_label("Password").fill("a wrong password")
            page.get_by_role("button", name="Sign in").click()
            page.get_by_text("The login or the password is wrong", exact=True).wait_for()
            page.screenshot(path=f"{SCREENSHOTS}/sign-in-refused.png")
            page.goto("/sessions/aaaaaaaaaa")
            page.get_by_label("Login").fill(person.login)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("heading", name="There is nothing here").wait_for()
            page.goto("/nowhere")
            page.get_by_text("No page and no route has this address").wait_for()
            self.is_accessible(page, "nowhere")

    # MARK: The terminal

    def test_terminal(self):
        with self.page() as page:
            self.sign_in(page, Person())
            self.start(page)
            self.run_command(page, "echo sum-$((40+2))")
            self.shows(page, r"^sum-42")
            self.assertRegex(page.locator("#time").inner_text(), r"\d+:\d\d left")
            self.is_accessible(page, "session")
            # Sizes reach the machine.
            page.set_viewport_size({"width": 900, "height": 600})
            time.sleep(1)
            self.run_command(page, "stty size")
            rows, columns = map(int, self.shows(page, r"^(\d+) (\d+)\s*$").groups())
            self.assertLess(columns, 130)
            self.assertEqual(rows, page.evaluate("document.querySelectorAll('.screen:not([hidden]) .xterm-rows > div').length"))
            # F6 leaves the terminal for the keys that the browser keeps.
            page.keyboard.press("F6")
            self.assertEqual(page.evaluate("document.activeElement.textContent"), "Esc")
            # And leads back.
            page.keyboard.press("F6")
            self.assertEqual(page.evaluate("document.activeElement.className"), "xterm-helper-textarea")
            for name, shown in [("Pipe", "|"), ("Backslash", "\\"), ("{", "{"), ("}", "}"), ("Tilde", "~"), ("@", "@")]:
                page.keyboard.type(" echo 'k")
                page.get_by_role("toolbar").get_by_role("button", name=name, exact=True).click()
                page.keyboard.type("k'")
                page.keyboard.press("Enter")
                self.shows(page, "^k" + re.escape(shown) + "k")
            page.keyboard.type("echo lost words")
            page.get_by_role("toolbar").get_by_role("button", name="Ctrl+W").click()
            page.keyboard.type("found")
            page.keyboard.press("Enter")
            self.shows(page, r"^lost found")
            # Ctrl on the bar is held for the next key.
            page.keyboard.type("cat")
            page.keyboard.press("Enter")
            page.get_by_role("button", name="Ctrl", exact=True).click()
            page.keyboard.press("c")
            self.shows(page, r"\^C")
            # Looks.
            page.get_by_role("button", name="High contrast").click()
            page.get_by_role("button", name="Larger text").click()
            page.get_by_role("button", name="Screen reader").click()
            page.locator(".xterm-helper-textarea").first.focus()
            self.run_command(page, "clear; echo read-me-$((1+1))")
            until("a screen reader has it", lambda: "read-me-2" in page.locator(".xterm-accessibility").inner_text())
            page.screenshot(path=f"{SCREENSHOTS}/contrast.png")

    def test_keyboards(self):
        """Letters that need AltGr or Option, as Windows and Mac browsers report them on French and US keyboards."""
        alt, control = 1, 2
        keyboards = [
            ("French PC", "Win32", alt | control, {"|": "Digit6", "\\": "Digit8", "{": "Digit4", "~": "Digit2", "@": "Digit0"}),
            ("French Mac", "MacIntel", alt, {"|": "KeyL", "\\": "Slash", "{": "Digit5", "~": "KeyN", "@": "Backquote"}),
            ("US Mac", "MacIntel", 0, {"|": "Backslash", "\\": "Backslash", "{": "BracketLeft", "~": "Backquote", "@": "Digit2"}),
            ("US PC", "Win32", 0, {"|": "Backslash", "\\": "Backslash", "{": "BracketLeft", "~": "Backquote", "@": "Digit2"}),
        ]
        person = Person()
        for keyboard, platform, modifiers, keys in keyboards:
            script = f"Object.defineProperty(Navigator.prototype, 'platform', {{ get: () => '{platform}' }})"
            with self.subTest(keyboard), self.page(script=script) as page:
                self.sign_in(page, person)
                session = self.start(page)
                tool = page.context.new_cdp_session(page)
                page.keyboard.type("echo 'k")
                for letter, code in keys.items():
                    key = {"modifiers": modifiers, "key": letter, "code": code}
                    tool.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": letter, **key})
                    tool.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
                page.keyboard.type("k'")
                page.keyboard.press("Enter")
                self.shows(page, r"^k\|\\\{~@k")
                self.sessions.remove(session)
                ask("POST", f"sessions/{session}/end")

    def test_copy_and_paste(self):
        with self.page() as page:
            self.sign_in(page, Person())
            self.start(page)
            page.evaluate("navigator.clipboard.writeText('echo pasted-$((1+1))')")
            page.get_by_role("button", name="Paste").click()
            self.shows(page, r"echo pasted-")
            page.keyboard.press("Enter")
            self.shows(page, r"^pasted-2")
            box = page.locator(".xterm-rows > div", has_text=re.compile("^pasted-2")).bounding_box()
            page.mouse.dblclick(box["x"] + 8, box["y"] + box["height"] / 2)
            page.get_by_role("button", name="Copy").click()
            until("it is copied", lambda: "pasted" in page.evaluate("navigator.clipboard.readText()"))

    def test_reload_while_typing(self):
        with self.page() as page:
            self.sign_in(page, Person())
            self.start(page)
            page.keyboard.type("echo one-two-")
            page.reload()
            self.shows(page, r"echo one-two-")
            page.keyboard.type("three")
            page.keyboard.press("Enter")
            self.shows(page, r"^one-two-three\s*$")

    def test_cut_while_typing(self):
        line = Line()
        with self.page(port=line.port, expects=["WebSocket", "ERR_"]) as page:
            self.sign_in(page, Person())
            self.start(page)
            text = "echo " + "-".join(str(number) for number in range(40))
            for index, letter in enumerate(text):
                page.keyboard.type(letter)
                if index == 30:
                    line.cut()
                    page.get_by_text("Reconnecting").wait_for()
                    page.screenshot(path=f"{SCREENSHOTS}/reconnecting.png")
                if index == 60:
                    line.mend()
            page.keyboard.press("Enter")
            page.locator("#cover").wait_for(state="hidden")
            self.shows(page, "^" + text[5:] + r"\s*$")
            screen = self.screen(page)
            self.assertEqual(len(re.findall(text[5:], screen.replace("\n", ""))), 2, screen.rstrip())
            # Often, while the machine writes.
            self.run_command(page, "clear; for i in $(seq 25); do echo row-$i; sleep 0.1; done")
            for _ in range(4):
                time.sleep(0.5)
                line.cut()
                line.mend()
            self.shows(page, r"^row-25")
            rows = re.findall(r"^row-(\d+)", self.screen(page), re.MULTILINE)
            self.assertEqual([int(row) for row in rows], list(range(1, 26)))
        line.close()

    def test_large_paste(self):
        with self.page() as page:
            self.sign_in(page, Person())
            self.start(page)
            # Nothing of what comes back is of interest.
            self.run_command(page, "stty raw -echo; echo rea''dy; head -c 300000 | md5sum; stty sane")
            self.shows(page, r"ready")
            text = "".join(f"line {number} of what is pasted;" for number in range(20000))[:300000]
            page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
            page.get_by_role("button", name="Paste").click()
            self.shows(page, hashlib.md5(text.encode()).hexdigest())
            self.run_command(page, "echo after-$((1+1))")
            self.shows(page, r"^after-2")

    def test_end_while_away(self):
        line = Line()
        with self.page(port=line.port, expects=["WebSocket", "ERR_", "409"]) as page:
            self.sign_in(page, Person())
            session = self.start(page)
            line.cut()
            page.get_by_text("Reconnecting").wait_for()
            ask("POST", f"sessions/{session}/end")
            line.mend()
            page.locator("#cover").get_by_text("The session was ended").wait_for()
            self.sessions.remove(session)
        line.close()

    def test_small_screen(self):
        with self.page() as page:
            page.set_viewport_size({"width": 360, "height": 640})
            self.sign_in(page, Person())
            self.start(page)
            self.is_accessible(page, "small-session")
            self.assertGreater(page.locator("#stage").bounding_box()["height"], 640 * 0.6)
            for part in ("#stage", "#end", "#leave", "#time"):
                box = page.locator(part).bounding_box()
                self.assertLessEqual(box["x"] + box["width"], 360, part)

    def test_signed_out_elsewhere(self):
        with self.page(expects=["WebSocket", "401"]) as page:
            self.sign_in(page, Person())
            self.start(page)
            page.evaluate("""async () => {
                const token = document.querySelector('meta[name="csrf-token"]').content;
                await fetch('/api/v1/sign-in', { method: 'DELETE', headers: { 'x-csrf-token': token } });
            }""")
            page.locator("#cover").get_by_text("You are signed out").wait_for()
            page.screenshot(path=f"{SCREENSHOTS}/signed-out.png")

    def test_three_terminals(self):
        with self.page() as page:
            self.sign_in(page, Person())
            self.start(page)
            for number in range(3):
                if number:
                    page.get_by_role("button", name="Another terminal").click()
                    self.prompt(page)
                self.run_command(page, f"echo $(tty) is {number}-$((20+{number}))")
                self.shows(page, rf"is {number}-{20 + number}")
            page.get_by_role("tab", name="Shell 1").click()
            self.shows(page, r"is 0-20")
            self.assertNotIn("2-22", self.screen(page))
            page.screenshot(path=f"{SCREENSHOTS}/three-terminals.png")
            page.reload()
            until("three tabs", lambda: page.get_by_role("tab").count() == 3)
            page.get_by_role("tab", name="Shell 3").click()
            self.shows(page, r"is 2-22")

    def test_watch_and_take_over(self):
        with self.page() as page, self.page() as other:
            self.sign_in(page, Person())
            session = self.start(page)
            self.run_command(page, "echo mine-$((1+1))")
            self.shows(page, r"^mine-2")
            self.sign_in(other, Person("operator"))
            other.goto(f"/sessions/{session}")
            self.shows(other, r"^mine-2")
            until("the owner sees who watches", lambda: "The operator watches" in page.locator("#presence").inner_text())
            # At whichever of the terminals they are.
            page.get_by_role("button", name="Another terminal").click()
            self.prompt(page)
            self.assertIn("The operator watches", page.locator("#presence").inner_text())
            page.get_by_role("tab", name="Shell 1").click()
            other.keyboard.type("not typed")
            self.run_command(page, "echo still-$((2+2))")
            self.shows(other, r"^still-4")
            self.assertNotIn("not typed", self.screen(page))
            self.assertEqual(self.screen(page).split("\n")[:5], self.screen(other).split("\n")[:5])
            self.assertEqual(other.locator("#presence").inner_text(), "The trainee types here")
            other.screenshot(path=f"{SCREENSHOTS}/watching.png")
            other.get_by_role("button", name="Take over").click()
            self.shows(page, "somebody else can type here now")
            self.shows(other, r"^still-4")
            self.run_command(other, "echo theirs-$((3+3))")
            self.shows(page, r"^theirs-6")
            until("the owner sees who types", lambda: "The operator types here too" in page.locator("#presence").inner_text())
            page.screenshot(path=f"{SCREENSHOTS}/taken-over.png")

    def test_end_and_replay(self):
        with self.page() as page:
            self.sign_in(page, Person())
            session = self.start(page, RECORDED)
            self.shows(page, "this terminal is recorded")
            self.run_command(page, "echo to-be-replayed-$((1+1))")
            self.shows(page, r"^to-be-replayed-2")
            page.get_by_role("button", name="End", exact=True).click()
            page.screenshot(path=f"{SCREENSHOTS}/end.png")
            page.get_by_role("button", name="End the session").click()
            page.locator("#cover").get_by_text("The session was ended").wait_for()
            page.screenshot(path=f"{SCREENSHOTS}/over.png")
            self.sessions.remove(session)
            until("it is sealed", lambda: [
                one for one in ask("GET", f"sessions/{session}/recordings")["recordings"] if one["state"] == "sealed"
            ])
            page.get_by_role("link", name="Recordings").click()
            page.get_by_text("to-be-replayed-2").first.wait_for()
            page.get_by_label("Find").fill("REPLAYED-2")
            until("it is found", lambda: re.match(r"1 of \d+ lines", page.locator("#found").inner_text()))
            page.locator(".ap-player, .asciinema-player, .ap-wrapper").first.wait_for()
            page.locator("#transcript button").first.click()
            with page.expect_download() as download:
                page.get_by_role("link", name="Download as text").click()
            with open(download.value.path(), encoding="utf-8") as file:
                text = file.read()
            self.assertRegex(text, r"(?m)^to-be-replayed-2$")
            self.assertNotIn("\x1b", text)
            page.get_by_role("heading", name="the guest’s word").wait_for()
            ran = page.locator("#commandlist li").filter(has_text="echo to-be-replayed-$((1+1))")
            self.assertRegex(ran.inner_text(), "status 0")
            ran.get_by_role("button").click()
            page.screenshot(path=f"{SCREENSHOTS}/replay.png")
            self.is_accessible(page, "replay")
