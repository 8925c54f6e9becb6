"""What a node remembers of its cluster from one start to the next: the file `cluster.json` beside its journal.

Rules:
1. It is a help and no truth: one that is missing or cannot be read is empty, and one that cannot be written is logged.
2. A node that was heard once belongs to the cluster until somebody forgets it. So a new stream is not begun behind the
   back of one that is only away (epochs.py).
3. Who starts all nodes knows better: by `keep_only` who they are, and by `expect_nobody` that the first one waits for
   no other.
4. It is written whole, by a rename: at once when something else than positions changed, else once in SAVE_SECONDS.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

import msgspec

FILE_NAME: Final = "cluster.json"
SAVE_SECONDS: Final = 60.0
NODES_MAX: Final = 256

_log = logging.getLogger(__name__)


class Known(msgspec.Struct, frozen=True):
    """Where the journal of a node was when it was heard last (Unix ms)."""

    epoch: int
    place: int
    heard: int


class Limits(msgspec.Struct, frozen=True):
    """What a stream may keep: bytes (0: no limit) and seconds (0: for ever), on how many servers."""

    bytes_max: int
    seconds_max: float
    replicas: int


class _Remembered(msgspec.Struct):
    nodes: dict[str, Known] = {}
    applied: Limits | None = None
    odd: tuple[str, ...] = ()
    is_awaiting: bool = True


class Memory:
    """The memory of the node `own`, whose journal is at `path`."""

    def __init__(self, path: Path, own: str) -> None:
        self._path = path.with_name(FILE_NAME)
        self._own = own
        self._saved = time.monotonic()
        self._remembered = self._read()

    @property
    def nodes(self) -> dict[str, Known]:
        """The other nodes of this cluster, by name."""
        return dict(self._remembered.nodes)

    @property
    def awaited(self) -> frozenset[str]:
        """Those without whom no new stream is begun at once."""
        return frozenset(self._remembered.nodes if self._remembered.is_awaiting else ())

    @property
    def applied(self) -> Limits | None:
        """The limits of the stream that this node's settings said when they were last made to count; None: never."""
        return self._remembered.applied

    @property
    def odd(self) -> tuple[str, ...]:
        """The nodes of which one is to give this node its journal, because ours is not what most have."""
        return self._remembered.odd

    def heard(self, nodes: Iterable[tuple[str, Known]]) -> None:
        """These are there."""
        known, news = self._remembered.nodes, False
        for name, node in nodes:
            if name != self._own and (name in known or len(known) < NODES_MAX):
                news = news or name not in known or not self._remembered.is_awaiting
                known[name] = node
                self._remembered.is_awaiting = True
        if news or (known and time.monotonic() - self._saved > SAVE_SECONDS):
            self.save()

    def forget(self, name: str) -> bool:
        """That node does not belong to the cluster any more; whether it did."""
        if self._remembered.nodes.pop(name, None) is None:
            return False
        self.save()
        return True

    def keep_only(self, names: Collection[str]) -> None:
        """Only nodes of these names belong to the cluster."""
        kept = {name: node for name, node in self._remembered.nodes.items() if name in names}
        if kept != self._remembered.nodes:
            self._remembered.nodes = kept
            self.save()

    def expect_nobody(self) -> None:
        """No other node runs now, and those that will start are started when this one serves."""
        if self._remembered.nodes and self._remembered.is_awaiting:
            self._remembered.is_awaiting = False
            self.save()

    def apply(self, limits: Limits) -> None:
        """These limits count now."""
        self._remembered.applied = limits
        self.save()

    def mark_odd(self, others: tuple[str, ...]) -> None:
        """Our journal is to be replaced by that of one of these; () when it was."""
        if others != self._remembered.odd:
            self._remembered.odd = others
            self.save()

    def save(self) -> None:
        """Write it, durably."""
        self._saved = time.monotonic()
        new = self._path.with_name(f"{FILE_NAME}.new")
        try:
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(self._remembered), indent=1))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
        except OSError as error:
            _log.warning("%s cannot be written: %s", self._path, error.strerror)

    def _read(self) -> _Remembered:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Remembered)
        except FileNotFoundError:
            return _Remembered()
        except (OSError, msgspec.MsgspecError) as error:
            _log.warning("%s cannot be read, so nothing is remembered of the cluster: %s", self._path, error)
            return _Remembered()
