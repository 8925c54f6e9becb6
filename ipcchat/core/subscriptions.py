"""Which keys of metadata each session wants to hear of (METADATA SUB).

It belongs to the connection: it is not in the shared state and ends with the session.
"""

from __future__ import annotations

from ipcchat.core.session import Session


class Subscriptions:
    """Keys by sessions, and the other way round."""

    def __init__(self) -> None:
        self._keys: dict[Session, dict[str, None]] = {}
        self._sessions: dict[str, dict[Session, None]] = {}

    def add(self, session: Session, key: str) -> None:
        """The session wants to hear of a key; once is enough."""
        self._keys.setdefault(session, {})[key] = None
        self._sessions.setdefault(key, {})[session] = None

    def remove(self, session: Session, key: str) -> None:
        """The session no longer wants to hear of a key; nothing happens when it did not."""
        self._keys.get(session, {}).pop(key, None)
        sessions = self._sessions.get(key, {})
        sessions.pop(session, None)
        if not sessions:
            self._sessions.pop(key, None)

    def clear(self, session: Session) -> None:
        """The session wants to hear of nothing."""
        for key in self.keys(session):
            self.remove(session, key)
        self._keys.pop(session, None)

    def keys(self, session: Session) -> list[str]:
        """What the session wants to hear of, in the order of subscribing."""
        return list(self._keys.get(session, ()))

    def of(self, key: str) -> list[Session]:
        """The sessions that want to hear of a key."""
        return list(self._sessions.get(key, ()))
