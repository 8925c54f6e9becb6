"""WHO and WHOX: lists of people, in rows of fixed fields or of those that are asked for.

    WHO #tea              the members of a channel
    WHO ann               one user
    WHO *.example.org     whoever a search finds: nick, user name, host or realname matches
    WHO *!*@10.0.0.*      the same by nick!user@host
    WHO * o               operators of the network only
    WHO #tea %tcnf,42     the token 42, channel, nick and flags (WHOX)

Rules:
1. Who and what is shown is a matter of visibility.py.
2. Letters before the % say where to search; unknown letters mean nothing. Fields come in the order of the
   specification, whatever the order in which they were asked for.

Specifications: Modern IRC "WHO message", IRCv3 WHOX and bot-mode; letters for searches as InspIRCd has them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import msgspec

from ipcchat.core import describe, long_answers, rules, visibility
from ipcchat.core.context import Context
from ipcchat.core.registry import MODERN, command
from ipcchat.core.state import Channel, User
from ipcchat.wire import masks, numerics
from ipcchat.wire.casemap import fold

TOKEN_DIGITS_MAX = 3
NO_TOKEN = "0"
PLACES = "nuhrai"
USUAL_PLACES = "nuhri"
FIELDS = "tcuihsnfdlaor"
SEPARATOR = "\n"
_WILDCARDS = re.compile(r"[*?]+")


class Question(msgspec.Struct, frozen=True):
    """The second parameter: where to search ("" for the usual places), whether for operators only, and the fields and
    token of WHOX; `fields` is None for a plain WHO."""

    places: str = ""
    operators: bool = False
    fields: frozenset[str] | None = None
    token: str = NO_TOKEN

    def includes(self, user: User) -> bool:
        """Whether the user is of the kind that is asked for; nobody is when there is nothing to tell of him."""
        return self.fields != frozenset() and (not self.operators or rules.is_network_operator(user))


class Sight(msgspec.Struct, frozen=True):
    """One row: a user and the channel to show him in."""

    user: User
    room: Channel | None


def parsed(written: str) -> Question:
    """Read the second parameter: letters, then % and fields, then a comma and the token."""
    letters, percent, rest = written.partition("%")
    fields, _, token = rest.partition(",")
    fits = token.isascii() and token.isdigit() and len(token) <= TOKEN_DIGITS_MAX
    places = "".join(letter for letter in letters if letter in PLACES)
    wanted = frozenset(field for field in fields if field in FIELDS) if percent else None
    return Question(places, "o" in letters, wanted, token if fits else NO_TOKEN)


@command("WHO", spec=MODERN + "who-message", cost=2.0)
def who(ctx: Context, mask: str = "*", flags: str = "") -> None:
    """List people: of a channel (WHO #room), or those whose nick, user, host or realname matches a mask (WHO
    *.example.org). WHO * o lists operators of the network; WHO #room %cuhnar gives the fields you name (WHOX)."""
    question, most = parsed(flags), ctx.engine.limits.who_rows_max
    sights = _in_channel(ctx, mask, question) if mask.startswith("#") else _matching(ctx, mask or "*", question)
    shown, complete = long_answers.some_of(ctx, (_row(ctx, sight, question) for sight in sights), most)
    if not complete:
        ctx.note("WHO_TRUNCATED", f"Only the first {shown} are shown; give a narrower mask")
    ctx.reply(numerics.RPL_ENDOFWHO, long_answers.as_asked(mask or "*"))


def _in_channel(ctx: Context, name: str, question: Question) -> Iterator[Sight]:
    room = ctx.state.channels.find(name)
    if room is not None and rules.may_know(room, ctx.user):
        for user, _ in visibility.members(ctx.state, room, ctx.user):
            if question.includes(user):
                yield Sight(user, room)


# Searching.


def _masks(viewer: User, user: User) -> tuple[str, str]:
    """nick!user@host as others see it, and with his address for those who may know it."""
    known = visibility.known_address(viewer, user)
    return user.mask, f"{user.nick}!{user.user}@{known}" if known else ""


def _texts(places: Iterable[str], viewer: User, user: User) -> list[str]:
    """What there is to match in these places."""
    texts = {
        "n": user.nick,
        "u": user.user,
        "h": user.host,
        "r": user.realname,
        "a": user.account,
        "i": visibility.known_address(viewer, user),
    }
    return [texts[letter] for letter in places]


def _matching(ctx: Context, mask: str, question: Question) -> Iterator[Sight]:
    """Who has exactly that nick, or else whom the search finds."""
    by_nick = not question.places or "n" in question.places
    exact = visibility.somebody(ctx.engine, mask) if by_nick else None
    for user in _search(ctx, mask, question) if exact is None else [exact]:
        if question.includes(user) and (user is exact or visibility.finds(ctx.state, ctx.user, user)):
            yield Sight(user, next(visibility.named_channels(ctx.state, ctx.user, user), None))


def _search(ctx: Context, mask: str, question: Question) -> Iterable[User]:
    """Whoever matches."""
    everybody, places = ctx.state.users.values(), question.places
    if not places and mask in ("*", "0"):
        return everybody
    long_answers.charge(ctx, len(everybody))
    if not places and ("!" in mask or "@" in mask):
        return _filtered(everybody, masks.normalize_mask(mask), partial(_masks, ctx.user))
    return _filtered(everybody, mask, partial(_texts, places or USUAL_PLACES, ctx.user))


def _filtered(users: Iterable[User], mask: str, texts_of: Callable[[User], Iterable[str]]) -> Iterator[User]:
    """The users of whom one text matches. Most are ruled out by the letters of the mask, in one look at all texts."""
    wanted = fold(mask)
    pieces = [piece for piece in _WILDCARDS.split(wanted) if piece]
    for user in users:
        texts = fold(SEPARATOR.join(texts_of(user)))
        if _has_all(pieces, texts) and any(_fits(wanted, pieces, text) for text in texts.split(SEPARATOR)):
            yield user


def _fits(mask: str, pieces: list[str], text: str) -> bool:
    return bool(text) and _has_all(pieces, text) and masks.match(mask, text)


def _has_all(pieces: list[str], text: str) -> bool:
    """Whether the pieces are in the text one after the other: what matches has them all in one place."""
    position = 0
    for piece in pieces:
        position = text.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    return True


# Rows.


def _row(ctx: Context, sight: Sight, question: Question) -> str:
    user, server = sight.user, ctx.engine.server_name
    if question.fields is not None:
        values = zip(FIELDS, _values(ctx, sight, question), strict=True)
        asked = [value for letter, value in values if letter in question.fields]
        return long_answers.row(ctx, numerics.RPL_WHOSPCRPL, *asked)
    last = f"0 {user.realname}"
    params = [_channel(sight), user.user, user.host, server, user.nick, _flags(ctx, sight), last]
    return long_answers.row(ctx, numerics.RPL_WHOREPLY, *params)


def _channel(sight: Sight) -> str:
    return sight.room.name if sight.room else "*"


def _flags(ctx: Context, sight: Sight) -> str:
    """H or G for here or gone, * for an operator of the network, his prefixes in the channel, B for a bot."""
    user, room = sight.user, sight.room
    modes = room.members[user.uid] if room else ""
    return (
        ("G" if user.away else "H")
        + ("*" if rules.is_network_operator(user) else "")
        + describe.prefixes(ctx, modes)
        + ("B" if "B" in user.modes else "")
    )


def _values(ctx: Context, sight: Sight, question: Question) -> tuple[str, ...]:
    """What WHOX can tell of somebody, in the order of FIELDS."""
    user, now = sight.user, ctx.engine.now.wall
    return (
        question.token,
        _channel(sight),
        user.user,
        visibility.shown_address(ctx.user, user),
        user.host,
        ctx.engine.server_name,
        user.nick,
        _flags(ctx, sight),
        "0",
        str(max(0, now - user.spoke) // 1000),
        user.account or "0",
        "n/a",
        user.realname,
    )
