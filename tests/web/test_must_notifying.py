"""What the web client must do when somebody calls for us: notify who looks elsewhere, and never of what is muted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.browsing import People, Person, expect

# What the page shows is shown by the browser, too; its texts are kept where a test can see them.
WATCH = """() => {
  window.notified = [];
  const Real = window.Notification;
  window.Notification = class extends Real {
    constructor(title, options) {
      super(title, options);
      window.notified.push([title, options.body]);
      window.last = this;
    }
  };
  window.sounds = 0;
  window.AudioContext = class extends window.AudioContext {
    constructor() { super(); window.sounds += 1; }
  };
}"""


@pytest.fixture
def ann(people: People) -> Person:
    """Somebody who asked for notifications."""
    person = people.comes("ann", permissions=["notifications"])
    person.page.evaluate(WATCH)
    choose(person, "notifications", "on")
    return person


def choose(person: Person, name: str, value: str) -> None:
    """A preference."""
    person.page.click("[aria-label=Settings]")
    person.page.select_option(f"#preference-{name}", value)
    person.dialog.get_by_role("button", name="Done").click()


def notified(person: Person) -> list[Any]:
    """Titles and texts, in order."""
    found: list[Any] = person.page.evaluate("notified")
    return found


def until_heard(person: Person, text: str) -> None:
    """The page has a message, wherever that is."""
    expect(person.row(text)).to_have_count(1)


def test_a_mention_is_shown_to_who_looks_elsewhere(people: People, ann: Person) -> None:
    """UX row 13: and what is no mention is not, nor what comes while one looks."""
    bob = people.raw("bob")
    bob.says(f"PRIVMSG {people.channel} :{ann.nick}: you look")
    until_heard(ann, "you look")
    ann.looks_away()
    bob.says(f"PRIVMSG {people.channel} :nobody in particular", f"PRIVMSG {people.channel} :{ann.nick}: come")
    until_heard(ann, ": come")
    ann.page.wait_for_function("() => notified.length > 0")
    assert notified(ann) == [[f"bob{people.number} in {people.channel}", f"{ann.nick}: come"]]
    assert ann.page.evaluate("sounds") == 0


def test_a_private_message_is_shown_and_leads_there(people: People, ann: Person) -> None:
    """UX row 13: a click on it brings the conversation."""
    bob = people.raw("bob")
    ann.looks_away()
    bob.says(f"PRIVMSG {ann.nick} :psst")
    ann.page.wait_for_function("() => notified.length > 0")
    assert notified(ann) == [[f"bob{people.number}", "psst"]]
    ann.looks_back()
    ann.page.evaluate("last.dispatchEvent(new Event('click'))")
    ann.stands_in(f"bob{people.number}")
    ann.sees("psst")


def test_nobody_is_notified_who_did_not_ask(people: People) -> None:
    """UX row 13: off by default, and so is the sound."""
    bob = people.raw("bob")
    ann = people.comes("ann", permissions=["notifications"])
    ann.page.evaluate(WATCH)
    ann.looks_away()
    bob.says(f"PRIVMSG {people.channel} :{ann.nick}: come")
    until_heard(ann, ": come")
    assert notified(ann) == []
    assert ann.page.evaluate("sounds") == 0


def test_a_browser_that_forbids_is_said(people: People) -> None:
    """UX row 13: the choice stays off, and it says what to do."""
    ann = people.comes("ann", permissions=[])
    ann.page.evaluate("Notification.requestPermission = async () => 'denied'")
    ann.page.click("[aria-label=Settings]")
    ann.page.select_option("#preference-notifications", "on")
    expect(ann.dialog.locator(".mistake")).to_contain_text("Allow them beside the address")
    expect(ann.page.locator("#preference-notifications")).to_have_value("off")


def test_what_is_muted_stays_quiet(people: People, ann: Person) -> None:
    """UX row 13: by key or button; no notification, no sign of the tab, and it is kept."""
    bob = people.raw("bob")
    ann.presses("Alt+m")
    expect(ann.page.locator("#title-bar [aria-pressed=true]")).to_be_visible()
    ann.commands(f"/join {people.channel}b")
    ann.stands_in(f"{people.channel}b")
    ann.looks_away()
    bob.says(f"PRIVMSG {people.channel} :just talk", f"PRIVMSG {ann.nick} :the end")
    ann.page.wait_for_function("() => notified.length > 0")
    assert notified(ann) == [[f"bob{people.number}", "the end"]]
    expect(ann.place(people.channel).locator(".badge")).to_have_text("muted")
    expect(ann.page).to_have_title(f"(1) {people.channel}b — IPC Chat")
    ann.looks_back()
    ann.page.reload()
    ann.presses("Enter")
    ann.is_in()
    expect(ann.place(people.channel).locator(".badge.muted")).to_be_visible()


def test_a_sound_for_who_wants_it(people: People, ann: Person) -> None:
    """UX row 13: one for several calls at once."""
    choose(ann, "sound", "on")
    bob = people.raw("bob")
    ann.looks_away()
    bob.says(*[f"PRIVMSG {people.channel} :{ann.nick}: call {number}" for number in range(3)])
    until_heard(ann, "call 2")
    assert ann.page.evaluate("sounds") == 1
    assert len(notified(ann)) == 3
