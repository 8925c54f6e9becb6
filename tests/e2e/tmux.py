"""Real terminals: a tmux server of its own for each test, with programs in windows of 80 by 24.

Rules:
1. The tmux server has its own socket and no configuration of the machine's; at the end only that one is stopped.
2. Programs start with an empty HOME and an environment of their own.
3. What is on a screen is waited for, with a deadline; the failure shows the screen.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.e2e.waiting import SECONDS_MAX, until

COLUMNS, ROWS = 80, 24
TERMINAL = "screen-256color"
PACKAGES = {"weechat": "weechat-curses", "nc": "netcat-openbsd"}
"""The packages of Debian that are not named like their program."""

NOTING = 'trap : INT; "$@"; echo $? >"$0.new"; mv "$0.new" "$0"'
"""Runs a program and notes its exit code in a file, because tmux 3.3 forgets one now and then."""


def need(program: str) -> str:
    """The path of a program; a test fails without it, and says what to type."""
    path = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None:
        package = PACKAGES.get(program, program)
        pytest.fail(f"{program} is missing; type: apt-get install --no-install-recommends {package}")
    return path


def children(pid: str) -> list[str]:
    """The processes that a process has started; none when it is gone."""
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def is_running(pid: str) -> bool:
    """Whether a process runs. One that has ended does not, even while nobody has asked for its exit code."""
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


class Window:
    """One terminal with one program in it."""

    def __init__(self, tmux: Tmux, name: str, ending: Path) -> None:
        self._tmux = tmux
        self._name = name
        self._ending = ending

    def types(self, text: str, enter: bool = True) -> None:
        """Type a text, and Enter behind it."""
        self._tmux.run("send-keys", "-t", self._name, "-l", "--", text)
        if enter:
            self.presses("Enter")

    def presses(self, *keys: str) -> None:
        """Press keys by their names in tmux: Enter, C-c, Up."""
        self._tmux.run("send-keys", "-t", self._name, *keys)

    @property
    def screen(self) -> str:
        """What can be read on the screen."""
        return self._tmux.run("capture-pane", "-p", "-t", self._name)

    @property
    def coloured_screen(self) -> str:
        """The screen with its renditions as SGR sequences, and with the spaces at the ends of rows."""
        return self._tmux.run("capture-pane", "-e", "-N", "-p", "-t", self._name)

    @property
    def everything(self) -> str:
        """The screen and what has scrolled off it, with wrapped rows joined."""
        return self._tmux.run("capture-pane", "-p", "-J", "-S", "-", "-t", self._name)

    def state(self, template: str) -> str:
        """What tmux knows of the terminal, by its formats: "#{alternate_on}"."""
        return self._tmux.run("display-message", "-p", "-t", self._name, template)

    def sends(self, sequence: str) -> None:
        """Give bytes to the program as the terminal would: a report of the mouse, a key that tmux has no name for."""
        self._tmux.run("send-keys", "-t", self._name, "-H", *(f"{byte:02x}" for byte in sequence.encode()))

    def pastes(self, text: str) -> None:
        """Paste a text, in brackets where the program has asked for them."""
        self._tmux.run("set-buffer", "-b", "pasted", "--", text)
        self._tmux.run("paste-buffer", "-p", "-r", "-b", "pasted", "-t", self._name)

    def resizes(self, columns: int, rows: int) -> None:
        """Make the terminal as large as that."""
        self._tmux.run("resize-window", "-t", self._name, "-x", str(columns), "-y", str(rows))

    def records(self) -> Path:
        """The file to which everything that the program writes goes from now on, as it is."""
        record = self._ending.with_suffix(".record")
        record.touch()
        self._tmux.run("pipe-pane", "-t", self._name, f"cat >{record}")
        return record

    @property
    def pid(self) -> int:
        """The program's process: the only child of the shell that notes its exit code."""
        shell = self._tmux.run("display-message", "-p", "-t", self._name, "#{pane_pid}")
        return int(until(lambda: children(shell), f"the process of {self._name}")[0])

    @property
    def exit_code(self) -> int | None:
        """The program's exit code, 128 + signal when it was killed; None while it runs."""
        return int(self._ending.read_text()) if self._ending.exists() else None

    def shows(self, text: str, times: int = 1, seconds_max: float = SECONDS_MAX) -> None:
        """Wait until `text` can be read, at least so many times."""
        expected = f"{text!r} {times} times" if times > 1 else repr(text)
        try:
            until(lambda: self.everything.count(text) >= times, expected, seconds_max)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen of {self._name}:\n{self.everything}") from None

    def ends(self) -> int:
        """Wait until the program ends; returns its exit code."""
        until(lambda: self.exit_code is not None, f"the end of {self._name}")
        code = self.exit_code
        assert code is not None
        return code

    def starts_again(self) -> None:
        """Run the same program once more when it has ended."""
        self.ends()
        self._ending.unlink()
        self._tmux.run("respawn-pane", "-k", "-t", self._name)


class Tmux:
    """A tmux server of our own, and its windows. Use it in a `with`."""

    def __init__(self) -> None:
        self._program = need("tmux")
        self._folder = Path(tempfile.mkdtemp(prefix="ipc-chat-"))
        self.home = self._folder / "home"
        self.home.mkdir()
        self._has_windows = False

    def __enter__(self) -> Tmux:
        return self

    def __exit__(self, *_: object) -> None:
        shells = self.run("list-panes", "-a", "-F", "#{pane_pid}").split() if self._has_windows else []
        pids = [*shells, *(child for shell in shells for child in children(shell))]
        subprocess.run([*self._command, "kill-server"], stderr=subprocess.DEVNULL, check=False, timeout=SECONDS_MAX)
        try:
            until(lambda: not any(map(is_running, pids)), "the end of all programs")
        finally:
            for pid in filter(is_running, pids):
                os.kill(int(pid), signal.SIGKILL)
        shutil.rmtree(self._folder)

    @property
    def _command(self) -> list[str]:
        return [self._program, "-S", str(self._folder / "socket"), "-f", "/dev/null"]

    def run(self, *words: str) -> str:
        """One tmux command; returns what it prints."""
        done = subprocess.run(
            [*self._command, *words], capture_output=True, text=True, timeout=SECONDS_MAX, env=self.environment
        )
        assert done.returncode == 0, f"tmux {' '.join(words)}: {done.stderr}"
        return done.stdout.rstrip("\n")

    @property
    def environment(self) -> dict[str, str]:
        """What programs in the windows get: nothing of this process's but where programs are."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "TERM": TERMINAL,
            "SHELL": "/bin/sh",
            "PS1": "$ ",
            "USER": "guest",
            "LOGNAME": "guest",
        }

    def opens(self, name: str, *command: str, columns: int = COLUMNS, rows: int = ROWS) -> Window:
        """A new terminal with this program in it; it stays when the program ends."""
        settings = ["start-server", ";", "set-option", "-g", "default-terminal", TERMINAL, ";"]
        settings += ["set-option", "-g", "remain-on-exit", "on", ";"]
        self._has_windows = True
        ending = self._folder / f"{name}.code"
        noting = ["/bin/sh", "-c", NOTING, str(ending), *command]
        self.run(*settings, "new-session", "-d", "-s", name, "-x", str(columns), "-y", str(rows), "--", *noting)
        return Window(self, name, ending)
