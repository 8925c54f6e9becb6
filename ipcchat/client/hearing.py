"""From lines of the server to events: one small function for each command, found in the table HEARERS.

Rules:
1. A function updates the View and returns the events; a line it cannot use (too few parameters, names we never heard
   of) is no event and no error, for a client must live with what servers send.
2. Only what people or programs would want to hear is an event; the rest (names lists, mode lists) only updates the
   View.

Specifications: RFC 2812 3 and 5, Modern IRC, IRCv3 chghost and server-time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ipcchat.client import events
from ipcchat.client.events import Event
from ipcchat.client.view import View
from ipcchat.wire.casemap import FoldedDict
from ipcchat.wire.message import Message, WireError, parse_source
from ipcchat.wire.times import parse_time

ACTION = "\x01ACTION "
CHANNEL_NUMERICS_UNHEARD = frozenset({"315", "366", "333", "329", "368", "347", "349", "323", "321"})
FRAMING_TAGS = frozenset({"time", "msgid", "label", "batch"})
MEMBERS_MAX = 100_000
CHANNELS_MAX = 10_000

Hearer = Callable[[View, Message, datetime], list[Event]]


def hear(view: View, message: Message, received: datetime) -> list[Event]:
    """The events in one line; `received` is used where the line has no time of its own."""
    command = message.command.upper()
    hearer = HEARERS.get(command, hear_numeric if command.isdigit() else None)
    if hearer is None:
        return []
    try:
        return hearer(view, message, time_of(message, received))
    except IndexError:
        return []


def time_of(message: Message, received: datetime) -> datetime:
    """The time in the line's server-time tag, else `received`."""
    stamp = message.tags.get("time")
    if not stamp:
        return received
    try:
        return datetime.fromtimestamp(parse_time(stamp) / 1000, UTC)
    except WireError:
        return received


def hear_text(view: View, message: Message, time: datetime, missed: bool = False) -> events.Message:
    """A PRIVMSG or NOTICE as event, live or from history."""
    source = message.source or ""
    nick, text = parse_source(source).nick, message.params[1]
    kind = "notice" if message.command.upper() == "NOTICE" else "message"
    if text.startswith("\x01"):
        action = text.startswith(ACTION) and kind == "message"
        kind, text = ("action", text.removeprefix(ACTION).rstrip("\x01")) if action else ("ctcp", text.strip("\x01"))
    return events.Message(
        time=time,
        target=view.plain_target(message.params[0]),
        nick=nick,
        text=text,
        kind=kind,
        msgid=message.tags.get("msgid", ""),
        source=source,
        mine=view.was_me(nick) if missed else view.is_me(nick),
        missed=missed,
        tags={key: value for key, value in message.tags.items() if key not in FRAMING_TAGS},
        prefixes=view.channel_prefixes,
    )


def hear_message(view: View, message: Message, time: datetime) -> list[Event]:
    """PRIVMSG and NOTICE; what the server itself says is a ServerText."""
    event = hear_text(view, message, time)
    from_server = "!" not in event.source and (not event.source or "." in event.source or event.source == view.server)
    if from_server and event.channel is None and not event.mine:
        return [events.ServerText(time=time, text=event.text)]
    return [event]


def hear_join(view: View, message: Message, time: datetime) -> list[Event]:
    """Somebody joins; ourselves: the channel begins."""
    source, name = parse_source(message.source or ""), message.params[0]
    mine = view.is_me(source.nick)
    if mine and len(view.channels) < CHANNELS_MAX:
        view.enter(name)
        view.user, view.host = source.user or view.user, source.host or view.host
    room = view.channels.get(name)
    if room is None:
        return []
    if len(room.members) < MEMBERS_MAX:
        room.members[source.nick] = ""
    return [events.Joined(time=time, channel=room.name, nick=source.nick, mine=mine)]


def hear_part(view: View, message: Message, time: datetime) -> list[Event]:
    """Somebody leaves a channel."""
    room = view.channels.get(message.params[0])
    if room is None:
        return []
    nick = parse_source(message.source or "").nick
    mine, reason = view.is_me(nick), "".join(message.params[1:2])
    view.leave(room.name, nick)
    return [events.Parted(time=time, channel=room.name, nick=nick, reason=reason, mine=mine)]


def hear_kick(view: View, message: Message, time: datetime) -> list[Event]:
    """Somebody is put out of a channel."""
    room, nick = view.channels.get(message.params[0]), message.params[1]
    if room is None:
        return []
    mine, reason = view.is_me(nick), "".join(message.params[2:3])
    view.leave(room.name, nick)
    by = parse_source(message.source or "").nick
    return [events.Kicked(time=time, channel=room.name, nick=nick, by=by, reason=reason, mine=mine)]


def hear_quit(view: View, message: Message, time: datetime) -> list[Event]:
    """Somebody leaves the server."""
    nick = parse_source(message.source or "").nick
    channels = view.gone(nick)
    return [events.Quit(time=time, nick=nick, reason="".join(message.params[:1]), channels=channels)]


def hear_nick(view: View, message: Message, time: datetime) -> list[Event]:
    """Somebody, perhaps we, has another nick."""
    old, new = parse_source(message.source or "").nick, message.params[0]
    mine = view.is_me(old)
    view.renamed(old, new)
    return [events.NickChanged(time=time, old=old, new=new, mine=mine)]


def hear_chghost(view: View, message: Message, time: datetime) -> list[Event]:
    """Our own user or host are others; other people's are not kept (IRCv3 chghost)."""
    if view.is_me(parse_source(message.source or "").nick):
        view.user, view.host = message.params[0], message.params[1]
    return []


def hear_topic(view: View, message: Message, time: datetime) -> list[Event]:
    """A topic is set or removed."""
    room = view.channels.get(message.params[0])
    if room is None:
        return []
    room.topic = message.params[1]
    return [
        events.TopicChanged(time=time, channel=room.name, topic=room.topic, by=parse_source(message.source or "").nick)
    ]


def hear_topic_reply(view: View, message: Message, time: datetime) -> list[Event]:
    """332 RPL_TOPIC and 331 RPL_NOTOPIC: the topic as it is."""
    room = view.channels.get(message.params[1])
    if room is not None:
        room.topic = message.params[2] if message.command == "332" else ""
    return []


def hear_names(view: View, message: Message, time: datetime) -> list[Event]:
    """353 RPL_NAMREPLY: members with prefixes (several with multi-prefix; a source with userhost-in-names)."""
    room = view.channels.get(message.params[2])
    if room is None:
        return []
    if room.naming is None:
        room.naming = FoldedDict(mapping=view.mapping)
    prefixes = view.classes.symbols
    for word in message.params[3].split():
        name = word.lstrip(prefixes)
        if name and len(room.naming) < MEMBERS_MAX:
            room.naming[parse_source(name).nick] = word[: len(word) - len(name)]
    return []


def hear_end_of_names(view: View, message: Message, time: datetime) -> list[Event]:
    """366 RPL_ENDOFNAMES: the list that came is the whole one."""
    room = view.channels.get(message.params[1])
    if room is not None and room.naming is not None:
        room.members, room.naming = room.naming, None
    return []


def hear_mode(view: View, message: Message, time: datetime) -> list[Event]:
    """Modes of a channel or of ourselves."""
    target = message.params[0]
    room = view.channels.get(target)
    if room is not None:
        view.change_modes(room, message.params[1:])
    by = parse_source(message.source or "").nick
    return [
        events.ModeChanged(time=time, target=room.name if room else target, modes=" ".join(message.params[1:]), by=by)
    ]


def hear_modes_reply(view: View, message: Message, time: datetime) -> list[Event]:
    """324 RPL_CHANNELMODEIS: a channel's modes as they are."""
    room = view.channels.get(message.params[1])
    if room is not None:
        room.modes.clear()
        view.change_modes(room, message.params[2:])
    return []


def hear_invite(view: View, message: Message, time: datetime) -> list[Event]:
    """Somebody invites us."""
    if not view.is_me(message.params[0]):
        return []
    return [events.Invited(time=time, channel=message.params[1], by=parse_source(message.source or "").nick)]


def hear_server_words(view: View, message: Message, time: datetime) -> list[Event]:
    """The standard replies FAIL, WARN and NOTE: the last parameter is for people. Only a FAIL has a code,
    for it answers a command."""
    code = message.params[1] if message.command.upper() == "FAIL" else ""
    return [events.ServerText(time=time, text=message.params[-1], code=code)]


def hear_numeric(view: View, message: Message, time: datetime) -> list[Event]:
    """Any other numeric is text for people."""
    if message.command in CHANNEL_NUMERICS_UNHEARD:
        return []
    return [events.ServerText(time=time, text=" ".join(message.params[1:]), code=message.command)]


HEARERS: dict[str, Hearer] = {
    "PRIVMSG": hear_message,
    "NOTICE": hear_message,
    "JOIN": hear_join,
    "PART": hear_part,
    "KICK": hear_kick,
    "QUIT": hear_quit,
    "NICK": hear_nick,
    "CHGHOST": hear_chghost,
    "TOPIC": hear_topic,
    "331": hear_topic_reply,
    "332": hear_topic_reply,
    "353": hear_names,
    "366": hear_end_of_names,
    "MODE": hear_mode,
    "324": hear_modes_reply,
    "INVITE": hear_invite,
    "FAIL": hear_server_words,
    "WARN": hear_server_words,
    "NOTE": hear_server_words,
}
