"""The processes of a server under test, told apart: what each has of the processor, of memory and of the connections.

Linux only: everything is the kernel's own accounting in /proc.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NATS: Final = "NATS"
WORKER: Final = "worker"
SERVER: Final = "server"

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE_MIB: Final = os.sysconf("SC_PAGESIZE") / (1 << 20)


@dataclass(frozen=True)
class Usage:
    """What one process used so far: seconds of a processor, MiB of memory, and how many sockets it has."""

    role: str
    cpu_seconds: float
    rss_mib: float
    sockets: int


def usage_of(pid: int) -> dict[int, Usage]:
    """A process and its descendants, by their ids. One that ended meanwhile is left out."""
    found = {}
    for each in family_of(pid):
        with suppress(OSError, ValueError):
            found[each] = _usage(each)
    return found


def family_of(pid: int) -> Iterator[int]:
    """The ids of a process and its descendants, elders first."""
    yield pid
    for task in _entries(Path(f"/proc/{pid}/task")):
        with suppress(OSError):
            for child in (task / "children").read_text().split():
                yield from family_of(int(child))


def _usage(pid: int) -> Usage:
    place = Path(f"/proc/{pid}")
    fields = (place / "stat").read_text().rpartition(")")[2].split()
    user, system, pages = int(fields[11]), int(fields[12]), int(fields[21])
    return Usage(_role(place), (user + system) / _TICKS, pages * _PAGE_MIB, _sockets(place))


def _role(place: Path) -> str:
    words = (place / "cmdline").read_text().split("\0")
    if "nats-server" in words[0]:
        return NATS
    return WORKER if "--worker" in words else SERVER


def _sockets(place: Path) -> int:
    count = 0
    for descriptor in _entries(place / "fd"):
        with suppress(OSError):
            count += str(descriptor.readlink()).startswith("socket:")
    return count


def _entries(folder: Path) -> list[Path]:
    with suppress(OSError):
        return list(folder.iterdir())
    return []
