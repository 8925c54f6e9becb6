"""Modes of channels: flags, key, limit, forward, mask lists and the prefixes of members.

Rules:
1. The changes of one MODE happen together or not at all: when its author lost a rank in between, all are refused.
2. What is so already changes nothing and is told to nobody: a flag that is set, a mask that is listed, a prefix of
   somebody who has left in between.
3. Masks are compared without case; a list keeps the first spelling, and clients are told that one.
4. A forced change needs no membership: its author has the access to a registered channel that it takes, or is an
   operator of the network with the privilege for it. It is told as ChanServ's or the server's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import channel_access, facts, replies, rules, visits
from ipcchat.core.apply import recalling, sight, telling
from ipcchat.core.apply.meaning import means
from ipcchat.core.effects import Happening
from ipcchat.core.errors import Refusal
from ipcchat.core.facts import Entry, ModeChange
from ipcchat.core.modes import CHANNEL_CLASSES, PREFIX_MODES
from ipcchat.core.privileges import OVERRIDE
from ipcchat.core.state import Channel, ListedMask, State, User
from ipcchat.wire import modes, numerics
from ipcchat.wire.casemap import fold

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

_SETTINGS: dict[str, tuple[str, str | int]] = {"k": ("key", ""), "l": ("limit", 0), "f": ("forward", "")}


class Remodelling(msgspec.Struct, frozen=True):
    """A channel, the mode changes that really changed something, the lists that had no room for a mask, and what the
    channel was before when others are seen in it now."""

    channel: Channel
    changed: list[ModeChange]
    full: dict[str, None]
    before: Channel | None


def _check(state: State, fact: facts.ChannelModesChanged) -> None:
    user = rules.actor(state, fact)
    channel = _forced_in(state, user, fact) if fact.forced else rules.joined_channel(state, user, fact.channel)
    for change in fact.changes:
        rules.require_mode(state, channel, user, change)


def _forced_in(state: State, user: User, fact: facts.ChannelModesChanged) -> Channel:
    """The channel as it would be if the user had the rank there that he has by his privilege or access, and was in it.
    Raises Refusal 403, 482 or 696."""
    if rules.has_privilege(user, OVERRIDE):
        channel, standing = state.channels.find(fact.channel), PREFIX_MODES[0]
        if channel is None:
            raise Refusal(numerics.ERR_NOSUCHCHANNEL, fact.channel)
    else:
        channel = channel_access.registered_channel(state, user, fact.channel)
        channel_access.require_access(channel, user, PREFIX_MODES[-1])
        standing = channel_access.modes_of(channel, user.account)
    if any(change.letter == "f" and fold(change.argument) == fold(channel.name) for change in fact.changes):
        text = "A channel cannot lead to itself; name another"
        raise Refusal(numerics.ERR_INVALIDMODEPARAM, channel.name, "f", channel.name, text=text)
    return msgspec.structs.replace(channel, members=channel.members | {user.uid: standing})


# What changes.


def _change(state: State, fact: facts.ChannelModesChanged, entry: Entry) -> Remodelling:
    listed = ListedMask(state.users[fact.by].mask, entry.at)
    return remodel(state, state.channels[fact.channel], fact.changes, listed)


def remodel(state: State, channel: Channel, changes: Iterable[ModeChange], listed: ListedMask) -> Remodelling:
    """A change: make these mode changes, as far as they are any; `listed` is who set masks, and when."""
    changes, was_private = tuple(changes), channel.private
    remodelling = Remodelling(channel, [], {}, sight.kept(channel, changes))
    for change in changes:
        done = _made(state, channel, change, listed)
        if done is not None:
            remodelling.changed.append(done)
        elif _has_no_room(state, channel, change):
            remodelling.full[change.letter] = None
    _show_members(state, channel)
    if channel.private != was_private:
        visits.close_or_open(state, channel)
    state.recount(channel)
    return remodelling


def _made(state: State, channel: Channel, change: ModeChange, listed: ListedMask) -> ModeChange | None:
    """Make one mode change. It comes back as it has to be told, or None when nothing changed by it."""
    if change.letter in CHANNEL_CLASSES.lists:
        return _set_listed(state, channel, change, listed)
    if change.letter in PREFIX_MODES:
        changed = _set_prefix(channel, change)
    elif change.letter in _SETTINGS:
        changed = _set_argument(channel, change)
    else:
        changed = _set_flag(channel, change)
    return change if changed else None


def _set_prefix(channel: Channel, change: ModeChange) -> bool:
    modes = channel.members.get(change.argument)
    if modes is None or change.added == (change.letter in modes):
        return False
    after = set(modes) | {change.letter} if change.added else set(modes) - {change.letter}
    channel.members[change.argument] = "".join(letter for letter in PREFIX_MODES if letter in after)
    if change.added:
        channel.hidden.pop(change.argument, None)
    return True


def _set_argument(channel: Channel, change: ModeChange) -> bool:
    name, empty = _SETTINGS[change.letter]
    before = getattr(channel, name)
    setattr(channel, name, type(empty)(change.argument) if change.added else empty)
    return bool(getattr(channel, name) != before)


def _set_flag(channel: Channel, change: ModeChange) -> bool:
    flags = set(channel.flags) | {change.letter} if change.added else set(channel.flags) - {change.letter}
    before, channel.flags = channel.flags, "".join(sorted(flags))
    return channel.flags != before


def _set_listed(state: State, channel: Channel, change: ModeChange, listed: ListedMask) -> ModeChange | None:
    entries = channel.lists.setdefault(change.letter, {})
    known = spelling(entries, change.argument)
    if change.added and not known and len(entries) < state.limits.masks_per_list_max:
        entries[change.argument] = listed
        return change
    if not change.added and known:
        del entries[known]
        return ModeChange(False, change.letter, known)
    return None


def spelling(entries: Iterable[str], mask: str) -> str:
    """How a mask is written in a list; "" when it is not there."""
    wanted = fold(mask)
    return next((entry for entry in entries if fold(entry) == wanted), "")


def _has_no_room(state: State, channel: Channel, change: ModeChange) -> bool:
    """Whether a mask that should be listed is not, because the list is full."""
    entries = channel.lists.get(change.letter, ()) if change.added else ()
    return len(entries) >= state.limits.masks_per_list_max and not spelling(entries, change.argument)


def _show_members(state: State, channel: Channel) -> None:
    """Without +D nobody is hidden. If that are too many to be shown at once, they go on showing themselves."""
    if "D" not in channel.flags and len(channel.hidden) <= state.limits.sight_changes_max:
        channel.hidden.clear()


# Who hears of it.


def _announce(
    engine: Engine, fact: facts.ChannelModesChanged, entry: Entry, remodelling: Remodelling, ctx: Context | None
) -> None:
    channel, user = remodelling.channel, engine.state.users[fact.by]
    if fact.forced:
        source = service_mask(engine) if channel_access.modes_of(channel, user.account) else engine.server_name
        tell(engine, entry, remodelling, source, own_hearing(ctx, channel), entry.seq)
    else:
        tell(engine, entry, remodelling, user.mask, ctx, entry.seq, user)
    if ctx is not None:
        for letter in remodelling.full:
            ctx.refused(list_is_full(engine.state, channel, letter))
        if channel.hidden and "D" not in channel.flags:
            text = f"{len(channel.hidden)} members stay hidden until they say something: too many to show them at once"
            ctx.note("MEMBERS_HIDDEN", text)


def own_hearing(ctx: Context | None, channel: Channel) -> Context | None:
    """The command that a change came from, when who said it is in the channel and hears of the change there."""
    return ctx if ctx is not None and ctx.session.uid in channel.members else None


def service_mask(engine: Engine) -> str:
    """The nick!user@host of ChanServ."""
    return f"ChanServ!ChanServ@{engine.server_name}"


def list_is_full(state: State, channel: Channel, letter: str) -> Refusal:
    """478: no mask can be added to the list."""
    text = f"Channel list is full: at most {state.limits.masks_per_list_max} masks; take some away first"
    return Refusal(numerics.ERR_BANLISTFULL, channel.name, letter, text=text)


def tell(
    engine: Engine,
    entry: Entry,
    remodelling: Remodelling,
    source: str,
    ctx: Context | None,
    seq: int = 0,
    actor: User | None = None,
) -> None:
    """The members hear what changed, from `source`; those who see others from now on, or do not any more, hear that
    around it. `seq` is 0 where the MODE is not the message of this entry."""
    if remodelling.before is None:
        _tell_changes(engine, entry, remodelling, source, ctx, seq, actor)
        return
    shift = sight.compared(engine, remodelling.before, remodelling.channel)
    sight.tell_appearances(engine, entry, shift)
    _tell_changes(engine, entry, remodelling, source, ctx, seq, actor)
    sight.tell_disappearances(engine, entry, shift)


def _tell_changes(
    engine: Engine,
    entry: Entry,
    remodelling: Remodelling,
    source: str,
    ctx: Context | None,
    seq: int,
    actor: User | None,
) -> None:
    channel = remodelling.channel
    groups = engine.audience.of_channel(channel)
    written = [_written(engine, change) for change in remodelling.changed]
    if written:
        what = Happening(source, "MODE", (channel.name, *modes.format_modes(written)))
        recalling.happened(engine, entry, [channel], what)
    for number, text in enumerate(replies.mode_lines(source, channel.name, written)):
        telling.broadcast(engine, groups, entry, telling.same(text), ctx, 0 if number else seq, actor=actor)


def _written(engine: Engine, change: ModeChange) -> modes.Change:
    """A mode change as people read it: nicks for uids, and no key where one is taken away."""
    argument: str | None = change.argument or None
    if change.letter in PREFIX_MODES:
        argument = engine.state.users[change.argument].nick
    elif change.letter == "k" and not change.added:
        argument = "*"
    return modes.Change(change.added, change.letter, argument)


means(facts.ChannelModesChanged, check=_check, change=_change, announce=_announce)
