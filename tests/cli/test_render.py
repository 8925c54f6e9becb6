"""Events as lines: what people said stands out, what others sent is harmless, what a script reads is stable."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.cli.render import ChatLines, TailLines, mentions
from ipcchat.cli.style import Style
from ipcchat.client import events

TIME = datetime.now(UTC).astimezone().replace(hour=12, minute=3, second=9, microsecond=678_000)
CLOCK = f"{TIME:%H:%M}"


def said(text: str = "hello", **fields: object) -> events.Message:
    return events.Message(**{"time": TIME, "target": "#lobby", "nick": "ann", "text": text, **fields})  # type: ignore[arg-type]


@pytest.fixture
def lines() -> ChatLines:
    return ChatLines(Style(colours=False), lambda: "bob", lambda: "#lobby")


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (said(), "<ann> hello"),
        (said(kind="action", text="waves"), "* ann waves"),
        (said(kind="notice"), "-ann- hello"),
        (said(target="bob"), "<ann to you> hello"),
        (said(target="eve", nick="bob", mine=True), "<bob to eve> hello"),
        (said(target="#ops"), "#ops <ann> hello"),
        (said("\x02bold\x02 \x1b[2J", nick="a\x1bnn"), "<a␛nn> bold ␛[2J"),
    ],
)
def test_messages(lines: ChatLines, message: events.Message, line: str) -> None:
    assert lines.lines(message) == [f"[{CLOCK}] {line}"]


def test_an_answer_of_a_program_to_a_program_is_not_shown(lines: ChatLines) -> None:
    assert lines.lines(said(kind="ctcp")) == []


def test_a_new_day_has_its_date(lines: ChatLines) -> None:
    yesterday = TIME - timedelta(days=1)
    shown = [line for time in (yesterday, yesterday, TIME, TIME) for line in lines.lines(said(time=time))]
    dates = [line for line in shown if line.startswith("--")]
    assert dates == [f"-- {day:%A}, {day.day} {day:%B %Y}" for day in (yesterday, TIME)]
    assert shown[0] == dates[0] and shown[3] == dates[1]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (events.Joined(time=TIME, channel="#lobby", nick="ann"), "-- ann joined"),
        (events.Joined(time=TIME, channel="#ops", nick="ann"), "-- ann joined #ops"),
        (events.Joined(time=TIME, channel="#lobby", nick="bob", mine=True), None),
        (events.Parted(time=TIME, channel="#lobby", nick="ann", reason="bye"), "-- ann left (bye)"),
        (events.Parted(time=TIME, channel="#lobby", nick="bob", mine=True), "-- you left #lobby"),
        (events.Kicked(time=TIME, channel="#lobby", nick="ann", by="eve"), "-- ann was put out of #lobby by eve"),
        (
            events.Kicked(time=TIME, channel="#lobby", nick="bob", by="eve", mine=True),
            "-- you were put out of #lobby by eve",
        ),
        (events.Quit(time=TIME, nick="ann", reason="gone"), "-- ann left (gone)"),
        (events.NickChanged(time=TIME, old="ann", new="anna"), "-- ann is anna now"),
        (events.NickChanged(time=TIME, old="bob", new="bobby", mine=True), "-- you are bobby now"),
        (events.TopicChanged(time=TIME, channel="#lobby", topic="Tea", by="ann"), "-- ann set the topic: Tea"),
        (events.TopicChanged(time=TIME, channel="#lobby", topic="", by="ann"), "-- ann removed the topic"),
        (events.ModeChanged(time=TIME, target="#lobby", modes="+o bob", by="ann"), "-- ann set mode +o bob on #lobby"),
        (events.Invited(time=TIME, channel="#ops", by="ann"), "-- ann invites you: /join #ops"),
        (events.ServerText(time=TIME, text="careful"), "-- careful"),
        (events.ServerText(time=TIME, text="x", code="305"), None),
        (events.Connected(time=TIME, nick="bob"), None),
        (events.Disconnected(time=TIME, reason="cut", retry_seconds=1.0), "-- connection lost, trying again"),
        (events.Disconnected(time=TIME, reason="cut"), "-- connection lost (cut)"),
        (events.CaughtUp(time=TIME, missed=3), "-- back, caught up (3 missed)"),
        (events.Gap(time=TIME, channel="#ops", reason="lost"), "-- #ops: something may be missing here: lost"),
    ],
)
def test_what_happened_is_one_quiet_line(lines: ChatLines, event: events.Event, line: str | None) -> None:
    assert lines.lines(event) == ([line] if line else [])


def test_colours_are_a_coat_over_the_same_text(lines: ChatLines) -> None:
    coloured = ChatLines(Style(colours=True), lambda: "bob", lambda: "#lobby").lines(said("hello bob"))
    assert coloured == [f"\x1b[2m[{CLOCK}]\x1b[0m <\x1b[35mann\x1b[0m> \x1b[1;33mhello bob\x1b[0m"]


@given(st.text(), st.text(), st.sampled_from(["message", "notice", "action"]))
def test_no_text_of_others_reaches_the_terminal_raw(nick: str, text: str, kind: str) -> None:
    shown = ChatLines(Style(colours=False), lambda: "bob", lambda: "#lobby").lines(said(text, nick=nick, kind=kind))
    assert not any(character < " " or "\x7f" <= character < "\xa0" for line in shown for character in line)


@pytest.mark.parametrize(
    ("text", "found"),
    [("bob: hi", True), ("hi BOB!", True), ("bobby", False), ("kebob", False), ("bob-2", False), ("", False)],
)
def test_a_mention_is_a_word_of_its_own(text: str, found: bool) -> None:
    assert mentions(text, "bob") is found


def test_tail_lines() -> None:
    plain = TailLines(Style(colours=False), as_json=False)
    assert plain.line(said("a\x1bb")) == f"{TIME:%Y-%m-%d %H:%M:%S} <ann> a␛b"


def test_tail_lines_for_programs_have_the_text_as_it_was_sent() -> None:
    line = TailLines(Style(colours=False), as_json=True).line(said("a\x1b\u202eb", msgid="m1"))
    assert line.isascii() and line.isprintable()
    stamp = TIME.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert json.loads(line) == {
        "time": stamp,
        "nick": "ann",
        "target": "#lobby",
        "text": "a\x1b\u202eb",
        "msgid": "m1",
        "kind": "message",
    }
