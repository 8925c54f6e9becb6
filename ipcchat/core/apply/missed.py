"""What old clients are told of the past by themselves: the last lines of a channel that they join, and what came while
their user had no connection, in his channels and in private.

Rules:
1. Clients that can ask (draft/chathistory) are told nothing: they ask. Nor is anybody whose account wants it so (replay
   off).
2. Old lines can be told from new ones: by server-time, or else by the time (UTC) in front of the text. A client without
   server-time hears only what came since its user was there, with a remark before and behind it.
3. Nobody hears twice by this what he heard in the channel. There is a most of lines: the newest are told, and that
   there are more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import msgspec

from ipcchat.core import caps, past, replies, visits
from ipcchat.core.accounts import REPLAY
from ipcchat.core.apply import messages
from ipcchat.core.context import Context
from ipcchat.core.effects import History, HistoryAnswer, Past, Spans, Targets, TargetsAnswer
from ipcchat.core.retelling import retold
from ipcchat.core.state import Channel
from ipcchat.wire.casemap import fold

ACTION = "\x01ACTION "
WHEN_AWAY = "while you were not connected"
FOR_EVER = 1 << 62


class Playback(msgspec.Struct):
    """Histories that are told one after the other: of each what is in its spans, at most `lines_max` lines. With
    `remark` it is said how many messages came, and when: `remark` ends that sentence."""

    histories: deque[tuple[str, Spans]]
    lines_max: int
    remark: str = ""
    told: bool = False


def wants(ctx: Context) -> bool:
    """Whether the client is one that is told by itself."""
    account = ctx.state.accounts.find(ctx.user.account)
    is_off = account is not None and account.settings.get(REPLAY) == "off"
    return not is_off and not ctx.session.caps & (caps.CHATHISTORY | caps.CATCH_UP)


def tell(ctx: Context, after: int) -> None:
    """Ask for what is behind that place of the journal, and tell it."""
    if not wants(ctx):
        return
    state, user = ctx.state, ctx.user
    spans = {history: _clipped(seen, after, state.seq) for history, seen in past.of_channels(state, user).items()}
    query = Targets(
        spans=spans,
        after=-1,
        before=FOR_EVER,
        limit=ctx.engine.limits.missed_lines_max,
        through=state.seq,
        newest=True,
        account=fold(user.account),
        account_after=max(after, past.account_after(state, user)),
    )
    ctx.ask(query, lambda answer: _found(ctx, query, answer))


def _found(ctx: Context, query: Targets, answer: TargetsAnswer) -> None:
    if answer.error:
        ctx.note("MISSED", f"What came {WHEN_AWAY} cannot be read now: {answer.error}")
    elif answer.found:
        private = ((query.account_after, query.through),)
        histories = deque((history, query.spans.get(history, private)) for history, _, _ in answer.found)
        _go_on(ctx, Playback(histories, query.limit // len(histories), WHEN_AWAY))


def after_join(ctx: Context, channels: Iterable[Channel]) -> None:
    """Tell the last lines of channels that the user has just joined: what was said since he was in them, or anything
    where he never was."""
    limit = ctx.engine.limits.replay_lines_max
    if not limit or not wants(ctx):
        return
    histories: deque[tuple[str, Spans]] = deque()
    has_times = ctx.session.has(caps.SERVER_TIME)
    for channel in channels:
        stays = visits.of_account(ctx.state, ctx.user.account, channel)
        if stays or has_times:
            seen, joined = past.of_channel(ctx.state, ctx.user, channel), visits.since(ctx.user, channel)
            spans = _clipped(seen, stays[-1][1] if stays else 0, joined)
            histories.extend([(channel.history, spans)] if spans else ())
    _go_on(ctx, Playback(histories, limit, "" if has_times else "since you left"))


def _clipped(spans: Spans, after: int, through: int) -> Spans:
    return past.merged((max(after, one), min(other, through)) for one, other in spans)


def _go_on(ctx: Context, playback: Playback) -> None:
    """Tell the next history, or that it was the last."""
    if playback.histories:
        history, spans = playback.histories.popleft()
        query = History(history, playback.lines_max + 1, spans)
        ctx.ask(query, lambda answer: _answered(ctx, playback, history, answer))
    elif playback.told and playback.remark:
        ctx.note("MISSED", f"That is what came {playback.remark}")


def _answered(ctx: Context, playback: Playback, history: str, answer: HistoryAnswer) -> None:
    name = past.Names(ctx.state, ctx.user).called(history)
    if answer.error:
        ctx.note("MISSED", f"What was said with {name} cannot be read now: {answer.error}")
    elif name:
        _tell(ctx, playback, name, [thing for thing in answer.found if messages.is_wanted(ctx.state, ctx.user, thing)])
    _go_on(ctx, playback)


def _tell(ctx: Context, playback: Playback, name: str, things: list[Past]) -> None:
    """The newest messages that fit, in their order; nothing but the remark when not even one does."""
    kept: deque[list[replies.Line]] = deque()
    room = playback.lines_max
    for thing in reversed(things):
        rows = _dated(ctx, thing, retold(ctx, thing, name))
        room -= len(rows)
        if room < 0:
            break
        kept.appendleft(rows)
    if playback.remark and things:
        ctx.note("MISSED", _remark(playback, name, len(kept), len(kept) < len(things)))
    if kept:
        playback.told = True
        with ctx.batched("chathistory", name):
            for rows in kept:
                for row in rows:
                    ctx.write(row)


def _remark(playback: Playback, name: str, count: int, is_more: bool) -> str:
    where = f"in {name}" if name.startswith("#") else f"with {name}"
    number = f"More than {count}" if is_more else str(count)
    return f"{number} message{'' if number == '1' else 's'} {where} came {playback.remark}"


def _dated(ctx: Context, thing: Past, rows: list[replies.Line]) -> list[replies.Line]:
    """With the time in front of the text for clients that get no times."""
    if ctx.session.has(caps.SERVER_TIME):
        return rows
    when = f"[{ctx.engine.tagger.time(thing.at)[:16].replace('T', ' ')}] "
    return [row._replace(text=_with(when, row.text)) for row in rows]


def _with(when: str, line: str) -> str:
    head, _, text = line.partition(" :")
    if text.startswith(ACTION):
        when, text = f"{ACTION}{when}", text.removeprefix(ACTION)
    return replies.fitting(f"{head} :{when}{text}")
