"""Asking people in, taking that back, and asking to be let in.

Rules:
1. Every member may tell somebody of an open channel. Only the invitation of a member with at least +h opens doors: it
   overrules bans, keys and limits, so nobody gives what he has not.
2. Invitations, and who takes them back, are not told to those who do not want to hear from that one (SILENCE).
3. A knock is for whom a JOIN would be refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import caps, facts, permissions, replies, rules
from ipcchat.core.apply import telling
from ipcchat.core.apply.channels import check_door
from ipcchat.core.apply.meaning import means
from ipcchat.core.apply.messages import is_silenced
from ipcchat.core.audience import Groups
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import Entry
from ipcchat.core.modes import is_at_least
from ipcchat.core.state import Channel, State, User
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine


def _check_invite(state: State, fact: facts.Invited) -> None:
    user = rules.actor(state, fact)
    channel = rules.joined_channel(state, user, fact.channel)
    guest = state.users.get(fact.guest)
    if guest is None:
        raise Ignored
    if fact.guest in channel.members:
        raise Refusal(numerics.ERR_USERONCHANNEL, guest.nick, channel.name)
    rules.require("invite", state, channel, user)


def _change_invite(state: State, fact: facts.Invited, entry: Entry) -> Channel:
    channel = state.channels[fact.channel]
    if rules.has_rank(channel, state.users[fact.by], "h"):
        channel.invited[fact.guest] = None
    if len(channel.invited) > state.limits.invitations_per_channel_max:
        del channel.invited[next(iter(channel.invited))]
    return channel


def _announce_invite(engine: Engine, fact: facts.Invited, entry: Entry, channel: Channel, ctx: Context | None) -> None:
    actor, guest = engine.state.users[fact.by], engine.state.users[fact.guest]
    if ctx is not None:
        ctx.reply(numerics.RPL_INVITING, guest.nick, channel.name)
        if guest.away:
            ctx.reply(numerics.RPL_AWAY, guest.nick, text=guest.away)
    text = replies.line(actor.mask, "INVITE", guest.nick, channel.name)
    keepers = engine.audience.of_users(user for user in _doorkeepers(engine.state, channel) if user is not actor)
    for groups, wording in (
        (_listening(engine, guest, actor), telling.same(text)),
        (keepers, telling.with_(caps.INVITE_NOTIFY, text)),
    ):
        telling.broadcast(engine, groups, entry, wording, None, entry.seq, actor=actor)


def _listening(engine: Engine, guest: User, actor: User) -> Groups:
    """The guest's own sessions; none when he does not want to hear from that one."""
    return engine.audience.of_users([] if is_silenced(engine.state, guest, actor.uid) else [guest])


def _doorkeepers(state: State, channel: Channel) -> list[User]:
    """The members who may let others in."""
    return [user for user, modes in state.members(channel) if is_at_least(modes, "h")]


def _check_uninvite(state: State, fact: facts.Uninvited) -> None:
    user = rules.actor(state, fact)
    channel = rules.joined_channel(state, user, fact.channel)
    rules.require("uninvite", state, channel, user)
    guest = state.users.get(fact.guest)
    if guest is None:
        raise Ignored
    if fact.guest not in channel.invited:
        text = "They have no invitation that could be taken back"
        raise Refusal(numerics.ERR_USERNOTINCHANNEL, guest.nick, channel.name, text=text)


def _change_uninvite(state: State, fact: facts.Uninvited, entry: Entry) -> Channel:
    channel = state.channels[fact.channel]
    del channel.invited[fact.guest]
    return channel


def _announce_uninvite(
    engine: Engine, fact: facts.Uninvited, entry: Entry, channel: Channel, ctx: Context | None
) -> None:
    actor, guest = engine.state.users[fact.by], engine.state.users[fact.guest]
    if ctx is not None:
        ctx.note("UNINVITED", f"{guest.nick} is no longer invited to {channel.name}")
    text = f"*** {actor.nick} has taken back your invitation to {channel.name}"
    line = replies.line(engine.server_name, "NOTICE", guest.nick, text)
    telling.broadcast(engine, _listening(engine, guest, actor), entry, telling.same(line), None)


def _check_knock(state: State, fact: facts.Knocked) -> None:
    user = rules.actor(state, fact)
    channel = rules.visible_channel(state, user, fact.channel)
    if user.uid in channel.members:
        raise Refusal(numerics.ERR_KNOCKONCHAN, channel.name)
    if _is_open(state, channel, user, fact.at):
        text = f"Channel is open to you: JOIN {channel.name}"
        raise Refusal(numerics.ERR_CHANOPEN, channel.name, text=text)
    problem = _knock_problem(state, channel, user)
    if problem:
        raise Refusal(numerics.ERR_CANNOTKNOCK, channel.name, text=f"Cannot knock at that channel: {problem}")
    since = fact.at - channel.knocks.get(user.uid, 0)
    if since < state.limits.knock_seconds * 1000:
        seconds = state.limits.knock_seconds - since // 1000
        raise Refusal(numerics.ERR_TOOMANYKNOCK, channel.name, text=f"Too many KNOCKs; wait {seconds} seconds")


def _is_open(state: State, channel: Channel, user: User, at: int) -> bool:
    """Whether the user could come in without being asked."""
    try:
        check_door(state, channel, user, "", at)
    except Refusal:
        return False
    return True


def _knock_problem(state: State, channel: Channel, user: User) -> str:
    """Why nobody would hear the knock, for people."""
    if "p" in channel.flags:
        return "its members do not want that (+p)"
    if permissions.is_banned(state, channel, user):
        return "you are banned (+b)"
    if not _doorkeepers(state, channel):
        return "nobody who could let you in is there; try again later"
    return ""


def _change_knock(state: State, fact: facts.Knocked, entry: Entry) -> Channel:
    channel = state.channels[fact.channel]
    oldest = fact.at - state.limits.knock_seconds * 1000
    channel.knocks = {uid: at for uid, at in channel.knocks.items() if at > oldest}
    channel.knocks[fact.by] = fact.at
    return channel


def _announce_knock(engine: Engine, fact: facts.Knocked, entry: Entry, channel: Channel, ctx: Context | None) -> None:
    user = engine.state.users[fact.by]
    asked = f"{numerics.RPL_KNOCK.text}: {fact.reason}" if fact.reason else numerics.RPL_KNOCK.text
    text = replies.line(engine.server_name, numerics.RPL_KNOCK.code, channel.name, channel.name, user.mask, asked)
    groups = engine.audience.of_users(_doorkeepers(engine.state, channel))
    telling.broadcast(engine, groups, entry, telling.same(text), None, actor=user)
    if ctx is not None:
        ctx.reply(numerics.RPL_KNOCKDLVR, channel.name)


means(facts.Invited, check=_check_invite, change=_change_invite, announce=_announce_invite)
means(facts.Uninvited, check=_check_uninvite, change=_change_uninvite, announce=_announce_uninvite)
means(facts.Knocked, check=_check_knock, change=_change_knock, announce=_announce_knock)
