"""What is set for the whole process."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from ipcchat.server import process


def test_the_file_limit_is_raised_to_the_hard_one():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
    try:
        assert process.raise_file_limit() in (hard, 0)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(("gil", "cores", "threads"), [(True, 8, 0), (False, 8, 8), (False, None, 1)])
def test_threads_are_for_pythons_without_a_gil(
    monkeypatch: pytest.MonkeyPatch, gil: bool, cores: int | None, threads: int
):  # DESIGN 4
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: gil, raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert process.default_threads() == threads


def test_closed_standard_descriptors_are_held_by_dev_null():  # hostile input X09
    script = (
        "import os; os.close(0); os.close(2)\n"
        "from ipcchat.server.process import hold_standard_descriptors\n"
        "hold_standard_descriptors()\n"
        "print(os.readlink('/proc/self/fd/0'), os.readlink('/proc/self/fd/2'))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "/dev/null /dev/null\n"
