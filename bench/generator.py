"""The load generator: builds ircload.c when needed, runs it against one server, reads its figures.

Rules:
1. The binary is cached by the hash of its source, so an edited source is never measured with an old binary.
2. Its words become figures with the units of `scenarios`; lost messages and lost connections are never dropped.

Raises BenchError, whose text says what to do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.scenarios import IDLE, Scenario

SOURCE = Path(__file__).with_name("ircload.c")
SET_UP_SECONDS_MAX = 120
SETTLE_SECONDS_MAX = 90
PENDING = 200

Figures = dict[str, float]


class BenchError(Exception):
    """Something cannot be measured; the text is for the person at the terminal."""


def cache_folder() -> Path:
    """Where the built generator is kept between runs."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "ipc-chat-bench"


def build() -> Path:
    """The generator's binary, built with cc when it is not there yet. Raises BenchError."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    binary = cache_folder() / f"ircload-{digest}"
    if binary.exists():
        return binary
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise BenchError("the load generator is a C program and there is no cc here; apt install gcc libc6-dev")
    binary.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=binary.parent) as folder:
        unfinished = Path(folder) / "ircload"
        command = [compiler, "-O2", "-o", str(unfinished), str(SOURCE), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchError(f"cannot build the load generator:\n{done.stderr.strip()}")
        unfinished.rename(binary)
    return binary


def generate(scenario: Scenario, port: int, pid: int, seconds: float, pending: int = PENDING) -> Figures:
    """Runs one scenario against the server `pid` on `port` for `seconds`. Raises BenchError."""
    command = command_for(scenario, port, pid, seconds, pending)
    try:
        limit = seconds + SET_UP_SECONDS_MAX + SETTLE_SECONDS_MAX
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        raise BenchError("the generator did not finish") from None
    if done.returncode != 0:
        raise BenchError((done.stderr.strip().splitlines() or ["the generator failed"])[-1])
    return figures_of(scenario, done.stdout)


def command_for(scenario: Scenario, port: int, pid: int, seconds: float, pending: int = PENDING) -> list[str]:
    """The generator with what it is to do. Raises BenchError."""
    command = [str(build()), *scenario.options, "-p", str(port), "-P", str(pid), "-t", str(seconds)]
    return [*command, "-o", str(pending), "-d", str(SET_UP_SECONDS_MAX)]


def figures_of(scenario: Scenario, output: str) -> Figures:
    """The figures in ircload's output."""
    reports = {line.split()[0]: words_of(line) for line in output.splitlines()}
    setup, run = reports["setup"], reports["idle" if scenario.kind == IDLE else "run"]
    figures = {**run, "rss_mib": run["rss_kb"] / 1024}
    if scenario.kind == IDLE:
        before = setup["rss_kb"] - setup["rss_per_client_kb"] * setup["clients"]
        figures["connection_kib"] = (run["rss_kb"] - before) / setup["clients"]
    return figures


def words_of(line: str) -> Figures:
    """The key=value words of one line."""
    return {key: float(value) for key, _, value in (word.partition("=") for word in line.split()[1:])}
