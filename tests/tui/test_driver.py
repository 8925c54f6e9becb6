"""A terminal that is gone: writing to it neither fails nor waits."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from ipcchat.tui.driver import Screen


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """What is written to the second one can be read from the first one."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(writing)


def test_what_is_written_arrives(pipe: tuple[int, int]) -> None:
    """In UTF-8, with a sign for what cannot be written so."""
    screen = Screen(pipe[1])
    screen.write("t\N{LATIN SMALL LETTER E WITH ACUTE}a \udc80")
    screen.flush()
    assert os.read(pipe[0], 100) == b"t\xc3\xa9a ?"
    assert screen.fileno() == pipe[1]
    os.close(pipe[0])


def test_who_draws_is_never_kept_waiting_by_a_terminal_that_is_gone(pipe: tuple[int, int]) -> None:
    """Textual's thread ends with the first error, and then the queue in front of it fills: so there is none."""
    os.close(pipe[0])
    writer = WriterThread(Screen(pipe[1]))  # type: ignore[arg-type]
    writer.start()
    for _ in range(MAX_QUEUED_WRITES * 3):
        writer.write("x" * 10_000)
    writer.stop()
    assert not writer.is_alive()
