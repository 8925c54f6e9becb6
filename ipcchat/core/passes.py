"""Passes: tokens that stand for one connection, for a few minutes, where it asks for something beside the chat.

A guest has no account, but what he may see he may see by HTTP, too. A pass is never kept: it ends with its connection,
or PASS_SECONDS after it was given. Times are monotonic seconds.

Specification: IRCv3 draft/authtoken (https://github.com/ircv3/ircv3-specifications/pull/602).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core.tokens import digest_of

if TYPE_CHECKING:
    from ipcchat.core.session import Session

PASS_SECONDS = 900.0
PASSES_PER_SESSION_MAX = 16


class Passes:
    """The passes that count now, the oldest first."""

    def __init__(self) -> None:
        self._passes: dict[str, tuple[Session, float]] = {}
        self._by_session: dict[Session, list[str]] = {}

    def __len__(self) -> int:
        return len(self._passes)

    def give(self, session: Session, token: str, ticks: float) -> None:
        """The token stands for the session from now on. Of one session's the oldest ends when there are too many."""
        self._expire(ticks)
        own = self._by_session.setdefault(session, [])
        if len(own) >= PASSES_PER_SESSION_MAX:
            del self._passes[own.pop(0)]
        digest = digest_of(token)
        self._passes[digest] = (session, ticks + PASS_SECONDS)
        own.append(digest)

    def holder(self, token: str, ticks: float) -> Session | None:
        """Whose pass it is; None when it does not count."""
        session, until = self._passes.get(digest_of(token), (None, 0.0))
        return session if ticks < until else None

    def forget(self, session: Session) -> None:
        """The session is over."""
        for digest in self._by_session.pop(session, ()):
            del self._passes[digest]

    def _expire(self, ticks: float) -> None:
        while self._passes:
            digest, (session, until) = next(iter(self._passes.items()))
            if ticks < until:
                return
            del self._passes[digest]
            own = self._by_session[session]
            own.remove(digest)
            if not own:
                del self._by_session[session]
