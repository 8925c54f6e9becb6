"""A journal that is written step by step on the test's own thread, without a server around it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ipcchat.backend.sqlite_schema import connect_reader, open_journal
from ipcchat.backend.sqlite_store import Store, rows_of
from ipcchat.backend.sqlite_verify import Report, verify
from ipcchat.core.effects import Erase, Hide, Recall, Void
from ipcchat.core.facts import AnyFact, Entry, Posted, Redacted, decode_fact, encode_fact
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.retention import Retention
from ipcchat.core.state import State

STATE = State(NetworkLimits()).snapshot()
START = 1_700_000_000_000
STEPS_MAX = 100_000


class Desk:
    """One open journal and the last place that was given. A message comes every second."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = open_journal(path)
        self.store = Store(self.connection)
        self.seq = self.store.boot()[1].seq

    def keep(self, *facts: AnyFact) -> list[int]:
        """Journal these facts in one commit and return their places."""
        entries = [Entry(self.seq + number, fact.at, fact) for number, fact in enumerate(facts, 1)]
        self.seq += len(facts)
        self.store.commit(rows_of(entries, [encode_fact(fact) for fact in facts]), self.seq)
        return [entry.seq for entry in entries]

    def say(self, text: str, room: str = "#tea", nick: str = "ann", account: str = "ann", about: int = 0) -> int:
        """Post one message and return its place."""
        at = START + 1_000 * (self.seq + 1)
        ids = (self.seq + 1).to_bytes(16, "big"), at, f"u-{nick}"
        return self.keep(Posted(*ids, f"{nick}!{nick}@host", "PRIVMSG", room, text, account=account, about=about))[0]

    def redact(self, seq: int, room: str = "#tea") -> int:
        """Redact a message and return the place of that."""
        ids = (self.seq + 1).to_bytes(16, "big"), START + 1_000 * (self.seq + 1), "u-ann"
        place = self.keep(Redacted(*ids, "ann!ann@host", room, room, seq))[0]
        self.change(Hide(seq))
        return place

    def change(self, effect: Void | Hide | Recall | Erase) -> None:
        """Do what core asks, with the next commit."""
        self.store.change(effect)

    def retain(self, rules: Retention, now: int = START) -> None:
        """Forget what the rules do not keep, to the end."""
        self.store.retain(rules, now)
        self.rest()

    def settle(self) -> None:
        """A checkpoint, and then idle moments."""
        self.settle_only()
        self.store._index.fill()
        self.rest()

    def settle_only(self) -> None:
        """A checkpoint."""
        self.store.checkpoint(self.seq, STATE)
        self.store.commit((), self.seq)

    def rest(self) -> None:
        """Idle moments, until there is nothing more to do in them."""
        steps = 0
        while self.store.wants_rest or self.store.has_upkeep:
            self.store.tend(idle=True)
            steps += 1
            assert steps < STEPS_MAX

    def close(self) -> None:
        """The regular end, after which the file is alone."""
        self.store.commit((), self.seq, last=True)
        self.store.close()

    def verified(self) -> Report:
        """What `verify` finds, while this is open."""
        return verify(self.path)

    def asked(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """What another program reads."""
        with closing(connect_reader(self.path)) as reader:
            return reader.execute(sql, values).fetchall()

    def texts(self, room: str = "#tea") -> list[str]:
        """What is in a history, by the index."""
        sql = "SELECT fact FROM history JOIN journal USING (seq) WHERE history.target = ? ORDER BY seq"
        return [getattr(decode_fact(fact), "text", "") for (fact,) in self.asked(sql, room)]
