"""What people may do: the questions that checks, handlers and answers ask of the state.

Nothing here changes anything. What a question needs to know stands in the state and the fact, so that every node
answers the same.
"""

from __future__ import annotations

from ipcchat.core import facts
from ipcchat.core.accounts import Account
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.modes import CHANNEL_MODES, NETWORK_OPERATOR, PREFIX_MODES, is_at_least
from ipcchat.core.permissions import OF_PREFIX, WORDS, is_kept, members_speak, obstacle, rows
from ipcchat.core.privileges import CHANNELS, PRIVILEGES
from ipcchat.core.state import Channel, State, User
from ipcchat.wire import numerics

RANK_WORDS = {letter: WORDS[standing] for letter, standing in OF_PREFIX.items() if letter}


def actor(state: State, fact: facts.Fact) -> User:
    """Who did it. Raises Ignored when he is gone: what he still wanted goes with him."""
    user = state.users.get(fact.by)
    if user is None:
        raise Ignored
    return user


def may_know(channel: Channel, user: User) -> bool:
    """Whether the user may learn that the channel exists: +s hides it from all but its members."""
    return user.uid in channel.members or not rows("know of", channel.flags)


def is_listed_for(channel: Channel, user: User) -> bool:
    """Whether LIST and WHOIS may name the channel to the user: +s and +p hide it from all but its members."""
    return user.uid in channel.members or not ("s" in channel.flags or "p" in channel.flags)


def visible_channel(state: State, user: User, name: str) -> Channel:
    """A channel that this user may know of. Raises Refusal 403, the same for a secret one as for none."""
    channel = state.channels.find(name)
    if channel is None or not may_know(channel, user):
        raise Refusal(numerics.ERR_NOSUCHCHANNEL, name)
    return channel


def joined_channel(state: State, user: User, name: str) -> Channel:
    """A channel that this user is in. Raises Refusal 403 or 442."""
    channel = visible_channel(state, user, name)
    if user.uid not in channel.members:
        raise Refusal(numerics.ERR_NOTONCHANNEL, channel.name)
    return channel


def has_rank(channel: Channel, user: User, rank: str) -> bool:
    """Whether the user has at least that prefix mode in the channel."""
    return is_at_least(channel.members.get(user.uid, ""), rank)


def is_network_operator(user: User) -> bool:
    """Whether the user is an operator of the network."""
    return "o" in user.modes


def has_privilege(user: User, name: str) -> bool:
    """Whether the user is an operator of the network who may do that (privileges.py)."""
    return "o" in user.modes and (user.privileges is None or name in user.privileges)


def require_privilege(user: User, name: str) -> None:
    """The user is an operator of the network who may do that. Raises Refusal 481 or 723."""
    if not is_network_operator(user):
        raise Refusal(numerics.ERR_NOPRIVILEGES)
    if not has_privilege(user, name):
        text = f"Insufficient operator privileges: you lack '{name}', which is needed to {PRIVILEGES[name]}"
        raise Refusal(numerics.ERR_NOPRIVS, name, text=text)


def require_account(state: State, name: str, at: int) -> Account:
    """An account that may be used at that time (Unix ms). Raises Refusal 902."""
    account = state.accounts.find(name)
    if account is None or not account.verified or account.suspension(at) is not None:
        text = "The account that you logged in to cannot be used any more"
        raise Refusal(numerics.ERR_NICKLOCKED, text=text)
    return account


def lacking_rank(channel: Channel, user: User, change: facts.ModeChange) -> str:
    """The rank that the user lacks for a mode change; "" when he may make it.

    Anybody may take a prefix from himself. An operator may appoint an owner or admin while the channel has no owner.
    """
    rank = CHANNEL_MODES[change.letter].rank
    if rank == NETWORK_OPERATOR:
        return "" if has_privilege(user, CHANNELS) else rank
    if change.letter in PREFIX_MODES and not change.added and change.argument == user.uid:
        return ""
    if change.letter in "qa" and change.added and not has_owner(channel):
        rank = "o"
    return "" if has_rank(channel, user, rank) else rank


def has_owner(channel: Channel) -> bool:
    """Whether the channel has an owner: a member with +q or, present or not, its founder."""
    return bool(channel.founder) or any("q" in modes for modes in channel.members.values())


def require_mode(state: State, channel: Channel, user: User, change: facts.ModeChange) -> None:
    """The user may make this mode change. Raises Refusal 482 for want of rank, or for a mode that the server gives;
    403, 482 or 696 for a channel that +f cannot lead to; 696 when +u would make too many members appear or disappear
    at once."""
    if CHANNEL_MODES[change.letter].given:
        text = f"ChanServ sets mode {change.letter}: /msg ChanServ HELP"
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text=text)
    lacking = lacking_rank(channel, user, change)
    if lacking:
        who = "an operator of the network" if lacking == NETWORK_OPERATOR else f"{RANK_WORDS[lacking]} or higher"
        text = f"You must be {who} to change mode {change.letter}"
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text=text)
    if change.letter == "f" and change.added:
        _require_forward(state, channel, user, change.argument)
    if change.letter == "u" and change.added != ("u" in channel.flags):
        most = state.limits.sight_changes_max
        if len(channel.members) > most:
            text = f"Mode u can be changed while the channel has at most {most} members: each is told of all others"
            raise Refusal(numerics.ERR_INVALIDMODEPARAM, channel.name, "u", "*", text=text)


def _require_forward(state: State, channel: Channel, user: User, name: str) -> None:
    """People are led to a channel that there is, by somebody who has a say there as well."""
    target = visible_channel(state, user, name)
    if target is channel:
        text = "A channel cannot lead to itself; name another"
        raise Refusal(numerics.ERR_INVALIDMODEPARAM, channel.name, "f", target.name, text=text)
    if not has_rank(target, user, "o"):
        text = f"You must be {RANK_WORDS['o']} or higher there too, to lead people to it"
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, target.name, text=text)


def outranks(channel: Channel, user: User, victim_uid: str) -> bool:
    """Whether the user may put that member out: he has at least +h, and could take away the member's highest prefix.
    So an operator may put out another, but only owners an admin."""
    own, other = channel.members.get(user.uid, ""), channel.members.get(victim_uid, "")
    return is_at_least(own, "h") and (not other or is_at_least(own, CHANNEL_MODES[other[0]].rank))


def is_vacant(state: State, channel: Channel, at: int) -> bool:
    """Whether nobody is in the channel, nobody's place is kept at that time (Unix ms), and it is not persistent."""
    if channel.members or channel.lasting:
        return False
    return not any(is_kept(state, seat, at) for seat in channel.seats.values())


def require(action: str, state: State, channel: Channel, user: User) -> None:
    """The user may do that in the channel (permissions.py). Raises Refusal."""
    row = obstacle(action, state, channel, user)
    if row is not None:
        raise Refusal(row.numeric, channel.name, text=row.text)


def speech_problem(state: State, channel: Channel, user: User) -> str:
    """Why the user may not send to the channel, for people; "" when he may. A prefix overrules +m, +M and bans."""
    modes = channel.members.get(user.uid)
    if modes or (modes is not None and not channel.lists and members_speak(channel.flags)):
        return ""
    row = obstacle("speak", state, channel, user)
    return row.text if row else ""


def is_shown_to_operators(channel: Channel, user: User) -> bool:
    """Whether what the user says is shown to operators when he may not speak: +U, and he could at least be here."""
    return "U" in channel.flags and ("n" not in channel.flags or user.uid in channel.members)


def sees_member(channel: Channel, viewer: User, uid: str) -> bool:
    """Whether the viewer may know that a member is in the channel (+D, +u)."""
    return uid == viewer.uid or is_in_sight(channel, uid, oversees(channel, viewer.uid))


def oversees(channel: Channel, uid: str) -> bool:
    """Whether that user sees also those whom +u hides: in channels without it everybody does, in the others those
    with at least +h."""
    return "u" not in channel.flags or is_at_least(channel.members.get(uid, ""), "h")


def is_in_sight(channel: Channel, uid: str, overseen: bool) -> bool:
    """Whether a member is seen by others, who oversee the channel or not (`overseen`)."""
    return uid not in channel.hidden and (overseen or "u" not in channel.flags or bool(channel.members.get(uid)))
