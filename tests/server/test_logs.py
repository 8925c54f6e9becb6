"""The log: one line a record, nothing of what people say, no flood."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
from collections.abc import Iterator

import pytest

from ipcchat.server import logs


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.start("info", stream)
    yield stream
    logs.start("info", io.StringIO())


def test_elsewhere_a_record_is_a_json_line(lines: io.StringIO):
    logs.event(logging.INFO, "connected", conn=5, host="192.0.2.1")
    logs.stop()
    record = json.loads(lines.getvalue())
    assert record.pop("time") > 0
    assert record == {"level": "info", "text": "connected", "conn": 5, "host": "192.0.2.1"}


def test_on_a_terminal_it_is_for_people():
    stream = Terminal()
    logs.start("info", stream)
    logs.event(logging.WARNING, "slow reader closed", conn=5)
    logs.stop()
    assert stream.getvalue()[8:] == " warning  slow reader closed  conn=5\n"


def test_nodes_of_a_cluster_say_who_they_are():
    stream = Terminal()
    logs.start("info", stream, node="worker-2")
    logs.event(logging.WARNING, "slow reader closed", conn=5)
    logs.stop()
    logs.start("info", io.StringIO())
    assert stream.getvalue()[8:] == " warning  slow reader closed  node=worker-2  conn=5\n"


def test_a_level_below_is_not_written(lines: io.StringIO):
    logs.event(logging.DEBUG, "connected")
    logs.stop()
    assert lines.getvalue() == ""


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["json", "terminal"])
def test_text_from_outside_cannot_write_lines_or_obey(stream: io.StringIO):  # PROMISES G13
    logs.start("info", stream)
    logs.event(logging.INFO, "peer", host="a\r\nb\x1b[31m\u202e\ud800" + "x" * 1_000)
    logs.stop()
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert all(c.isprintable() for c in written[:-1])
    assert len(written) < 450


def test_of_a_bug_type_and_frames_are_written_but_no_text(lines: io.StringIO):  # rule 1
    try:
        {}["what ann said"]  # type: ignore[index]
    except KeyError as error:
        logs.failure("a command failed", error, conn=3)
    logs.stop()
    record = json.loads(lines.getvalue())
    assert (record["error"], record["conn"]) == ("KeyError", 3)
    assert any("test_logs.py" in frame for frame in record["frames"])
    assert "KeyError" not in "".join(record["frames"])


def test_repeats_are_held_back_and_counted():  # rule 3
    now = 100.0
    repeats = logs.RepeatFilter(lambda: now)

    def passes() -> bool:
        return repeats.filter(record)

    record = logging.makeLogRecord({"msg": "cannot accept"})
    assert [passes() for _ in range(25)] == [True] * 10 + [False] * 15
    now += logs.REPEAT_SECONDS + 1
    assert passes()
    assert vars(record)["fields"] == {"held_back": 15}
    assert repeats.filter(logging.makeLogRecord({"msg": "another"}))


def test_a_stream_that_fails_stops_nothing():  # HOSTILE X09
    stream = io.StringIO()
    logs.start("info", stream)
    stream.close()
    logs.event(logging.INFO, "into the void")
    logs.stop()
    logs.event(logging.INFO, "and again")


def test_a_stream_that_blocks_stops_nothing_and_losses_are_counted(monkeypatch: pytest.MonkeyPatch):  # HOSTILE X09
    monkeypatch.setattr(logs, "WAITING_MAX", 5)
    ours, theirs = os.pipe()
    with open(ours), open(theirs, "w") as writer:
        os.set_blocking(theirs, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(theirs, b"x" * 1_024)
        os.set_blocking(theirs, True)
        logs.start("info", writer)
        for number in range(50):
            logs.event(logging.INFO, f"record {number}")
        rest = ""
        while "lost" not in rest:
            rest += os.read(ours, 65_536).decode()
    assert "record 0" in rest
    assert "record 49" not in rest
