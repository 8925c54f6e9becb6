"""Whether this node is cut off from the shared stream, since when and why; and what is said about it.

Rules:
1. It is cut off while there is no server, or while reading or publishing gets no answer.
2. After REFUSE_SECONDS of that facts are refused, so that clients hear of it; a disk that refuses does so at once.
3. A fault that people have to sort out refuses facts too, but is no cut.
4. Somebody is told once when it lasts for ALARM_SECONDS, and once when it is over.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

REFUSE_SECONDS: Final = 2.0
ALARM_SECONDS: Final = 5.0

CUT: Final = "this server is cut off from the others; try again in a moment"


class Cuts:
    """What is in the way now. `seconds` is how long the node was cut off altogether."""

    def __init__(self, alarmed: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.disk = self.fault = ""
        self._alarmed = alarmed
        self._clock = clock
        self._causes: set[str] = set()
        self._since: float | None = None
        self._seconds = 0.0
        self._is_told = False

    def note(self, cause: str, *, works: bool) -> None:
        """Something works, or does not."""
        if works:
            self._causes.discard(cause)
        else:
            self._causes.add(cause)
        if self._causes and self._since is None:
            self._since = self._clock()
        elif not self._causes and self._since is not None:
            self._seconds += self._clock() - self._since
            self._since = None
            if self._is_told:
                self._is_told = False
                self._alarmed("the cluster's stream is there again")

    @property
    def seconds(self) -> float:
        """How long it was cut off altogether, this time included."""
        return self._seconds + self.lasting

    @property
    def is_cut(self) -> bool:
        """Something is in the way."""
        return self._since is not None or bool(self.disk or self.fault)

    def refusal(self) -> str:
        """Why facts are refused now; "" when they are not."""
        if self.disk or self.fault:
            return self.disk or self.fault
        return CUT if self.lasting >= REFUSE_SECONDS else ""

    def look(self) -> None:
        """Tell when it lasts too long."""
        if not self._is_told and self.lasting >= ALARM_SECONDS:
            self._is_told = True
            what = ", ".join(sorted(self._causes))
            self._alarmed(f"this node is cut off from the cluster's stream ({what}); see whether the NATS servers run")

    @property
    def lasting(self) -> float:
        """For how many seconds no server has answered by now; 0 while they do."""
        return 0.0 if self._since is None else self._clock() - self._since
