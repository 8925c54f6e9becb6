"""The view of the web client in a real browser, over the fixtures: what people see, by keyboard, mouse and finger.

Rules:
1. The page is served with the policy of the real server, and nothing may be written to the browser's console.
2. What is missing on this machine fails with what to type; nothing is skipped.
"""

from __future__ import annotations

import statistics
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.browsing import SCROLL, chromium, violations
from tests.web.page_server import PAGE, page_server

DESKTOP, PHONE = (1280, 800), (390, 844)
ROWS_MAX = 500
PAST = 10_000
APPEND_MS_MAX = 20.0
# The texts of the rows that are seen, each with where it stands on the screen.
SEEN = """() => {
  const {top, bottom} = document.querySelector("#scroller").getBoundingClientRect();
  const rows = [...document.querySelectorAll("li.row.said")].map((item) => [item, item.getBoundingClientRect()]);
  const seen = rows.filter(([, place]) => place.top > top && place.bottom < bottom);
  return seen.map(([item, place]) => [item.querySelector(".text").textContent, place.top]);
}"""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30))))"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The page's address."""
    server = page_server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{PAGE}"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests."""
    with chromium() as started:
        yield started


class Pages:
    """Opens pages; what they wrote to the console is told when the test ends."""

    def __init__(self, browser: Any, address: str) -> None:
        self._browser, self._address = browser, address
        self._contexts: list[Any] = []
        self.said: list[str] = []

    def open(self, query: str = "", size: tuple[int, int] = DESKTOP, **settings: Any) -> Any:
        """A page in a browser of its own, drawn once."""
        width, height = size
        context = self._browser.new_context(viewport={"width": width, "height": height}, **settings)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.goto(self._address + query)
        page.wait_for_selector("li.row.said")
        return page

    def close(self) -> None:
        """Close what was opened."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def pages(browser: Any, address: str) -> Iterator[Pages]:
    """Pages that must be silent."""
    opened = Pages(browser, address)
    yield opened
    opened.close()
    assert opened.said == []


def settle(page: Any) -> None:
    """Until what was asked for is drawn."""
    page.evaluate(FRAMES)


def phone(pages: Pages, query: str = "") -> Any:
    """A page on a telephone."""
    return pages.open(query, PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)


# The timeline.


def test_ten_thousand_messages_page_both_ways_and_nothing_moves(pages: Pages) -> None:
    """Rule 1 of view/timeline.js, and its window."""
    page = pages.open(f"?entries={PAST}")
    settle(page)
    for step, wanted in ((-2_500, "message 0 "), (2_500, f"message {PAST - 1} ")):
        found = page.evaluate(SCROLL, [step, wanted])
        print(f"{found['steps']} steps of {step} px: drift {found['drift']} px, {found['rows']} rows at most")
        assert found["drift"] < 1
        assert found["rows"] <= ROWS_MAX
        assert page.locator("li.row.said", has_text=wanted).count()


def test_a_window_that_is_not_live_pages_to_the_present(pages: Pages) -> None:
    """From a permalink in the middle down to the end."""
    page = pages.open(f"?entries={PAST // 10}")
    page.evaluate("() => chat.app.jump(chat.desk.current, 'past300')")
    page.wait_for_selector("li.row:focus >> text=message 300")
    found = page.evaluate(SCROLL, [2_000, f"message {PAST // 10 - 1} "])
    assert found["drift"] < 1
    assert page.evaluate("() => chat.desk.current.timeline.live")


def test_what_comes_while_one_reads_above_moves_nothing_and_is_counted(pages: Pages) -> None:
    """The button leads to it; only then it is read."""
    page = pages.open("?entries=400")
    page.evaluate("() => { document.querySelector('#scroller').scrollTop -= 900; }")
    settle(page)
    before = page.evaluate(SEEN)
    page.evaluate("() => { for (let n = 0; n < 3; n += 1) chat.host.hear('#many', 'bob', `news ${n}`); }")
    settle(page)
    assert page.evaluate(SEEN) == before
    assert page.locator("#newer").inner_text() == "3 new messages"
    assert page.evaluate("() => chat.desk.current.unread") == 3
    page.click("#newer")
    settle(page)
    assert page.locator("li.row").last.inner_text().endswith("news 2")
    assert page.evaluate("() => chat.desk.current.unread") == 0


def test_appending_is_quick(pages: Pages) -> None:
    """With a full window."""
    page = pages.open("?entries=700")
    page.evaluate("() => { document.querySelector('#scroller').scrollTop = 0; }")
    settle(page)
    spent = page.evaluate(
        """() => {
          const spent = [];
          for (let n = 0; n < 100; n += 1) {
            const start = performance.now();
            chat.host.hear('#many', 'bob', `quick ${n}`);
            chat.app.draw();
            spent.push(performance.now() - start);
          }
          return spent;
        }"""
    )
    print(f"append: median {statistics.median(spent):.2f} ms, at most {max(spent):.2f} ms")
    assert statistics.median(spent) < APPEND_MS_MAX


def test_only_author_and_text_are_announced(pages: Pages) -> None:
    """Not the time, and not what was loaded."""
    page = pages.open()
    page.evaluate("() => { chat.host.hear('#lobby', 'bob', 'hear\\u202e this'); }")
    settle(page)
    assert page.locator("#announcer").text_content().startswith("bob: hear")
    assert page.locator("#announcer p").count() == 1


def test_hostile_texts_stay_texts(pages: Pages) -> None:
    """No element, no handler and no link comes from a text but those that are meant."""
    page = pages.open()
    for text in (
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "<a href='javascript:alert(1)'>x</a>",
        "data:text/html,x",
    ):
        page.evaluate("(text) => { chat.host.hear('#lobby', '__proto__', text); }", text)
    settle(page)
    assert page.locator("#messages img").count() == 0
    links = page.locator("#messages a").evaluate_all("(all) => all.map((link) => [link.protocol, link.rel])")
    assert links
    assert all(link == ["https:", "noopener noreferrer"] for link in links)


# By keyboard only.


def test_one_can_do_everything_by_keyboard(pages: Pages) -> None:
    """Write, complete, reply, react, edit, delete, switch, search, and get help, without a mouse."""
    page = pages.open()
    keys = page.keyboard
    keys.type("hello @mi")
    page.wait_for_selector("#choices li[aria-selected=true]")
    assert page.locator("#composer-text").get_attribute("aria-activedescendant") == "choice-0"
    keys.press("Tab")
    assert page.locator("#composer-text").input_value() == "hello mia "
    keys.press("Shift+Enter")
    keys.type("second line")
    keys.press("Enter")
    page.wait_for_selector("li.row:not(.pending) >> text=second line")
    assert page.locator("#composer-text").input_value() == ""
    keys.press("ArrowUp")
    assert page.locator(".draft-banner").is_visible()
    keys.type(", changed")
    keys.press("Enter")
    page.wait_for_selector("li.row >> text=second line, changed")
    keys.press("Alt+s")
    keys.press("k")
    keys.press("j")
    assert page.evaluate("() => document.activeElement.matches('li.row')")
    page.evaluate("() => chat.host.hear('#lobby', 'bob', 'answer this')")
    page.wait_for_selector("li.row >> text=answer this")
    keys.press("Escape")
    keys.press("Alt+s")
    for _ in range(30):
        if "answer this" in page.evaluate("() => document.activeElement.textContent"):
            break
        keys.press("ArrowUp")
    keys.press("+")
    page.wait_for_selector("dialog[open] .signs")
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_selector(".reaction[aria-pressed=true][data-sign='👍']")
    assert page.evaluate("() => document.activeElement.matches('li.row')")
    keys.press("r")
    assert "Answering bob" in page.locator(".draft-banner").inner_text()
    keys.press("Escape")
    assert page.locator(".draft-banner").is_hidden()
    keys.press("Control+k")
    page.wait_for_selector("dialog[open] .list-field")
    keys.type("op")
    keys.press("Enter")
    page.wait_for_selector("#place-name >> text=#ops")
    keys.press("Alt+/")
    page.wait_for_selector("#place-name >> text=#lobby")
    keys.press("Alt+a")
    page.wait_for_selector("#place-name >> text=mia")
    keys.press("Control+f")
    page.wait_for_selector("dialog[open]")
    keys.type("build done")
    page.wait_for_selector(".found li >> text=build done")
    keys.press("Enter")
    page.wait_for_selector("li.row:focus >> text=is the build done?")
    keys.press("F1")
    page.wait_for_selector("dialog[open] .help >> text=Alt+Shift")
    keys.press("Escape")
    assert page.locator("dialog").count() == 0


def test_the_first_tab_stops_lead_past_the_lists(pages: Pages) -> None:
    """Skip links, and where the focus is can be seen."""
    page = pages.open()
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Skip to typing"
    assert page.locator(".skips a").first.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "composer-text"


def test_a_draft_survives_leaving_and_a_refusal(pages: Pages) -> None:
    """Rule 1 of view/composer.js."""
    page = pages.open()
    page.fill("#composer-text", "half a thought")
    page.keyboard.press("Alt+ArrowDown")
    assert page.locator("#composer-text").input_value() == ""
    page.keyboard.press("Alt+ArrowUp")
    assert page.locator("#composer-text").input_value() == "half a thought"
    page.fill("#composer-text", "/refuse this")
    page.keyboard.press("Enter")
    page.wait_for_selector("#toasts >> text=The server does not want this")
    assert page.locator("#composer-text").input_value() == "/refuse this"


def test_tab_leaves_the_field_where_there_is_nothing_to_complete(pages: Pages) -> None:
    """Nobody is trapped."""
    page = pages.open()
    page.focus("#composer-text")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.id") == "send"


# What waits elsewhere.


def test_the_tab_says_what_waits(pages: Pages) -> None:
    """Title and sign; the private message counts as a mention."""
    page = pages.open()
    assert page.title() == "(3) #lobby — IPC Chat"
    assert page.locator("#favicon").get_attribute("href") == "icon-mention.svg"


def test_an_offline_banner_counts_down_and_moves_nothing(pages: Pages) -> None:
    """It lies over the timeline."""
    page = pages.open()
    before = page.locator("li.row").last.bounding_box()
    page.evaluate(
        """() => {
          Object.assign(chat.network, {state: 'offline, trying again', reason: 'no route', retryAt: Date.now() + 9500});
          chat.app.changed();
        }"""
    )
    page.wait_for_selector("#banner >> text=/trying again in (9|10) s/")
    page.wait_for_selector("#banner >> text=/trying again in 8 s/")
    assert page.locator("li.row").last.bounding_box() == before
    page.click("#banner button")
    assert page.evaluate("() => chat.host.calls.includes('reconnect')")


def test_a_guest_needs_one_field(pages: Pages) -> None:
    """And is told what is wrong with it."""
    page = pages.open("?welcome")
    page.wait_for_selector("dialog[open]")
    assert page.locator("dialog input").count() == 1
    page.keyboard.type("bob")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog >> text=bob is taken")
    page.keyboard.press("Escape")
    page.fill("dialog input", "eve")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog", state="detached")
    assert page.evaluate("() => chat.host.calls.includes('joinAsGuest eve')")


def test_only_who_asked_is_notified_and_only_while_he_looks_elsewhere(pages: Pages) -> None:
    """And never of what is muted."""
    page = pages.open(permissions=["notifications"])
    page.evaluate(
        """() => {
          window.shown = [];
          window.Notification = class extends EventTarget {
            static permission = "granted";
            constructor(title, {body}) { super(); window.shown.push(`${title}: ${body}`); }
          };
          document.hasFocus = () => window.looks;
        }"""
    )
    hear = """([looks, preference, muted]) => {
      window.looks = looks;
      chat.app.preferences.set("notifications", preference);
      chat.network.buffer("#ops").muted = muted;
      chat.host.hear("#ops", "bob", "ann: come");
    }"""
    for quiet in ([True, "on", False], [False, "off", False], [False, "on", True]):
        page.evaluate(hear, quiet)
        assert page.evaluate("() => window.shown") == []
    page.evaluate(hear, [False, "on", False])
    assert page.evaluate("() => window.shown") == ["bob in #ops: ann: come"]


def test_what_comes_above_a_short_conversation_takes_nobody_from_its_end(pages: Pages) -> None:
    """The past may arrive after the first message that is heard live."""
    page = pages.open()
    page.evaluate(
        """async () => {
          const frames = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 15)));
          const buffer = chat.network.buffer("#random");
          chat.app.go(buffer);
          const [first] = chat.network.buffer("#lobby").timeline.entries;
          chat.host.hear("#random", "bob", "live");
          await frames();
          buffer.timeline.loadAbove([first], false);
          chat.app.changed();
          await frames();
          for (let number = 0; number < 60; number += 1) chat.host.hear("#random", "bob", `message ${number}.`);
          await frames();
        }"""
    )
    page.wait_for_selector("li.row >> text=message 59.")
    assert page.locator("#newer").is_hidden()
    assert page.evaluate("() => chat.app.timeline.isAtEnd")


def test_files_can_be_sent_where_the_server_takes_them(pages: Pages) -> None:
    """No button before; a refusal is said."""
    page = pages.open()
    assert page.locator("[aria-label='Send files']").is_hidden()
    page.evaluate("() => { chat.host.files.takes = true; chat.app.changed(); }")
    page.wait_for_selector("[aria-label='Send files']")
    file = {"name": "large.bin", "mimeType": "application/octet-stream", "buffer": b"x" * 2_000}
    page.set_input_files("#composer input[type=file]", file)
    page.wait_for_selector(".upload.failed >> text=That file is too large")
    page.press("#composer-text", "Enter")
    page.wait_for_selector("#toasts >> text=A file could not be sent")
    page.click("[aria-label='Remove large.bin']")
    assert page.locator(".upload").count() == 0


def test_a_failed_message_can_be_sent_again_or_thrown_away(pages: Pages) -> None:
    """Both, with the mouse."""
    page = pages.open()
    page.click("li.failed >> text=Try again")
    page.wait_for_selector("li.row.said:not(.failed):not(.pending) >> text=with cake")
    assert page.locator("li.failed").count() == 0


# For everybody.


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_axe_finds_nothing(pages: Pages, scheme: str, size: str) -> None:
    """The place itself, and each dialog."""
    page = pages.open("", PHONE if size == "phone" else DESKTOP, color_scheme=scheme, reduced_motion="reduce")
    settle(page)
    assert violations(page) == []
    for action, shown in (
        ("switcher", ".found li"),
        ("search", ".list-field"),
        ("help", ".help"),
        ("settings", "select"),
    ):
        page.evaluate("(name) => { chat.app.act(name); }", action)
        page.wait_for_selector(f"dialog[open] {shown}")
        assert violations(page) == [], action
        page.keyboard.press("Escape")
    page.evaluate("() => chat.app.welcome()")
    page.wait_for_selector("dialog[open] input")
    assert violations(page) == []


def test_a_telephone_has_room_and_large_targets(pages: Pages) -> None:
    """Nothing is wider than the screen, panes come and go, and what is pressed is large enough."""
    page = phone(pages)
    settle(page)
    assert page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]") == [PHONE[0], PHONE[0]]
    assert page.evaluate("() => parseFloat(getComputedStyle(document.querySelector('#composer-text')).fontSize)") >= 16
    for part in ("#send", "#title-bar > button:last-child", "li.row >> nth=-1"):
        box = page.locator(part).bounding_box()
        assert box["x"] + box["width"] <= PHONE[0], part
    assert page.locator("#channels").is_hidden()
    page.tap("#open-channels")
    page.wait_for_selector("#channels", state="visible")
    small = page.locator("#channels button, #title-bar button:visible, #composer button:visible").evaluate_all(
        "(all) => all.filter((one) => one.offsetHeight < 44).map((one) => one.outerHTML.slice(0, 80))"
    )
    assert small == []
    page.tap("#channels .place >> text=#ops")
    page.wait_for_selector("#place-name >> text=#ops")
    page.wait_for_selector("#channels", state="hidden")
