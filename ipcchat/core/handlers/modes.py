"""MODE, for channels; for one's own user see user_modes.py.

Rules:
1. Of several changes in one MODE those that may be made are made, in their order and as one fact; each of the others is
   answered, the same answer once.
2. A rank is asked for before anything is looked at, so that nobody learns from an answer what only others may see. Not
   asked for: what takes a prefix from oneself, and the list of bans, which all members may see.
3. Of several changes of one flag or setting the last one counts.
4. At most `modes_per_command_max` changes have an argument; the others are noted and not made.

Specification: Modern IRC "MODE message" (https://modern.ircdocs.horse/#mode-message).
"""

from __future__ import annotations

from ipcchat.core import extbans, facts, rules
from ipcchat.core.apply.channel_modes import list_is_full, spelling
from ipcchat.core.context import Context
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import ModeChange
from ipcchat.core.handlers.user_modes import own_modes
from ipcchat.core.modes import CHANNEL_CLASSES, CHANNEL_MODES, REGISTERED
from ipcchat.core.permissions import obstacle
from ipcchat.core.registry import MODERN, command
from ipcchat.core.state import Channel
from ipcchat.core.targets import quotable
from ipcchat.wire import modes, numerics
from ipcchat.wire.numerics import Numeric

LIMIT_MAX = 1_000_000
_LISTS: dict[str, tuple[Numeric, Numeric]] = {
    "b": (numerics.RPL_BANLIST, numerics.RPL_ENDOFBANLIST),
    "e": (numerics.RPL_EXCEPTLIST, numerics.RPL_ENDOFEXCEPTLIST),
    "I": (numerics.RPL_INVEXLIST, numerics.RPL_ENDOFINVEXLIST),
}
_SEEN_BY_MEMBERS = "b"
_ENTRY_BYTES_MAX = 480  # of a line's 510, without the numeric and the time of an entry


@command("MODE", spec=MODERN + "mode-message")
def mode(ctx: Context, target: str, letters: str = "", *arguments: str) -> None:
    """See or change the modes of a channel, or your own: MODE #room, MODE #room +o ann, MODE #room b, MODE <your
    nick> +i."""
    if not target.startswith("#"):
        own_modes(ctx, target, letters, list(arguments))
        return
    room = ctx.visible_channel(quotable(target))
    if letters:
        _change_modes(ctx, room, letters, list(arguments))
    else:
        _show_modes(ctx, room)


# What is set.


def _show_modes(ctx: Context, room: Channel) -> None:
    """324 and 329; the key is for members, and the name of a channel that +f leads to for who may know of that one."""
    shown = {
        "k": room.key and (room.key if ctx.user.uid in room.members else "*"),
        "l": str(room.limit) if room.limit else "",
        "f": _shown_forward(ctx, room),
    }
    arguments = {letter: argument for letter, argument in shown.items() if argument}
    letters = f"+{room.flags}{REGISTERED if room.founder else ''}{''.join(arguments)}"
    ctx.reply_text(numerics.RPL_CHANNELMODEIS, room.name, letters, *arguments.values())
    ctx.reply_text(numerics.RPL_CREATIONTIME, room.name, str(room.created // 1000))


def _shown_forward(ctx: Context, room: Channel) -> str:
    target = ctx.state.channels.find(room.forward)
    return "*" if target is not None and not rules.may_know(target, ctx.user) else room.forward


def _show_list(ctx: Context, room: Channel, letter: str) -> None:
    if letter not in _SEEN_BY_MEMBERS and obstacle("see closed list", ctx.state, room, ctx.user):
        text = f"You must be {rules.RANK_WORDS['h']} or higher to see list {letter}"
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, room.name, text=text)
    entry, end = _LISTS[letter]
    for mask, listed in room.lists.get(letter, {}).items():
        ctx.reply_text(entry, room.name, mask, _fitting_setter(ctx, room, mask, listed.by), str(listed.at // 1000))
    ctx.reply(end, room.name)


def _fitting_setter(ctx: Context, room: Channel, mask: str, setter: str) -> str:
    """Who set a mask: nick!user@host, or the nick where that would make the line too long for its time."""
    words = (ctx.engine.server_name, ctx.session.display, room.name, mask, setter)
    size = sum(len(word.encode()) + 1 for word in words)
    return setter if size <= _ENTRY_BYTES_MAX else setter.partition("!")[0]


# What shall be set.


def _change_modes(ctx: Context, room: Channel, letters: str, arguments: list[str]) -> None:
    parsed = modes.parse_modes(CHANNEL_CLASSES, letters, arguments)
    if parsed.changes:
        ctx.joined_channel(room.name)
    wanted = allowed_changes(ctx, room, parsed)
    if wanted:
        ctx.propose(facts.ChannelModesChanged, channel=room.name, changes=tuple(wanted))


def allowed_changes(ctx: Context, room: Channel, parsed: modes.ParsedModes) -> list[ModeChange]:
    """What of the changes that were asked for may be made, as the fact needs them. The others are answered, and so are
    questions for lists."""
    refusals = [_misunderstood(room, error) for error in parsed.errors]
    for letter in dict.fromkeys(change.letter for change in parsed.changes if _asks_for_list(change)):
        with ctx.attempt():
            _show_list(ctx, room, letter)
    wanted: list[ModeChange] = []
    for change in _within_limit(ctx, [change for change in parsed.changes if not _asks_for_list(change)]):
        try:
            wanted = _with(wanted, _prepared(ctx, room, change, wanted))
        except Refusal as refusal:
            refusals.append(refusal)
        except Ignored:
            pass
    for different in {(refusal.args, refusal.text): refusal for refusal in refusals}.values():
        ctx.refused(different)
    return wanted


def _asks_for_list(change: modes.Change) -> bool:
    return change.letter in CHANNEL_CLASSES.lists and not change.argument


def _within_limit(ctx: Context, changes: list[modes.Change]) -> list[modes.Change]:
    """The changes without an argument, and the first of those with one."""
    most = ctx.engine.limits.modes_per_command_max
    surplus = set([number for number, change in enumerate(changes) if change.argument][most:])
    if surplus:
        text = f"Only the first {most} changes with an argument are made; send the others again"
        ctx.note("MODES_TRUNCATED", text)
    return [change for number, change in enumerate(changes) if number not in surplus]


def _misunderstood(room: Channel, error: modes.ModeError) -> Refusal:
    if error.problem is modes.Problem.UNKNOWN_MODE:
        return Refusal(numerics.ERR_UNKNOWNMODE, quotable(error.letter))
    row = CHANNEL_MODES[error.letter]
    text = f"Mode {error.letter} needs a parameter: MODE {room.name} +{error.letter} <{row.argument}>"
    return Refusal(numerics.ERR_INVALIDMODEPARAM, room.name, error.letter, "*", text=text)


def _with(wanted: list[ModeChange], change: ModeChange) -> list[ModeChange]:
    """The changes with one more, which takes the place of an earlier one of the same flag or setting."""
    if change.letter not in CHANNEL_CLASSES.lists + CHANNEL_CLASSES.prefixes:
        wanted = [earlier for earlier in wanted if earlier.letter != change.letter]
    return [*wanted, change]


def _prepared(ctx: Context, room: Channel, change: modes.Change, wanted: list[ModeChange]) -> ModeChange:
    """One change as the fact needs it. Raises Refusal when it may not be made, Ignored when there is none to make."""
    letter, argument = change.letter, change.argument or ""
    if letter in CHANNEL_CLASSES.prefixes:
        argument = ctx.find_user(quotable(argument)).uid
    elif letter == "f" and change.added:
        argument = quotable(argument)
    rules.require_mode(ctx.state, room, ctx.user, ModeChange(change.added, letter, argument))
    if letter in CHANNEL_CLASSES.prefixes:
        _check_member(ctx, room, argument)
    elif letter in CHANNEL_CLASSES.lists:
        argument = _mask(ctx, room, change, wanted)
    elif change.added and letter in _ARGUMENTS:
        argument = _ARGUMENTS[letter](ctx, room, argument)
    return ModeChange(change.added, letter, argument)


def _check_member(ctx: Context, room: Channel, uid: str) -> None:
    if uid not in room.members:
        raise Refusal(numerics.ERR_USERNOTINCHANNEL, ctx.state.users[uid].nick, room.name)


def _mask(ctx: Context, room: Channel, change: modes.Change, wanted: list[ModeChange]) -> str:
    """A mask as the list has it or will have it. Raises Ignored when it is there already, or is not there to be taken
    away."""
    letter, written = change.letter, change.argument or ""
    mask = extbans.normalized(written)
    entries = _entries_after(room, letter, wanted)
    known = spelling(entries, mask) or spelling(entries, written)
    if change.added == bool(known):
        raise Ignored
    if known:
        return known
    _check_mask(ctx, room, letter, written, mask)
    if len(entries) >= ctx.state.limits.masks_per_list_max:
        raise list_is_full(ctx.state, room, letter)
    return mask


def _entries_after(room: Channel, letter: str, wanted: list[ModeChange]) -> list[str]:
    """The list as it will be after the changes that are wanted until now."""
    entries = list(room.lists.get(letter, ()))
    for change in wanted:
        if change.letter == letter and change.added:
            entries.append(change.argument)
        elif change.letter == letter:
            entries.remove(change.argument)
    return entries


def _check_mask(ctx: Context, room: Channel, letter: str, written: str, mask: str) -> None:
    most = ctx.engine.limits.mask_bytes_max
    problem = extbans.problem(written, letter)
    if len(mask.encode()) > most or " " in mask or mask.startswith(":"):
        problem = f"A mask has at most {most} bytes and no space"
    if problem:
        raise Refusal(numerics.ERR_INVALIDMODEPARAM, room.name, letter, quotable(mask), text=problem)


def _key(ctx: Context, room: Channel, key: str) -> str:
    most = ctx.engine.limits.key_characters_max
    if len(key) > most or " " in key or "," in key or key.startswith(":"):
        text = f"A key has 1 to {most} characters, no space and no comma"
        raise Refusal(numerics.ERR_INVALIDMODEPARAM, room.name, "k", "*", text=text)
    return key


def _limit(ctx: Context, room: Channel, written: str) -> str:
    if not (written.isascii() and written.isdigit() and 1 <= int(written[:10]) <= LIMIT_MAX and len(written) <= 10):
        text = f"A limit is a number from 1 to {LIMIT_MAX}"
        raise Refusal(numerics.ERR_INVALIDMODEPARAM, room.name, "l", quotable(written), text=text)
    return str(int(written))


def _forward(ctx: Context, room: Channel, name: str) -> str:
    """A channel's name as it is written there."""
    return ctx.state.channels[name].name


_ARGUMENTS = {"k": _key, "l": _limit, "f": _forward}
