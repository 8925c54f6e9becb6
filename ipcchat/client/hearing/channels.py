"""Lines about channels: who comes and goes, topics, modes, names.

Specifications: RFC 2812 3.2 and 5.1, Modern IRC "Channel Operations", IRCv3 extended-join, away-notify (on joining),
invite-notify, multi-prefix, userhost-in-names, draft/channel-rename; KNOCK (710) as in Solanum and InspIRCd.
"""

from __future__ import annotations

from datetime import datetime

from ipcchat.client import events
from ipcchat.client.events import Event
from ipcchat.client.hearing.basis import Hearer, act, nick_of, unix_time
from ipcchat.client.support import user_changes
from ipcchat.client.view import View
from ipcchat.wire.message import Message, parse_source


def hear_join(view: View, message: Message, time: datetime) -> list[Event]:
    """Somebody joins; ourselves: the channel begins. With extended-join his account and real name stand there too."""
    name, nick = message.params[0], nick_of(message)
    mine = view.is_me(nick)
    if mine:
        view.enter(name)
    room = view.channels.get(name)
    if room is None:
        return []
    person = view.add_member(room, message.source or "")
    if person.away is None and "away-notify" in view.enabled:
        person.away = ""
    fields = act(message, time)
    if len(message.params) >= 3:
        person.account, person.realname = without_star(message.params[1]), message.params[2]
        fields["account"] = person.account
    return [events.Joined(**fields, channel=room.name, nick=nick, realname=person.realname or "", mine=mine)]


def without_star(name: str) -> str:
    """A name where "*" means that there is none."""
    return "" if name == "*" else name


def hear_part(view: View, message: Message, time: datetime) -> list[Event]:
    """Somebody leaves a channel."""
    room = view.channels.get(message.params[0])
    if room is None:
        return []
    nick = nick_of(message)
    mine, reason = view.is_me(nick), "".join(message.params[1:2])
    view.leave(room.name, nick)
    return [events.Parted(**act(message, time), channel=room.name, nick=nick, reason=reason, mine=mine)]


def hear_kick(view: View, message: Message, time: datetime) -> list[Event]:
    """Somebody is put out of a channel."""
    room, nick = view.channels.get(message.params[0]), message.params[1]
    if room is None:
        return []
    mine, reason = view.is_me(nick), "".join(message.params[2:3])
    view.leave(room.name, nick)
    by = nick_of(message)
    return [events.Kicked(**act(message, time), channel=room.name, nick=nick, by=by, reason=reason, mine=mine)]


def hear_topic(view: View, message: Message, time: datetime) -> list[Event]:
    """A topic is set or removed."""
    room = view.channels.get(message.params[0])
    if room is None:
        return []
    by, topic = nick_of(message), message.params[1]
    room.set_topic(topic, by, time)
    return [events.TopicChanged(**act(message, time), channel=room.name, topic=topic, by=by, mine=view.is_me(by))]


def hear_topic_reply(view: View, message: Message, time: datetime) -> list[Event]:
    """332 RPL_TOPIC and 331 RPL_NOTOPIC: the topic as it is."""
    room = view.channels.get(message.params[1])
    if room is not None:
        room.set_topic(message.params[2] if message.command == "332" else "")
    return []


def hear_topic_who_time(view: View, message: Message, time: datetime) -> list[Event]:
    """333 RPL_TOPICWHOTIME: who set the topic, and when."""
    room = view.channels.get(message.params[1])
    if room is not None:
        room.set_topic(room.topic, parse_source(message.params[2]).nick, unix_time("".join(message.params[3:4])))
    return []


def hear_creation_time(view: View, message: Message, time: datetime) -> list[Event]:
    """329 RPL_CREATIONTIME."""
    room = view.channels.get(message.params[1])
    if room is not None:
        room.created = unix_time(message.params[2])
    return []


def hear_names(view: View, message: Message, time: datetime) -> list[Event]:
    """353 RPL_NAMREPLY."""
    room = view.channels.get(message.params[2])
    if room is not None:
        for word in message.params[3].split():
            view.name_member(room, word)
    return []


def hear_end_of_names(view: View, message: Message, time: datetime) -> list[Event]:
    """366 RPL_ENDOFNAMES: the list that came is the whole one."""
    room = view.channels.get(message.params[1])
    if room is not None:
        view.end_naming(room)
    return []


def hear_mode(view: View, message: Message, time: datetime) -> list[Event]:
    """Modes of a channel or of ourselves."""
    target, params, by = message.params[0], message.params[1:], nick_of(message)
    room = view.channels.get(target)
    is_channel = room is not None or view.support.is_channel(target)
    changes = view.support.channel_changes(params) if is_channel else user_changes(params)
    if room is not None:
        view.change_modes(room, changes)
    elif (person := view.known(target)) is not None:
        for change in changes:
            if change.letter == view.support.bot_flag:
                person.bot = change.added
    name = room.name if room is not None else target
    modes, channel = " ".join(params), name if is_channel else None
    return [
        events.ModeChanged(
            **act(message, time),
            target=name,
            modes=modes,
            by=by,
            changes=changes,
            channel=channel,
            mine=view.is_me(by),
        )
    ]


def hear_modes_reply(view: View, message: Message, time: datetime) -> list[Event]:
    """324 RPL_CHANNELMODEIS: a channel's modes as they are."""
    room = view.channels.get(message.params[1])
    if room is not None:
        room.modes.clear()
        view.change_modes(room, view.support.channel_changes(message.params[2:]))
    return []


def hear_invite(view: View, message: Message, time: datetime) -> list[Event]:
    """Somebody invites us, or with invite-notify somebody else."""
    nick, channel, by = message.params[0], message.params[1], nick_of(message)
    if view.is_me(nick):
        return [events.Invited(**act(message, time), channel=channel, by=by)]
    return [events.InvitedOther(**act(message, time), channel=channel, nick=nick, by=by, mine=view.is_me(by))]


def hear_rename(view: View, message: Message, time: datetime) -> list[Event]:
    """RENAME old new :reason."""
    old, new, reason = message.params[0], message.params[1], "".join(message.params[2:3])
    room, by = view.channels.get(old), nick_of(message)
    if room is None:
        return []
    old = room.name
    view.rename_channel(old, new)
    return [events.ChannelRenamed(**act(message, time), old=old, new=new, by=by, reason=reason, mine=view.is_me(by))]


def hear_knock(view: View, message: Message, time: datetime) -> list[Event]:
    """710 RPL_KNOCK. Servers disagree about what stands before the channel; who knocks stands behind it."""
    *words, text = message.params
    channel = next((word for word in words if view.support.is_channel(word)), "")
    source = words[-1]
    if not channel or view.support.is_channel(source):
        return []
    fields = act(message, time)
    fields["source"] = source
    return [events.Knocked(**fields, channel=channel, nick=parse_source(source).nick, text=text)]


HEARERS: dict[str, Hearer] = {
    "JOIN": hear_join,
    "PART": hear_part,
    "KICK": hear_kick,
    "TOPIC": hear_topic,
    "331": hear_topic_reply,
    "332": hear_topic_reply,
    "333": hear_topic_who_time,
    "329": hear_creation_time,
    "353": hear_names,
    "366": hear_end_of_names,
    "MODE": hear_mode,
    "324": hear_modes_reply,
    "INVITE": hear_invite,
    "RENAME": hear_rename,
    "710": hear_knock,
}
