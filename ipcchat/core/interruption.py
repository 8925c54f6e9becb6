"""While nothing can be journaled for a time: people are told, and what nobody waits for is not forgotten.

Rules:
1. Everybody is told when it begins and when it is over: NOTE (IRCv3 standard replies) or a NOTICE. What one says
   meanwhile is refused as it always is when it cannot be journaled.
2. That somebody left is proposed again until it is journaled: he would stay for ever.

Specification: https://ircv3.net/specs/extensions/standard-replies
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import caps, replies
from ipcchat.core.effects import Propose, Send
from ipcchat.core.facts import AnyFact, UserLeft

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine
    from ipcchat.core.session import Session

AGAIN_SECONDS = 1.0


class Interruption:
    """One engine's. `reason` is why nothing can be journaled now, for people; "" for no reason."""

    def __init__(self, engine: Engine) -> None:
        self.reason = ""
        self._engine = engine
        self._departures: dict[bytes, UserLeft] = {}
        self._due = 0.0

    def tell(self, reason: str) -> None:
        """It begins for that reason; "": it is over."""
        if reason == self.reason:
            return
        self.reason = reason
        code, text = ("NOT_STORED", reason) if reason else ("STORED_AGAIN", "Messages are stored again")
        for session in list(self._engine.connections):
            if session.registered:
                self._tell_one(session, code, text)

    def _tell_one(self, session: Session, code: str, text: str) -> None:
        server = self._engine.server_name
        if session.caps & caps.STANDARD_REPLIES:
            line = replies.line(server, "NOTE", "*", code, text)
        else:
            line = replies.line(server, "NOTICE", session.display, f"*** {text}")
        tags = self._engine.tagger.tags(session.caps, self._engine.now.wall)
        self._engine.effects.append(Send(session.link, replies.encoded(tags, line)))

    def failed(self, fact: AnyFact) -> None:
        """A fact that nobody waits for could not be journaled."""
        if isinstance(fact, UserLeft):
            self._departures[fact.id] = fact

    def look(self) -> None:
        """Time passed."""
        now = self._engine.now.ticks
        if self._departures and now >= self._due:
            self._due = now + AGAIN_SECONDS
            departures, self._departures = self._departures, {}
            self._engine.effects += [Propose(fact) for fact in departures.values()]
