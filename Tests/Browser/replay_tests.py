"""The replay of recordings that are made up: what leads where, and what is shown of what cannot be had."""

import contextlib
import gzip
import json
import re

from stage import SCREENSHOTS, ask, until
from steps import LAB, PageTests, Person

# Nobody typed for more than eleven minutes.
EVENTS = [
    [0.5, "o", "early\r\n"], [3.2, "m", "check passed"], [700.4, "o", "late\r\n"], [705.2, "m", "hint taken"],
    [730.0, "o", "latest\r\n"],
]
HEAD = {"version": 2, "width": 80, "height": 24}
LINES = [{"at": 0.5, "text": "early"}, {"at": 700.4, "text": "late"}, {"at": 730.0, "text": "latest"}]
COMMANDS = [{"at": 702.3, "text": "make late", "isCut": False, "seconds": 2.0, "status": 0}]


def texts(values):
    return "".join(json.dumps(value) + "\n" for value in values)


class ReplayTests(PageTests):
    @contextlib.contextmanager
    def replay(self, state="sealed", cast=texts([HEAD, *EVENTS]), transcript=texts(LINES), expects=()):
        """A page with one recording; yields it, and what was asked for of the recording."""
        session = ask("POST", "sessions", {"lab": LAB})["id"]
        ask("POST", f"sessions/{session}/end")
        asked = []
        with self.page(expects=expects) as page:

            def answer(route):
                what = route.request.url.split("/")[-1]
                asked.append(what)
                if what == "recordings":
                    route.fulfill(json={"recordings": [{"machine": "box", "name": "0", "state": state}]})
                elif what == "commands":
                    route.fulfill(json={"commands": COMMANDS, "isCut": False})
                elif what == "transcript":
                    if transcript is None:
                        route.fulfill(status=429, json={"status": 429, "detail": "Too many at once."})
                    else:
                        route.fulfill(body=transcript, content_type="application/x-ndjson")
                elif what == "cast.gz":
                    route.fulfill(body=gzip.compress(cast.encode()), content_type="application/gzip")
                else:
                    route.fulfill(body=cast, content_type="application/x-asciicast")

            page.route(re.compile("/api/v1/sessions/[a-z0-9]+/recordings"), answer)
            self.sign_in(page, Person("operator"))
            page.goto(f"/sessions/{session}/replay")
            yield page, asked

    def lands(self, page, button, second):
        """Looks where the player is after a click."""
        button.click()

        def elapsed():
            minutes, seconds = page.locator(".ap-time-elapsed").inner_text().split(":")
            return abs(int(minutes) * 60 + int(seconds) - second) <= 1

        until(f"the player is at {second} s", elapsed, 10)

    def test_every_button_leads_to_its_second(self):
        with self.replay() as (page, asked):
            marks, ran, text = (page.locator(f"#{one} button") for one in ("marklist", "commandlist", "transcript"))
            text.nth(2).wait_for()
            marks.nth(1).wait_for()
            shown = page.locator(".ap-term-text")
            # Before anybody plays it something is to be seen.
            until("the poster is there", lambda: "early" in shown.inner_text(), 10)
            self.assertNotIn("late", shown.inner_text())
            for button, second in [(marks.nth(1), 705), (ran.first, 702), (marks.first, 3), (text.nth(1), 700), (text.nth(2), 730)]:
                self.lands(page, button, second)
            until("the screen is of that second", lambda: "latest" in shown.inner_text(), 10)
            self.lands(page, marks.first, 3)
            until("the screen is of that second", lambda: "late" not in shown.inner_text(), 10)
            self.assertEqual([what for what in asked if "cast" in what], ["cast.gz"])
            # All of the player, and what leads somewhere, is in the window.
            page.evaluate("scrollTo(0, 0)")
            for part in (".ap-player", ".ap-control-bar", "#marklist", "#commandlist"):
                box = page.locator(part).bounding_box()
                self.assertLessEqual(box["y"] + box["height"], 800, part)
            self.is_accessible(page, "replay-marks")

    def test_torn_line(self):
        """What is still written ends in the middle of a line."""
        cast = texts([HEAD, *EVENTS])
        with self.replay("writing", cast + '[731.0, "o", "to') as (page, _):
            page.locator("#marklist button").nth(1).wait_for()
            self.lands(page, page.locator("#marklist button").nth(1), 705)
            self.assertTrue(page.locator("#error").is_hidden())

    def test_what_is_refused_keeps_back_nothing_else(self):
        with self.replay(transcript=None, expects=["429"]) as (page, _):
            page.get_by_text("Too many at once.").wait_for()
            page.locator("#commandlist button").first.wait_for()
            page.locator("#marklist button").first.wait_for()
            self.assertTrue(page.locator("#words").is_hidden())
            page.screenshot(path=f"{SCREENSHOTS}/replay-refused.png")
