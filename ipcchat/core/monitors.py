"""Who wants to know when somebody comes and goes: the nicks that each session monitors (MONITOR).

It belongs to the connection: it is not in the shared state and ends with the session.
"""

from __future__ import annotations

from ipcchat.core.session import Session
from ipcchat.wire.casemap import FoldedDict


class Monitors:
    """Sessions by the nicks they monitor, and the other way round."""

    def __init__(self) -> None:
        self._watchers: FoldedDict[dict[Session, None]] = FoldedDict()
        self._watched: dict[Session, FoldedDict[str]] = {}

    def add(self, session: Session, nick: str) -> None:
        """The session monitors a nick from now on; once is enough."""
        self._watched.setdefault(session, FoldedDict()).setdefault(nick, nick)
        self._watchers.setdefault(nick, {})[session] = None

    def remove(self, session: Session, nick: str) -> None:
        """The session no longer monitors a nick; nothing happens when it did not."""
        self._watched.get(session, FoldedDict()).pop(nick, None)
        watchers = self._watchers.find(nick)
        if watchers is not None:
            watchers.pop(session, None)
            if not watchers:
                del self._watchers[nick]

    def clear(self, session: Session) -> None:
        """The session monitors nobody."""
        for nick in self.nicks(session):
            self.remove(session, nick)
        self._watched.pop(session, None)

    def nicks(self, session: Session) -> list[str]:
        """What the session monitors, as it wrote the nicks, in the order of adding."""
        return list(self._watched.get(session, FoldedDict()).values())

    def count(self, session: Session) -> int:
        """How many nicks the session monitors."""
        return len(self._watched.get(session, ()))

    def of(self, nick: str) -> list[Session]:
        """The sessions that monitor a nick."""
        return list(self._watchers.find(nick) or ())

    def is_watching(self, session: Session, nick: str) -> bool:
        """Whether the session monitors the nick."""
        return nick in self._watched.get(session, FoldedDict())
