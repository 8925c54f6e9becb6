"""What happens in sentences: each event a person should be told of, and those he should not; nothing of others raw."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ipcchat.cli.render import ChatLines
from ipcchat.cli.style import Style
from ipcchat.client import events
from ipcchat.client.events import Event, ModeChange, ModeKind
from ipcchat.dialogue.happenings import HAPPENINGS

TIME = datetime.now(UTC).astimezone().replace(hour=12, minute=3)
OP = ModeChange(added=True, letter="o", kind=ModeKind.MEMBER, argument="bob", symbol="@")
INVISIBLE = ModeChange(added=True, letter="i", kind=ModeKind.USER)
LOGGED_IN = ModeChange(added=True, letter="r", kind=ModeKind.USER)


@pytest.fixture
def lines() -> ChatLines:
    return ChatLines(Style(colours=False), lambda: "bob", lambda: "#lobby", lambda nick: nick == "ann")


SENTENCES: list[tuple[Event, str | None]] = [
    (events.Joined(time=TIME, channel="#lobby", nick="ann"), "ann joined"),
    (events.Joined(time=TIME, channel="#ops", nick="ann"), "ann joined #ops"),
    (events.Joined(time=TIME, channel="#lobby", nick="bob", mine=True), None),
    (events.Joined(time=TIME, channel="#lobby", nick="ann", netjoin=True), None),
    (events.Parted(time=TIME, channel="#lobby", nick="ann", reason="bye"), "ann left (bye)"),
    (events.Parted(time=TIME, channel="#lobby", nick="bob", mine=True), "you left #lobby"),
    (events.Kicked(time=TIME, channel="#lobby", nick="ann", by="eve"), "ann was put out of #lobby by eve"),
    (events.Kicked(time=TIME, channel="#lobby", nick="ann", by="eve", reason="be nice"),
     "ann was put out of #lobby by eve (be nice)"),
    (events.Kicked(time=TIME, channel="#lobby", nick="ann", by="eve", reason="eve"),
     "ann was put out of #lobby by eve"),
    (events.Kicked(time=TIME, channel="#lobby", nick="bob", by="eve", reason="out", mine=True),
     "you were put out of #lobby by eve (out)"),
    (events.Quit(time=TIME, nick="ann", reason="gone"), "ann left (gone)"),
    (events.Quit(time=TIME, nick="ann", reason="a b", netsplit=True), None),
    (events.Netsplit(time=TIME, servers=("a", "b"), nicks=tuple("uvwxyz1")),
     "servers lost each other; gone for now: u, v, w, x, y and 2 more"),
    (events.Netjoin(time=TIME, servers=("a", "b"), nicks=("ann",)), "servers found each other; back: ann"),
    (events.NickChanged(time=TIME, old="ann", new="anna"), "ann is anna now"),
    (events.NickChanged(time=TIME, old="bob", new="bobby", mine=True), "you are bobby now"),
    (events.TopicChanged(time=TIME, channel="#lobby", topic="Tea", by="ann"), "ann set the topic (12:03): Tea"),
    (events.TopicChanged(time=TIME, channel="#ops", topic="Tea", by="ann"), "ann set the topic of #ops (12:03): Tea"),
    (events.TopicChanged(time=TIME, channel="#lobby", topic="", by="ann"), "ann removed the topic (12:03)"),
    (events.ModeChanged(time=TIME, target="#lobby", channel="#lobby", modes="+o bob", by="ann", changes=(OP,)),
     "ann made bob an operator"),
    (events.ModeChanged(time=TIME, target="#ops", channel="#ops", modes="+o bob", by="ann", changes=(OP,)),
     "ann made bob an operator in #ops"),
    (events.ModeChanged(time=TIME, target="#lobby", channel="#lobby", modes="+?", by="ann"), "ann set mode +?"),
    (events.ModeChanged(time=TIME, target="bob", modes="+i", by="bob", changes=(INVISIBLE,)),
     "you are invisible to strangers"),
    (events.Invited(time=TIME, channel="#ops", by="ann"), "ann invites you: /join #ops"),
    (events.InvitedOther(time=TIME, channel="#lobby", nick="dan", by="ann"), "ann invited dan to #lobby"),
    (events.InvitedOther(time=TIME, channel="#lobby", nick="dan", by="bob", mine=True), None),
    (events.ChannelRenamed(time=TIME, old="#tea", new="#coffee", by="ann", reason="better"),
     "#tea is called #coffee now (by ann: better)"),
    (events.ChannelRenamed(time=TIME, old="#tea", new="#coffee", by="ann"), "#tea is called #coffee now (by ann)"),
    (events.ChannelRenamed(time=TIME, old="#tea", new="#coffee", by=""), "#tea is called #coffee now"),
    (events.Knocked(time=TIME, channel="#ops", nick="dan"), "dan asks to be let into #ops: /invite dan #ops"),
    (events.AwayChanged(time=TIME, nick="ann", away="lunch"), "ann is away (lunch)"),
    (events.AwayChanged(time=TIME, nick="ann", away="*"), "ann is away"),
    (events.AwayChanged(time=TIME, nick="ann", away=""), "ann is back"),
    (events.AwayChanged(time=TIME, nick="stranger", away="lunch"), None),
    (events.AwayChanged(time=TIME, nick="bob", away="lunch", mine=True), None),
    (events.IsAway(time=TIME, nick="eve", text="lunch"), "eve is away (lunch)"),
    (events.AccountChanged(time=TIME, nick="bob", account="bobby", mine=True), "you are logged in as bobby"),
    (events.AccountChanged(time=TIME, nick="bob", mine=True), "you are logged out"),
    (events.AccountChanged(time=TIME, nick="ann", account="x"), None),
    (events.HostChanged(time=TIME, nick="ann", user="a", host="b"), None),
    (events.RealnameChanged(time=TIME, nick="ann", realname="A"), None),
    (events.MetadataChanged(time=TIME, target="ann", key="a", value="b"), None),
    (events.MonitorOnline(time=TIME, nick="dan"), "dan is online"),
    (events.MonitorOffline(time=TIME, nick="dan"), "dan is offline"),
    (events.CallerIdBlocked(time=TIME, nick="dan"), None),
    (events.CallerIdBlocked(time=TIME, nick="dan", told=True), "dan was told that you want to talk"),
    (events.CallerIdWaiting(time=TIME, nick="dan"), "dan wants to talk to you: /raw ACCEPT dan"),
    (events.Reaction(time=TIME, target="#lobby", nick="ann", reaction="👍", tags={"+reply": "m0"}),
     "ann reacts with 👍"),
    (events.Reaction(time=TIME, target="#lobby", nick="ann", reaction="👍", removed=True), "ann takes back 👍"),
    (events.Redacted(time=TIME, target="#lobby", redacted="m0", by="ann", reason="spam"),
     "ann removed a message (spam)"),
    (events.Typing(time=TIME, target="#lobby", nick="ann", state="active"), None),
    (events.TagMessage(time=TIME, target="#lobby", nick="ann"), None),
    (events.Wallops(time=TIME, nick="ann", text="look out"), "ann to everybody: look out"),
    (events.Numeric(time=TIME, code="042", text="7AB your unique ID", params=("7AB", "your unique ID")),
     "7AB your unique ID"),
    (events.Numeric(time=TIME, code="221", text="+i", params=("+i",)), None),
    (events.ModeChanged(time=TIME, target="bob", modes="+r", by="bob", changes=(LOGGED_IN,)), None),
    (events.Numeric(time=TIME, code="328", text="#tea", params=("#tea",)), "#tea"),
    (events.StandardReply(time=TIME, kind="FAIL", command="JOIN", code="X", text="no"), "JOIN failed: no"),
    (events.StandardReply(time=TIME, kind="FAIL", command="*", code="X", text="no"), "the server refuses: no"),
    (events.StandardReply(time=TIME, kind="WARN", command="JOIN", code="X", text="slow"), "warning about JOIN: slow"),
    (events.StandardReply(time=TIME, kind="WARN", command="*", code="X", text="slow"), "warning: slow"),
    (events.StandardReply(time=TIME, kind="NOTE", command="*", code="X", text="hello"), "hello"),
    (events.ServerText(time=TIME, text="careful"), "careful"),
    (events.ServerError(time=TIME, text="Closing link"), "the server closes the connection (Closing link)"),
    (events.SupportChanged(time=TIME), None),
    (events.CapabilitiesChanged(time=TIME), None),
    (events.Disconnected(time=TIME, reason="cut", retry_seconds=1.0), "connection lost, trying again"),
    (events.Disconnected(time=TIME, reason="logging out", retry_seconds=1.0, deliberate=True), "logging out"),
    (events.Disconnected(time=TIME, reason="cut"), "connection lost (cut)"),
    (
        events.Distrusted(time=TIME, reason="the certificate has expired", fingerprint="SHA256:00"),
        "NOT CONNECTED: the certificate has expired; trying again",
    ),
    (events.CaughtUp(time=TIME, missed=3), "back, caught up (3 missed)"),
    (events.CaughtUp(time=TIME, missed=0), "back, caught up"),
    (events.Gap(time=TIME, channel="#ops", reason="lost"), "#ops: something may be missing here: lost"),
    (events.Gap(time=TIME, channel="*", reason="lost"), "something may be missing here: lost"),
]  # fmt: skip


@pytest.mark.parametrize(("event", "sentence"), SENTENCES)
def test_each_event_is_one_sentence_or_none(lines: ChatLines, event: Event, sentence: str | None) -> None:
    assert lines.lines(event) == ([f"-- {sentence}"] if sentence else [])


def test_every_sentence_of_the_table_is_tried() -> None:
    assert set(HAPPENINGS) == {type(event) for event, sentence in SENTENCES if sentence}


def test_messages_are_quoted_where_they_were_seen(lines: ChatLines) -> None:
    """IRCv3 +draft/react, draft/message-redaction: a msgid is never shown."""
    lines.lines(events.Message(time=TIME, target="#lobby", nick="eve", text="tea?", msgid="m1"))
    reaction = events.Reaction(time=TIME, target="#lobby", nick="ann", reaction="👍", tags={"+reply": "m1"})
    assert lines.lines(reaction) == ["-- ann reacts with 👍 to <eve> tea?"]
    redacted = events.Redacted(time=TIME, target="#lobby", redacted="m1", by="ann")
    assert lines.lines(redacted) == ["-- ann removed the message <eve> tea?"]


def test_that_somebody_is_away_is_told_once(lines: ChatLines) -> None:
    """RFC 2812 301 comes with every message to him."""
    away = events.IsAway(time=TIME, nick="ann", text="lunch")
    assert [lines.lines(away), lines.lines(away)] == [["-- ann is away (lunch)"], []]
    assert lines.lines(events.IsAway(time=TIME, nick="ann", text="asleep")) == ["-- ann is away (asleep)"]
    assert lines.lines(events.AwayChanged(time=TIME, nick="ann", away="")) == ["-- ann is back"]
    assert lines.lines(events.AwayChanged(time=TIME, nick="ann", away="asleep")) == ["-- ann is away (asleep)"]


def test_a_topic_of_another_day_has_its_date(lines: ChatLines) -> None:
    then = TIME - timedelta(days=400)
    (line,) = lines.lines(events.TopicChanged(time=then, channel="#lobby", topic="Tea", by="ann", missed=True))
    assert line == f"-- ann set the topic ({then.day} {then:%B %Y}, 12:03): Tea"


@pytest.mark.parametrize("event", [event for event, sentence in SENTENCES if sentence])
def test_nothing_of_others_reaches_the_terminal_raw(lines: ChatLines, event: Event) -> None:
    """Every text in every event, with an escape in it."""
    fields: dict[str, Any] = {name: getattr(event, name) for name in event.__dataclass_fields__}
    evil: dict[str, Any] = {
        name: f"{value}\x1b]0;x\x07" if isinstance(value, str) else value for name, value in fields.items()
    }
    evil |= {name: tuple(f"{nick}\x1b[2J" for nick in fields[name]) for name in ("nicks",) if name in fields}
    evil |= {name: fields[name] for name in ("kind", "code", "command") if name in fields}
    shown = lines.lines(type(event)(**evil))
    assert all(line.isprintable() for line in shown)
