"""The bot as a process: Limnoria with the configuration and the plugin in tests/clients/bot, ended by its pid.

Rules:
1. Limnoria writes its settings back into its file, so each bot has a folder with a copy.
2. Only the port and the pace are changed, and what a test asks for.
3. Its standard output is a file. An entry of level ERROR in it fails the test.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

BOT = Path(__file__).parent / "bot"
CONFIGURATION = BOT / "porter.conf"
# Ctrl-C works in it even when whatever started the tests ignores Ctrl-C.
PROGRAM = """
import signal
from supybot.scripts.limnoria import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""
STOP_SECONDS_MAX = 15
# Limnoria complains of each of these when it starts for the first time.
DATABASES = ("users", "channels", "networks", "ignores")


def configuration(port: int, changes: dict[str, str]) -> str:
    """The file as it stands, but for the port, the pace and these settings."""
    settings = dict(line.split(": ", 1) for line in CONFIGURATION.read_text().splitlines())
    settings |= {"supybot.networks.ipc.servers": f"127.0.0.1:{port}", "supybot.protocols.irc.throttleTime": "0"}
    settings |= changes
    return "".join(f"{name}: {setting}\n" for name, setting in settings.items())


class BotProcess:
    """One bot, connected to a server on this port. Use it in a `with`."""

    def __init__(self, folder: Path, port: int, changes: dict[str, str]) -> None:
        if importlib.util.find_spec("supybot") is None:
            pytest.fail("limnoria is missing; type: ./run setup --dev")
        self._folder = folder / "bot"
        shutil.copytree(BOT, self._folder, ignore=shutil.ignore_patterns("__pycache__"))
        (self._folder / CONFIGURATION.name).write_text(configuration(port, changes))
        (self._folder / "conf").mkdir()
        for name in DATABASES:
            (self._folder / "conf" / f"{name}.conf").touch()
        self._output = self._folder / "output"

    def __enter__(self) -> BotProcess:
        # It refuses to run as root, as tests in a container do, unless it is told that this is meant.
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, "--allow-root", CONFIGURATION.name],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={"PATH": os.environ["PATH"], "HOME": str(self._folder), "LC_ALL": "C.UTF-8"},
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def output(self) -> str:
        """Everything that it wrote to its standard output and standard error."""
        return self._output.read_text(errors="replace")

    @property
    def failures(self) -> list[str]:
        """The rows of its output that tell of something unexpected."""
        marks = ("ERROR", "CRITICAL", "Traceback")
        return [row for row in self.output.splitlines() if row.startswith(marks)]

    def interrupt(self) -> int:
        """Ctrl-C, upon which it says goodbye; returns the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(STOP_SECONDS_MAX)
