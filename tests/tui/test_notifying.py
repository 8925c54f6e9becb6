"""When our user is called, and that what the terminal is sent for it can be nothing else than a notification."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.client.events import Message
from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.entries import Said
from ipcchat.tui.model.network import Alert
from ipcchat.tui.notifying import Notifier, best_way, harmless, should_notify
from ipcchat.tui.settings import Notifications

NOW = datetime(2026, 11, 23, 17, 3, tzinfo=UTC)
PLAIN = Notifications(bell=False, desktop="osc9")
TEA, BOB = Buffer("work", "#tea", Kind.CHANNEL), Buffer("work", "bob", Kind.PERSON)
ASKED_FOR = re.compile(
    "(\x1b\\]9;[^\x00-\x1f\x7f-\x9f;]*\x07|\x1b\\]777;notify;[^\x00-\x1f\x7f-\x9f;]*;[^\x00-\x1f\x7f-\x9f;]*\x07)"
)


def alert(text: str = "ann: lunch?", nick: str = "bob", buffer: Buffer = TEA) -> Alert:
    message = Message(time=NOW, text=text, nick=nick, target=buffer.name)
    return Alert(buffer, Said(time=NOW, message=message, mentions=True))


@pytest.mark.parametrize(
    ("looked_at", "focused", "only_unfocused", "calls"),
    [
        (TEA, False, True, True),
        (BOB, False, True, True),
        (TEA, True, True, False),
        (BOB, True, True, False),
        (TEA, True, False, False),
        (BOB, True, False, True),
        (TEA, None, True, False),
        (BOB, None, True, True),
        (None, None, True, True),
    ],
)
def test_who_looks_elsewhere_is_called(looked_at, focused, only_unfocused, calls):
    wanted = replace(PLAIN, only_unfocused=only_unfocused)
    assert should_notify(alert(), looked_at, focused, wanted) is calls


def test_what_our_user_does_not_want_does_not_call():
    assert should_notify(alert(buffer=BOB), None, False, replace(PLAIN, mentions=False))
    assert not should_notify(alert(buffer=BOB), None, False, replace(PLAIN, private=False))
    assert should_notify(alert(), None, False, replace(PLAIN, private=False))
    assert not should_notify(alert(), None, False, replace(PLAIN, mentions=False))


def test_what_is_muted_does_not_call():
    muted = Buffer("work", "#tea", Kind.CHANNEL, muted=True)
    assert not should_notify(Alert(muted, alert().said), None, False, PLAIN)


def test_the_terminal_is_asked_in_the_way_that_was_wanted():
    def sent(desktop: str, bell: bool = False, **environment: str) -> str:
        return Notifier(Notifications(bell=bell, desktop=desktop), environment).call(alert("lunch?"), 0.0)

    assert sent("osc9") == "\x1b]9;bob in #tea: lunch?\a"
    assert sent("osc777") == "\x1b]777;notify;bob in #tea;lunch?\a"
    assert sent("both") == sent("osc9") + sent("osc777")
    assert sent("off") == "" and sent("off", bell=True) == "\a"
    assert sent("auto", TERM="xterm-256color") == sent("osc9")
    assert sent("auto", TERM="foot", bell=True) == sent("osc777") + "\a"


@pytest.mark.parametrize(
    ("environment", "way"),
    [
        ({}, "osc9"),
        ({"TERM": "xterm-kitty"}, "osc9"),
        ({"TERM": "rxvt-unicode-256color"}, "osc777"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7000"}, "osc777"),
    ],
)
def test_a_terminal_is_known_by_its_environment(environment, way):
    assert best_way(environment) == way


def test_in_a_conversation_its_name_is_not_said_twice():
    assert Notifier(PLAIN, {}).call(alert("hello", buffer=BOB), 0.0) == "\x1b]9;bob: hello\a"


def test_tmux_is_asked_to_pass_it_on_and_rings_itself():
    notifier = Notifier(replace(PLAIN, bell=True), {"TMUX": "/tmp/tmux-1000/default,1,0"})
    assert notifier.call(alert("lunch?"), 0.0) == "\x1bPtmux;\x1b\x1b]9;bob in #tea: lunch?\a\x1b\\\a"


def test_the_rest_of_a_flood_is_counted():
    notifier = Notifier(PLAIN, {})
    assert notifier.call(alert("one"), 10.0) != ""
    assert [notifier.call(alert("more"), 10.0 + number / 10) for number in range(15)] == [""] * 15
    assert notifier.call(alert("last"), 12.0) == "\x1b]9;bob in #tea (and 15 more): last\a"
    assert notifier.call(alert("later"), 14.0) == "\x1b]9;bob in #tea: later\a"


@given(st.text(), st.text(), st.sampled_from(["osc9", "osc777"]))
def test_what_others_write_ends_no_sequence_and_begins_none(text, nick, desktop):
    sent = Notifier(Notifications(bell=False, desktop=desktop), {}).call(alert(text, nick), 0.0)
    assert ASKED_FOR.fullmatch(sent)


@pytest.mark.parametrize(
    "text", ["a\x1b]52;c;AAAA\x07b", "4;1;50", "\x9d777;notify;x\x9c", "one\ntwo\r\nthree\t", "\u202eabc"]
)
def test_hostile_texts_are_letters_only(text):
    made = harmless(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f;\u202e]", made) and made


def test_a_long_text_is_cut():
    assert harmless("x" * 100_000) == "x" * 199 + "\u2026"
    assert harmless("one  two\nthree") == "one two three"
