"""What the web client must do for everybody: for ears, fingers, small screens, bad and different eyes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.browsing import PHONES, People, Person, expect, telephone, violations

TARGET = 44
# Controls without a name that can be read aloud.
NAMELESS = """() => [...document.querySelectorAll("button, input, textarea, select, a")]
  .filter((control) => control.checkVisibility() && !control.textContent.trim() && !control.ariaLabel
    && (control.labels ?? []).length === 0)
  .map((control) => control.outerHTML.slice(0, 100))"""
# WCAG 2.2: how a colour stands out from another.
CONTRAST = """([text, back]) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const light = (colour) => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [one, other] = [light(text), light(back)].sort((a, b) => b - a);
  return (one + 0.05) / (other + 0.05);
}"""


def lively(people: People, **settings: Any) -> Person:
    """A page with some of everything."""
    bob = people.raw("bob", "message-tags echo-message")
    ann = people.comes("ann", people.channel, f"{people.channel}b", **settings)
    place(ann, people.channel)
    bob.says(f"TOPIC {people.channel} :about https://example.org and \x02more\x02")
    bob.says(f"PRIVMSG {people.channel} :hello {ann.nick}, `code` and https://example.org \x0304,08colours\x03")
    msgid = bob.hears("PRIVMSG").msgid
    bob.says(f"@+draft/reply={msgid};+draft/react=🎉 TAGMSG {people.channel}")
    bob.says(f"@+draft/reply={msgid} PRIVMSG {people.channel} :an answer", f"PRIVMSG {ann.nick} :psst")
    ann.sees("an answer")
    ann.commands("/nonsense")
    return ann


def place(person: Person, name: str) -> None:
    """Go there by key: on a telephone the list is hidden."""
    person.presses("Alt+1")
    person.stands_in(name)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_on_a_desktop(people: People, scheme: str) -> None:
    """UX row 10: WCAG 2.2 AA and best practice, on the page and on each dialog."""
    stranger = people.opens("carol", color_scheme=scheme, reduced_motion="reduce")
    expect(stranger.dialog).to_be_visible()
    assert violations(stranger.page) == []
    stranger.page.click("text=Make an account")
    assert violations(stranger.page) == []
    ann = lively(people, color_scheme=scheme, reduced_motion="reduce")
    assert violations(ann.page) == []
    ann.row("an answer").hover()
    assert violations(ann.page) == []
    for key, shown in (("Control+k", "#found li"), ("Control+f", ".list-field"), ("F1", ".help")):
        ann.presses(key)
        expect(ann.dialog.locator(shown).first).to_be_visible()
        assert violations(ann.page) == [], key
        ann.presses("Escape")
    ann.page.click("[aria-label=Settings]")
    expect(ann.dialog.locator("select").first).to_be_visible()
    assert violations(ann.page) == []
    ann.presses("Escape")
    ann.field.fill("")
    ann.types("/to")
    expect(ann.page.locator("#choices")).to_be_visible()
    assert violations(ann.page) == []


@pytest.mark.parametrize("device", PHONES)
def test_a_telephone(people: People, device: str) -> None:
    """UX row 11: panes come and go, nothing is too wide, targets are large, nothing zooms, axe finds nothing."""
    ann = lively(people, **telephone(device), reduced_motion="reduce")
    page = ann.page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('#composer-text')).fontSize)") >= 16
    box = page.locator("#composer").bounding_box()
    assert box["y"] + box["height"] <= page.evaluate("innerHeight") + 1
    assert violations(page) == []
    expect(page.locator("#channels")).to_be_hidden()
    page.tap("#open-channels")
    expect(page.locator("#channels")).to_be_visible()
    pressed = page.locator("#channels button:visible, #title-bar button:visible, #composer button:visible")
    small = pressed.evaluate_all(
        "(all, least) => all.filter((one) => one.offsetHeight < least).map((one) => one.outerHTML.slice(0, 80))", TARGET
    )
    assert small == []
    assert violations(page) == []
    ann.place(f"{people.channel}b").tap()
    ann.stands_in(f"{people.channel}b")
    expect(page.locator("#channels")).to_be_hidden()
    page.tap("#composer-text")
    ann.types("from a telephone")
    page.tap("#send")
    ann.sees("from a telephone")
    page.locator("#title-bar button[aria-label^='People here']").tap()
    expect(page.locator("#members")).to_be_visible()
    expect(page.locator("#members")).to_contain_text(ann.nick)


def test_a_telephone_answers_by_finger(people: People) -> None:
    """UX row 11: a tap on a message brings its buttons."""
    ann = lively(people, **telephone("Pixel 7"))
    ann.row("an answer").locator(".text").tap()
    ann.row("an answer").get_by_role("button", name="Answer").tap()
    expect(ann.page.locator(".draft-banner")).to_contain_text("Answering")
    ann.says("by finger")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_every_colour_that_others_choose_can_be_read(people: People, scheme: str) -> None:
    """UX row 10: all of IRC's, as text, as ground, and one on the other."""
    bob = people.raw("bob")
    ann = people.comes(color_scheme=scheme)
    for colour in range(99):
        other = (colour * 37 + 11) % 99
        text = f"\x03{colour:02}as text \x0399,{colour:02}as ground \x03{colour:02},{other:02}on another\x03"
        bob.says(f"PRIVMSG {people.channel} :{text} {colour}")
    ann.sees(" 98")
    grounds = """(spans) => spans.map((span) => {
      const own = getComputedStyle(span).backgroundColor;
      const ground = own === "rgba(0, 0, 0, 0)" ? getComputedStyle(document.body).backgroundColor : own;
      return [getComputedStyle(span).color, ground];
    })"""
    pairs = ann.page.locator("li.row .text span[style]").evaluate_all(grounds)
    assert len(pairs) >= 2 * 99
    assert [pair for pair in pairs if ann.page.evaluate(CONTRAST, pair) < 4.5] == []


def test_only_author_and_text_are_read_aloud(people: People) -> None:
    """UX row 10: in a polite log; not times, not what was loaded, not what one wrote."""
    bob = people.raw("bob")
    bob.says(f"PRIVMSG {people.channel} :from before")
    ann = people.comes()
    ann.sees("from before")
    bob.says(f"PRIVMSG {people.channel} :hear this")
    ann.sees("hear this")
    ann.says("my own")
    log = ann.page.locator("#announcer")
    expect(log).to_have_attribute("role", "log")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log.locator("p")).to_have_count(1)
    expect(log.locator("p")).to_have_text(f"bob{people.number}: hear this")


def test_each_part_and_each_control_has_a_name(people: People) -> None:
    """UX row 10: as it is told to who cannot see it."""
    ann = lively(people)
    assert ann.page.evaluate(NAMELESS) == []
    snapshot = ann.page.locator("body").aria_snapshot()
    for part in (
        '- navigation "Channels and people"',
        "- main",
        '- list "Messages"',
        '- complementary "People here"',
        '- textbox "Message"',
        '- log "New messages"',
        '- button "Send"',
    ):
        assert part in snapshot, snapshot


def test_the_focus_roves_over_the_messages_and_is_seen(people: People) -> None:
    """UX row 10: one stop for Tab, arrows from there, Escape back; whatever has the focus shows it."""
    ann = people.comes()
    for number in range(4):
        ann.says(f"line {number}")
    ann.presses("Alt+s")
    expect(ann.row("line 3")).to_be_focused()
    ann.presses("ArrowUp", "ArrowUp")
    expect(ann.row("line 1")).to_be_focused()
    assert ann.page.locator("#messages li[tabindex='0']").count() == 1
    outline = ann.row("line 1").evaluate("(row) => { const look = getComputedStyle(row); return look.outlineStyle; }")
    assert outline != "none"
    ann.presses("Escape")
    expect(ann.field).to_be_focused()


def test_skip_links_come_first(people: People) -> None:
    """UX row 10: the first stops of Tab lead past the lists."""
    ann = people.comes()
    ann.says("here")
    ann.page.evaluate("document.querySelector('a, button, input, textarea').focus()")
    expect(ann.page.locator(".skips a").first).to_be_focused()
    assert ann.page.locator(".skips a").first.bounding_box()["y"] >= 0
    ann.presses("Tab", "Enter")
    expect(ann.row("here")).to_be_focused()


# How it looks.


def looks(person: Person, name: str = "background-color") -> str:
    """Of the whole page."""
    found: str = person.page.evaluate("(name) => getComputedStyle(document.body).getPropertyValue(name)", name)
    return found


def test_light_dark_and_as_the_system_has_it(people: People) -> None:
    """UX row 12: it follows the system, until one chooses; the choice is kept."""
    ann = people.comes(color_scheme="light")
    light = looks(ann)
    ann.page.emulate_media(color_scheme="dark")
    dark = looks(ann)
    assert light != dark
    for choice, expected in (("light", light), ("dark", dark)):
        ann.page.click("[aria-label=Settings]")
        ann.page.select_option("#preference-theme", choice)
        ann.dialog.get_by_role("button", name="Done").click()
        assert looks(ann) == expected
    ann.page.emulate_media(color_scheme="light")
    assert looks(ann) == dark
    ann.page.reload()
    expect(ann.dialog).to_be_visible()
    assert looks(ann) == dark


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_high_contrast(people: People, scheme: str) -> None:
    """UX row 12: for who asks his system for it, text stands out more."""
    ann = people.comes(color_scheme=scheme)
    row = ann.says("read me")
    colours = "(text) => [getComputedStyle(text).color, getComputedStyle(document.body).backgroundColor]"
    ordinary = ann.page.evaluate(CONTRAST, row.locator(".text").evaluate(colours))
    ann.page.emulate_media(contrast="more")
    more = ann.page.evaluate(CONTRAST, row.locator(".text").evaluate(colours))
    assert more > ordinary >= 7
    assert more >= 15
    ann.page.emulate_media(contrast="no-preference", forced_colors="active")
    expect(row).to_be_visible()


def test_the_size_of_text(people: People) -> None:
    """UX row 12: as one chooses it."""
    ann = people.comes()
    row = ann.says("how large?")
    sizes = []
    for choice in ("small", "medium", "large", "huge"):
        ann.page.click("[aria-label=Settings]")
        ann.page.select_option("#preference-size", choice)
        ann.dialog.get_by_role("button", name="Done").click()
        sizes.append(row.locator(".text").evaluate("(text) => parseFloat(getComputedStyle(text).fontSize)"))
    assert sizes == sorted(set(sizes))


def test_less_motion_for_who_wants_it(people: People) -> None:
    """UX row 10: nothing moves by itself."""
    ann = people.comes(reduced_motion="reduce")
    ann.says("still")
    moving = ann.page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((part) => {
          const look = getComputedStyle(part);
          const spans = `${look.transitionDuration}, ${look.animationDuration}`.split(",");
          return Math.max(...spans.map(parseFloat)) > 0.01;
        }).length"""
    )
    assert moving == 0


@pytest.mark.parametrize(("locale", "pattern"), [("en-US", r"\d{1,2}:\d\d\s[AP]M"), ("de-DE", r"\d\d:\d\d")])
def test_hours_as_the_place_has_them(people: People, locale: str, pattern: str) -> None:
    """UX row 12: twelve or twenty-four."""
    ann = people.comes(locale=locale)
    assert re.fullmatch(pattern, ann.says("now").locator("time").inner_text())
