"""One's own modes: MODE <nick>. The command itself is in modes.py.

Rules:
1. What may be set is set, then what may not is answered: 501 for letters that there are not, 481 for +s of people who
   are not operators, a note for modes that only the server gives.
2. +s has letters, one for each kind of notices; signs among them as in +s +cn-k. Without letters it means all.
3. +x changes the visible host together with the mode: to the cloak, and back to what the connection came with.

Specification: Modern IRC "User mode" (https://modern.ircdocs.horse/#user-mode), RFC 2812 3.1.5.
"""

from __future__ import annotations

from ipcchat.core import facts, rules
from ipcchat.core.apply.profiles import tell_notices
from ipcchat.core.cloaks import visible_host
from ipcchat.core.context import Context
from ipcchat.core.errors import Refusal
from ipcchat.core.modes import SERVER_NOTICES, USER_CLASSES, USER_MODES
from ipcchat.core.state import User
from ipcchat.core.targets import quotable
from ipcchat.wire import modes, numerics


def own_modes(ctx: Context, nick: str, letters: str, arguments: list[str]) -> None:
    """See or change one's own modes. Raises Refusal 401 or 502."""
    owner = ctx.find_user(quotable(nick))
    if owner is not ctx.user:
        raise Refusal(numerics.ERR_USERSDONTMATCH)
    if letters:
        _change_modes(ctx, owner, modes.parse_modes(USER_CLASSES, letters, arguments))
    else:
        _show_modes(ctx, owner)


def _show_modes(ctx: Context, owner: User) -> None:
    ctx.reply_text(numerics.RPL_UMODEIS, f"+{owner.modes}")
    if owner.notices:
        tell_notices(ctx, owner.notices)


def _change_modes(ctx: Context, owner: User, parsed: modes.ParsedModes) -> None:
    final = {change.letter: change.added for change in parsed.changes if _may_set(change)}
    notices = _notices(ctx, owner, parsed.changes, final)
    final["s"] = bool(notices)
    added = "".join(letter for letter, on in final.items() if on and letter not in owner.modes)
    removed = "".join(letter for letter, on in final.items() if not on and letter in owner.modes)
    _answer_others(ctx, parsed)
    if added or removed or notices != owner.notices:
        told = notices if notices != owner.notices else ""
        ctx.propose(facts.UserModesChanged, added=added, removed=removed, notices=told)
    if "x" in added + removed:
        host = visible_host(ctx.session.host, ctx.user.account, ctx.engine.secret) if "x" in added else ctx.session.host
        ctx.propose(facts.HostChanged, user=owner.user, host=host)


def _may_set(change: modes.Change) -> bool:
    """Whether a user may set or take away this mode himself."""
    row = USER_MODES[change.letter]
    return not row.given or (row.droppable and not change.added)


def _answer_others(ctx: Context, parsed: modes.ParsedModes) -> None:
    """Say what is not set: letters that there are not, and modes that are the server's to give."""
    given = "".join(dict.fromkeys(change.letter for change in parsed.changes if not _may_set(change)))
    if given:
        ctx.note("MODES_GIVEN", f"Only the server gives and takes away mode {given}; +o is for who says OPER")
    if parsed.errors:
        text = f"Unknown mode flag; there are {''.join(USER_MODES)}, see HELP UMODES"
        ctx.reply(numerics.ERR_UMODEUNKNOWNFLAG, text=text)


def _notices(ctx: Context, owner: User, changes: list[modes.Change], final: dict[str, bool]) -> str:
    """The kinds of notices that the user will get: none when he is no operator, or will not be."""
    kinds = set(owner.notices)
    for change in changes:
        if change.letter == "s":
            kinds = _changed_kinds(ctx, kinds, change)
    if kinds and not rules.is_network_operator(owner):
        tell_notices(ctx, "")
        return ""
    return "".join(sorted(kinds)) if final.get("o", True) else ""


def _changed_kinds(ctx: Context, kinds: set[str], change: modes.Change) -> set[str]:
    if not change.argument:
        return set(SERVER_NOTICES) if change.added else set()
    added = change.added
    for letter in change.argument:
        if letter in "+-":
            added = letter == "+"
        elif letter not in SERVER_NOTICES:
            text = f"Unknown kind of notices; there are {''.join(SERVER_NOTICES)}, see HELP UMODES"
            ctx.reply(numerics.ERR_UMODEUNKNOWNFLAG, text=text)
            break
        else:
            kinds = kinds | {letter} if added else kinds - {letter}
    return kinds
