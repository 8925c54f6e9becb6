"""What the web client must do when the connection or the server is gone, and when they are back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.browsing import NO_CONNECTION, People, Person, WebServer, expect


@pytest.fixture
def people(browser: Any, mortal: WebServer) -> Iterator[People]:
    """People on a server that may die."""
    found = People(browser, mortal)
    found.allowed = NO_CONNECTION
    yield found
    found.leave()


def banner(person: Person) -> Any:
    """What says how it is with the connection."""
    return person.page.locator("#banner")


def tries_now(person: Person) -> None:
    """The button of the banner, unless it is connected already."""
    person.presses("Alt+r")


def test_killed_between_two_messages(people: People) -> None:
    """UX row 5: the server dies by SIGKILL; what is written meanwhile waits, and stands there once, in order."""
    ann, bob = people.comes("ann"), people.comes("bob")
    ann.says("before")
    bob.sees("before")
    people.server.kill()
    expect(banner(ann)).to_contain_text(re.compile(r"Offline, trying again in \d+ s"))
    for text in ("meanwhile one", "meanwhile two"):
        ann.field.fill(text)
        ann.field.press("Enter")
        expect(ann.row(text)).to_have_class(re.compile("pending"))
        expect(ann.row(text)).to_contain_text("sending…")
    ann.field.fill("half a thought")
    people.server.start()
    for person in (ann, bob):
        tries_now(person)
        expect(banner(person)).to_be_hidden(timeout=20_000)
    ann.sees("meanwhile two")
    bob.sees("meanwhile two")
    expect(ann.field).to_have_value("half a thought")
    ann.presses("Enter")
    bob.sees("half a thought")
    assert ann.texts() == bob.texts() == ["before", "meanwhile one", "meanwhile two", "half a thought"]


def test_killed_at_any_moment_of_many_messages(people: People) -> None:
    """UX row 5: three deaths while one writes; nothing is lost and nothing is doubled."""
    ann, bob = people.comes("ann"), people.comes("bob")
    texts = [f"number {number} of many" for number in range(12)]
    for number, text in enumerate(texts):
        ann.field.fill(text)
        ann.field.press("Enter")
        if number % 4 == 2:
            people.server.kill()
            people.server.start()
            tries_now(ann)
    tries_now(bob)
    for person in (ann, bob):
        expect(person.page.locator("li.row.said")).to_have_count(len(texts), timeout=20_000)
        expect(person.page.locator("li.row.pending, li.row.failed")).to_have_count(0, timeout=20_000)
        assert sorted(person.texts()) == sorted(texts)
    assert ann.texts() == bob.texts()


def test_offline_and_online_again(people: People) -> None:
    """UX row 5: the browser is offline (a laptop, a train); what others said meanwhile is there afterwards."""
    bob = people.raw("bob")
    ann = people.comes()
    ann.says("before")
    ann.page.context.set_offline(True)
    people.server.kill()
    expect(banner(ann)).to_contain_text("Offline")
    people.server.start()
    bob = people.raw("bob")
    bob.says(*[f"PRIVMSG {people.channel} :missed {number}" for number in range(250)])
    bob.answers_to()
    ann.field.fill("written offline")
    ann.field.press("Enter")
    ann.page.context.set_offline(False)
    expect(banner(ann)).to_be_hidden(timeout=20_000)
    ann.sees("written offline")
    ann.sees("missed 249")
    ann.page.evaluate(
        """async () => {
          const scroller = document.querySelector("#scroller");
          for (let step = 0; step < 200; step += 1) {
            scroller.scrollTop = 0;
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 15)));
          }
        }"""
    )
    ann.sees("before")
    assert ann.texts() == ["before", *[f"missed {number}" for number in range(250)], "written offline"]


def test_the_way_back_is_tried_by_itself_and_sooner_when_asked(people: People) -> None:
    """UX row 5: the banner counts down, has a button, and goes when all is well."""
    ann = people.comes()
    people.server.kill()
    expect(banner(ann)).to_contain_text("Offline, trying again in")
    expect(banner(ann).get_by_role("button", name="Try now")).to_be_visible()
    people.server.start()
    expect(banner(ann)).to_be_hidden(timeout=30_000)
    ann.says("back")


def test_a_reconnect_is_no_news(people: People) -> None:
    """UX row 5: what was read stays read, and where one stood one stands."""
    ann = people.comes("ann", people.channel, f"{people.channel}b")
    ann.goes(people.channel)
    ann.says("read")
    people.server.kill()
    expect(banner(ann)).to_contain_text("Offline")
    people.server.start()
    tries_now(ann)
    expect(banner(ann)).to_be_hidden(timeout=20_000)
    ann.stands_in(people.channel)
    ann.says("goes on")
    assert ann.texts() == ["read", "goes on"]
    expect(ann.page.locator("#channels .badge")).to_have_count(0)
    expect(ann.page.locator("li.row .rule.unread")).to_have_count(0)


def test_what_is_refused_can_be_sent_again(people: People) -> None:
    """UX row 5: it says why, and has both buttons."""
    bob = people.raw("bob")
    ann = people.comes()
    bob.says(f"MODE {people.channel} +m")
    bob.hears("MODE")
    ann.field.fill("may I?")
    ann.field.press("Enter")
    row = ann.row("may I?")
    expect(row).to_have_class(re.compile("failed"))
    expect(row.locator(".failure")).to_contain_text("Not sent: ")
    bob.says(f"MODE {people.channel} -m")
    bob.hears("MODE")
    row.get_by_role("button", name="Try again").click()
    ann.sees("may I?")
    bob.hears_text("may I?")
    bob.says(f"MODE {people.channel} +m")
    bob.hears("MODE")
    ann.field.fill("and this?")
    ann.field.press("Enter")
    ann.row("and this?").get_by_role("button", name="Discard").click()
    expect(ann.row("and this?")).to_have_count(0)
