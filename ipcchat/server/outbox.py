"""One turn's output for one lane: what core sends is gathered here and leaves as one write for each connection.

A loaded channel is the case that counts: 64 messages for 1,000 readers in one turn. Lines that fan out to the same
list of connections are kept once, as a *run*, and joined once; a member costs a few operations in a turn, not in a
message.

Rules:
1. Every connection gets exactly what was sent to it, in the order in which it was sent, whatever is mixed.
2. A connection that gets anything else between two lines of a run (or is skipped by one) *departs*: it takes a copy
   of the run's lines so far and goes on alone.
3. A list of links never changes after core handed it out (core/audience.py keeps that), so its identity names its
   members and a run and its batch hold it without a copy.
4. Who reads by WebSocket gets each line in a frame; a run is framed once for all of them.
5. When people come and go in a big channel each of them makes a new list that differs in one: the run is adapted to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from ipcchat.server.connection import Connection
from ipcchat.server.frames import framed

SHARED_MIN = 4
"""Shorter lists are not worth a run."""

ADAPT_MIN = 64
"""For shorter lists a new run is cheaper than looking for one that nearly fits."""

CHANGES_MAX = 32
"""How many links may differ when a run is adapted."""


class Control(Enum):
    """What a lane does with a connection of its own besides writing to it."""

    CLOSE = "close"
    PAUSE = "pause"
    RESUME = "resume"


class Batch:
    """What one hand-over brings to a lane: new connections, bytes for groups and for single ones, then controls in
    order."""

    __slots__ = ("adopted", "controls", "shared", "singles")

    def __init__(self) -> None:
        self.adopted: list[Connection] = []
        self.shared: list[tuple[list[Connection], bytes]] = []
        self.singles: list[tuple[Connection, bytes]] = []
        self.controls: list[tuple[Control, Connection]] = []


class Run:
    """Lines for the same links, core's own list; `apart` are those who departed."""

    __slots__ = ("apart", "lines", "links")

    def __init__(self, links: list[Connection]) -> None:
        self.links = links
        self.lines: list[bytes] = []
        self.apart: list[Connection] = []


class Outbox:
    """Gathers a turn. All methods are called on core's thread. It counts what it handed over: `lines` and `bytes` for
    all connections together, and the `deliveries` among the lines, which went to several at once."""

    __slots__ = ("_adopted", "_controls", "_dirty", "_open", "_runs", "bytes", "deliveries", "lines")

    def __init__(self) -> None:
        self._adopted: list[Connection] = []
        self._runs: list[Run] = []
        self._open: dict[int, Run] = {}
        self._dirty: list[Connection] = []
        self._controls: list[tuple[Control, Connection]] = []
        self.lines = self.bytes = self.deliveries = 0

    def adopt(self, link: Connection) -> None:
        """Let the lane own a new connection."""
        self._adopted.append(link)

    def send(self, link: Connection, line: bytes) -> None:
        """Put `line` behind everything that `link` gets in this turn."""
        if link.run is not None:
            self._depart(link, link.run)
        if not link.out:
            self._dirty.append(link)
        link.out.append(line)

    def fan(self, links: list[Connection], line: bytes, skip: Connection | None) -> None:
        """Put `line` behind everything that each of `links` but `skip` gets in this turn."""
        run = self._open.get(id(links))
        if run is None:
            if len(links) < SHARED_MIN:
                self._send_each(links, line, skip)
                return
            run = self._adapted(links) or self._begin(links)
        if skip is not None and skip.run is run:
            self._depart(skip, run)
        if run.apart:
            self._send_each(tuple(run.apart), line, skip)
        run.lines.append(line)

    def control(self, control: Control, link: Connection) -> None:
        """Let the lane do this with `link` after this turn's writes."""
        self._controls.append((control, link))

    def take(self) -> Batch | None:
        """This turn's output, or None when there is none; the next turn begins."""
        if not (self._dirty or self._runs or self._controls or self._adopted):
            return None
        batch = Batch()
        for run in self._runs:
            self._finish(run, batch)
        for link in self._dirty:
            out = link.out
            if out:
                written = out[0] if len(out) == 1 else b"".join(out)
                written = framed(written, link.opcode) if link.opcode else written
                batch.singles.append((link, written))
                self.lines += len(out)
                self.bytes += len(written)
                out.clear()
        batch.adopted, batch.controls = self._adopted, self._controls
        self._runs, self._dirty, self._controls, self._adopted = [], [], [], []
        self._open.clear()
        return batch

    def _send_each(self, links: Sequence[Connection], line: bytes, skip: Connection | None) -> None:
        self.deliveries += len(links) - (skip is not None and skip in links)
        for link in links:
            if link is not skip:
                self.send(link, line)

    def _adapted(self, links: list[Connection]) -> Run | None:
        """The run of nearly the same links, made theirs; see rule 5."""
        if len(links) < ADAPT_MIN:
            return None
        for link in (links[0], links[len(links) // 2], links[-1]):
            if link.run is not None and self._adapt(link.run, links):
                return self._open[id(links)]
        return None

    def _adapt(self, run: Run, links: list[Connection]) -> bool:
        """Make `links` the run's own: newcomers are apart from the start, who is missing departs. False if too many."""
        changes = _difference(run.links, links)
        if changes is None:
            return False
        missing, newcomers = changes
        for link in missing:
            if link.run is run:
                self._depart(link, run)
            run.apart.remove(link)
        run.apart += newcomers
        del self._open[id(run.links)]
        self._open[id(links)] = run
        run.links = links
        return True

    def _begin(self, links: list[Connection]) -> Run:
        """Open a run; members leave the runs they are in."""
        run = Run(links)
        for link in run.links:
            if link.run is not None:
                self._depart(link, link.run)
            link.run = run
        self._runs.append(run)
        self._open[id(links)] = run
        return run

    def _depart(self, link: Connection, run: Run) -> None:
        """See rule 2."""
        link.run = None
        run.apart.append(link)
        if run.lines:
            if not link.out:
                self._dirty.append(link)
            link.out.extend(run.lines)
            self.deliveries += len(run.lines)

    def _finish(self, run: Run, batch: Batch) -> None:
        """Give the run's lines to those who stayed: as they are to those who got nothing else, behind the rest to the
        others."""
        lines = run.lines
        joined = lines[0] if len(lines) == 1 else b"".join(lines)
        plain: list[Connection] = []
        by_opcode: dict[int, list[Connection]] = {}
        mixed = 0
        for link in run.links:
            if link.run is run:
                link.run = None
                if link.out:
                    link.out.append(joined)
                    mixed += 1
                elif link.opcode:
                    by_opcode.setdefault(link.opcode, []).append(link)
                else:
                    plain.append(link)
        stayed = mixed + len(plain) + sum(map(len, by_opcode.values()))
        self.deliveries += stayed * len(lines)
        self.lines += stayed * len(lines) - mixed  # For those, what is joined counts as one when it is taken.
        if plain and joined:
            self._share(batch, plain, joined)
        for opcode, links in by_opcode.items() if joined else ():
            self._share(batch, links, framed(joined, opcode))

    def _share(self, batch: Batch, links: list[Connection], written: bytes) -> None:
        batch.shared.append((links, written))
        self.bytes += len(written) * len(links)


def _difference(old: list[Connection], new: list[Connection]) -> tuple[list[Connection], list[Connection]] | None:
    """Who is missing in `new` and who is new there, or None when that is more than CHANGES_MAX."""
    if abs(len(old) - len(new)) > CHANGES_MAX:
        return None
    if new[: len(old)] == old:
        return [], new[len(old) :]
    before, after = set(old), set(new)
    missing, newcomers = list(before - after), list(after - before)
    return (missing, newcomers) if len(missing) + len(newcomers) <= CHANGES_MAX else None
