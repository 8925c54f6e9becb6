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
    timers)."""

    wall: int
    ticks: float


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


class Audit(msgspec.Struct, frozen=True):
    """Put a record into the audit log: what kind of thing was done (audit.py), who did it from where, to whom or what,
    and words about it. Never a message's text, never a secret."""

    kind: str
    actor: str
    address: str
    target: str = ""
    text: str = ""


Effect = Send | Fan | Propose | Ask | Close | Pause | Resume | Void | Audit


class Reference(msgspec.Struct, frozen=True):
    """A point in history: a journal sequence (from a msgid) or a time (Unix ms). Exactly one is given."""

    seq: int | None = None
    at: int | None = None


class History(msgspec.Struct, frozen=True):
    """At most `limit` entries of `target` (a folded name), strictly after `after` and strictly before `before`.

    Only sequences above `floor` and up to `through` exist for this query: a reference to another one is unknown.

    `newest` says which end is taken when there are more than `limit`; the answer is in rising order either way. With
    `around` the entry there, if it is in the target, and about as many on both sides are taken, and `after` and
    `before` are None.
    """

    target: str
    limit: int
    through: int
    after: Reference | None = None
    before: Reference | None = None
    around: Reference | None = None
    newest: bool = True
    floor: int = 0


class HistoryAnswer(msgspec.Struct, frozen=True):
    """The entries, in rising order. `unknown_reference`: a sequence named in the query is not an entry of that
    target."""

    entries: list[Entry]
    unknown_reference: bool = False
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


class Reload(msgspec.Struct, frozen=True):
    """Read the configuration again, whole or not at all; the shell hands the new settings to `engine.reload`."""


class Reloaded(msgspec.Struct, frozen=True):
    """The answer to Reload: which file, what is wrong with it (then nothing changed), and which changes need a
    restart."""

    path: str
    mistakes: tuple[str, ...] = ()
    after_restart: tuple[str, ...] = ()


Query = History | Verify | HashPassword | SendCode | ReadAudit | Reload
Answer = HistoryAnswer | Verified | Hashed | CodeSent | AuditRead | Reloaded
