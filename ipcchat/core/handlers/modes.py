"""MODE, for channels and for one's own user."""

from __future__ import annotations

from ipcchat.core import facts
from ipcchat.core.context import Context
from ipcchat.core.describe import CHANNEL_CLASSES, USER_CLASSES
from ipcchat.core.errors import Refusal
from ipcchat.core.facts import ModeChange
from ipcchat.core.handlers.channels import quotable
from ipcchat.core.registry import MODERN, command
from ipcchat.core.state import Channel
from ipcchat.wire import masks, modes, numerics

LIMIT_MAX = 1_000_000


@command("MODE", spec=MODERN + "mode-message")
def mode(ctx: Context, target: str, letters: str = "", *arguments: str) -> None:
    """See or change the modes of a channel, or your own: MODE #room +o ann, MODE #room +b, MODE ann +i."""
    if target.startswith("#"):
        room = ctx.visible_channel(quotable(target))
        if letters:
            _channel_modes(ctx, room, letters, list(arguments))
        else:
            _show_channel_modes(ctx, room)
    else:
        _user_modes(ctx, target, letters)


def _show_channel_modes(ctx: Context, room: Channel) -> None:
    inside = ctx.user.uid in room.members
    letters = "+" + room.flags + ("k" if room.key else "") + ("l" if room.limit else "")
    arguments = [room.key if inside else "*"] if room.key else []
    arguments += [str(room.limit)] if room.limit else []
    ctx.reply_text(numerics.RPL_CHANNELMODEIS, room.name, letters, *arguments)
    ctx.reply_text(numerics.RPL_CREATIONTIME, room.name, str(room.created // 1000))


def _channel_modes(ctx: Context, room: Channel, letters: str, arguments: list[str]) -> None:
    parsed = modes.parse_modes(CHANNEL_CLASSES, letters[:100], arguments)
    for error in parsed.errors:
        if error.problem is modes.Problem.UNKNOWN_MODE:
            ctx.reply(numerics.ERR_UNKNOWNMODE, quotable(error.letter))
        else:
            ctx.reply(numerics.ERR_INVALIDMODEPARAM, room.name, error.letter, "*", text=_missing(error.letter))
    wanted: list[ModeChange] = []
    for change in parsed.changes:
        with ctx.attempt():
            _prepare(ctx, room, change, wanted)
    most = ctx.engine.limits.modes_per_command_max
    if len(wanted) > most:
        ctx.note("MODES_TRUNCATED", f"Only the first {most} changes of one MODE are made; send the others again")
    if wanted:
        ctx.propose(facts.ChannelModesChanged, channel=room.name, changes=tuple(wanted[:most]))


def _missing(letter: str) -> str:
    return f"Mode {letter} needs a parameter, for instance MODE #room +{letter} <parameter>"


def _prepare(ctx: Context, room: Channel, change: modes.Change, wanted: list[ModeChange]) -> None:
    """Add one change to those wanted, with its argument as the fact needs it. Raises Refusal."""
    argument = change.argument or ""
    if change.letter in CHANNEL_CLASSES.lists:
        if not argument:
            _show_list(ctx, room, change.letter)
            return
        argument = _mask(ctx, room, change)
    elif change.letter in CHANNEL_CLASSES.prefixes:
        argument = _member(ctx, room, argument)
    elif change.letter == "k" and change.added:
        _check_key(ctx, room, argument)
    elif change.letter == "l" and change.added:
        argument = _limit(room, argument)
    wanted.append(ModeChange(change.added, change.letter, argument))


def _show_list(ctx: Context, room: Channel, letter: str) -> None:
    ctx.joined_channel(room.name)
    for mask, listed in room.lists.get(letter, {}).items():
        ctx.reply_text(numerics.RPL_BANLIST, room.name, mask, listed.by, str(listed.at // 1000))
    ctx.reply(numerics.RPL_ENDOFBANLIST, room.name)


def _mask(ctx: Context, room: Channel, change: modes.Change) -> str:
    limits = ctx.engine.limits
    mask = masks.normalize_mask(change.argument or "")
    if len(mask.encode()) > limits.mask_bytes_max or " " in mask or mask.startswith(":"):
        text = f"A mask has at most {limits.mask_bytes_max} bytes and no space"
        raise Refusal(numerics.ERR_INVALIDMODEPARAM, room.name, change.letter, quotable(mask), text=text)
    entries = room.lists.get(change.letter, {})
    if change.added and mask not in entries and len(entries) >= limits.masks_per_list_max:
        text = f"Channel list is full: at most {limits.masks_per_list_max} masks; take some away first"
        raise Refusal(numerics.ERR_BANLISTFULL, room.name, change.letter, text=text)
    return mask


def _member(ctx: Context, room: Channel, nick: str) -> str:
    member = ctx.find_user(quotable(nick))
    if member.uid not in room.members:
        raise Refusal(numerics.ERR_USERNOTINCHANNEL, member.nick, room.name)
    return member.uid


def _check_key(ctx: Context, room: Channel, key: str) -> None:
    most = ctx.engine.limits.key_characters_max
    if len(key) > most or " " in key or "," in key or key.startswith(":"):
        text = f"A key has 1 to {most} characters, no space and no comma"
        raise Refusal(numerics.ERR_INVALIDMODEPARAM, room.name, "k", "*", text=text)


def _limit(room: Channel, written: str) -> str:
    if not (written.isascii() and written.isdigit() and 1 <= int(written[:10]) <= LIMIT_MAX and len(written) <= 10):
        text = f"A limit is a number from 1 to {LIMIT_MAX}"
        raise Refusal(numerics.ERR_INVALIDMODEPARAM, room.name, "l", quotable(written), text=text)
    return str(int(written))


def _user_modes(ctx: Context, target: str, letters: str) -> None:
    owner = ctx.find_user(quotable(target))
    if owner is not ctx.user:
        raise Refusal(numerics.ERR_USERSDONTMATCH)
    if not letters:
        ctx.reply_text(numerics.RPL_UMODEIS, f"+{owner.modes}")
        return
    parsed = modes.parse_modes(USER_CLASSES, letters[:100])
    if parsed.errors:
        ctx.reply(numerics.ERR_UMODEUNKNOWNFLAG)
    final = {change.letter: change.added for change in parsed.changes if not (change.added and change.letter == "o")}
    added = "".join(letter for letter, on in final.items() if on and letter not in owner.modes)
    removed = "".join(letter for letter, on in final.items() if not on and letter in owner.modes)
    if added or removed:
        ctx.propose(facts.UserModesChanged, added=added, removed=removed)
