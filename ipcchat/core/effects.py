"""What core asks the shell to do, and the queries whose answers it waits for.

Core returns effects and performs none. A `link` is the shell's handle of one connection: core stores it and hands it
back, nothing more. A `lane` is the number of the I/O loop that owns a link; a Fan never mixes lanes, so that the
shell hands each to one loop as it is.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from ipcchat.core.facts import AnyFact, Credentials, Entry

Link: TypeAlias = Any


class Moment(msgspec.Struct, frozen=True):
    """When something happens: `wall` is Unix time in ms (for people), `ticks` a monotonic clock in seconds (for
    timers), without the seconds in `paused`, in which the whole server stood still."""

    wall: int
    ticks: float
    paused: float = 0.0

    @property
    def elapsed(self) -> float:
        """The monotonic clock in seconds, pauses and all."""
        return self.ticks + self.paused


class Happening(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A line that is no message, as history tells it (JOIN, TOPIC, QUIT, ...): who, what, and its parameters. `account`
    and `realname` are those of who joined (IRCv3 extended-join)."""

    source: str
    command: str
    params: tuple[str, ...] = ()
    account: str = ""
    realname: str = ""


class Send(msgspec.Struct, frozen=True):
    """Write `line` (bytes with CR LF) to one connection."""

    link: Link
    line: bytes


class Fan(msgspec.Struct, frozen=True):
    """Write the same `line` to all `links` of one lane but `skip`. Core never changes `links` after this: it may be
    kept, and its identity names its members."""

    lane: int
    links: list[Link]
    line: bytes
    skip: Link = None


class Propose(msgspec.Struct, frozen=True):
    """Append `fact` to the journal."""

    fact: AnyFact


class Ask(msgspec.Struct, frozen=True):
    """Run `query` and bring the answer to `engine.resume(session, answer, now)`."""

    session: Any
    query: Query


class Close(msgspec.Struct, frozen=True):
    """Flush what was sent to `link`, then close it; core has forgotten it already."""

    link: Link
    reason: str


class Pause(msgspec.Struct, frozen=True):
    """Read nothing more from `link` until Resume: its session has enough to do."""

    link: Link


class Resume(msgspec.Struct, frozen=True):
    """Read from `link` again."""

    link: Link


class Void(msgspec.Struct, frozen=True):
    """The fact at `seq` was refused when it was applied; it must not appear in history."""

    seq: int


class Hide(msgspec.Struct, frozen=True):
    """The message at `seq` was redacted: it is given to nobody any more, in pages or found by a search. Its place stays
    a point in history that can be referred to. Doing it again does nothing."""

    seq: int


class Recall(msgspec.Struct, frozen=True):
    """Something that is no message happened in these histories, at that place and time: `what` is how it is told. It
    waits for no disk; the same again does nothing."""

    seq: int
    at: int
    targets: tuple[str, ...]
    what: Happening


class Erase(msgspec.Struct, frozen=True):
    """What that party (facts.party) said up to `through` is taken out of the files, in time. Doing it again does
    nothing."""

    party: str
    through: int


class DropContent(msgspec.Struct, frozen=True):
    """No file has that content any more (its SHA-256, hexadecimal): delete it. Doing it again does nothing."""

    digest: str


class Audit(msgspec.Struct, frozen=True):
    """Put a record into the audit log: what kind of thing was done (audit.py), who did it from where, to whom or what,
    and words about it. Never a message's text, never a secret."""

    kind: str
    actor: str
    address: str
    target: str = ""
    text: str = ""


class Fault(msgspec.Struct, frozen=True):
    """A command of that connection met a mistake of ours: the log has to say where. Its sender is told, and goes on."""

    link: Link
    command: str
    error: Exception


class Deliver(msgspec.Struct, frozen=True):
    """There is something to send, or something else to do, for the outgoing hook of that digest."""

    digest: str


class Push(msgspec.Struct, frozen=True):
    """Send that line to an endpoint of an account, encrypted for its keys (Web Push). It takes the place of another of
    the same `topic` that was not fetched yet; `urgent` may wake a device."""

    account: str
    endpoint: str
    p256dh: str
    auth: str
    line: bytes
    topic: str
    urgent: bool


class Settled(msgspec.Struct, frozen=True):
    """What became of a fact that the shell let core propose (errands.py): its place in the journal, or why it did
    not happen, for people. Each proposal of the fact has one."""

    id: bytes
    seq: int = 0
    problem: str = ""


Effect = (
    Send
    | Fan
    | Propose
    | Ask
    | Close
    | Pause
    | Resume
    | Void
    | Hide
    | Recall
    | Erase
    | DropContent
    | Audit
    | Deliver
    | Push
    | Settled
    | Fault
)


class Reference(msgspec.Struct, frozen=True):
    """A point in history: a journal sequence (from a msgid) or a time (Unix ms). Exactly one is given."""

    seq: int | None = None
    at: int | None = None


Spans: TypeAlias = tuple[tuple[int, int], ...]
"""What somebody may see of a history: (after, through) in sequences, rising and apart. An entry is in one when
after < seq <= through."""


class History(msgspec.Struct, frozen=True):
    """At most `limit` messages of `target` that are in `spans`, strictly after `after` and strictly before `before`. A
    reference to a sequence that is in none of them, or of another target, is unknown.

    `newest` says which end is taken when there are more than `limit`; the answer is in rising order either way. With
    `around` the message there, if it is in the target, and about as many on both sides are taken, and `after` and
    `before` are None. With `events` also what happened in it that is no message, counted and referred to like messages.
    """

    target: str
    limit: int
    spans: Spans
    after: Reference | None = None
    before: Reference | None = None
    around: Reference | None = None
    newest: bool = True
    events: bool = False


class Past(msgspec.Struct, frozen=True, gc=False):
    """One thing of a history: a message with what changes it or adds to it (`about`: reactions, edits, in their
    order), or what happened instead of one (`what`). `target` is the history."""

    seq: int
    at: int
    target: str
    entry: Entry | None = None
    about: tuple[Entry, ...] = ()
    what: Happening | None = None


class HistoryAnswer(msgspec.Struct, frozen=True):
    """What was found, in rising order. `unknown_reference`: a sequence named in the query is not in those spans of that
    target. `more`: there would have been more within the limits of the query (CatchUp, Search). `partial`: there was no
    time to look at everything (Search). `forgotten`: there may have been more that is not kept any more (CatchUp)."""

    found: list[Past]
    unknown_reference: bool = False
    error: str = ""
    more: bool = False
    partial: bool = False
    forgotten: bool = False


class Lookup(msgspec.Struct, frozen=True):
    """The message at `seq`, if it is in these spans of `target` and is not hidden, with all that is about it (and not
    hidden); an answer of one or none. A reaction or an edit has a place of its own, and is found as a message is: when
    it and the message that it is about are in the spans and not hidden."""

    target: str
    seq: int
    spans: Spans


class CatchUp(msgspec.Struct, frozen=True):
    """At most `limit` things after `after` in several histories at once, the oldest first: messages, with `events`
    also the rest, and what was said about older messages (reactions, edits, redactions), each as an entry of its own in
    its place. `spans` has the channels; the conversations of `account` ("": none) are in it from `account_after` on.

    What happened in several histories at one place is given whole or, if something else is, not at all."""

    spans: dict[str, Spans]
    after: int
    through: int
    limit: int
    account: str = ""
    account_after: int = 0
    events: bool = False


class Targets(msgspec.Struct, frozen=True):
    """The histories whose latest message (within their spans) is strictly between the times `after` and `before` (Unix
    ms), at most `limit` of them: the earliest first, or with `newest` those with the latest messages, in rising order
    too. `account` as in CatchUp."""

    spans: dict[str, Spans]
    after: int
    before: int
    limit: int
    through: int
    newest: bool = False
    account: str = ""
    account_after: int = 0


class TargetsAnswer(msgspec.Struct, frozen=True):
    """(target, sequence, time of the latest message), the earliest first."""

    found: list[tuple[str, int, int]]
    error: str = ""


class Search(msgspec.Struct, frozen=True):
    """Messages that have all of `words` in their latest text (search_words.py says what a word is; one that ends in *
    is a beginning, one with blanks inside a phrase), in these spans: at most `limit`, the newest, else the oldest, or
    with `ranked` the best, in rising order or from the best on.

    `nick` and `account` narrow who said it (any of the two given fits), `after` and `before` when (Unix ms, both
    inclusive; 0: no limit), `has_link` to messages with a URL. `own` is the account whose conversations are searched
    beside `spans`, from `own_after` on; with `target` nothing but that history is."""

    spans: dict[str, Spans]
    through: int
    limit: int
    words: tuple[str, ...] = ()
    nick: str = ""
    account: str = ""
    after: int = 0
    before: int = 0
    has_link: bool = False
    newest: bool = True
    ranked: bool = False
    own: str = ""
    own_after: int = 0
    target: str = ""


class Find(msgspec.Struct, frozen=True):
    """The entry whose fact has this idempotency id, wherever in history it is; one that was refused when it was applied
    (Void) is none."""

    id: bytes


class Found(msgspec.Struct, frozen=True):
    """The answer to Find."""

    entry: Entry | None = None
    error: str = ""


class Verify(msgspec.Struct, frozen=True):
    """Whether `password` is the one of an argon2id hash: slow, so it is done beside the core. Neither is ever shown."""

    password_hash: str
    password: str

    def __repr__(self) -> str:
        return "Verify()"


class Verified(msgspec.Struct, frozen=True):
    """The answer to Verify."""

    matches: bool
    error: str = ""


class HashPassword(msgspec.Struct, frozen=True):
    """Make what a password is compared with: slow, so it is done beside the core."""

    password: str

    def __repr__(self) -> str:
        return "HashPassword()"


class Hashed(msgspec.Struct, frozen=True):
    """The answer to HashPassword."""

    credentials: Credentials = Credentials()
    error: str = ""


class SendCode(msgspec.Struct, frozen=True):
    """Let the administrator's mail command send the code that a new account is verified by."""

    email: str
    account: str
    code: str

    def __repr__(self) -> str:
        return "SendCode()"


class CodeSent(msgspec.Struct, frozen=True):
    """The answer to SendCode."""

    error: str = ""


class ReadAudit(msgspec.Struct, frozen=True):
    """The last `count` records of this server's audit log; with `containing`, of those that have it somewhere."""

    count: int
    containing: str = ""


class AuditRead(msgspec.Struct, frozen=True):
    """The answer to ReadAudit: one line for people for each record, the oldest first."""

    lines: tuple[str, ...] = ()
    error: str = ""


class ReadFigures(msgspec.Struct, frozen=True):
    """What this server has measured (server/metrics.py)."""


class FiguresRead(msgspec.Struct, frozen=True):
    """The answer to ReadFigures: names, with their labels, and values; neither has a space."""

    figures: tuple[tuple[str, str], ...] = ()


class Reload(msgspec.Struct, frozen=True):
    """Read the configuration again, whole or not at all; the shell hands the new settings to `engine.reload`."""


class Reloaded(msgspec.Struct, frozen=True):
    """The answer to Reload: which file, what is wrong with it (then nothing changed), and which changes need a
    restart."""

    path: str
    mistakes: tuple[str, ...] = ()
    after_restart: tuple[str, ...] = ()


PastQuery = History | Lookup | CatchUp | Search
"""What a backend answers by a HistoryAnswer."""

Query = PastQuery | Targets | Find | Verify | HashPassword | SendCode | ReadAudit | ReadFigures | Reload
Answer = HistoryAnswer | TargetsAnswer | Found | Verified | Hashed | CodeSent | AuditRead | FiguresRead | Reloaded
