"""How it is with the connection to a server, in the words in which it is shown."""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """How it is with the connection."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    CATCHING_UP = "catching up"
    WAITING = "offline, trying again"
    CLOSED = "not connected"
