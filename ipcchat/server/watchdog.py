"""The watchdog: says where a server hangs that hangs, and lets systemd start it again.

A beat on core's event loop says that the loop turns. A thread of its own looks at the beat, and at how long the journal
has not answered: a thread goes on when the loop does not.

Rules:
1. What is said once is said again only after it was well in between.
2. Slow is not stuck. A disk that takes ten seconds is an alarm; systemd is told nothing any more only when the journal
   has not answered for `journal_stuck_seconds_max`. The loop does no disk and no network, so a loop that stands has
   met a mistake of ours, and systemd is told that it lives only when it has turned since the last time.
3. Time in which the whole process stood still (SIGSTOP, a machine without memory) counts for nobody.
4. Of the stacks the log gets files, lines and functions, never what stands in variables.
5. Without systemd nothing is started again: the log and the operators are told, and that is all.

The words to systemd are those of https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html: one datagram
each, to the socket that NOTIFY_SOCKET names.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from traceback import walk_stack
from typing import Protocol

from ipcchat.core.histogram import SECONDS, Histogram
from ipcchat.server import logs

LOOK_SECONDS = 1.0
"""How often the loop beats and the thread looks; more often when systemd wants to hear more often."""

LATE_SECONDS = 5.0
"""How long the loop may stand before the stacks are logged."""

SLOW_SECONDS = 10.0
"""How long the journal may owe its answer before operators hear of it."""

LOOKS_OF_A_TERM = 4
"""How often systemd hears from us in WatchdogSec. It asks for twice; beats and looks are not in step."""

STACKS_MAX, FRAMES_MAX = 64, 40


class Watched(Protocol):
    """What the watchdog asks of the shell. `journal_wait` is called on the watchdog's thread."""

    def journal_wait(self, now: float) -> float: ...
    def alarmed(self, text: str) -> None: ...


class Systemd:
    """The service manager that started us, or nobody. Takes its variables out of the environment, because they are not
    for the programs that we start."""

    def __init__(self) -> None:
        self._address = os.environ.pop("NOTIFY_SOCKET", "")
        term = os.environ.pop("WATCHDOG_USEC", "")
        addressee = os.environ.pop("WATCHDOG_PID", "")
        watches = bool(self._address) and term.isascii() and term.isdigit() and addressee in ("", str(os.getpid()))
        self.term_seconds = int(term) / 1_000_000 if watches else 0.0
        """WatchdogSec: within that time it wants to hear WATCHDOG=1. 0: it does not watch."""

    def tell(self, state: str) -> None:
        """Tell it, as READY=1. Waits for nobody; what cannot be told is dropped, for systemd then does what it must."""
        if self._address[:1] not in ("/", "@"):
            return
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.setblocking(False)
            sock.sendto(state.encode(), address)


class Watchdog:
    """Watches core's loop and the journal from `start` to `stop`, both called on the loop. `stuck_seconds` gives the
    seconds after which a journal that does not answer counts as stuck. `lag_seconds` has how much later than it should
    the loop came to each beat."""

    def __init__(self, loop: asyncio.AbstractEventLoop, watched: Watched, stuck_seconds: Callable[[], float]) -> None:
        self.lag_seconds = Histogram(SECONDS)
        self._loop = loop
        self._watched = watched
        self._stuck_seconds = stuck_seconds
        self._systemd = Systemd()
        self._seconds = LOOK_SECONDS
        if self._systemd.term_seconds:
            self._seconds = min(LOOK_SECONDS, self._systemd.term_seconds / LOOKS_OF_A_TERM)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ipcchat-watchdog", daemon=True)
        self._loop_thread = 0
        self._timer: asyncio.TimerHandle | None = None
        self._beat_at = self._told_beat = 0.0
        self._looked_at = self._excused = self._journal_excused = self._stood_from = 0.0
        self._stands = self._waits = False

    # On the loop.

    def start(self) -> None:
        """People can connect: say so, and watch from now on."""
        self._loop_thread = threading.get_ident()
        self._looked_at = time.monotonic()
        self._beat()
        self._systemd.tell("READY=1")
        self._thread.start()

    def say_stopping(self, *, is_restart: bool = False) -> None:
        """The server stops, as it was asked to; with `is_restart` it is started again in the same process."""
        moment = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000
        self._systemd.tell(f"RELOADING=1\nMONOTONIC_USEC={moment}" if is_restart else "STOPPING=1")

    def stop(self) -> None:
        """Watch no more. May be called when it never started."""
        self._ended.set()
        if self._timer is not None:
            self._timer.cancel()
        if self._thread.is_alive():
            self._thread.join(LOOK_SECONDS)

    def _beat(self) -> None:
        now = time.monotonic()
        if self._beat_at:
            self.lag_seconds.observe(max(0.0, now - self._beat_at - self._seconds))
        self._beat_at = now
        self._timer = self._loop.call_later(self._seconds, self._beat)

    # On the thread.

    def _run(self) -> None:
        while not self._ended.wait(self._seconds):
            self._look(time.monotonic())

    def _look(self, now: float) -> None:
        if now - self._looked_at > self._seconds + LATE_SECONDS / 2:
            logs.event(logging.WARNING, "the whole process stood still", seconds=round(now - self._looked_at, 1))
            self._excused = self._journal_excused = now
        self._looked_at = now
        beat_at = self._beat_at
        self._judge_loop(now, beat_at)
        wait = self._judge_journal(now)
        if self._systemd.term_seconds and beat_at != self._told_beat and wait < self._stuck_seconds():
            self._told_beat = beat_at
            self._systemd.tell("WATCHDOG=1")

    def _judge_loop(self, now: float, beat_at: float) -> None:
        late = now - max(beat_at + self._seconds, self._excused)
        if late > LATE_SECONDS:
            if not self._stands:
                self._stands, self._stood_from = True, beat_at
                logs.dump("the server has not answered for a while", stacks(self._loop_thread), seconds=round(late, 1))
            self._journal_excused = now  # Its answers wait for the loop.
        elif self._stands:
            self._stands = False
            logs.event(logging.WARNING, "the server answers again", seconds=round(beat_at - self._stood_from, 1))

    def _judge_journal(self, now: float) -> float:
        """How long it has owed an answer, in seconds."""
        wait = min(self._watched.journal_wait(now), now - self._journal_excused)
        if wait > SLOW_SECONDS and not self._waits:
            self._waits = True
            logs.event(logging.ERROR, "the journal has not answered for a while", seconds=round(wait, 1))
            with suppress(RuntimeError):  # The loop is closed: nobody is left to tell.
                self._loop.call_soon_threadsafe(
                    self._watched.alarmed, f"The journal has not answered for {wait:.0f} seconds: look at the disk"
                )
        elif wait <= SLOW_SECONDS and self._waits:
            self._waits = False
            logs.event(logging.WARNING, "the journal answers again")
        return wait


def stacks(first: int) -> str:
    """Where all threads are now, innermost call first: the thread `first` (its identifier) before the others."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    frames = sorted(sys._current_frames().items(), key=lambda item: item[0] != first)
    lines = []
    for ident, frame in frames[:STACKS_MAX]:
        lines.append(f"thread {logs.escape(names.get(ident, ident))}")
        for call, line in islice(walk_stack(frame), FRAMES_MAX):
            lines.append(f"  {logs.escape(f'{call.f_code.co_filename}:{line} {call.f_code.co_name}')}")
    return "\n".join(lines)
