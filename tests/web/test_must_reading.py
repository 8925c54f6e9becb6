"""What the web client must do while one reads: what is new, where one is, and the past."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.browsing import SCROLL, People, Person, expect
from tests.web.test_must_start import PASSWORD, log_in

PAST = 1_000
ROWS_MAX = 500
# Where each message that is seen stands on the screen.
SEEN = """() => {
  const {top, bottom} = document.querySelector("#scroller").getBoundingClientRect();
  const rows = [...document.querySelectorAll("li.row.said")].map((item) => [item, item.getBoundingClientRect()]);
  const seen = rows.filter(([, place]) => place.top > top && place.bottom < bottom);
  return seen.map(([item, place]) => [item.querySelector(".text").textContent, place.top]);
}"""
ALL_LOADED = """() => {
  const scroller = document.querySelector("#scroller");
  return scroller.scrollHeight > 3 * scroller.clientHeight;
}"""
AT_END = """() => {
  const {scrollHeight, scrollTop, clientHeight} = document.querySelector("#scroller");
  return scrollHeight - scrollTop - clientHeight < 4;
}"""


def favicon(person: Person) -> Any:
    """The sign of the tab."""
    return person.page.locator("#favicon")


def lines(person: Person) -> Any:
    """Unread lines."""
    return person.page.locator(".rule.unread")


# What is new.


def test_what_is_said_elsewhere_waits_and_is_counted(people: People) -> None:
    """UX row 3: in the list, in the title, in the sign of the tab; a mention is more than a message."""
    here, other = people.channel, f"{people.channel}b"
    bob = people.raw("bob", channel=other)
    ann = people.comes("ann", here, other)
    ann.goes(here)
    expect(ann.page).to_have_title(f"{here} — IPC Chat")
    expect(favicon(ann)).to_have_attribute("href", "icon.svg")
    bob.says(f"PRIVMSG {other} :one", f"PRIVMSG {other} :two")
    expect(ann.place(other).locator(".badge")).to_have_text("2 unread")
    expect(ann.page).to_have_title(f"(2) {here} — IPC Chat")
    expect(favicon(ann)).to_have_attribute("href", "icon-unread.svg")
    bob.says(f"PRIVMSG {other} :{ann.nick}: you")
    expect(ann.place(other).locator(".badge")).to_have_text("@1 mentions of you")
    expect(favicon(ann)).to_have_attribute("href", "icon-mention.svg")
    expect(ann.page).to_have_title(f"(3) {here} — IPC Chat")
    ann.goes(other)
    ann.sees("two")
    expect(lines(ann)).to_have_count(1)
    expect(ann.place(other).locator(".badge")).to_have_count(0)
    expect(ann.page).to_have_title(f"{other} — IPC Chat")
    expect(favicon(ann)).to_have_attribute("href", "icon.svg")


def test_who_comes_and_goes_is_never_counted(people: People) -> None:
    """UX row 3: only what is said is to be read."""
    here, other = people.channel, f"{people.channel}b"
    ann = people.comes("ann", here, other)
    ann.goes(here)
    bob = people.raw("bob", channel=other)
    bob.says(f"PART {other}", f"JOIN {other}", f"TOPIC {other} :new", f"PRIVMSG {other} :said")
    expect(ann.place(other).locator(".badge")).to_have_text("1 unread")


def test_the_line_stands_above_what_was_not_seen(people: People) -> None:
    """UX row 3: who looks away comes back to the line; who looks, needs none."""
    bob = people.raw("bob")
    ann = people.comes()
    bob.says(f"PRIVMSG {people.channel} :seen")
    ann.sees("seen")
    expect(lines(ann)).to_have_count(0)
    ann.looks_away()
    bob.says(f"PRIVMSG {people.channel} :not seen", f"PRIVMSG {people.channel} :nor this")
    expect(ann.page).to_have_title(f"(2) {people.channel} — IPC Chat")
    ann.looks_back()
    expect(ann.page).to_have_title(f"{people.channel} — IPC Chat")
    row = ann.page.locator("li.row:has(.rule.unread)")
    expect(row.locator(".text")).to_have_text("not seen")
    ann.presses("Alt+u")
    expect(row).to_be_in_viewport()


def test_two_devices_keep_in_step(people: People) -> None:
    """UX row 3: what one has read is read on the other (MARKREAD); what one writes the other shows as one's own."""
    here, other = people.channel, f"{people.channel}b"
    first = people.opens("ann", here, other)
    first.page.click("text=Make an account")
    first.page.fill("#welcome-nick", first.nick)
    first.page.fill("#welcome-password", PASSWORD)
    first.presses("Enter")
    first.is_in()
    second = people.opens("ann", here, other)
    log_in(second, PASSWORD)
    second.is_in()
    for device in (first, second):
        expect(device.place(other)).to_have_count(1)
        device.goes(here)
    bob = people.raw("bob", channel=other)
    bob.says(f"PRIVMSG {other} :news", f"PRIVMSG {other} :{first.nick}: more news")
    for device in (first, second):
        expect(device.place(other).locator(".badge")).to_have_text("@1 mentions of you")
    first.goes(other)
    first.sees("more news")
    expect(second.place(other).locator(".badge")).to_have_count(0)
    expect(second.page).to_have_title(f"{here} — IPC Chat")
    first.says("from one device")
    second.goes(other)
    expect(second.sees("from one device").locator(".nick")).to_have_class(re.compile("own"))
    assert second.texts() == first.texts()


def test_escape_marks_read_and_leads_to_the_end(people: People) -> None:
    """UX row 3: whatever is typed stays."""
    bob = people.raw("bob")
    bob.says(*[f"PRIVMSG {people.channel} :line {number}" for number in range(80)])
    ann = people.comes()
    ann.sees("line 79")
    ann.types("half a thought")
    ann.page.evaluate("document.querySelector('#scroller').scrollTop = 200")
    expect(ann.page.locator("#newer")).to_be_visible()
    bob.says(f"PRIVMSG {people.channel} :below")
    expect(ann.page.locator("#newer")).to_have_text("1 new message")
    expect(ann.page).to_have_title(f"(1) {people.channel} — IPC Chat")
    ann.presses("Escape")
    expect(ann.row("below")).to_be_in_viewport()
    expect(ann.page).to_have_title(f"{people.channel} — IPC Chat")
    expect(ann.field).to_have_value("half a thought")


# The past.


@pytest.fixture
def long_past(people: People) -> list[str]:
    """The msgids of a thousand messages in the channel, the first first."""
    bob = people.raw("bob", "message-tags echo-message")
    found = []
    for start in range(0, PAST, 100):
        bob.says(*[f"PRIVMSG {people.channel} :message {number} of many" for number in range(start, start + 100)])
        found += [bob.hears("PRIVMSG").msgid for _ in range(100)]
    return found


def test_a_thousand_messages_up_and_down_again(people: People, long_past: list[str]) -> None:
    """UX row 4: all of them come from the server as one scrolls; few rows, and nothing moves."""
    ann = people.comes()
    ann.sees(f"message {PAST - 1} of")
    for step, wanted in ((-1_500, "message 0 of"), (1_500, f"message {PAST - 1} of")):
        found = ann.page.evaluate(SCROLL, [step, wanted])
        print(f"{found['steps']} steps of {step} px: drift {found['drift']:.2f} px, {found['rows']} rows at most")
        ann.sees(wanted)
        assert found["drift"] < 1
        assert found["rows"] <= ROWS_MAX
    assert ann.page.locator("li.row.said").count() <= ROWS_MAX
    assert ann.texts() == [f"message {number} of many" for number in range(PAST)][-len(ann.texts()) :]


def test_from_the_middle_of_the_past_to_now(people: People, long_past: list[str]) -> None:
    """UX row 4: a window that begins in the past is filled below, too, up to the present."""
    ann = people.comes(path=f"#/c/{people.channel.replace('#', '%23')}/{long_past[400]}")
    expect(ann.row("message 400 of")).to_be_focused()
    assert ann.page.locator("li.row.said").count() < ROWS_MAX
    found = ann.page.evaluate(SCROLL, [1_500, f"message {PAST - 1} of"])
    assert found["drift"] < 1
    texts = ann.texts()
    assert texts == [f"message {number} of many" for number in range(PAST)][-len(texts) :]
    ann.page.evaluate("document.querySelector('#scroller').scrollTop = 1e9")
    ann.page.wait_for_function(AT_END)
    expect(ann.page.locator("#newer")).to_be_hidden()
    people.raw("carol").says(f"PRIVMSG {people.channel} :and now")
    ann.sees("and now")
    expect(ann.row("and now")).to_be_in_viewport()


def test_what_comes_while_one_reads_the_past_moves_nothing(people: People, long_past: list[str]) -> None:
    """UX row 4: it is counted on a button that leads there."""
    ann = people.comes()
    ann.sees(f"message {PAST - 1} of")
    ann.page.wait_for_function(ALL_LOADED)
    ann.page.evaluate("document.querySelector('#scroller').scrollTop -= 1200")
    ann.page.wait_for_function(f"() => !({AT_END})()")
    before = ann.page.evaluate(SEEN)
    carol = people.raw("carol")
    carol.says(*[f"PRIVMSG {people.channel} :news {number}" for number in range(3)])
    expect(ann.page.locator("#newer")).to_have_text("3 new messages")
    after = ann.page.evaluate(SEEN)
    assert [text for text, _ in after] == [text for text, _ in before]
    assert max(abs(now - then) for (_, now), (_, then) in zip(after, before, strict=True)) < 1
    ann.page.click("#newer")
    expect(ann.row("news 2")).to_be_in_viewport()
    expect(ann.page.locator("#newer")).to_be_hidden()


def test_very_many_at_once_are_followed(people: People) -> None:
    """UX row 4: who is at the end stays there, though more is said between drawing and scrolling."""
    bob = people.raw("bob")
    ann = people.comes()
    for start in range(0, 1_200, 50):
        bob.says(*[f"PRIVMSG {people.channel} :burst {number} of many" for number in range(start, start + 50)])
    ann.sees("burst 1199 of many")
    expect(ann.row("burst 1199 of many")).to_be_in_viewport()
    assert len(ann.texts()) <= ROWS_MAX
    expect(ann.page).to_have_title(f"{people.channel} — IPC Chat")


def test_a_picture_of_ours_has_its_room_before_it_is_there(people: People) -> None:
    """UX row 4: what stands below never moves."""
    bob = people.raw("bob")
    people.allowed = re.compile("404")
    ann = people.comes()
    picture = f"{people.server.address}files/{'x' * 22}/cat.png"
    bob.says(f"PRIVMSG {people.channel} :look {picture}", f"PRIVMSG {people.channel} :below")
    ann.sees("below")
    box = ann.row("look").locator(".picture").bounding_box()
    assert box is not None and box["height"] == 240
