"""A server with a fault that somebody planted: the nemesis has to find it, or it proves nothing.

    python -m tests.nemesis.planted FAULT [ARGUMENT]...      like server.py, with that fault

* `no-dedupe`: no id is ever known, so what is said again with the same key is stored again.
* `early-echo`: what came from the stream is shown before this node's SQLite has it, LATE_SECONDS later.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from ipcchat.backend.cluster.intake import Intake
from ipcchat.backend.cluster.replica import ReplicaWriter

LATE_SECONDS = 0.5


class Forgetful(dict[bytes, Any]):
    """Ids of which none is remembered."""

    def __setitem__(self, key: bytes, value: Any) -> None:
        pass


def no_dedupe() -> None:
    """Take every fact for a new one."""
    take = Intake.take

    def forgetful(self: Intake, batch: Any, find: Any) -> Any:
        return take(self, batch, lambda facts: (Forgetful(), frozenset()))

    Intake.take = forgetful  # type: ignore[method-assign]


def early_echo() -> None:
    """Tell before the commit, which comes late."""
    finish, take_in = ReplicaWriter._finish_batch, ReplicaWriter._take_in

    def hasty(self: ReplicaWriter) -> None:
        if self._arrived:
            waiting, self._arrived = self._arrived, self._batch()
            self._tell(self._follower.took, self._intake.take(self._arrived, self._store.find))
            threading.Event().wait(LATE_SECONDS)
            rest = waiting[len(self._arrived) :]
            take_in(self)
            self._arrived += rest
        else:
            take_in(self)

    def silent(self: ReplicaWriter, taken: Any) -> None:
        tell, self._tell = self._tell, lambda *_: None  # type: ignore[method-assign]
        try:
            finish(self, taken)
        finally:
            self._tell = tell  # type: ignore[method-assign]

    ReplicaWriter._take_in = hasty  # type: ignore[method-assign]
    ReplicaWriter._finish_batch = silent  # type: ignore[method-assign]


FAULTS: dict[str, Callable[[], None]] = {"no-dedupe": no_dedupe, "early-echo": early_echo}


def main(fault: str, *arguments: str) -> int:
    """Plant it and serve."""
    from ipcchat.cli.main import server_main

    FAULTS[fault]()
    return server_main(list(arguments))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
