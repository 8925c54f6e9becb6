"""What the sentences about what happens (dialogue.happenings) depend on, as one buffer has it.

Rule: that somebody is away is told once for each reason, of at most AWAY_TOLD_MAX people.
"""

from __future__ import annotations

from datetime import datetime

from ipcchat.dialogue.phrases import start_of
from ipcchat.tui.model.buffer import Buffer
from ipcchat.wire.casemap import FoldedDict, fold

AWAY_TOLD_MAX = 1_000


class Sight:
    """A buffer, for sentences that stand in it. `away_told` is for whom it was told why he is away, in the server's
    casemapping."""

    def __init__(self, buffer: Buffer, away_told: FoldedDict[str]) -> None:
        self._buffer = buffer
        self._away_told = away_told

    def where(self, channel: str | None) -> str:
        """The channel's name, unless the sentence stands in it."""
        return "" if channel is None or self.is_near(channel) else f" {channel}"

    def when(self, time: datetime) -> str:
        """Nothing: each row of a buffer has its time."""
        return ""

    def quotation(self, msgid: str) -> str:
        """The beginning of a message that is loaded, with its author; "" when it is not."""
        said = self._buffer.timeline.find(msgid)
        return f"<{start_of(said.message.nick)}> {start_of(said.message.text)}" if said is not None else ""

    def is_news(self, nick: str, away: str) -> bool:
        """Whether it was not told yet that somebody is away for this reason."""
        news = self._away_told.find(nick) != away
        self._away_told[nick] = away
        if len(self._away_told) > AWAY_TOLD_MAX:
            del self._away_told[next(iter(self._away_told))]
        return news

    def is_near(self, name: str) -> bool:
        """Whether this is who or what the buffer is about."""
        mapping = self._away_told.mapping
        return fold(name, mapping) == fold(self._buffer.name, mapping)
