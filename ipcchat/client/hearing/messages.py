"""Lines that people write or signal by.

Specifications: RFC 2812 3.3 and 4.7, CTCP, IRCv3 message-tags (TAGMSG), client tags +typing, +draft/react and
+draft/edit, draft/message-redaction, draft/message-edit, draft/read-marker.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ipcchat.client import events
from ipcchat.client.events import Event
from ipcchat.client.hearing.basis import ActFields, Hearer, act, nick_of
from ipcchat.client.view import View
from ipcchat.wire.message import Message, WireError
from ipcchat.wire.times import parse_time

ACTION = "\x01ACTION "
EDITS = "draft/message-edit"
EDIT_TAG = "+draft/edit"
TYPING_STATES = ("active", "paused", "done")


class AddressedFields(ActFields):
    """The fields of events.Addressed."""

    target: str
    nick: str
    status: str
    mine: bool
    prefixes: str


def addressed(view: View, message: Message, time: datetime, missed: bool = False) -> AddressedFields:
    """The fields that everything with a target has."""
    nick = nick_of(message)
    status, target = view.support.split_target(message.params[0])
    return {
        **act(message, time),
        "target": target,
        "nick": nick,
        "status": status,
        "mine": view.was_me(nick) if missed else view.is_me(nick),
        "prefixes": view.support.channel_prefixes,
    }


def hear_text(view: View, message: Message, time: datetime, missed: bool = False) -> events.Message:
    """A PRIVMSG or NOTICE as event, live or from history."""
    kind, text = kind_of(message.command.upper(), message.params[1])
    return events.Message(**addressed(view, message, time, missed), text=text, kind=kind, missed=missed)


def hear_said(view: View, message: Message, time: datetime, missed: bool = False) -> events.Message | events.Edited:
    """A PRIVMSG or NOTICE as a message, or as another text for one: where the server looks after who may do that."""
    said, original = hear_text(view, message, time, missed), message.tags.get(EDIT_TAG, "")
    if not original or EDITS not in view.enabled:
        return said
    fields = addressed(view, message, time, missed)
    return events.Edited(**fields, original=original, text=said.text, kind=said.kind, missed=missed)


def kind_of(command: str, text: str) -> tuple[str, str]:
    """What kind of message it is, and its text without the framing of CTCP."""
    if not text.startswith("\x01"):
        return "notice" if command == "NOTICE" else "message", text
    if command == "NOTICE":
        return "ctcp-reply", text.strip("\x01")
    if text.startswith(ACTION):
        return "action", text.removeprefix(ACTION).rstrip("\x01")
    return "ctcp", text.strip("\x01")


def hear_message(view: View, message: Message, time: datetime) -> list[Event]:
    """PRIVMSG and NOTICE; what the server itself says is a ServerText."""
    event = hear_said(view, message, time)
    from_server = "!" not in event.source and (not event.source or "." in event.source or event.source == view.server)
    if from_server and event.channel is None and not event.mine:
        return [events.ServerText(time=time, text=event.text)]
    return [event]


def hear_tag_message(view: View, message: Message, time: datetime) -> list[Event]:
    """TAGMSG: somebody types, reacts, or something we do not know."""
    fields = addressed(view, message, time)
    tags = message.tags
    typing = tags.get("+typing", "") or tags.get("+draft/typing", "")
    if typing in TYPING_STATES:
        return [events.Typing(**fields, state=typing)]
    removed = "+draft/unreact" in tags
    reaction = tags.get("+draft/unreact" if removed else "+draft/react", "")
    if reaction and (tags.get("+reply") or tags.get("+draft/reply")):
        return [events.Reaction(**fields, reaction=reaction, removed=removed)]
    return [events.TagMessage(**fields)]


def hear_redact(view: View, message: Message, time: datetime) -> list[Event]:
    """REDACT target msgid [reason]."""
    target, redacted, reason = message.params[0], message.params[1], "".join(message.params[2:3])
    channel = target if view.support.is_channel(target) else None
    by = nick_of(message)
    return [
        events.Redacted(**act(message, time), target=target, redacted=redacted, by=by, reason=reason, channel=channel)
    ]


def hear_read_mark(view: View, message: Message, time: datetime) -> list[Event]:
    """MARKREAD target timestamp=...; * when nothing was read."""
    until = read_until(message.params[1])
    return [events.ReadMarked(time=time, target=message.params[0], until=until)]


def read_until(written: str) -> datetime | None:
    """The time in timestamp=...; None for * and what is no time."""
    try:
        return datetime.fromtimestamp(parse_time(written.removeprefix("timestamp=")) / 1000, UTC)
    except WireError:
        return None


def hear_wallops(view: View, message: Message, time: datetime) -> list[Event]:
    """WALLOPS."""
    return [events.Wallops(**act(message, time), nick=nick_of(message), text=message.params[0])]


HEARERS: dict[str, Hearer] = {
    "PRIVMSG": hear_message,
    "NOTICE": hear_message,
    "TAGMSG": hear_tag_message,
    "REDACT": hear_redact,
    "MARKREAD": hear_read_mark,
    "WALLOPS": hear_wallops,
}
