"""Lines in: which of a session's lines may run now, and the run of it. The others wait in its backlog.

A line waits for its session's facts and queries (`pending`, `barrier`), for those who do not read their answers
(`held`), and for the flood bucket. It is tried again when a fact of its session is settled, when its send queue is
short again, and by `wake` at every tick.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ipcchat.core import admission, client_batches, rates, refusals, replies
from ipcchat.core.context import Context
from ipcchat.core.effects import Pause, Resume, Send
from ipcchat.core.errors import Ignored, NotYet, Refusal
from ipcchat.core.registry import COMMANDS, Command
from ipcchat.core.session import RESTING, Session
from ipcchat.wire import numerics
from ipcchat.wire.message import Message, WireError

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

LONG_ANSWER_LINES = 32
"""Fewer lines in one turn are never weighed: see `_rest`."""

REST_SHARE = 4
"""What part of a send queue one turn's answers may be before the next command rests."""


class Intake:
    """The lines of one engine's sessions. `waiting` are the sessions that the next tick looks at."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.waiting: dict[Session, None] = {}

    def take(self, session: Session, message: Message | WireError) -> None:
        """A line came. It runs now or when its turn comes."""
        effects = self.engine.effects
        if session.backlog or not self._run(session, message):
            if session.backlog is None:
                session.backlog = deque()
            session.backlog.append(message)
            if len(session.backlog) >= self.engine.limits.receive_lines_batch and not session.paused:
                session.paused = True
                effects.append(Pause(session.link))
        if len(effects) > LONG_ANSWER_LINES:
            self._rest(session, 0)

    def wake(self) -> None:
        """Time passed: look again at those who waited for that."""
        waiting, self.waiting = self.waiting, {}
        for session in waiting:
            session.held &= ~RESTING
            self.drain(session)

    def forget(self, session: Session) -> None:
        """The session is gone, with what it still wanted."""
        self.waiting.pop(session, None)
        if session.backlog:
            session.backlog.clear()

    def drain(self, session: Session) -> None:
        """Run what waited and may run now."""
        backlog, start = session.backlog, len(self.engine.effects)
        while backlog and self._run(session, backlog[0]):
            if backlog:
                backlog.popleft()
            if len(self.engine.effects) - start > LONG_ANSWER_LINES:
                self._rest(session, start)
        if not backlog:
            session.backlog = None
        if session.paused and not backlog and not session.closed:
            session.paused = False
            self.engine.effects.append(Resume(session.link))

    def _rest(self, session: Session, start: int) -> None:
        """After very long answers in one turn, counted from effect `start`, the next command waits for a tick: by then
        the shell knows whether somebody reads them."""
        size = sum(len(effect.line) for effect in self.engine.effects[start:] if isinstance(effect, Send))
        if size > self.engine.limits.send_queue_bytes_max // REST_SHARE and not session.closed:
            session.held |= RESTING
            self.waiting[session] = None

    def _run(self, session: Session, message: Message | WireError) -> bool:
        """Run a command if it may run now; False when it has to wait."""
        if session.barrier or session.held:
            return False
        if isinstance(message, WireError):
            return self._run_unreadable(session, message)
        row = COMMANDS.get(message.command) or COMMANDS.get(message.command.upper())
        if "batch" in message.tags:
            row = client_batches.line_row(session, row, message.tags["batch"])
        if session.pending and not (row and row.pipelined):
            return False
        cost = row.cost if row else 1.0
        if message.tags or (row and row.each):
            cost = self._whole_cost(cost, row, message)
        if self.engine.throttled and not self._may_spend(session, cost, message):
            return False
        return self._dispatch(session, message, row, cost)

    def _whole_cost(self, cost: float, row: Command | None, message: Message) -> float:
        """What a line takes with its further targets and with long tags, which go to as many people as its text; never
        more than a full bucket has."""
        if row and row.each and message.params:
            cost += row.each * message.params[0].count(",")
        tags_bytes = sum(len(name) + len(value) for name, value in message.tags.items())
        return min(cost + tags_bytes // self.engine.limits.line_bytes_max, self.engine.limits.flood_lines_burst)

    def _run_unreadable(self, session: Session, error: WireError) -> bool:
        if session.pending or (self.engine.throttled and not self._may_spend(session, 1.0, error)):
            return False
        if error.code in ("UNTERMINATED", "ENDED"):
            self.engine.close(session, str(error))
        elif not session.closed and error.code != "EMPTY_COMMAND":
            Context(self.engine, session, "*", {}).refused(refusals.unreadable(error))
        return True

    def _may_spend(self, session: Session, cost: float, message: Message | WireError) -> bool:
        """Take `cost` lines from the session's flood bucket; False when it has too few, and the session is looked at
        again by tick. A batch that the client has begun never waits in the middle: what its lines cost is owed, and
        the commands after it wait."""
        if session.user is None:
            return self._may_spend_unregistered(session, message)
        ticks = self.engine.now.ticks
        rate, burst = self.engine.limits.flood_lines_per_second, self.engine.limits.flood_lines_burst
        session.tokens = min(burst, session.tokens + (ticks - session.topped) * rate)
        session.topped = ticks
        if cost and session.tokens < cost and not _is_in_open_batch(session, message):
            self.waiting[session] = None
            return False
        session.tokens -= cost
        return True

    def _may_spend_unregistered(self, session: Session, message: Message | WireError) -> bool:
        limits = self.engine.limits
        session.lines += 1
        session.line_bytes += admission.size_of(message, limits)
        if session.lines > limits.unregistered_lines_max:
            self.engine.close(session, "Too many lines before registration")
        elif session.line_bytes > limits.unregistered_bytes_max:
            self.engine.close(session, "Too many bytes before registration")
        return True

    def _dispatch(self, session: Session, message: Message, row: Command | None, cost: float) -> bool:
        """Check the preconditions and run the handler; False when it asked to wait."""
        if session.closed:
            return True
        ctx = Context(self.engine, session, row.name if row else message.command, message.tags)
        if message.tags and replies.may_label(session):
            ctx.label = _label(message.tags, self.engine.limits.label_bytes_max)
        params = message.params
        try:
            if row is None or session.user is None or not row.after or len(params) < row.required:
                row = _checked(session, row, message)
            if row.rate is None or not params or not self.engine.rated:
                row.handler(ctx, *params[: row.most])
            else:
                self._run_rated(ctx, row, row.rate, params)
        except Refusal as refusal:
            if session.pending > ctx.open:
                return self._wait(session, cost)
            ctx.refuse(refusal)
        except NotYet:
            return self._wait(session, cost)
        except Ignored:
            pass
        except Exception as error:
            self.engine.fault(ctx, error)
        if row is not None:
            self.engine.used[row.name] += 1
        ctx.returned = True
        if not ctx.open:
            ctx.finish()
        elif row is not None and not row.pipelined:
            session.barrier = True
        return True

    def _run_rated(self, ctx: Context, row: Command, rate: rates.Rate, params: Sequence[str]) -> None:
        """Run a command that others have to hear, if its user did not say it too often. Raises Refusal 438 or 263."""
        uid, ticks = ctx.session.uid, self.engine.now.ticks
        if ctx.session.user is not None and (wait := self.engine.rates.pause(uid, row.name, rate, ticks)):
            raise refusals.too_often(rate, row.name, wait, params[0])
        row.handler(ctx, *params[: row.most])
        if ctx.session.user is not None and ctx.open:
            self.engine.rates.count(uid, row.name, rate, ticks)

    def _wait(self, session: Session, cost: float) -> bool:
        """A command has to be asked again, once the facts before it are applied; it is charged then."""
        session.barrier = True
        session.tokens += cost
        return False


def _is_in_open_batch(session: Session, message: Message | WireError) -> bool:
    return isinstance(message, Message) and client_batches.is_in_open_batch(session, message)


def _checked(session: Session, row: Command | None, message: Message) -> Command:
    """The command, when registration and arity allow it. Raises Refusal 421, 451, 461 or 462."""
    if row is None:
        if session.user is None and not session.uid:
            raise Refusal(numerics.ERR_NOTREGISTERED)
        raise refusals.unknown(message.command)
    if session.user is None:
        if not row.before:
            raise Refusal(numerics.ERR_NOTREGISTERED)
    elif not row.after:
        raise Refusal(numerics.ERR_ALREADYREGISTERED)
    if len(message.params) < row.required:
        raise Refusal(numerics.ERR_NEEDMOREPARAMS, row.name, text=f"Not enough parameters: {row.syntax}")
    return row


def _label(tags: dict[str, str], bytes_max: int) -> str:
    """The command's label, or "" when there is none that counts (IRCv3 labeled-response: at most 64 bytes)."""
    label = tags.get("label", "")
    return label if len(label.encode()) <= bytes_max else ""
