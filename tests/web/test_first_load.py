"""The first load of the page, and the second: what comes over the wire, and when one can type.

Rules:
1. Bytes and requests are held here. Time is printed, and held only so far that a loaded machine passes.
2. Each visitor has a browser with an empty cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.web.browsing import WebServer, expect
from tests.web.loading import Visitor

FIRST_SCREEN_BYTES_MAX = 100_000
ALL_BYTES_MAX = 250_000
SECOND_VISIT_BYTES_MAX = 2_000
PAINT_MS = 500
PATIENCE = 5
"""So many times slower than promised is a mistake on any machine."""

Visitors = Callable[[], tuple[Any, Visitor]]


@pytest.fixture
def visitors(browser: Any) -> Iterator[Visitors]:
    """Makes visitors, and looks after their pages: nothing may be written to the console."""
    contexts: list[Any] = []
    said: list[str] = []

    def make() -> tuple[Any, Visitor]:
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        return page, Visitor(page)

    yield make
    for context in contexts:
        context.close()
    assert said == []


def test_the_first_screen_is_small_and_soon_there(visitors: Visitors, server: WebServer):
    _, visitor = visitors()
    visit = visitor.visit(server.address)
    print(f"\nfirst screen {visit.first_bytes} bytes in {len(visit.first)} requests", end=", ")
    print(f"the whole page {visit.all_bytes} bytes in {len(visit.answers)}", end=", ")
    print(
        f"painted after {visit.paint:.0f} ms, typing after {visit.typing:.0f} ms, all there after {visit.loaded:.0f} ms"
    )
    assert {answer.status for answer in visit.answers.values()} == {200}
    assert visit.first_bytes <= FIRST_SCREEN_BYTES_MAX
    assert visit.all_bytes <= ALL_BYTES_MAX
    assert visit.paint <= PAINT_MS * PATIENCE


def test_each_script_is_asked_for_before_another_names_it(visitors: Visitors, server: WebServer):
    _, visitor = visitors()
    visit = visitor.visit(server.address)
    scripts = {address for address in visit.answers if address.endswith(".js")}
    assert scripts == set(visit.preloaded)
    assert len(visit.preloaded) == len(scripts)


def test_the_second_visit_asks_whether_the_page_is_the_same(visitors: Visitors, server: WebServer):
    _, visitor = visitors()
    first = visitor.visit(server.address)
    second = visitor.visit(server.address)
    print(f"\nsecond visit {second.all_bytes} bytes in {len(second.answers)} requests", end=", ")
    print(f"typing after {second.typing:.0f} ms")
    assert {answer.status for answer in second.answers.values()} == {304}
    assert server.address in second.answers
    assert not [address for address in second.answers if address.endswith((".js", ".css"))]
    assert second.all_bytes <= SECOND_VISIT_BYTES_MAX
    assert set(second.first) == set(first.first)


def test_who_types_before_the_chat_is_there_waits_for_it(visitors: Visitors, server: WebServer):
    page, _ = visitors()
    held: list[Any] = []
    page.route("**/js/page.js", lambda route: held.append(route))
    page.goto(server.address)
    page.fill("#welcome-nick", "early")
    page.press("#welcome-nick", "Enter")
    expect(page.locator("dialog button.primary")).to_be_disabled()
    held[0].continue_()
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator("#place-name")).to_have_text("#lobby")


def test_it_is_said_when_the_chat_cannot_be_loaded(browser: Any, server: WebServer):
    context = browser.new_context()
    page = context.new_page()
    page.route("**/js/page.js", lambda route: route.abort())
    page.goto(server.address)
    page.fill("#welcome-nick", "unlucky")
    page.press("#welcome-nick", "Enter")
    expect(page.locator("#welcome-nick-mistake")).to_contain_text("could not be loaded")
    expect(page.locator("#welcome-nick")).to_have_value("unlucky")
    expect(page.locator("dialog button.primary")).to_be_enabled()
    page.unroute("**/js/page.js")
    page.press("#welcome-nick", "Enter")
    expect(page.locator("dialog")).to_have_count(0)
    context.close()
