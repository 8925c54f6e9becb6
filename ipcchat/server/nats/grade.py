"""The durability grade: what an acknowledgement of this server survives, in one letter with its reason.

A    power failures of any number of machines: SQLite syncs each commit, and every NATS server each write
B    power failures as long as one node's disk is left: SQLite syncs each commit, NATS every two minutes or more often
C    what is less, or not known

Rules:
1. What is not known counts as the worst that it could be.
2. The weakest of all NATS servers decides.

A grade says nothing of disks that lie. Even with grade B no acknowledged message is only in NATS: a node shows it
when its own SQLite has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from ipcchat.server.nats.binary import Version, is_durable, parse_version, wanted_versions
from ipcchat.server.nats.launching import monitored

Letter = Literal["A", "B", "C"]

SYNC_SECONDS_DEFAULT: Final = 120.0
"""NATS' own sync_interval, and the longest that is grade B."""

FULL: Final = ("FULL", "EXTRA")
NANOSECONDS: Final = 1_000_000_000


class Sync(msgspec.Struct, frozen=True):
    """How a NATS server writes: synced before each acknowledgement, else every so many seconds (None: not known)."""

    always: bool = False
    seconds: float | None = None


class Grade(msgspec.Struct, frozen=True):
    """The letter, a sentence with the reason, and what would make it better ("" for A)."""

    letter: Letter
    reason: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"durability grade {self.letter}: {self.reason}" + (f"; {self.remedy}" if self.remedy else "")


def grade(
    synchronous: str, versions: Iterable[Version | None], syncs: Iterable[Sync], *, persists_async: bool = False
) -> Grade:
    """The grade of a node: `synchronous` is SQLite's, `versions` and `syncs` those of all NATS servers. A stream whose
    `persist_mode` is async (`persists_async`) is not synced, whatever the servers are told."""
    known, written = list(versions), list(syncs)
    old = [version for version in known if not is_durable(version)]
    unknown = [sync for sync in written if not sync.always and sync.seconds is None]
    longest = max((sync.seconds or 0.0 for sync in written if not sync.always), default=0.0)
    if synchronous.upper() not in FULL:
        return Grade("C", f"SQLite runs with synchronous={synchronous}", "set it to FULL")
    if not known or old:
        named = f"version {old[0]}" if old and old[0] else "a version that is not known"
        return Grade("C", f"a NATS server has {named}", f"use {wanted_versions()}")
    if persists_async:
        return Grade("C", "the stream's persist_mode is async, which syncs nothing", "set it to default")
    if not written or unknown:
        return Grade("C", "how a NATS server syncs is not known", "name its monitoring address (cluster.monitors)")
    if longest > SYNC_SECONDS_DEFAULT:
        return Grade("C", f"a NATS server syncs only every {longest:g} s", "set its sync_interval to always")
    if longest:
        return Grade("B", f"a NATS server syncs only every {longest:g} s", "set its sync_interval to always")
    return Grade("A", "SQLite and NATS sync before each acknowledgement")


def read_sync(monitor: str) -> Sync:
    """How the server behind this monitoring URL syncs. Blocks for at most some seconds."""
    configured = monitored(monitor, "/jsz?config=1").get("config")
    if not isinstance(configured, dict):
        return Sync()
    if configured.get("sync_always") is True:
        return Sync(always=True)
    nanoseconds = configured.get("sync_interval")
    return Sync(seconds=nanoseconds / NANOSECONDS) if isinstance(nanoseconds, int) and nanoseconds > 0 else Sync()


def read_version(monitor: str) -> Version | None:
    """The version of the server behind this monitoring URL; None when it does not say."""
    version = monitored(monitor, "/varz").get("version")
    return parse_version(version) if isinstance(version, str) else None
