"""Batches that clients send: lines that belong together and count as one command.

    BATCH +1 draft/multiline #tea          begin: the type's object is made
    @batch=1 PRIVMSG #tea :hello           take: it gets each line
    @batch=1 PRIVMSG #tea :world
    BATCH -1                               end: it does what the lines said, or refuses

Rules:
1. A type is a class behind `@client_batch`; it decides what lines it takes and how many. A batch is done whole or not
   at all.
2. A batch answers as the command that began it: with its label, its client tags and its idempotency key. Its other
   lines answer nothing; those that have labels of their own get ACK.
3. After a mistake the batch comes to nothing: one FAIL, and all that still comes of it is ignored until its end.
4. One batch at a time; none in another. COMPAT: lines without the batch's tag that come meanwhile (the specification
   forbids them) are done at once, as if there were no batch: a client must be able to answer PING.
5. Lines of an open batch never wait for the flood bucket: what they cost is owed, and what comes after them waits. So a
   type must refuse lines at some number.
6. A batch that is open for too long comes to nothing (timers.py), unless it is us who let its lines wait.

Specification: IRCv3 client-batch (https://ircv3.net/specs/extensions/client-batch).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn, Protocol, TypeVar

import msgspec

from ipcchat.core.errors import Failure, Ignored, Refusal
from ipcchat.core.registry import Command
from ipcchat.core.session import Session
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.message import Message

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

REFERENCE = re.compile(r"[A-Za-z0-9-]+")
IGNORED_MAX = 2  # a batch and the one that was wrongly nested in it


class Gathering(Protocol):
    """An open batch of some type. Made with the context of the command that began it and the batch's parameters; that
    may raise Refusal."""

    def take(self, verb: str, params: Sequence[str], tags: dict[str, str]) -> None:
        """One more line. Raises Refusal, and has changed nothing then."""

    def finish(self, ctx: Context) -> None:
        """Do what the batch says, as the command that began it. Raises Refusal, Ignored or NotYet, and has proposed
        nothing then."""


class BatchType(msgspec.Struct, frozen=True):
    """One row: the type's name, what makes its object, the capabilities a client needs, and what each line takes from
    the flood bucket."""

    name: str
    make: Callable[..., Gathering]
    spec: str
    needs: int
    line_cost: float


class ClientBatch(msgspec.Struct, frozen=True):
    """A batch that a client has begun: its reference, its type, the command that began it, when that was (monotonic
    seconds), and what it gathered."""

    reference: str
    type: BatchType
    ctx: Context
    begun: float
    gathering: Gathering


Maker = TypeVar("Maker", bound=Callable[..., Gathering])
CLIENT_BATCHES: dict[str, BatchType] = {}


def client_batch(name: str, *, spec: str, needs: int, line_cost: float = 1.0) -> Callable[[Maker], Maker]:
    """Register a class under a type's name. Raises ValueError when the name is taken."""

    def register(make: Maker) -> Maker:
        if name in CLIENT_BATCHES:
            raise ValueError(f"the batch type {name} is registered twice")
        CLIENT_BATCHES[name] = BatchType(name, make, spec, needs, line_cost)
        return make

    return register


# What the engine asks.


def line_row(session: Session, row: Command | None, reference: str) -> Command:
    """The row of a line with a batch tag, whatever its command is: it is taken by the batch."""
    batch = session.batch
    cost = batch.type.line_cost if batch is not None and batch.reference == reference else 1.0
    return Command(row.name if row else "*", _take, "", 0, 500, "", "", False, True, True, cost)


def is_in_open_batch(session: Session, message: Message | None) -> bool:
    """Whether a line is one of the batch that the session has begun, or ends it."""
    batch = session.batch
    if batch is None or message is None:
        return False
    return message.tags.get("batch") == batch.reference or _ends(message, batch.reference)


def _ends(message: Message, reference: str) -> bool:
    return message.command.upper() == "BATCH" and message.params[:1] == [f"-{reference}"]


def time_out(engine: Engine, session: Session) -> None:
    """Give up a batch that has been open for too long, unless its lines wait for their turn."""
    batch, most = session.batch, engine.limits.client_batch_seconds_max
    if batch is not None and not session.backlog and engine.now.ticks - batch.begun > most:
        text = f"The batch was open for more than {most} seconds: send it again, and end it sooner"
        _give_up(session, batch, _failure("TIMEOUT", batch.reference, text=text))


# What BATCH does.


def begin(ctx: Context, reference: str, kind: str, params: Sequence[str]) -> None:
    """BATCH +reference kind parameters. Raises Refusal, and Ignored when that was told to the command that began a
    batch of the same reference."""
    session, batch = ctx.session, ctx.session.batch
    try:
        row = _row(session, reference, kind)
        gathering = row.make(ctx, *params)
    except Refusal as refusal:
        ctx.wait_for_turn()
        _ignore(session, reference)
        if batch is None or batch.reference != reference:
            raise
        _give_up(session, batch, refusal)
        raise Ignored from None
    _forget(session, reference)
    session.batch = ClientBatch(reference, row, ctx, ctx.engine.now.ticks, gathering)
    ctx.hold()


def _row(session: Session, reference: str, kind: str) -> BatchType:
    """The type of a batch that may begin now. Raises Failure."""
    if not REFERENCE.fullmatch(reference):
        raise _failure("INVALID_REFTAG", quotable(reference), text="A reference is letters, digits and hyphens")
    if session.batch is not None:
        raise _failure(
            "INVALID_REFTAG", reference, text=f"End the batch {session.batch.reference} before you begin another"
        )
    row = CLIENT_BATCHES.get(kind)
    if row is None:
        text = f"No such type of batch here; there is {', '.join(CLIENT_BATCHES)}"
        raise _failure("UNKNOWN_TYPE", reference, quotable(kind), text=text)
    if not session.has(row.needs):
        raise _failure("UNKNOWN_TYPE", reference, kind, text=f"Ask for the capabilities batch and {kind} first")
    return row


def end(ctx: Context, reference: str) -> None:
    """BATCH -reference. Raises Failure for a batch that was not begun, Ignored for one that came to nothing."""
    session, batch = ctx.session, ctx.session.batch
    if batch is None or batch.reference != reference:
        if _forget(session, reference):
            raise Ignored
        raise _failure("INVALID_REFTAG", quotable(reference), text="There is no open batch of that reference")
    try:
        batch.gathering.finish(batch.ctx)
    except Refusal as refusal:
        ctx.wait_for_turn()
        batch.ctx.refuse(refusal)
    except Ignored:
        pass
    session.batch = None
    batch.ctx.release()


def _take(ctx: Context, *params: str) -> None:
    """A line with a batch tag. Raises Failure for a batch that was not begun, Ignored for one that came to nothing."""
    session, batch, reference = ctx.session, ctx.session.batch, ctx.tags["batch"]
    nested = params[0][1:] if ctx.command == "BATCH" and params else ""
    if batch is None or batch.reference != reference:
        _refuse_stray(ctx, reference, nested)
    try:
        if nested:
            text = f"The lines that begin and end a batch have no batch tag; {reference} comes to nothing"
            raise _failure("INVALID_REFTAG", quotable(nested), text=text)
        batch.gathering.take(ctx.command, params, ctx.tags)
    except Refusal as refusal:
        ctx.wait_for_turn()
        _give_up(session, batch, refusal)
        _ignore(session, nested)


def _refuse_stray(ctx: Context, reference: str, nested: str) -> NoReturn:
    """A line of no open batch: it is refused once, and what still comes of that batch is ignored."""
    session = ctx.session
    if reference in session.ignored_batches:
        _ignore(session, nested)
        raise Ignored
    ctx.wait_for_turn()
    _ignore(session, nested)
    _ignore(session, reference)
    text = "No batch of that reference is open: begin it with BATCH +reference, or send the line without the batch tag"
    raise _failure("INVALID_REFTAG", quotable(reference), text=text)


def _give_up(session: Session, batch: ClientBatch, refusal: Refusal) -> None:
    """The batch comes to nothing, and the command that began it is refused."""
    session.batch = None
    _ignore(session, batch.reference)
    batch.ctx.refused(refusal)
    batch.ctx.release()


def _ignore(session: Session, reference: str) -> None:
    """Take no notice of what comes of that batch; the oldest of several is forgotten."""
    if reference:
        _forget(session, reference)
        session.ignored_batches = (*session.ignored_batches, reference)[-IGNORED_MAX:]


def _forget(session: Session, reference: str) -> bool:
    """Ignore a batch no longer; whether it was ignored."""
    before = session.ignored_batches
    session.ignored_batches = tuple(known for known in before if known != reference)
    return len(session.ignored_batches) < len(before)


def _failure(code: str, *context: str, text: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "BATCH", code, *context, text=text)
