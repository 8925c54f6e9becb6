"""What people may do: the questions that checks, handlers and answers ask of the state.

Nothing here changes anything. What a question needs to know stands in the state and the fact, so that every node
answers the same.
"""

from __future__ import annotations

from ipcchat.core import extbans, facts
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.modes import CHANNEL_MODES, NETWORK_OPERATOR, PREFIX_MODES, is_at_least
from ipcchat.core.state import Channel, Seat, State, User, seat_name
from ipcchat.wire import numerics

RANK_WORDS = {"v": "voice (+v)", "h": "half-operator (+h)", "o": "operator (+o)", "a": "admin (+a)", "q": "owner (+q)"}


def actor(state: State, fact: facts.Fact) -> User:
    """Who did it. Raises Ignored when he is gone: what he still wanted goes with him."""
    user = state.users.get(fact.by)
    if user is None:
        raise Ignored
    return user


def may_know(channel: Channel, user: User) -> bool:
    """Whether the user may learn that the channel exists: +s hides it from all but its members."""
    return "s" not in channel.flags or user.uid in channel.members


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


def ranked_channel(state: State, user: User, name: str, rank: str) -> Channel:
    """A channel in which this user has at least that prefix mode. Raises Refusal 403, 442 or 482."""
    channel = joined_channel(state, user, name)
    require_rank(channel, user, rank)
    return channel


def require_rank(channel: Channel, user: User, rank: str) -> None:
    """The user has at least that prefix mode in the channel. Raises Refusal 482."""
    if not has_rank(channel, user, rank):
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name)


def has_rank(channel: Channel, user: User, rank: str) -> bool:
    """Whether the user has at least that prefix mode in the channel."""
    return is_at_least(channel.members.get(user.uid, ""), rank)


def is_network_operator(user: User) -> bool:
    """Whether the user is an operator of the network."""
    return "o" in user.modes


def lacking_rank(channel: Channel, user: User, change: facts.ModeChange) -> str:
    """The rank that the user lacks for a mode change; "" when he may make it.

    Anybody may take a prefix from himself. An operator may appoint an owner or admin while the channel has no owner.
    """
    rank = CHANNEL_MODES[change.letter].rank
    if rank == NETWORK_OPERATOR:
        return "" if is_network_operator(user) else rank
    if change.letter in PREFIX_MODES and not change.added and change.argument == user.uid:
        return ""
    if change.letter in "qa" and change.added and not any("q" in modes for modes in channel.members.values()):
        rank = "o"
    return "" if has_rank(channel, user, rank) else rank


def require_mode(state: State, channel: Channel, user: User, change: facts.ModeChange) -> None:
    """The user may make this mode change. Raises Refusal 482 for want of rank; 403, 482 or 696 for a channel that +f
    cannot lead to; 696 when +u would make too many members appear or disappear at once."""
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


def is_banned(state: State, channel: Channel, user: User, acting: str = "") -> bool:
    """Whether a ban of the channel hits the user, and no exception does. `acting` is what he wants to do: come in
    (""), speak (m) or change his nick (n)."""
    bans = channel.lists.get("b")
    if not bans or not extbans.any_hits(state, user, bans, acting):
        return False
    return not extbans.any_hits(state, user, channel.lists.get("e", ()), acting)


def is_vacant(state: State, channel: Channel, at: int) -> bool:
    """Whether nobody is in the channel, nobody's place is kept at that time (Unix ms), and it is not persistent."""
    if channel.members or "P" in channel.flags:
        return False
    return not any(is_kept(state, seat, at) for seat in channel.seats.values())


def kept_seat(state: State, channel: Channel, user: User, at: int) -> Seat | None:
    """The place that is kept for this user at that time (Unix ms), if any."""
    seat = channel.seats.get(seat_name(user))
    return seat if seat and is_kept(state, seat, at) else None


def is_kept(state: State, seat: Seat, at: int) -> bool:
    """Whether that place is still kept at that time (Unix ms)."""
    return at - seat.at <= state.limits.seat_minutes_max * 60_000


def speech_problem(state: State, channel: Channel, user: User) -> str:
    """Why the user may not send to the channel, for people; "" when he may. A prefix overrules +m, +M and bans."""
    modes = channel.members.get(user.uid)
    if modes:
        return ""
    flags = channel.flags
    if modes is None and "n" in flags:
        return "Cannot send to channel (+n: only members may speak)"
    if "m" in flags:
        return "Cannot send to channel (+m: only members with a prefix may speak)"
    if "M" in flags and not user.account:
        return "Cannot send to channel (+M: only people with an account may speak)"
    if channel.lists and is_banned(state, channel, user, extbans.MUTE):
        return "Cannot send to channel (+b: you are banned or muted)"
    return ""


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


def is_expected(state: State, channel: Channel, user: User) -> bool:
    """Whether an invite exception (+I) of the channel hits the user."""
    return extbans.any_hits(state, user, channel.lists.get("I", ()))
