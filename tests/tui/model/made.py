"""Events and entries that are made by hand, for tests of the model that need no conversation."""

from __future__ import annotations

from datetime import datetime, timedelta

from ipcchat.client.events import Edited, Message, Reaction, Redacted
from ipcchat.tui.model.entries import Said
from tests.client.play import START


def moment(seconds: float = 0) -> datetime:
    """A time after the beginning of all plays."""
    return START + timedelta(seconds=seconds)


def message(
    text: str,
    *,
    msgid: str = "",
    nick: str = "bob",
    target: str = "#tea",
    seconds: float = 0,
    time: datetime | None = None,
    kind: str = "message",
    mine: bool = False,
    missed: bool = False,
    tags: dict[str, str] | None = None,
) -> Message:
    """Somebody says something."""
    return Message(
        time=time or moment(seconds),
        target=target,
        nick=nick,
        text=text,
        msgid=msgid,
        kind=kind,
        mine=mine,
        missed=missed,
        tags=tags or {},
    )


def said(number: int, *, nick: str = "bob", reply_to: str = "", mentions: bool = False) -> Said:
    """The message number `number` of a channel, said at that second."""
    tags = {"+reply": reply_to} if reply_to else {}
    entry = message(f"text {number}", msgid=f"m{number}", nick=nick, seconds=number, mine=nick == "ann", tags=tags)
    return Said(time=entry.time, message=entry, mentions=mentions)


def edited(text: str, original: str, msgid: str = "", seconds: float = 4) -> Edited:
    """The author gives a message another text."""
    return Edited(time=moment(seconds), target="#tea", nick="bob", text=text, original=original, msgid=msgid)


def reaction(msgid: str, sign: str, nick: str = "eve", *, removed: bool = False, mine: bool = False) -> Reaction:
    """Somebody reacts to a message."""
    tags = {"+reply": msgid}
    return Reaction(time=moment(5), target="#tea", nick=nick, reaction=sign, removed=removed, mine=mine, tags=tags)


def redacted(msgid: str, by: str = "bob") -> Redacted:
    """A message is deleted."""
    return Redacted(time=moment(6), target="#tea", redacted=msgid, by=by, channel="#tea")
