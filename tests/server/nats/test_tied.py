"""The program that ties another one to who wanted it: its exits and its signals (tied.py)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from ipcchat.server.nats.launching import TIED
from tests.e2e.waiting import until

SAYS_WHAT_IT_GETS = "trap 'echo term; exit 3' TERM; echo ready; while :; do sleep 0.05; done"


def tied(parent: int, way: str, *command: str) -> subprocess.Popen[str]:
    """tied.py with these arguments."""
    words = [sys.executable, "-I", "-S", str(TIED), str(parent), way, *command]
    return subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


@pytest.mark.parametrize("way", ["signal", "pipe"])
def test_the_exit_code_is_the_programs(way):
    assert tied(os.getpid(), way, "/bin/sh", "-c", "exit 7").communicate(timeout=10)[0] == ""
    with tied(os.getpid(), way, "/bin/sh", "-c", "exit 7") as process:
        assert process.wait(10) == 7


@pytest.mark.parametrize("way", ["signal", "pipe"])
def test_signals_to_the_group_reach_the_program_once(way):
    with tied(os.getpid(), way, "/bin/sh", "-c", SAYS_WHAT_IT_GETS) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGTERM)
        assert process.stdout.read() == "term\n"
        assert process.wait(10) == 3


def test_the_kernels_way_takes_no_process_more():
    with tied(os.getpid(), "signal", "/bin/sh", "-c", "echo $$") as process:
        assert process.stdout is not None
        assert int(process.stdout.read()) == process.pid


def test_who_lost_its_parent_before_it_was_watched_does_not_start():
    with tied(1, "signal", "/bin/sh", "-c", "echo started") as process:
        said, why = process.communicate(timeout=10)
    assert said == ""
    assert "who started this has ended" in why
    assert process.returncode == 1


def test_the_end_of_the_pipe_ends_the_program():
    with tied(os.getpid(), "pipe", "/bin/sh", "-c", SAYS_WHAT_IT_GETS) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.stdin.close()
        until(lambda: process.poll() is not None, "the program has ended")
        assert process.stdout.read() == "term\n"
