"""Calls our user when he looks elsewhere: whether to, and what the terminal is sent for it.

Rules:
1. What is muted never calls; what is looked at with the focus on the window never does.
2. Where a terminal has never said whether its window has the focus (not all can), what is not looked at calls.
3. At most one call in SECONDS_BETWEEN; what came meanwhile is counted, and named by the next one.
4. Text of others is letters only when it reaches the terminal: nothing of it can end a sequence or begin one.

OSC 9 is iTerm2's (WezTerm, kitty and Ghostty have it, too), OSC 777 that of rxvt (foot and VTE have it). tmux
passes them on, as a string of its own, when `allow-passthrough` is on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ipcchat.client.text import printable
from ipcchat.tui.model.buffer import Buffer, Kind

if TYPE_CHECKING:
    from ipcchat.tui.model.network import Alert
    from ipcchat.tui.settings import Notifications

BELL = "\a"
CHARACTERS_MAX = 200
SECONDS_BETWEEN = 2.0
WAYS = {"osc9": ("osc9",), "osc777": ("osc777",), "both": ("osc9", "osc777"), "off": ()}


def should_notify(alert: Alert, looked_at: Buffer | None, focused: bool | None, wanted: Notifications) -> bool:
    """Whether something calls for our user. `looked_at` is the buffer on the screen, when its end is; `focused` says
    whether the window has the focus, None when the terminal has never told."""
    if alert.buffer.muted or not (wanted.private if alert.buffer.kind is Kind.PERSON else wanted.mentions):
        return False
    if focused is False:
        return True
    if focused and wanted.only_unfocused:
        return False
    return alert.buffer is not looked_at


class Notifier:
    """What is written to the terminal, and how often."""

    def __init__(self, wanted: Notifications, environment: Mapping[str, str] | None = None) -> None:
        self._wanted = wanted
        self._environment = os.environ if environment is None else environment
        self._called_at: float | None = None
        self._uncalled = 0

    def call(self, alert: Alert, now: float) -> str:
        """What the terminal is sent to call our user; "" when he was called just now. `now` in seconds, of a clock that
        never goes back."""
        if self._called_at is not None and now - self._called_at < SECONDS_BETWEEN:
            self._uncalled += 1
            return ""
        title, text = words_of(alert)
        if self._uncalled:
            title += f" (and {self._uncalled} more)"
        self._called_at, self._uncalled = now, 0
        sent = [sequence(way, title, text) for way in self._ways()]
        if "TMUX" in self._environment:
            sent = [through_tmux(one) for one in sent]
        return "".join(sent) + (BELL if self._wanted.bell else "")

    def _ways(self) -> tuple[str, ...]:
        return WAYS.get(self._wanted.desktop) or (
            (best_way(self._environment),) if self._wanted.desktop == "auto" else ()
        )


def best_way(environment: Mapping[str, str]) -> str:
    """How this terminal is asked, as far as its environment says which one it is."""
    is_rxvt = environment.get("TERM", "").startswith(("rxvt", "foot"))
    return "osc777" if is_rxvt or "VTE_VERSION" in environment else "osc9"


def words_of(alert: Alert) -> tuple[str, str]:
    """Who calls and where, and what is said."""
    message = alert.said.message
    place = "" if alert.buffer.kind is Kind.PERSON else f" in {alert.buffer.name}"
    return f"{message.nick}{place}", message.text


def sequence(way: str, title: str, text: str) -> str:
    """What asks a terminal for a notification."""
    title, text = harmless(title), harmless(text)
    return f"\033]9;{title}: {text}\a" if way == "osc9" else f"\033]777;notify;{title};{text}\a"


def harmless(text: str) -> str:
    """A text that stands within a sequence: printable, in one line, without what divides or ends its parts, cut to
    CHARACTERS_MAX."""
    words = " ".join(printable(text[: 4 * CHARACTERS_MAX].replace("\n", " ")).replace(";", ",").split())
    return words if len(words) <= CHARACTERS_MAX else words[: CHARACTERS_MAX - 1] + "\u2026"


def through_tmux(sent: str) -> str:
    """A sequence that tmux hands on to the terminal around it (tmux(1), allow-passthrough)."""
    return f"\033Ptmux;{sent.replace(chr(27), chr(27) * 2)}\033\\"
