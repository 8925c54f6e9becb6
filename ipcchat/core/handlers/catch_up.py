"""CATCHUP: everything that one missed, in all channels and conversations, by one request (docs/catch-up.md).

Rules:
1. What is told was there when the command was heard; what comes later is told live.
2. It is read and written a slice at a time. Others have their turn between two slices, and a slice waits while the one
   who asked does not read (engine.resume).
3. What has one place in the journal stays together: the limit counts places, and no slice ends inside one (the
   journal's answers do not either).
4. The answer is a batch whose last line says whether that was all and with which cursor to go on, and whether something
   that belongs into it is not kept any more. Without that line it was cut off.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

import msgspec

from ipcchat.core import caps, past, replies, retelling
from ipcchat.core.apply import messages
from ipcchat.core.context import Context
from ipcchat.core.effects import CatchUp, HistoryAnswer, Past, Spans
from ipcchat.core.errors import Failure
from ipcchat.core.long_answers import charge
from ipcchat.core.registry import command
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold
from ipcchat.wire.message import escape_value

SPECIFICATION = "catch-up.md"
NEEDED = caps.CATCH_UP | caps.BATCH | caps.MESSAGE_TAGS
BATCH = "ipc-chat/catch-up"
HISTORY_TAG = "ipc-chat/history"
BEGINNING, NOW = "*", "NOW"
FORGOTTEN = "FORGOTTEN"
DIGITS_MAX = 9

READING_COST = 2
"""A thing that is read from the journal and told costs as much as looking at so many in memory (long_answers)."""

SLICE_THINGS = 256
"""What is read from the journal at once: some milliseconds of rendering, between which others have their turn. With
half of it 10,000 messages of 50 channels take twice the CPU time, with twice of it they are not told faster."""

SLICE_SHARE = 8
"""What part of a send queue a slice may be, beside the last thing in it: several fit into one before it is known that
nobody reads them."""


@command("CATCHUP", spec=SPECIFICATION, cost=2.0)
def catchup(ctx: Context, cursor: str = "", limit: str = "", channels: str = "") -> None:
    """Read what you missed in all your channels and conversations since a point: CATCHUP <msgid> 1000. Programs do it
    by themselves; with a list of channels it is only those, and instead of a msgid * is the beginning."""
    if not ctx.session.has(NEEDED):
        text = "Ask for the capabilities first: CAP REQ :ipc-chat/catch-up batch message-tags"
        raise _failure("NEED_CAPABILITIES", text=text)
    if not cursor:
        raise _failure("NEED_MORE_PARAMS", text="Missing parameters: CATCHUP <cursor | * | NOW> [limit] [#a,#b]")
    after = place(ctx, cursor)
    if after is None:
        text = "This cursor is not of this journal: begin anew with * (all that you may see) or NOW"
        raise _failure("UNKNOWN_CURSOR", quotable(cursor), text=text)
    _Telling(ctx, quotable(cursor), after, _limit(ctx, limit), _spans(ctx, channels), not channels).ask()


def _failure(code: str, *context: str, text: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "CATCHUP", code, *context, text=text)


def place(ctx: Context, cursor: str) -> int | None:
    """The place in the journal that a written cursor names; None when it is not of this journal, or from a part of it
    that is not there."""
    if cursor == BEGINNING:
        return 0
    if cursor.upper() == NOW:
        return ctx.state.seq
    seq = ctx.engine.tagger.seq(cursor)
    return seq if seq is not None and seq <= ctx.state.seq else None


def _limit(ctx: Context, written: str) -> int:
    most = ctx.engine.limits.catch_up_messages_max
    if not written:
        return most
    if not (written.isascii() and written.isdigit() and len(written) <= DIGITS_MAX and int(written) > 0):
        raise _failure("INVALID_PARAMS", quotable(written), text="The limit is a number from 1 on")
    return min(int(written), most)


def _spans(ctx: Context, channels: str) -> dict[str, Spans]:
    """What the user may see of his channels, or of those in a list. The refusal is the same for a channel that he is
    not in as for none."""
    if not channels:
        return past.of_channels(ctx.state, ctx.user)
    spans: dict[str, Spans] = {}
    for name in filter(None, channels.split(",")):
        room = ctx.state.channels.find(name)
        if room is None or ctx.user.uid not in room.members:
            raise _failure("INVALID_TARGET", quotable(name), text="Nothing could be retrieved: join the channel first")
        spans[room.history] = past.of_channel(ctx.state, ctx.user, room)
    return spans


class _Telling:
    """One answer on its way: `query` is what is asked next, `left` how many places may still be told, and `forgotten`
    says that there would have been more."""

    def __init__(
        self, ctx: Context, asked: str, after: int, limit: int, spans: dict[str, Spans], with_people: bool
    ) -> None:
        self.ctx = ctx
        self.asked = asked
        self.left = limit
        self.forgotten = False
        self.account = fold(ctx.user.account)
        self.query = CatchUp(
            spans=spans,
            after=after,
            through=ctx.state.seq,
            limit=SLICE_THINGS,
            account=self.account if with_people else "",
            account_after=past.account_after(ctx.state, ctx.user),
            events=ctx.session.has(caps.EVENT_PLAYBACK),
        )

    def ask(self) -> None:
        """Read the next slice."""
        self.ctx.ask(self.query, self.answered)

    def answered(self, answer: HistoryAnswer) -> None:
        """Tell a slice, and go on or end. Raises Failure when nothing of the answer has been told and nothing can
        be."""
        if self.ctx.session.closed:
            return
        if self.account != fold(self.ctx.user.account):
            self._break_off("your account is another now")
            return
        if answer.error:
            self._break_off(answer.error)
            return
        if not self.ctx.inside:
            self._open()
        self.forgotten = self.forgotten or answer.forgotten
        places = [list(things) for _, things in groupby(answer.found, attrgetter("seq"))]
        told, is_complete = self._tell(places)
        charge(self.ctx, READING_COST * told)
        if is_complete and not answer.more:
            self._close("END", self.query.through)
        elif not self.left:
            self._close("MORE", self.query.after)
        else:
            self.ask()

    def _tell(self, places: list[list[Past]]) -> tuple[int, bool]:
        """Write places until the slice is full or the limit reached. Returns how many, and whether all of them."""
        ctx = self.ctx
        names = past.Names(ctx.state, ctx.user)
        bytes_left = ctx.engine.limits.send_queue_bytes_max // SLICE_SHARE
        for told, things in enumerate(places):
            if not self.left or bytes_left <= 0:
                return told, False
            for line in (line for thing in things for line in _lines(ctx, thing, names)):
                ctx.write(line)
                bytes_left -= len(line.tags) + len(line.text)
            self.left -= 1
            self.query = msgspec.structs.replace(self.query, after=things[0].seq)
        return len(places), True

    def _open(self) -> None:
        """The batch begins at once, label and all: its end is not waited for."""
        ctx, server = self.ctx, self.ctx.engine.server_name
        reference, label, ctx.label = ctx.engine.next_batch(), ctx.label, ""
        ctx.line(replies.line(server, "BATCH", f"+{reference}", BATCH, self.asked), replies.label_tag(label))
        ctx.inside = reference

    def _close(self, ending: str, seq: int) -> None:
        ctx, server = self.ctx, self.ctx.engine.server_name
        mark = (FORGOTTEN,) if self.forgotten and self.asked != BEGINNING else ()
        ctx.line(replies.line(server, "CATCHUP", ending, ctx.engine.tagger.msgid(seq), *mark))
        reference, ctx.inside = ctx.inside, ""
        ctx.line(replies.line(server, "BATCH", f"-{reference}"))

    def _break_off(self, error: str) -> None:
        failure = _failure("MESSAGE_ERROR", text=f"The past cannot be read now: {error}")
        if not self.ctx.inside:
            raise failure
        self.ctx.refused(failure)
        self._close("MORE", self.query.after)


def _lines(ctx: Context, thing: Past, names: past.Names) -> Iterator[replies.Line]:
    """A thing as lines that say which history they are of; those inside a batch of their own say it at its opening."""
    target = names.called(thing.target)
    if not target or not messages.is_wanted(ctx.state, ctx.user, thing):
        return
    mark = f"{HISTORY_TAG}={escape_value(target)}"
    for line in retelling.retold(ctx, thing, target):
        if line.place in (replies.Place.ALONE, replies.Place.OPENING):
            line = line._replace(tags=replies.joined_tags(line.tags, mark))
        yield line
