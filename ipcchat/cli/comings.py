"""Who comes and goes, told together: "ann and bob joined; eve left (bye)".

Rules:
1. Pure: events in, one line out; the line client has the clock and asks for the line after HOLD_SECONDS, or before
   anything else is shown.
2. A single event is told as it would be alone.
"""

from __future__ import annotations

from collections.abc import Callable

from ipcchat.client import events
from ipcchat.client.events import Event
from ipcchat.client.text import printable
from ipcchat.dialogue.phrases import because, several

# So short that nobody waits for it, so long that a burst is one line.
HOLD_SECONDS = 0.3


class Comings:
    """The comings and goings that were not told yet. `current()` is the channel we look at, whose name is not told."""

    def __init__(self, current: Callable[[], str]) -> None:
        self._current = current
        self._held: dict[tuple[str, str, str], list[str]] = {}

    def take(self, event: Event) -> bool:
        """Keep an event for the line, if it is about somebody else who comes or goes."""
        match event:
            case events.Joined(mine=False, netjoin=False, channel=channel, nick=nick):
                self._hold("joined", channel, "", nick)
            case events.Parted(mine=False, channel=channel, nick=nick, reason=reason):
                self._hold("left", channel, reason, nick)
            case events.Quit(netsplit=False, nick=nick, reason=reason):
                self._hold("left", "", reason, nick)
            case _:
                return False
        return True

    def line(self) -> str:
        """What was kept, in one line; "" when there is nothing."""
        held, self._held = self._held, {}
        return "; ".join(
            f"{several(nicks)} {verb}{self._where(channel)}{because(reason)}"
            for (verb, channel, reason), nicks in held.items()
        )

    def _hold(self, verb: str, channel: str, reason: str, nick: str) -> None:
        nicks = self._held.setdefault((verb, channel, reason), [])
        if nick not in nicks:
            nicks.append(nick)

    def _where(self, channel: str) -> str:
        return "" if channel in ("", self._current()) else f" {printable(channel)}"
