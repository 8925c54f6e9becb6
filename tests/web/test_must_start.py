"""What the web client must do when one comes: as a guest, with an account, with a new one, and again."""

from __future__ import annotations

import re
import urllib.request

from tests.web.browsing import People, Person, expect

PASSWORD = "correct horse battery"
POLICY = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "require-trusted-types-for 'script'")


def test_a_guest_types_a_name_and_is_in(people: People) -> None:
    """UX row 1: one field, which has the focus; then one can type at once."""
    ann = people.opens()
    expect(ann.page.locator("#welcome-nick")).to_be_focused()
    assert ann.dialog.locator("input").count() == 1
    ann.types(ann.nick)
    ann.presses("Enter")
    ann.stands_in(people.channel)
    expect(ann.field).to_be_focused()
    ann.types("here I am")
    ann.presses("Enter")
    ann.sees("here I am")


def test_who_never_was_here_comes_to_the_lobby(people: People) -> None:
    """UX row 1: nothing has to be known."""
    ann = people.opens("ann", "")
    ann.page.evaluate("localStorage.clear()")
    ann.page.add_init_script("localStorage.clear()")
    ann.page.reload()
    ann.enters().stands_in("#lobby")


def test_everything_comes_from_the_server_itself(people: People) -> None:
    """UX row 1: plain modules, no other host, and a policy that allows nothing else."""
    ann = people.opens()
    asked: list[str] = []
    ann.page.on("request", lambda request: asked.append(request.url))
    ann.page.reload()
    ann.enters()
    ann.page.evaluate("() => fetch('/')")
    assert len(asked) > 20
    assert [url for url in asked if not url.startswith(people.server.address)] == []
    with urllib.request.urlopen(people.server.address) as answer:
        policy = answer.headers["Content-Security-Policy"]
        page = answer.read().decode()
    assert all(part in policy for part in POLICY), policy
    assert "unsafe" not in policy and "http:" not in policy
    scripts = re.findall("<script[^>]*>", page)
    assert len(scripts) == 1 and re.fullmatch(r'<script type="module" src="[\w/]+/main\.js">', scripts[0])


def test_a_name_that_cannot_be_is_said_under_its_field(people: People) -> None:
    """UX row 1: what is wrong is said, and what was typed stays."""
    ann = people.opens()
    ann.page.fill("#welcome-nick", "1 2")
    ann.presses("Enter")
    expect(ann.page.locator("#welcome-nick-mistake")).to_contain_text("begins with a letter")
    expect(ann.page.locator("#welcome-nick")).to_have_value("1 2")
    expect(ann.page.locator("#welcome-nick")).to_have_attribute("aria-invalid", "true")
    ann.enters()


def test_a_name_that_somebody_has_is_refused(people: People) -> None:
    """UX row 1: nobody comes under another name than he chose."""
    people.raw("ann")
    ann = people.opens("ann")
    ann.page.fill("#welcome-nick", ann.nick)
    ann.presses("Enter")
    expect(ann.page.locator("#welcome-nick-mistake")).to_contain_text("choose another name")
    expect(ann.dialog).to_be_visible()
    ann.nick += "a"
    ann.enters().says("another name")


def test_signing_up_then_logging_in(people: People) -> None:
    """UX row 1: an account in three fields, and later from elsewhere."""
    ann = people.opens()
    ann.page.click("text=Make an account")
    expect(ann.page.locator("#welcome-nick")).to_be_focused()
    ann.page.fill("#welcome-nick", ann.nick)
    ann.page.fill("#welcome-password", PASSWORD)
    ann.presses("Enter")
    ann.is_in()
    ann.is_told(f"{ann.nick} is yours")
    ann.says("first")
    elsewhere = people.opens()
    log_in(elsewhere, "wrong one entirely")
    expect(elsewhere.page.locator("#welcome-password-mistake")).not_to_be_empty()
    expect(elsewhere.dialog).to_be_visible()
    log_in(elsewhere, PASSWORD)
    elsewhere.is_in()
    elsewhere.sees("first")
    assert PASSWORD not in elsewhere.page.evaluate("JSON.stringify([localStorage, sessionStorage])")


def test_a_page_that_is_loaded_again_knows_name_and_channels(people: People) -> None:
    """UX row 1: two keys, and one is where one was."""
    ann = people.comes()
    ann.commands(f"/join {people.channel}b")
    ann.stands_in(f"{people.channel}b")
    ann.page.reload()
    expect(ann.page.locator("#welcome-nick")).to_have_value(ann.nick)
    ann.presses("Enter")
    ann.is_in()
    expect(ann.place(people.channel)).to_have_count(1)
    expect(ann.place(f"{people.channel}b")).to_have_count(1)


def test_logging_out_leads_back_to_the_question(people: People) -> None:
    """UX row 1: and who is gone is gone."""
    bob = people.raw("bob")
    ann = people.comes()
    ann.page.click("[aria-label=Settings]")
    ann.page.click("text=Log out")
    expect(ann.page.locator("#welcome-nick")).to_be_focused()
    assert bob.hears("QUIT").nick == ann.nick


def log_in(person: Person, password: str) -> None:
    """With the name of the person, in a dialog that may be open for it already."""
    page = person.page
    if page.locator("#welcome-password").count() == 0:
        page.click("text=I have an account")
    page.fill("#welcome-nick", person.nick)
    page.fill("#welcome-password", password)
    page.keyboard.press("Enter")
