"""Events as lines: what people said stands out, what others sent is harmless, what a script reads is stable."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.cli.render import ChatLines, TailLines
from ipcchat.cli.style import Style
from ipcchat.client import events

TIME = datetime.now(UTC).astimezone().replace(hour=12, minute=3, second=9, microsecond=678_000)
CLOCK = f"{TIME:%H:%M}"


def said(text: str = "hello", **fields: object) -> events.Message:
    return events.Message(**{"time": TIME, "target": "#lobby", "nick": "ann", "text": text, **fields})  # type: ignore[arg-type]


@pytest.fixture
def lines() -> ChatLines:
    return ChatLines(Style(colours=False), lambda: "bob", lambda: "#lobby", lambda nick: nick == "ann")


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (said(), "<ann> hello"),
        (said(kind="action", text="waves"), "* ann waves"),
        (said(kind="notice"), "-ann- hello"),
        (said(target="bob"), "<ann to you> hello"),
        (said(target="eve", nick="bob", mine=True), "<bob to eve> hello"),
        (said(target="bob", kind="notice"), "-ann to you- hello"),
        (said(target="bob", kind="notice", tags={"+channel-context": "#ops"}), "#ops -ann to you- hello"),
        (said(target="bob", tags={"+channel-context": "#lobby"}), "<ann to you> hello"),
        (said(target="#ops"), "#ops <ann> hello"),
        (said(status="@"), "@#lobby <ann> hello"),
        (said("\x02bold\x02 \x1b[2J", nick="a\x1bnn"), "<a␛nn> bold ␛[2J"),
    ],
)
def test_messages(lines: ChatLines, message: events.Message, line: str) -> None:
    """IRCv3 +channel-context, Modern IRC STATUSMSG, CTCP ACTION."""
    assert lines.lines(message) == [f"[{CLOCK}] {line}"]


def test_who_talks_to_one_person_sees_no_more_than_names() -> None:
    talk = ChatLines(Style(colours=False), lambda: "bob", lambda: "ann")
    assert talk.lines(said(target="bob")) == [f"[{CLOCK}] <ann> hello"]
    assert talk.lines(said(target="ann", nick="bob", mine=True)) == [f"[{CLOCK}] <bob> hello"]
    assert talk.lines(said(target="bob", nick="eve")) == [f"[{CLOCK}] <eve to you> hello"]


def test_a_message_of_several_lines_stands_under_its_first(lines: ChatLines) -> None:
    """IRCv3 draft/multiline."""
    assert lines.lines(said("one\n\x1b[2J\n  three")) == [
        f"[{CLOCK}] <ann> one",
        "        ␛[2J",
        "          three",
    ]


def test_what_a_message_answers_is_quoted_where_it_was_seen(lines: ChatLines) -> None:
    """IRCv3 +reply; a msgid is never shown."""
    lines.lines(said("tea? " * 30, nick="eve", msgid="m1"))
    quote, answer = lines.lines(said("yes", tags={"+reply": "m1"}))
    assert quote.startswith("        > <eve> tea? tea?") and quote.endswith("…") and len(quote) < 80
    assert answer == f"[{CLOCK}] <ann> yes"
    assert lines.lines(said("yes", tags={"+reply": "m0"})) == [f"[{CLOCK}] <ann> yes"]


@pytest.mark.parametrize("kind", ["ctcp", "ctcp-reply"])
def test_what_programs_ask_each_other_is_not_shown(lines: ChatLines, kind: str) -> None:
    assert lines.lines(said(kind=kind)) == []


def test_a_new_day_has_its_date(lines: ChatLines) -> None:
    yesterday = TIME - timedelta(days=1)
    shown = [line for time in (yesterday, yesterday, TIME, TIME) for line in lines.lines(said(time=time))]
    dates = [line for line in shown if line.startswith("--")]
    assert dates == [f"-- {day:%A}, {day.day} {day:%B %Y}" for day in (yesterday, TIME)]
    assert shown[0] == dates[0] and shown[3] == dates[1]


def test_what_happened_is_one_quiet_line(lines: ChatLines) -> None:
    assert lines.lines(events.Invited(time=TIME, channel="#ops", by="ann")) == ["-- ann invites you: /join #ops"]
    assert lines.lines(events.Connected(time=TIME, nick="bob")) == []


def test_colours_are_a_coat_over_the_same_text(lines: ChatLines) -> None:
    coloured = ChatLines(Style(colours=True), lambda: "bob", lambda: "#lobby").lines(said("hello bob"))
    assert coloured == [f"\x1b[2m[{CLOCK}]\x1b[0m <\x1b[35mann\x1b[0m> \x1b[1;33mhello bob\x1b[0m"]


@given(st.text(), st.text(), st.sampled_from(["message", "notice", "action"]))
def test_no_text_of_others_reaches_the_terminal_raw(nick: str, text: str, kind: str) -> None:
    shown = ChatLines(Style(colours=False), lambda: "bob", lambda: "#lobby").lines(said(text, nick=nick, kind=kind))
    assert not any(character < " " or "\x7f" <= character < "\xa0" for line in shown for character in line)


def test_an_edit_stands_below_what_it_changes() -> None:
    """Later answers quote the new text."""
    lines = ChatLines(Style(colours=False), lambda: "bob", lambda: "#lobby")
    lines.lines(said("tee?", msgid="m1"))
    edited = events.Edited(
        time=TIME, target="#lobby", nick="ann", source="ann!a@a", original="m1", text="tea?", msgid="m2"
    )
    assert lines.lines(edited) == ["        > <ann> tee?", f"[{TIME.astimezone():%H:%M}] <ann> tea? (edited)"]
    assert lines.quotation("m1") == "<ann> tea?"
    several = replace(edited, text="tea\nor coffee?", original="unseen")
    assert lines.lines(several) == [f"[{TIME.astimezone():%H:%M}] <ann> tea", "        or coffee? (edited)"]


def test_what_is_gone_is_quoted_no_more(lines: ChatLines) -> None:
    """draft/message-redaction."""
    lines.lines(said("my password", msgid="m1"))
    redacted = events.Redacted(time=TIME, target="#lobby", redacted="m1", by="ann", channel="#lobby")
    assert lines.lines(redacted) == ["-- ann removed the message <ann> my password"]
    assert lines.lines(said("what?", tags={"+reply": "m1"})) == [f"[{CLOCK}] <ann> what?"]


@pytest.mark.parametrize(("target", "where"), [("#lobby", ""), ("#ops", " #ops")])
def test_a_pin_is_told_with_the_message(lines: ChatLines, target: str, where: str) -> None:
    """docs/messages.md: the server's tag says which."""
    lines.lines(said("rules", msgid="m1"))
    text = f"eve pinned a message; PINS {target} shows them"
    pinned = said(text, nick="chat.local", kind="notice", target=target, tags={"ipc-chat/pin": "m1"})
    assert lines.lines(pinned) == [f"-- eve pinned a message{where}: <ann> rules; /pins shows them"]
    unknown = replace(pinned, tags={"ipc-chat/unpin": "m0"})
    assert lines.lines(unknown) == [f"-- eve pinned a message{where}; /pins shows them"]


def test_tail_lines() -> None:
    plain = TailLines(Style(colours=False), as_json=False)
    assert plain.line(said("a\x1bb")) == f"{TIME:%Y-%m-%d %H:%M:%S} <ann> a␛b"
    stamp = f"{TIME:%Y-%m-%d %H:%M:%S}"
    assert plain.line(said("one\ntwo")) == f"{stamp} <ann> one\n{stamp} <ann> two"
    assert "\n" not in TailLines(Style(colours=False), as_json=True).line(said("one\ntwo"))
    everywhere = TailLines(Style(colours=False), as_json=False, names_channel=True)
    assert everywhere.line(said()) == f"{stamp} #lobby <ann> hello"
    assert everywhere.line(said(target="bob")) == f"{stamp} <ann to you> hello"


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
