"""The durability grade, by table and by what real servers say of themselves."""

from __future__ import annotations

import pytest

from ipcchat.server.nats.binary import Version
from ipcchat.server.nats.grade import Sync, grade, read_sync, read_version

NEW, OLD = Version(2, 15, 1), Version(2, 14, 4)
ALWAYS, DEFAULT = Sync(always=True), Sync(seconds=120.0)


@pytest.mark.parametrize(
    ("letter", "why", "synchronous", "versions", "syncs"),
    [
        ("A", "before each acknowledgement", "FULL", [NEW], [ALWAYS]),
        ("A", "before each acknowledgement", "extra", [NEW, NEW, NEW], [ALWAYS, ALWAYS, ALWAYS]),
        ("B", "every 120 s", "FULL", [NEW], [DEFAULT]),
        ("B", "every 120 s", "FULL", [NEW, NEW], [ALWAYS, DEFAULT]),
        ("C", "every 600 s", "FULL", [NEW], [Sync(seconds=600.0)]),
        ("C", "synchronous=NORMAL", "NORMAL", [NEW], [ALWAYS]),
        ("C", "version 2.14.4", "FULL", [NEW, OLD], [ALWAYS, ALWAYS]),
        ("C", "version that is not known", "FULL", [None], [ALWAYS]),
        ("C", "version that is not known", "FULL", [], [ALWAYS]),
        ("C", "syncs is not known", "FULL", [NEW], [ALWAYS, Sync()]),
        ("C", "syncs is not known", "FULL", [NEW], []),
    ],
)
def test_the_weakest_part_decides(letter, why, synchronous, versions, syncs):
    found = grade(synchronous, versions, syncs)
    assert found.letter == letter
    assert why in found.reason
    assert str(found).startswith(f"durability grade {letter}: ")
    assert bool(found.remedy) is (letter != "A")


def test_a_stream_that_persists_async_is_not_synced():
    assert grade("FULL", [NEW], [ALWAYS], persists_async=True).letter == "C"


@pytest.mark.parametrize(("seconds", "expected"), [(0, ALWAYS), (5, Sync(seconds=5.0)), (120, DEFAULT)])
def test_a_server_says_how_it_syncs(serve, seconds, expected):
    monitor = serve(sync_seconds=seconds, monitor_port=-1).addresses.monitor
    assert read_sync(monitor) == expected
    version = read_version(monitor)
    assert version is not None and version >= (2, 15, 1)


def test_a_server_that_does_not_answer_is_not_known(unused_port):
    monitor = f"http://127.0.0.1:{unused_port}"
    assert read_sync(monitor) == Sync()
    assert read_version(monitor) is None
