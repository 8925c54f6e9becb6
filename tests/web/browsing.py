"""People before browsers: Chromium with the real page of the real server, and what they do and see there.

Rules:
1. Whatever a page writes to its console, whatever it throws and each dialog of its own fails the test; only what a
   test allows (`People.allowed`) is spared. So the server's Content-Security-Policy is held by every test.
2. Nobody sleeps: `expect` looks again until SECONDS_MAX are over.
3. What is missing on this machine fails with what to type; nothing is skipped.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ServerProcess, free_port

SECONDS_MAX = 30
DESKTOP = {"width": 1280, "height": 800}
# What is left for a page, in pixels of CSS, and how many pixels of the screen each of these is.
PHONES = {"iPhone 13": (390, 664, 3), "Pixel 7": (412, 839, 2.625), "iPhone SE": (320, 568, 2)}
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What Chromium itself says when there is no server.
NO_CONNECTION = re.compile(r"WebSocket connection to 'ws://|Failed to load resource: net::ERR_")
# Scrolls by so many pixels until a text is there. After each step the page does what it does, and what stays on the
# screen must stay where it is: how far it moved at most, how many rows there were at most, how many steps it took.
SCROLL = """async ([step, wanted]) => {
  const frames = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 15)));
  const scroller = document.querySelector("#scroller");
  const items = () => [...document.querySelectorAll("li.row.said")];
  const textOf = (item) => item.querySelector(".text").textContent;
  const topOf = (item) => item === undefined ? NaN : item.querySelector(".text").getBoundingClientRect().top;
  let [drift, rows, steps] = [0, 0, 0];
  for (; steps < 3000 && !items().some((item) => textOf(item).startsWith(wanted)); steps += 1) {
    scroller.scrollTop += step;
    const middle = scroller.getBoundingClientRect().top + 300;
    const seen = items().find((item) => item.getBoundingClientRect().bottom > middle);
    const [text, before] = [textOf(seen), topOf(seen)];
    await frames();
    const after = topOf(items().find((item) => textOf(item) === text));
    drift = Math.max(drift, Math.abs(after - before));
    rows = Math.max(rows, items().length);
  }
  return {drift, rows, steps};
}"""
# A page joins the channels that it kept; here each test has its own.
KEEP = """(channels) => {
  if (localStorage.getItem("ipc-chat.kept") === null) {
    localStorage.setItem("ipc-chat.kept", JSON.stringify({channels}));
  }
}"""


class WebServer(ServerProcess):
    """The real server on irc:// and http://, without rate limits; the page keeps its address over restarts."""

    def __init__(self, folder: Path, *options: str, memory: bool = False) -> None:
        self.page_port = free_port()
        super().__init__(
            folder, "--listen", f"http://127.0.0.1:{self.page_port}", *options, memory=memory, throttled=False
        )

    def __enter__(self) -> WebServer:
        super().__enter__()
        return self

    @property
    def address(self) -> str:
        """Of the page."""
        return f"http://127.0.0.1:{self.page_port}/"


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser."""
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        pytest.fail("there is no Playwright; type: pip install playwright")
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("there is no Chromium; on Debian type: apt-get install chromium")
    expect.set_options(timeout=SECONDS_MAX * 1_000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


def violations(page: Any) -> list[str]:
    """What axe finds, one line each."""
    if not AXE.exists():
        pytest.fail("there is no axe; type: npm ci --prefix tests/web")
    page.evaluate(AXE.read_text())
    found = page.evaluate("(tags) => axe.run(document, {runOnly: tags})", AXE_TAGS)
    return [
        f"{rule['id']}: {node['html'][:150]} {node['failureSummary'][:300]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def telephone(name: str) -> dict[str, Any]:
    """The settings of a browser on one of PHONES."""
    width, height, ratio = PHONES[name]
    return {
        "viewport": {"width": width, "height": height},
        "device_scale_factor": ratio,
        "is_mobile": True,
        "has_touch": True,
    }


def expect(what: Any) -> Any:
    """Playwright's, which is not there before it is needed."""
    from playwright.sync_api import expect

    return expect(what)


class Person:
    """Somebody with a page."""

    def __init__(self, page: Any, nick: str) -> None:
        self.page = page
        self.nick = nick
        self.field = page.locator("#composer-text")
        self.dialog = page.locator("dialog[open]")

    # Coming.

    def enters(self) -> Person:
        """Become a guest, and stand in the first channel."""
        self.page.fill("#welcome-nick", self.nick)
        self.page.keyboard.press("Enter")
        return self.is_in()

    def is_in(self) -> Person:
        """Until the page has a channel, and its latest messages."""
        expect(self.page.locator("dialog")).to_have_count(0)
        expect(self.page.locator("#place-name")).to_have_text(re.compile("^#"))
        expect(self.page.locator("#banner")).to_be_hidden()
        return self

    # Doing.

    def presses(self, *keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def types(self, text: str) -> None:
        """Characters, wherever the focus is."""
        self.page.keyboard.type(text)

    def says(self, text: str) -> Any:
        """Write and send; the row, when the server has it."""
        self.field.fill(text)
        self.field.press("Enter")
        return self.sees(text.split("\n")[0])

    def commands(self, line: str) -> None:
        """A slash command."""
        self.field.fill(line)
        self.field.press("Enter")
        expect(self.field).to_have_value("")

    def goes(self, name: str) -> None:
        """To a place of the list."""
        self.place(name).click()
        self.stands_in(name)

    def looks_away(self) -> None:
        """Another window has the focus, as far as this page knows."""
        self._emulates_focus(False)
        assert self.page.evaluate("!document.hasFocus()")

    def looks_back(self) -> None:
        """This page has the focus."""
        self._emulates_focus(True)
        self.page.bring_to_front()

    def _emulates_focus(self, enabled: bool) -> None:
        session = self.page.context.new_cdp_session(self.page)
        session.send("Emulation.setFocusEmulationEnabled", {"enabled": enabled})
        if not enabled:
            self.page.context.new_page().bring_to_front()

    # Seeing.

    def row(self, text: str) -> Any:
        """The message with this text, as the page has it."""
        return self.page.locator("li.row.said").filter(has=self.page.locator(".text", has_text=text))

    def sees(self, text: str) -> Any:
        """The one message with this text, when the server has it."""
        row = self.row(text)
        expect(row).to_have_count(1)
        expect(row).not_to_have_class(re.compile("pending"))
        expect(row).to_be_visible()
        return row

    def is_told(self, text: str) -> None:
        """A sentence that is no message."""
        expect(self.page.locator("li.row.told", has_text=text).last).to_be_visible()

    def texts(self) -> list[str]:
        """The texts of all messages that the page has."""
        found: list[str] = self.page.locator("li.row.said .text").all_inner_texts()
        return found

    def place(self, name: str) -> Any:
        """Its row in the list."""
        exact = re.compile(f"^{re.escape(name)}$")
        return self.page.locator("#channels .place").filter(has=self.page.locator(".place-name", has_text=exact))

    def stands_in(self, name: str) -> None:
        """That is where the page is."""
        expect(self.page.locator("#place-name")).to_have_text(name)


class People:
    """Everybody of one test: each with a browser's storage of his own, in channels of their own."""

    numbers = count(1)

    def __init__(self, browser: Any, server: WebServer) -> None:
        self.browser = browser
        self.server = server
        self.number = next(self.numbers)
        self.channel = f"#tea{self.number}"
        self.allowed: re.Pattern[str] | None = None
        self._contexts: list[Any] = []
        self._raw: list[RawClient] = []
        self._said: list[str] = []

    def opens(self, nick: str = "ann", *channels: str, path: str = "", **settings: Any) -> Person:
        """A page that asks who one is."""
        context = self.browser.new_context(**{"viewport": DESKTOP, **settings})
        self._contexts.append(context)
        keep = json.dumps(list(channels or [self.channel]))
        context.add_init_script(f"({KEEP})({keep})")
        return self.opens_in(context, nick, path)

    def opens_in(self, context: Any, nick: str, path: str = "") -> Person:
        """Another page of the same browser."""
        page = context.new_page()
        page.set_default_timeout(SECONDS_MAX * 1_000)
        page.on("console", lambda message: self._said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self._said.append(f"thrown: {error}"))
        page.on("dialog", self._refuse)
        page.goto(self.server.address + path)
        return Person(page, f"{nick}{self.number}")

    def _refuse(self, dialog: Any) -> None:
        self._said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def comes(self, nick: str = "ann", *channels: str, path: str = "", **settings: Any) -> Person:
        """Somebody who is in the channel."""
        return self.opens(nick, *channels, path=path, **settings).enters()

    def raw(self, nick: str = "bob", capabilities: str = "", channel: str = "") -> RawClient:
        """Somebody with a client that says exactly what it is told; he is in the channel."""
        client = RawClient(self.server.port).registers(f"{nick}{self.number}", capabilities)
        self._raw.append(client)
        return client.joins(channel or self.channel)

    def raw_named(self, nick: str) -> RawClient:
        """Somebody with exactly this nick, who is in no channel."""
        self._raw.append(RawClient(self.server.port).registers(nick))
        return self._raw[-1]

    def leave(self) -> None:
        """Close what was opened; what the pages wrote fails the test."""
        for context in self._contexts:
            context.close()
        for client in self._raw:
            client.close()
        allowed = self.allowed
        assert [text for text in self._said if allowed is None or not allowed.search(text)] == []
