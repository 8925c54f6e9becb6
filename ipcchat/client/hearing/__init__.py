"""From lines of the server to events: one small function for each command, found in the table HEARERS.

Rules:
1. A function updates the View and returns the events; a line it cannot use (too few parameters, names we never heard
   of) is no event and no error, for a client must live with what servers send.
2. Only what people or programs would want to hear is an event; the rest (names lists, answers to WHO) only updates the
   View.
3. Lines of the past are heard with `hear_past` and change nothing that is so now.

    basis      what all functions share: times, tags
    messages   PRIVMSG, NOTICE, TAGMSG, REDACT, MARKREAD, WALLOPS
    channels   JOIN, PART, KICK, TOPIC, MODE, INVITE, RENAME and their numerics
    people     QUIT, NICK, AWAY, ACCOUNT, CHGHOST, SETNAME, METADATA, MONITOR, WHO and WHOIS numerics
    server     FAIL, WARN, NOTE, ERROR, all other numerics
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ipcchat.client import events
from ipcchat.client.events import Event
from ipcchat.client.hearing import channels, messages, people, server
from ipcchat.client.hearing.basis import Hearer, is_text, time_of
from ipcchat.client.hearing.messages import hear_said, hear_text
from ipcchat.client.view import View
from ipcchat.wire.message import Message, parse_source

__all__ = ["HEARERS", "hear", "hear_past", "hear_text", "is_text", "time_of"]

HEARERS: dict[str, Hearer] = {**messages.HEARERS, **channels.HEARERS, **people.HEARERS, **server.HEARERS}


def hear(view: View, message: Message, received: datetime) -> list[Event]:
    """The events in one line; `received` is used where the line has no time of its own."""
    command = message.command.upper()
    hearer = HEARERS.get(command, server.hear_numeric if command.isdigit() else None)
    if hearer is None:
        return []
    note_tags(view, message)
    try:
        return hearer(view, message, time_of(message, received))
    except (IndexError, ValueError):
        return []


def hear_past(view: View, target: str, lines: Iterable[Message], received: datetime) -> list[Event]:
    """The events in lines of the history of `target`: what people did, marked as missed."""
    past = view.past(target)
    heard: list[Event] = []
    for line in lines:
        if is_text(line):
            heard.append(hear_said(past, line, time_of(line, received), missed=True))
        else:
            acts = (event for event in hear(past, line, received) if isinstance(event, events.Act))
            heard += [replace(act, missed=True) for act in acts]
    return heard


def note_tags(view: View, message: Message) -> None:
    """Take over what the tags of a line tell about who caused it (IRCv3 account-tag, bot-mode, draft/oper-tag)."""
    tags = message.tags
    if not tags or not message.source or not ("account" in tags or "bot" in tags or "draft/oper" in tags):
        return
    person = view.known(parse_source(message.source).nick)
    if person is not None:
        person.account = tags.get("account", person.account)
        person.bot = person.bot or "bot" in tags
        person.operator = person.operator or "draft/oper" in tags
