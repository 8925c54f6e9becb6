"""Backups of a server that is busy, and restores over what is newer: the commands as people run them."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import SERVER, ServerProcess
from tests.hostile.siege import ends_well
from tests.hostile.test_X_process import everything

BACKUPS = 3
LINES_AT_ONCE = 20


def runs(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the server's with these arguments."""
    return subprocess.run([*SERVER, *arguments], capture_output=True, text=True, timeout=60)


class Talker:
    """Somebody who says one number after the other in #lobby, until he is told to stop; `echoed` is how many of them
    came back to him."""

    def __init__(self, port: int) -> None:
        self._client = RawClient(port).registers("ann", "echo-message").joins("#lobby")
        self.echoed = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._talk, daemon=True)

    def __enter__(self) -> Talker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        self._client.close()

    def _talk(self) -> None:
        while not self._stopped.is_set():
            first = self.echoed
            self._client.says(*[f"PRIVMSG #lobby :{number}" for number in range(first, first + LINES_AT_ONCE)])
            for number in range(first, first + LINES_AT_ONCE):
                self._client.hears_text(str(number))
                self.echoed = number + 1


def said_in(folder: Path) -> list[str]:
    """What a server on this data folder has in the history of #lobby."""
    with ServerProcess(folder, throttled=False) as server:
        with RawClient(server.port).registers("bob", "message-tags batch draft/chathistory").joins("#lobby") as bob:
            texts = [line.params[-1] for line in everything(bob, "#lobby")]
        ends_well(server)
    return texts


def test_D09_a_backup_under_load_is_a_beginning_of_what_was_said(tmp_path: Path, threads: int):
    """Nothing is missing that was echoed before the backup began, and nothing in the middle."""
    acknowledged = []
    with ServerProcess(tmp_path, threads=threads, throttled=False) as server:
        with Talker(server.port) as talker:
            for number in range(BACKUPS):
                acknowledged.append(talker.echoed)
                done = runs("backup", "--data", str(tmp_path / "journal"), str(tmp_path / f"{number}.tar"))
                assert done.returncode == 0, done.stderr
        assert talker.echoed > acknowledged[-1] > acknowledged[0], "nobody talked while the backups were made"
        ends_well(server)
    restored = tmp_path / "restored"
    done = runs("restore", "--data", str(restored / "journal"), str(tmp_path / f"{BACKUPS - 1}.tar"))
    assert done.returncode == 0, done.stderr
    texts = said_in(restored)
    assert texts == [str(number) for number in range(len(texts))]
    assert acknowledged[-1] <= len(texts) <= talker.echoed


def test_D09_nothing_older_is_put_over_a_newer_journal(tmp_path: Path):
    """Not while the server runs and not when it has stopped; what was said after the backup stays."""
    journal, backup = tmp_path / "journal", tmp_path / "backup.tar"
    with ServerProcess(tmp_path, throttled=False) as server:
        with RawClient(server.port).registers("ann", "echo-message").joins("#lobby") as ann:
            ann.says("PRIVMSG #lobby :before")
            ann.hears_text("before")
            assert runs("backup", "--data", str(journal), str(backup)).returncode == 0
            ann.says("PRIVMSG #lobby :after")
            ann.hears_text("after")
        running = runs("restore", "--data", str(journal), str(backup))
        assert (running.returncode, "in use by process" in running.stderr) == (1, True), running.stderr
        ends_well(server)
    content = (journal / "chat.db").read_bytes()
    stopped = runs("restore", "--data", str(journal), str(backup))
    assert (stopped.returncode, "nothing is overwritten" in stopped.stderr) == (1, True), stopped.stderr
    assert (journal / "chat.db").read_bytes() == content
    assert said_in(tmp_path) == ["before", "after"]
