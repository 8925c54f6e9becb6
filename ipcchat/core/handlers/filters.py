"""SPAMFILTER: what nobody may say, and what happens to who says it (core/filters.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from ipcchat.core import audit, facts, filters, replies, rules
from ipcchat.core.context import Context
from ipcchat.core.counting import counted
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.filters import Caught
from ipcchat.core.officers import tell_officers
from ipcchat.core.privileges import FILTER
from ipcchat.core.registry import command
from ipcchat.core.targets import quotable
from ipcchat.wire import masks, numerics
from ipcchat.wire.times import format_time

NOTICES = "f"
NO_REASON = "it looks like spam"


@command("SPAMFILTER", spec="https://docs.inspircd.org/4/modules/filter/", cost=2.0)
def spamfilter(ctx: Context, subcommand: str, *words: str) -> None:
    """Say what nobody may say, for operators: SPAMFILTER ADD block *buy?now* :No advertising here; SPAMFILTER ADD warn
    *word*; SPAMFILTER ADD kill :*many words*; SPAMFILTER DEL *buy?now*; SPAMFILTER LIST; SPAMFILTER TEST :some text. A
    pattern is compared with the whole text; * is anything, ? any one character, a space too."""
    rules.require_privilege(ctx.user, FILTER)
    act = _SUBCOMMANDS.get(subcommand.upper())
    if act is None:
        text = f"SPAMFILTER knows {', '.join(_SUBCOMMANDS)}; see HELP SPAMFILTER"
        raise Failure(numerics.ERR_UNKNOWNERROR, "SPAMFILTER", "UNKNOWN_SUBCOMMAND", quotable(subcommand), text=text)
    act(ctx, words)


def _add(ctx: Context, words: Sequence[str]) -> None:
    if len(words) < 2:
        _lacking("SPAMFILTER ADD <action> <pattern> [<reason>]")
    action, pattern = words[0].lower(), filters.compared(words[1])
    if action not in filters.ACTIONS:
        text = f"There are the actions {', '.join(filters.ACTIONS)}; see HELP SPAMFILTER"
        raise Failure(numerics.ERR_UNKNOWNERROR, "SPAMFILTER", "UNKNOWN_ACTION", quotable(words[0]), text=text)
    problem = filters.pattern_problem(pattern, ctx.engine.limits.mask_bytes_max)
    if problem:
        raise Failure(numerics.ERR_BADMASK, "SPAMFILTER", "INVALID_PATTERN", quotable(pattern), text=problem)
    reason = replies.fitting(" ".join(words[2:]).strip(), ctx.engine.limits.ban_reason_bytes_max) or NO_REASON
    ctx.propose(facts.FilterSet, pattern=pattern, action=action, reason=reason, author=ctx.user.operator)


def _del(ctx: Context, words: Sequence[str]) -> None:
    if not words:
        _lacking("SPAMFILTER DEL <pattern>")
    ctx.propose(facts.FilterLifted, pattern=filters.compared(words[0]))


def _list(ctx: Context, words: Sequence[str]) -> None:
    for found in ctx.state.filters.values():
        ctx.note("FILTER", described(found))
    ctx.note("END_OF_FILTERS", counted(len(ctx.state.filters), "filter"))


def described(found: filters.Filter) -> str:
    """A filter in a sentence, for operators."""
    return f"{found.action} {found.pattern} by {found.by} since {format_time(found.at)}: {found.reason}"


def _test(ctx: Context, words: Sequence[str]) -> None:
    """Which filters a text would meet, without saying it."""
    text = filters.compared(" ".join(words))
    met = [found for found in ctx.state.filters.values() if masks.match(found.pattern, text)]
    for found in met:
        ctx.note("FILTER", described(found))
    if not met:
        ctx.note("NO_FILTER", "No filter is met by that")


def _lacking(syntax: str) -> NoReturn:
    raise Refusal(numerics.ERR_NEEDMOREPARAMS, "SPAMFILTER", text=f"Not enough parameters: {syntax}")


_SUBCOMMANDS: dict[str, Callable[[Context, Sequence[str]], None]] = {
    "ADD": _add,
    "DEL": _del,
    "LIST": _list,
    "TEST": _test,
}


# What happens to who is caught.


@contextmanager
def punishing(ctx: Context) -> Iterator[None]:
    """Do to who says something inside what the filter wants that catches it."""
    try:
        yield
    except Caught as caught:
        punish(ctx, caught)
        raise


def punish(ctx: Context, caught: Caught) -> None:
    """A filter caught the user: operators who want it hear of it, and he is put off if the filter wants that. A command
    that will be asked again, behind the facts that are on their way, is punished then."""
    if ctx.session.pending > ctx.open:
        return
    found, engine, user = caught.filter, ctx.engine, ctx.user
    tell_officers(engine, NOTICES, f"{user.mask} was caught by a filter ({found.action}): {found.pattern}")
    audit.write(engine, audit.FILTERED, ctx.session, found.pattern, found.action)
    if found.action == filters.KILL:
        ids = engine.next_id(), engine.now.wall, engine.incarnation
        ctx.put(facts.Killed(*ids, victim=user.uid, reason=found.reason))
