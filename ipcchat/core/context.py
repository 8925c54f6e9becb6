"""One command on its way: what a handler sees and may do, from the line that came to the last of its facts.

It lives until every fact that it proposed has been applied and every query it asked has been answered, and gathers
the response of a labelled command until then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ipcchat.core import caps, facts, refusals, replies, rules
from ipcchat.core.effects import Ask, Find, Found, Propose, Query, Send
from ipcchat.core.errors import Failure, Ignored, NotYet, Refusal
from ipcchat.core.facts import AnyFact
from ipcchat.core.session import Session
from ipcchat.core.state import Channel, State, User
from ipcchat.wire import numerics
from ipcchat.wire.numerics import Numeric

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine


class Context:
    """A command of a session. `lines` gathers the response when it is labelled; `open` counts facts and queries on
    their way; `key` is the id of its fact when its sender gave one (+ipc-chat/key); `inside` is the batch that is being
    answered; a `quiet` command hears no refusals, and one to a service hears them, and what else is said in sentences,
    from its `speaker`."""

    label = ""
    key = b""
    inside = ""
    quiet = False
    speaker: Callable[[str], None] | None = None
    open = 0
    returned = False
    after: Callable[[Any], None] | None = None
    then: Callable[[], None] | None = None

    def __init__(self, engine: Engine, session: Session, command: str, tags: dict[str, str]) -> None:
        self.engine = engine
        self.session = session
        self.command = command
        self.tags = tags
        self.lines: list[replies.Line] = []

    # What a handler sees.

    @property
    def state(self) -> State:
        """The shared state, to be read."""
        return self.engine.state

    @property
    def user(self) -> User:
        """Who says it; only for commands of registered sessions."""
        user = self.session.user
        if user is None:
            raise Ignored
        return user

    def find_user(self, nick: str) -> User:
        """The user of that nick. Raises Refusal 401."""
        user = self.state.nicks.find(nick)
        if user is None:
            raise Refusal(numerics.ERR_NOSUCHNICK, nick or "*")
        return user

    def joined_channel(self, name: str) -> Channel:
        """A channel that the user is in. Raises Refusal 403 or 442."""
        return rules.joined_channel(self.state, self.user, name)

    def visible_channel(self, name: str) -> Channel:
        """A channel that the user may know of. Raises Refusal 403."""
        return rules.visible_channel(self.state, self.user, name)

    # What a handler may do.

    def reply(self, numeric: Numeric, *params: str, text: str | None = None) -> None:
        """Answer with a numeric; `text` defaults to the numeric's own, and is left out where both are empty."""
        last = numeric.text if text is None else text
        ending = (last,) if last else ()
        self.line(replies.line(self.engine.server_name, numeric.code, self.session.display, *params, *ending))

    def reply_text(self, numeric: Numeric, *params: str) -> None:
        """Answer with a numeric whose last parameter is always written, even when it is empty."""
        self.line(replies.line(self.engine.server_name, numeric.code, self.session.display, *params))

    def line(self, text: str, tags: str = "") -> None:
        """Answer with a finished line (without ending), held back while the command is labelled."""
        if self.label or self.inside:
            self.write(replies.Line(tags, text))
        elif not self.session.closed:
            self.engine.effects.append(Send(self.session.link, replies.encoded(tags, text)))

    def write(self, line: replies.Line) -> None:
        """Answer with a line that knows its place in a batch of its own; within `batched` that batch is nested."""
        if self.inside and line.place is not replies.Place.INSIDE:
            line = replies.nested(line, self.inside)
        if self.label:
            self.lines.append(line)
        elif not self.session.closed:
            self.engine.effects.append(Send(self.session.link, replies.encoded(line.tags, line.text)))

    @contextmanager
    def batched(self, kind: str, *params: str, needs: int = caps.BATCH) -> Iterator[None]:
        """What is answered inside is one batch of that type, for clients that have `needs`; bare lines for others.
        One inside another is nested."""
        if not self.session.has(needs | caps.BATCH):
            yield
            return
        engine, outer, reference = self.engine, self.inside, self.engine.next_batch()
        opening = replies.line(engine.server_name, "BATCH", f"+{reference}", kind, *params)
        self.write(replies.Line("", opening, replies.Place.OPENING))
        self.inside = reference
        try:
            yield
        finally:
            self.inside = outer
            closing = replies.line(engine.server_name, "BATCH", f"-{reference}")
            self.write(replies.Line("", closing, replies.Place.CLOSING))

    def note(self, code: str, text: str) -> None:
        """A remark beside the answer: NOTE (IRCv3 standard replies), or a NOTICE for clients that do not know those."""
        self._remark("NOTE", code, text)

    def warn(self, code: str, text: str) -> None:
        """The same for what is not as it should be: WARN."""
        self._remark("WARN", code, text)

    def _remark(self, kind: str, code: str, text: str) -> None:
        server = self.engine.server_name
        if self.session.caps & caps.STANDARD_REPLIES:
            self.line(replies.line(server, kind, self.command, code, text))
        else:
            self.line(replies.line(server, "NOTICE", self.session.display, text))

    def refused(self, refusal: Refusal) -> None:
        """Tell a refusal."""
        if self.quiet:
            return
        if self.speaker is not None:
            self.speaker(refusal.text)
        elif isinstance(refusal, Failure) and self.session.caps & caps.STANDARD:
            msgid = (self.engine.tagger.msgid(refusal.about),) if refusal.about else ()
            words = (refusal.command, refusal.code, *refusal.context, *msgid, refusal.text)
            self.line(replies.line(self.engine.server_name, "FAIL", *words))
        else:
            self.reply(refusal.numeric, *refusal.params, text=refusal.text)
        if refusal.numeric is numerics.ERR_YOUREBANNEDCREEP and self.session.user is None:
            self.close("You are banned from this network")

    def refuse(self, refusal: Refusal) -> None:
        """The command is refused, unless it was done before: then who sent it again is answered as at first."""
        if not self.key:
            self.refused(refusal)
            return

        def not_done() -> None:
            raise refusal

        self.unless_done(not_done)

    def unless_done(self, otherwise: Callable[[], None]) -> None:
        """Answer as at first when the journal has the fact of this command's key, else go on with `otherwise`, which
        may raise like a handler."""
        key, self.key = self.key, b""

        def answered(found: Found) -> None:
            if found.error:
                raise refusals.not_looked_up(self.command, found.error)
            if found.entry is None:
                otherwise()
            else:
                self.engine.tell_again(self, found.entry)

        self.ask(Find(key), answered)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """One of several things a command does: when it is refused, the others go on."""
        try:
            yield
        except Refusal as refusal:
            self.refused(refusal)
        except Ignored:
            pass

    def wait_for_turn(self) -> None:
        """For pipelined commands in their slow forms. Raises NotYet while earlier facts of the session are on their
        way."""
        if self.session.pending:
            raise NotYet

    def propose(self, kind: type[facts.Fact], **fields: Any) -> None:
        """Propose a fact of this user, made here. Raises Refusal or Ignored when it may not happen now."""
        engine = self.engine
        self.put(kind(engine.next_id(), engine.now.wall, self.session.uid, **fields))  # type: ignore[arg-type]

    def put(self, fact: AnyFact) -> None:
        """Propose a fact. Raises Refusal or Ignored when it may not happen as things stand now."""
        engine = self.engine
        engine.check(fact)
        engine.inflight.setdefault(fact.id, []).append(self)
        engine.awaited.add(fact)
        self.open += 1
        self.session.pending += 1
        engine.effects.append(Propose(fact))

    def ask(self, query: Query, after: Callable[[Any], None]) -> None:
        """Run a query; `after` gets its answer. The session's later commands wait."""
        self.after = after
        self.open += 1
        self.session.pending += 1
        self.session.barrier = True
        self.session.asking = self
        self.engine.effects.append(Ask(self.session, query))

    def hold(self) -> None:
        """The command goes on after its handler has returned, until `release`."""
        self.open += 1

    def release(self) -> None:
        """What the command was held for is done; it ends with the last of its facts."""
        self.open -= 1
        if not self.open:
            self.finish()

    def close(self, reason: str) -> None:
        """End the session. What was answered until now leaves first; if nothing was, ERROR is the response."""
        label = "" if self.lines else self.label
        if self.lines:
            self.finish()
        self.engine.close(self.session, reason, label)

    def complete(self) -> None:
        """Everything it began is done: what it wanted to do after that (`then`, unless something was refused), and its
        response."""
        if self.then is not None:
            then, self.then = self.then, None
            with self.attempt():
                then()
        if not self.open:
            self.finish()

    def finish(self) -> None:
        """Send the response of a labelled command; everything it began is done."""
        if self.label and not self.session.closed:
            batch = "" if replies.is_one(self.lines) else self.engine.next_batch()
            for line in replies.labelled(self.lines, self.label, self.engine.server_name, batch):
                self.engine.effects.append(Send(self.session.link, line))
        self.lines = []
