"""What the web client must do to find things: search, links to messages, completion, the keys."""

from __future__ import annotations

import re

from tests.web.browsing import People, Person, expect

# Keys that a browser keeps for itself, or that people expect to be the browser's.
BROWSERS_OWN = [
    "Control+w",
    "Control+t",
    "Control+n",
    "Control+Tab",
    "Control+l",
    "Control+r",
    "Control+p",
    "Control+a",
]


def test_search_finds_on_the_server_and_leads_there(people: People) -> None:
    """UX row 8: what was never loaded here is found, and shown among what stood around it."""
    bob = people.raw("bob")
    bob.says(f"PRIVMSG {people.channel} :before it", f"PRIVMSG {people.channel} :the purple elephant{people.number}")
    bob.says(*[f"PRIVMSG {people.channel} :filler {number}" for number in range(400)])
    bob.answers_to()
    ann = people.comes()
    ann.sees("filler 399")
    assert ann.row("elephant").count() == 0
    ann.presses("Control+f")
    expect(ann.dialog.locator(".list-field")).to_be_focused()
    ann.types(f"elephant{people.number}")
    found = ann.dialog.locator("#found li")
    expect(found).to_have_count(1)
    expect(found).to_contain_text(people.channel)
    ann.presses("Enter")
    expect(ann.row("elephant")).to_be_focused()
    expect(ann.row("elephant")).to_be_in_viewport()
    ann.sees("before it")
    expect(ann.page.locator("#newer")).to_have_text("Latest")
    ann.page.click("#newer")
    expect(ann.row("filler 399")).to_be_in_viewport()


def test_search_says_when_there_is_nothing(people: People) -> None:
    """UX row 8: and what is typed on is looked for instead."""
    ann = people.comes()
    ann.says(f"a zebra{people.number}")
    ann.presses("Control+f")
    ann.types("nothingofthiskind")
    expect(ann.dialog.locator("[role=status]")).to_have_text("Nothing was found")
    ann.dialog.locator(".list-field").fill(f"zebra{people.number}")
    expect(ann.dialog.locator("[role=status]")).to_have_text("1 found")
    ann.presses("Escape")
    expect(ann.field).to_be_focused()


def test_a_link_to_a_message_leads_there(people: People) -> None:
    """UX row 8: it is copied from the message, and opened in a browser that knows nothing."""
    ann = people.comes("ann", permissions=["clipboard-read", "clipboard-write"])
    ann.says("remember this")
    for number in range(3):
        ann.says(f"later {number}")
    row = ann.row("remember this")
    row.hover()
    row.get_by_role("button", name="Copy link").click()
    expect(ann.page.locator("#toasts")).to_contain_text("Link copied")
    link = ann.page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(rf"{re.escape(people.server.address)}#/c/%23tea{people.number}/[^/]+", link)
    bob = people.comes("bob", f"{people.channel}b", path=link.removeprefix(people.server.address))
    bob.stands_in(people.channel)
    expect(bob.row("remember this")).to_be_focused()
    bob.page.evaluate("link => { location.hash = new URL(link).hash; }", link.rpartition("/")[0] + "/nothing")
    expect(bob.page.locator("#toasts")).not_to_be_empty()


# Completion.


def chosen(person: Person) -> str:
    """The choice that the field says is lit."""
    lit = person.field.get_attribute("aria-activedescendant")
    option = person.page.locator(f"#{lit}")
    expect(option).to_have_attribute("aria-selected", "true")
    return str(option.locator("bdi").inner_text())


def test_completion_of_everything(people: People) -> None:
    """UX row 7: nicks, channels, commands and signs; the popup opens while one types, Tab takes what is lit."""
    people.raw("bobby")
    ann = people.comes()
    for typed, expected in (
        (f"hi @bobby{people.number}"[:-1], f"hi bobby{people.number} "),
        (f"see {people.channel}", f"see {people.channel} "),
        ("/top", "/topic "),
        (":tada", "🎉"),
    ):
        ann.field.fill("")
        ann.types(typed)
        expect(ann.page.locator("#choices")).to_be_visible()
        assert chosen(ann)
        ann.presses("Tab")
        expect(ann.field).to_have_value(re.compile(f"^{re.escape(expected)} ?$"))
        expect(ann.page.locator("#choices")).to_be_hidden()


def test_the_popup_by_keys(people: People) -> None:
    """UX row 7: arrows move, Escape closes and keeps the text, Enter takes; the focus stays in the field."""
    for letter in "abc":
        people.raw(f"nina{letter}")
    ann = people.comes()
    ann.types("@nina")
    expect(ann.page.locator("#choices li")).to_have_count(3)
    first = chosen(ann)
    ann.presses("ArrowDown")
    second = chosen(ann)
    ann.presses("ArrowUp")
    assert chosen(ann) == first != second
    ann.presses("Escape")
    expect(ann.page.locator("#choices")).to_be_hidden()
    expect(ann.field).to_have_value("@nina")
    expect(ann.field).to_be_focused()
    assert ann.field.get_attribute("aria-activedescendant") is None
    ann.presses("Tab")
    expect(ann.page.locator("#choices")).to_be_visible()
    ann.presses("ArrowDown", "Enter")
    expect(ann.field).to_have_value(re.compile(f"^{second}"))


# Keys.


def test_a_run_with_the_keyboard_only(people: People) -> None:
    """UX row 2: come, write, change, select, answer, react, move, search, help, without touching anything."""
    bob = people.raw("bob")
    ann = people.opens("ann", people.channel, f"{people.channel}b")
    ann.types(ann.nick)
    ann.presses("Enter")
    ann.is_in()
    ann.presses("Control+k")
    expect(ann.dialog.locator(".list-field")).to_be_focused()
    ann.types(f"{people.number}b")
    ann.presses("Enter")
    ann.stands_in(f"{people.channel}b")
    ann.presses("Alt+1")
    ann.stands_in(people.channel)
    ann.types("frist")
    ann.presses("Enter")
    ann.sees("frist")
    ann.presses("ArrowUp")
    expect(ann.page.locator(".draft-banner")).to_contain_text("Changing your message")
    ann.presses("Control+Shift+Home")
    ann.types("first")
    ann.presses("Enter")
    ann.sees("first")
    bob.says(f"PRIVMSG {people.channel} :answer me")
    ann.sees("answer me")
    ann.presses("Alt+s")
    expect(ann.row("answer me")).to_be_focused()
    ann.presses("k", "j", "+")
    expect(ann.dialog.locator(".signs")).to_be_visible()
    ann.presses("Tab", "Enter")
    expect(ann.row("answer me").locator(".reaction[aria-pressed=true]")).to_be_visible()
    ann.presses("r")
    ann.types("here you are")
    ann.presses("Shift+Enter")
    ann.types("in two lines")
    ann.presses("Enter")
    expect(ann.sees("here you are").locator(".quote")).to_contain_text("answer me")
    ann.presses("Alt+ArrowDown")
    ann.stands_in(f"{people.channel}b")
    ann.presses("Alt+/")
    ann.stands_in(people.channel)
    ann.presses("Alt+2")
    ann.stands_in(f"{people.channel}b")
    bob.says(f"PRIVMSG {people.channel} :{ann.nick}: hey")
    expect(ann.place(people.channel).locator(".badge")).to_be_visible()
    ann.presses("Alt+a")
    ann.stands_in(people.channel)
    ann.presses("F1")
    expect(ann.dialog.locator(".help")).to_contain_text("Alt+Shift")
    expect(ann.dialog.locator(".help")).to_contain_text("/topic")
    ann.presses("Escape")
    expect(ann.page.locator("dialog")).to_have_count(0)


def test_unread_places_by_keys(people: People) -> None:
    """UX row 2: Alt+Shift with the arrows goes through what waits; Escape reads it."""
    names = [f"{people.channel}{letter}" for letter in "abcd"]
    ann = people.comes("ann", *names)
    ann.goes(names[0])
    bob = people.raw("bob", channel=names[1])
    bob.joins(names[3])
    bob.says(f"PRIVMSG {names[1]} :one", f"PRIVMSG {names[3]} :two")
    expect(ann.place(names[3]).locator(".badge")).to_be_visible()
    ann.presses("Alt+Shift+ArrowUp")
    ann.stands_in(names[3])
    ann.presses("Alt+Shift+ArrowDown")
    ann.stands_in(names[1])
    expect(ann.page.locator("#channels .badge")).to_have_count(0)


def test_a_character_typed_anywhere_goes_to_the_field(people: People) -> None:
    """UX row 2: but a question mark, which asks for help."""
    ann = people.comes()
    ann.page.evaluate("document.activeElement.blur()")
    ann.types("abc")
    expect(ann.field).to_have_value("abc")
    ann.page.evaluate("document.activeElement.blur()")
    ann.presses("?")
    expect(ann.dialog.locator(".help")).to_be_visible()


def test_the_keys_of_browsers_are_left_to_them(people: People) -> None:
    """UX row 2: no handler takes them."""
    ann = people.comes()
    ann.page.evaluate(
        """() => {
          window.taken = [];
          window.addEventListener("keydown", (event) => event.defaultPrevented && taken.push(event.key));
        }"""
    )
    for key in BROWSERS_OWN:
        word = key.rpartition("+")[2]
        ann.page.evaluate(
            """(key) => document.querySelector("#composer-text").dispatchEvent(
              new KeyboardEvent("keydown", {key, ctrlKey: true, bubbles: true, cancelable: true}))""",
            word,
        )
    assert ann.page.evaluate("taken") == []
    ann.presses("Control+k")
    assert ann.page.evaluate("taken") == ["k"]


def test_drafts_stay_where_they_were_begun(people: People) -> None:
    """UX row 2: going somewhere and back loses nothing; Ctrl+Up brings back what was sent."""
    other = f"{people.channel}b"
    ann = people.comes("ann", people.channel, other)
    ann.goes(people.channel)
    ann.says("sent before")
    ann.types("half a thought")
    ann.presses("Alt+ArrowDown")
    ann.stands_in(other)
    expect(ann.field).to_have_value("")
    ann.presses("Alt+ArrowUp")
    ann.stands_in(people.channel)
    expect(ann.field).to_have_value("half a thought")
    ann.presses("Control+ArrowUp")
    expect(ann.field).to_have_value("sent before")
    ann.presses("Control+ArrowDown")
    expect(ann.field).to_have_value("half a thought")
