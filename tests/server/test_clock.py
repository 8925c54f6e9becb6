"""ipcchat/server/clock.py: time passes while the server serves, and stands still while it does not."""

from __future__ import annotations

from ipcchat.server.clock import Clock


def test_a_pause_is_no_time():  # hostile input X03
    now = [1_000.0]
    clock = Clock(lambda: now[0])
    read = []
    for seconds in (0.0, 0.25, 2.0, 200.0, 0.25, 3.0, 0.5):
        now[0] += seconds
        read.append(clock())
    assert clock.paused == 203.0
    assert read == [1_000.0, 1_000.25, 1_002.25, 1_002.25, 1_002.5, 1_002.5, 1_003.0]
