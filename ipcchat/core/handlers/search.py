"""SEARCH: messages by their words, in all that somebody may read (soju.im/search).

Rules:
1. Only what CHATHISTORY would give is searched: the channels that the user is in, as far back as he may see, and the
   conversations of his account.
2. A channel or person of whom he may read nothing is answered like one that has nothing: by an empty batch, at once.
3. What was edited is found by its latest text, what was redacted not at all.

Specification: soju.im/search (https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md).
"""

from __future__ import annotations

import msgspec

from ipcchat.core import caps, past, search_terms
from ipcchat.core.context import Context
from ipcchat.core.effects import HistoryAnswer, Past, Search, Spans
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.facts import Posted
from ipcchat.core.registry import command
from ipcchat.core.retelling import retold
from ipcchat.core.search_terms import Terms, UnclearError
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

SPECIFICATION = "https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md"
BATCH = "soju.im/search"


@command("SEARCH", spec=SPECIFICATION)
def search(ctx: Context, attributes: str, *more: str) -> None:
    """Find messages in your channels and conversations: SEARCH :in=#lobby;text="green tea" lemon*. Attributes are in,
    from, account, after, before (a day or a time), text, has=link, sort (newest, oldest, rank) and limit; from:, in:,
    after:, before: and has: can also be written among the words."""
    if not ctx.session.caps & caps.SEARCH:
        raise Refusal(numerics.ERR_UNKNOWNCOMMAND, "SEARCH", text="SEARCH needs the capability soju.im/search")
    try:
        terms = search_terms.read(" ".join((attributes, *more)), ctx.engine.limits.search_words_max)
    except UnclearError as error:
        raise _unclear(error) from None
    query = _query(ctx, terms)
    if query.spans or query.own:
        ctx.ask(query, lambda answer: _answer(ctx, answer))
    else:
        _answer(ctx, HistoryAnswer([]))


def _unclear(error: UnclearError) -> Failure:
    context = (quotable(error.attribute),)
    return Failure(numerics.ERR_UNKNOWNERROR, "SEARCH", "INVALID_PARAMS", *context, text=str(error))


def _query(ctx: Context, terms: Terms) -> Search:
    spans, own, target = _places(ctx, terms.target)
    most = ctx.engine.limits.search_messages_max
    return Search(
        spans=spans,
        through=ctx.state.seq,
        limit=min(terms.limit or most, most),
        words=terms.words,
        nick=terms.nick,
        account=terms.account,
        after=terms.after,
        before=terms.before,
        has_link=terms.has_link,
        newest=terms.order != "oldest",
        ranked=terms.order == "rank",
        own=own,
        own_after=past.account_after(ctx.state, ctx.user),
        target=target,
    )


def _places(ctx: Context, name: str) -> tuple[dict[str, Spans], str, str]:
    """Where to look: the channels, the account whose conversations are searched, and the only history of all these."""
    state, user = ctx.state, ctx.user
    account = fold(user.account) if user.account else ""
    if not name:
        return past.of_channels(state, user), account, ""
    if not name.startswith("#"):
        return {}, account, past.conversation_with(state, user, name) if account else ""
    room = state.channels.find(name)
    if room is None or user.uid not in room.members:
        return {}, "", ""
    return {room.history: past.of_channel(state, user, room)}, "", room.history


def _answer(ctx: Context, answer: HistoryAnswer) -> None:
    """Send what was found in one batch, or bare to clients without batches."""
    if answer.error:
        text = f"The search could not be run: {answer.error}"
        raise Failure(numerics.ERR_UNKNOWNERROR, "SEARCH", "INTERNAL_ERROR", text=text)
    names = past.Names(ctx.state, ctx.user)
    with ctx.batched(BATCH):
        for thing in answer.found:
            for row in retold(ctx, _without_reactions(thing), names.called(thing.target)):
                ctx.write(row)
    if answer.partial:
        ctx.warn(
            "INCOMPLETE", "There was no time to look at everything; narrow the search by in, from, after or before"
        )


def _without_reactions(thing: Past) -> Past:
    """A search gives messages: PRIVMSG and NOTICE."""
    about = tuple(each for each in thing.about if isinstance(each.fact, Posted) and each.fact.verb != "TAGMSG")
    return msgspec.structs.replace(thing, about=about)
