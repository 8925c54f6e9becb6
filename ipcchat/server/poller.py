"""Which sockets are ready: epoll where there is one, else whatever `selectors` has, with epoll's methods.

A poller is itself a file descriptor that becomes readable when one of its sockets is ready, so that a lane can live
inside an event loop: one wake-up of the loop serves every ready socket, which is what makes a turn a batch.
"""

from __future__ import annotations

import select
import selectors
from typing import Protocol

READ = 1
WRITE = 4
HANG_UP = 0x2000
"""epoll's own values (HANG_UP is EPOLLRDHUP: the peer will send no more); anything else that a poll reports is an
error or a hang-up."""

READY_MAX = 1_024
"""How many sockets one poll reports at most; the others come with the next."""


class Poller(Protocol):
    """The part of `select.epoll` that a lane uses. Interests are READ, WRITE or both, or HANG_UP alone."""

    def register(self, fd: int, interest: int, /) -> None: ...
    def modify(self, fd: int, interest: int, /) -> None: ...
    def unregister(self, fd: int, /) -> None: ...
    def poll(self, timeout: float | None = None, maxevents: int = -1) -> list[tuple[int, int]]: ...
    def fileno(self) -> int: ...
    def close(self) -> None: ...


class SelectorPoller:
    """A Poller for systems without epoll; it cannot report a hang-up of a peer that is not read."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def register(self, fd: int, interest: int, /) -> None:
        """Report `fd` when it is ready for `interest`."""
        if _events(interest):
            self._selector.register(fd, _events(interest))

    def modify(self, fd: int, interest: int, /) -> None:
        """Report `fd` for another interest."""
        self.unregister(fd)
        self.register(fd, interest)

    def unregister(self, fd: int, /) -> None:
        """Report `fd` no more."""
        if fd in self._selector.get_map():
            self._selector.unregister(fd)

    def poll(self, timeout: float | None = None, maxevents: int = -1) -> list[tuple[int, int]]:
        """The ready descriptors with what each is ready for; waits at most `timeout` seconds, without one for ever."""
        ready = []
        for key, events in self._selector.select(timeout):
            reads, writes = events & selectors.EVENT_READ, events & selectors.EVENT_WRITE
            ready.append((key.fd, (READ if reads else 0) | (WRITE if writes else 0)))
        return ready

    def fileno(self) -> int:
        """The poller's own descriptor. Raises OSError where pollers have none."""
        fileno = getattr(self._selector, "fileno", None)
        if fileno is None:
            raise OSError("this system's poller cannot live in an event loop; use --threads 1")
        return int(fileno())

    def close(self) -> None:
        """Release it."""
        self._selector.close()


def new_poller() -> Poller:
    """The best poller of this system."""
    epoll: type[Poller] | None = getattr(select, "epoll", None)
    return SelectorPoller() if epoll is None else epoll()


def _events(interest: int) -> int:
    return (selectors.EVENT_READ if interest & READ else 0) | (selectors.EVENT_WRITE if interest & WRITE else 0)
