"""Staying logged in: who logged in once comes back without being asked, until he logs out or the server says no.

Specification: IRCv3 draft/authtoken (https://github.com/ircv3/ircv3-specifications/pull/602), docs/browser.md.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from tests.web.browsing import NO_CONNECTION, People, Person, WebServer, expect

PASSWORD = "correct horse battery"
KEPT = "localStorage.getItem('ipc-chat.login')"


def signs_up(people: People, nick: str = "ann", stays: bool = True) -> Person:
    """Somebody with an account."""
    person = people.opens(nick)
    person.page.click("text=Make an account")
    return answers(person, stays=stays)


def logs_in(person: Person, *, stays: bool = True) -> Person:
    """Somebody who is asked."""
    if person.page.locator("#welcome-password").count() == 0:
        person.page.click("text=I have an account")
    return answers(person, stays=stays)


def answers(person: Person, *, stays: bool) -> Person:
    """Name, password, and whether he stays."""
    page = person.page
    page.fill("#welcome-nick", person.nick)
    page.fill("#welcome-password", PASSWORD)
    page.get_by_label("Stay logged in").set_checked(stays)
    page.keyboard.press("Enter")
    return person.is_in()


def kept_token(person: Person) -> str:
    """The token that the page keeps."""
    token: str = person.page.evaluate(f"JSON.parse({KEPT}).token")
    return token


def is_back(person: Person, text: str) -> None:
    """He was asked nothing, and is himself."""
    person.is_in()
    expect(person.page.locator("#own .own")).to_have_text(person.nick)
    person.says(text)


def is_asked(person: Person) -> None:
    """Who he is; and nothing is kept."""
    expect(person.page.locator("dialog #welcome-nick")).to_be_visible()
    assert person.page.evaluate(KEPT) is None


def test_a_reload_and_another_tab_ask_nothing(people: People) -> None:
    ann = signs_up(people)
    ann.says("first")
    ann.page.reload()
    is_back(ann, "after the reload")
    ann.sees("first")
    assert PASSWORD not in ann.page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    other = people.opens_in(ann.page.context, "ann")
    is_back(other, "from the other tab")
    ann.sees("from the other tab")


def test_who_does_not_want_to_stay_is_asked_again(people: People) -> None:
    ann = signs_up(people, stays=False)
    ann.says("first")
    ann.page.reload()
    is_asked(ann)
    logs_in(ann, stays=False)
    assert ann.page.evaluate(KEPT) is None


def test_logging_out_forgets_here_on_the_server_and_in_other_tabs(people: People) -> None:
    ann = signs_up(people)
    token = kept_token(ann)
    other = people.opens_in(ann.page.context, "ann")
    is_back(other, "from the other tab")
    ann.page.click("[aria-label=Settings]")
    ann.page.click("text=Log out")
    is_asked(ann)
    is_asked(other)
    raw = people.raw("eve", "sasl")
    raw.says("AUTHENTICATE IRCV3BEARER")
    raw.hears("AUTHENTICATE")
    raw.says(f"AUTHENTICATE {base64_of(token)}")
    raw.hears("904")


def test_commands_log_in_and_out_as_the_form_does(people: People) -> None:
    ann = signs_up(people)
    token = kept_token(ann)
    ann.commands("/logout ")
    ann.page.wait_for_function(f"() => {KEPT} === null")
    ann.page.reload()
    is_asked(ann)
    ann.nick += "x"
    ann.enters()
    ann.commands(f"/login {ann.nick[:-1]}")
    ann.page.fill("#secret", PASSWORD)
    ann.page.keyboard.press("Enter")
    ann.page.wait_for_function(f"() => {KEPT} !== null")
    assert kept_token(ann) != token


def test_a_token_that_was_taken_back_is_forgotten_and_said(people: People) -> None:
    ann = signs_up(people)
    name = "web-" + hashlib.sha256(kept_token(ann).encode()).hexdigest()[:6]
    ann.commands(f"/msg NickServ TOKEN DEL {name}")
    ann.goes("NickServ")
    ann.sees("does not log in")
    ann.goes(people.channel)
    ann.page.reload()
    is_asked(ann)
    expect(ann.dialog).to_contain_text("not logged in any more")
    expect(ann.dialog).to_contain_text("Log in")
    logs_in(ann)
    ann.page.reload()
    is_back(ann, "here again")


@pytest.mark.parametrize("kept", ["{", "[]", '{"account":"ann","token":7}', '"x"', "null"])
def test_what_makes_no_sense_is_nothing(people: People, kept: str) -> None:
    ann = people.opens()
    ann.page.evaluate("(kept) => localStorage.setItem('ipc-chat.login', kept)", kept)
    ann.page.reload()
    expect(ann.page.locator("#welcome-nick")).to_be_focused()
    ann.enters()


def test_a_server_that_was_away_in_between(browser: Any, mortal: WebServer) -> None:
    people = People(browser, mortal)
    people.allowed = NO_CONNECTION
    ann = signs_up(people)
    ann.says("before")
    mortal.kill()
    mortal.start()
    ann.page.reload()
    is_back(ann, "behind")
    ann.sees("before")
    people.leave()


def test_a_guest_is_asked_as_before(people: People) -> None:
    ann = people.comes()
    ann.page.reload()
    is_asked(ann)
    expect(ann.page.locator("#welcome-nick")).to_have_value(ann.nick)


def base64_of(token: str) -> str:
    """The response of IRCV3BEARER."""
    return base64.b64encode(f"\0ipc\0{token}".encode()).decode()
