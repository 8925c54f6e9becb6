"""O12: hostile JSON, wherever JSON is read today: history that is imported, the audit log, a backup's manifest; and
JSON where none is expected (RFC 8259; Seriot, "Parsing JSON is a minefield").
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from ipcchat.backend.exporting import Wanted, export
from ipcchat.backend.importing import Imported, ImportFault, import_lines, lines_of
from ipcchat.client.errors import ChatError
from ipcchat.client.known_servers import KnownServers
from ipcchat.server.audit_chain import Broken, verify
from ipcchat.server.backup import BackupError, restore
from tests.core.net import ALL_CAPS, Net
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ROOT, SERVER
from tests.hostile.siege import Siege

DEEP = 100_000
SECONDS_MAX = 2.0
ENDLESS_BYTES = 256 << 20 if os.environ.get("HOSTILE_FULL") else 64 << 20
GROWTH_KIB_MAX = 16 << 10

GOOD = {
    "kind": "message",
    "time": "2026-01-01T00:00:00.000Z",
    "history": "#tea",
    "source": "ann!a@host",
    "place": 2,
    "target": "#tea",
    "text": "TEXT",
}
LINE = msgspec.json.encode(GOOD)


def instead(old: bytes, new: bytes) -> bytes:
    """The record with something else in it."""
    assert LINE.count(old) == 1
    return LINE.replace(old, new)


def beside(more: bytes) -> bytes:
    """The record with one more key."""
    return LINE[:-1] + b"," + more + b"}"


HOSTILE = {
    "nested lists": b"[" * DEEP,
    "nested objects": b'{"tags":' * DEEP,
    "nested values of tags": beside(b'"tags":{"+a":' + b"[" * DEEP + b"]" * DEEP + b"}"),
    "nested under a key that nobody knows": beside(b'"more":' + b"[" * DEEP + b"]" * DEEP),
    "a number of very many digits": instead(b'"place":2', b'"place":' + b"9" * DEEP),
    "a number that is too large for a float": instead(b'"place":2', b'"place":1e999999999'),
    "no number": instead(b'"place":2', b'"place":NaN'),
    "a key twice": beside(b'"text":"something else"'),
    "a key twice, written in two ways": beside(b'"t\\u0065xt":"something else"'),
    "a key of an inner object twice": beside(b'"tags":{"+a":"1","+a":"2"}'),
    "a byte that is no UTF-8": instead(b"TEXT", b"\xff"),
    "half a character in UTF-8": instead(b"TEXT", b"\xed\xa0\x80"),
    "half a character, escaped": instead(b"TEXT", b"\\ud83d"),
    "the other half": instead(b"TEXT", b"\\udc4d"),
    "NUL": instead(b"TEXT", b"\\u0000"),
    "a text that is too long": instead(b"TEXT", b"x" * 70_000),
    "a line that is too long": instead(b"TEXT", b"x" * 300_000),
    "a line break in a name": instead(b"ann!a@host", b"ann!a@host\\r\\nQUIT"),
    "a list instead of a text": instead(b'"TEXT"', b'["TEXT"]'),
    "nothing instead of a text": instead(b'"TEXT"', b"null"),
    "a record in a list": b"[" + LINE + b"]",
    "two records in a line": LINE + LINE,
    "half a record": LINE[:-9],
    "a byte order mark": b"\xef\xbb\xbf" + LINE,
}


def in_time(begun: float) -> bool:
    """Whether it took no longer than an honest line does on a slow machine."""
    return time.monotonic() - begun < SECONDS_MAX


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
def test_O12_history_that_is_imported(tmp_path: Path, line: bytes):
    """It is refused with its number, and nothing is imported: not what stands before it, either."""
    journal, begun = tmp_path / "chat.db", time.monotonic()
    first = msgspec.json.encode(GOOD | {"place": 1, "text": "first"})
    with pytest.raises(ImportFault, match=r"^line 2: .*; nothing was imported$") as fault:
        import_lines(journal, lines_of(io.BytesIO(first + b"\n" + line + b"\n")))
    assert in_time(begun)
    assert str(fault.value).isprintable() and len(str(fault.value)) < 500
    assert list(export(journal, Wanted())) == []
    assert import_lines(journal, [first, LINE]) == Imported(messages=2)


def test_O12_what_a_refusal_quotes_is_harmless(tmp_path: Path):
    escape = b'"\\u001b]0;owned\\u0007\\r\\n":1'
    with pytest.raises(ImportFault) as fault:
        import_lines(tmp_path / "chat.db", [beside(escape)])
    assert "owned" in str(fault.value) and str(fault.value).isprintable()


class Finished(NamedTuple):
    """A program that ended: its exit code, what it said, and the most memory it had."""

    code: int
    error: str
    memory_kib: int


def runs(tmp_path: Path, *arguments: str) -> Finished:
    """`ipc-chat` with these arguments."""
    command = [sys.executable, "-m", "ipcchat", *arguments]
    with (tmp_path / "error").open("wb") as error:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=error)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Finished(process.returncode, (tmp_path / "error").read_text(), usage.ru_maxrss)


@pytest.fixture
def endless(tmp_path: Path) -> str:
    """A file with one line that has no end."""
    file = tmp_path / "endless.jsonl"
    with file.open("wb") as content:
        content.write(b"[")
        content.truncate(ENDLESS_BYTES)
    return str(file)


def test_O12_a_line_without_an_end_is_not_imported(tmp_path: Path, endless: str):
    """No more of it is read than shows that it is too long."""
    honest = tmp_path / "honest.jsonl"
    honest.write_bytes(LINE + b"\n")
    usual = runs(tmp_path, "import", "--data", str(tmp_path / "data"), str(honest))
    found = runs(tmp_path, "import", "--data", str(tmp_path / "data"), endless)
    assert (usual.code, found.code) == (0, 1)
    assert found.error == "ipc-chat: line 1: it is longer than 262144 bytes; nothing was imported\n"
    assert found.memory_kib - usual.memory_kib < GROWTH_KIB_MAX


@pytest.mark.parametrize("action", ["verify", "show"])
def test_O12_a_line_without_an_end_in_the_audit_log(tmp_path: Path, endless: str, action: str):
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    usual, found = runs(tmp_path, "audit", action, str(empty)), runs(tmp_path, "audit", action, endless)
    assert (usual.code, found.code) == (0, 1)
    assert f"{endless}: line 1: it is no record: " in found.error and "Traceback" not in found.error
    assert found.memory_kib - usual.memory_kib < GROWTH_KIB_MAX


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
def test_O12_the_audit_log(line: bytes):
    """An administrator who verifies it is told which line it is, in letters that a terminal can show."""
    begun = time.monotonic()
    with pytest.raises(Broken, match=r"^line 1: it is no record: ") as broken:
        verify([line])
    assert str(broken.value).isprintable()
    assert in_time(begun)


MANIFESTS = {
    "nested lists": b"[" * DEEP,
    "nested under a key that nobody knows": b'{"more":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "a byte that is no UTF-8": b'{"made":"\xff"}',
    "a key that is no UTF-8": b'{"\xff":1}',
    "a number of very many digits": b'{"format":' + b"9" * DEEP + b"}",
    "no number": b'{"format":NaN}',
    "half a character": b'{"made":"\\ud83d"}',
    "paths": b'{"format":1,"files":{"../../x":{"size":1,"sha256":""}}}',
    "half of it": b'{"format":1',
}


@pytest.mark.parametrize("manifest", MANIFESTS.values(), ids=MANIFESTS)
def test_O12_the_manifest_of_a_backup(tmp_path: Path, manifest: bytes):
    archive, begun = tmp_path / "backup.tar", time.monotonic()
    with tarfile.open(archive, "w") as file:
        member = tarfile.TarInfo("manifest.json")
        member.size = len(manifest)
        file.addfile(member, io.BytesIO(manifest))
    with pytest.raises(BackupError) as refused:
        restore(archive, tmp_path / "data")
    assert in_time(begun) and str(refused.value).isprintable()
    assert not (tmp_path / "data" / "chat.db").exists()
    assert {path.name for path in tmp_path.iterdir()} <= {"backup.tar", "data"}


@pytest.mark.parametrize(
    "content",
    [
        b"[" * DEEP,
        b'{"pin":1}',
        b"\xff\xfe",
        b"tls-only host " + b"9" * DEEP + b" 1",
        b"pin a b\nx" * 9,
        b"x" * 1_100_000,
    ],
    ids=["nested", "an object", "no UTF-8", "many digits", "no lines of ours", "too long"],
)
def test_O12_what_a_client_keeps_of_servers(tmp_path: Path, content: bytes):
    """The file has lines; whatever else is in it, no connection is made, and it is said which line it is."""
    file = tmp_path / "known-servers"
    file.write_bytes(content)
    file.chmod(0o600)
    begun = time.monotonic()
    with pytest.raises(ChatError) as refused:
        KnownServers(file).pin("chat.example:6697")
    assert str(file) in str(refused.value) and (
        f"line 1 of {file}" in str(refused.value) or "bytes long" in str(refused.value)
    )
    assert in_time(begun)


@pytest.mark.parametrize("value", ["[" * 200, '{"a":' * 40, '{"a":1,"a":2}', "NaN", "9" * 200, "\\ud800"])
def test_O12_json_in_metadata_is_a_text(value: str):
    """Nothing reads it: it is given back as it is."""
    ann = Net().connect("ann", f"{ALL_CAPS} draft/metadata-2")
    for line in (f"METADATA * SET status :{value}", "METADATA * GET status"):
        (answer,) = (row for row in ann.asks(line) if " 761 " in row)
        assert answer.removeprefix(":test.net 761 ann ann status * ").removeprefix(":") == value


JSON_LINES = (
    b"[" * 400,
    b'{"to":["#lobby"],"text":"hello"}',
    b'{"command":"PRIVMSG","params":["#lobby","hello"]}',
    b'{"jsonrpc":"2.0","method":"PRIVMSG #lobby :hello","id":1}',
    b'[["PRIVMSG","#lobby","hello"]]',
)


def test_O12_json_at_a_door_for_lines(siege: Siege):
    """It is no command, nested or not; what is too long is refused like any line."""
    for number, line in enumerate(JSON_LINES):
        with siege.connect(f"mallory{number}") as mallory:
            mallory.sends(line + b"\r\n")
            assert mallory.hears("421", "417").command == "421"
            mallory.hears_up_to_pong("after")
    with siege.connect("long") as mallory:
        mallory.sends(b"[" * 10_000 + b"\r\n")
        assert mallory.hears("417").command == "417"
    siege.hears_only()


def test_O12_a_configuration_that_is_nested(tmp_path: Path):
    """TOML is as deep as JSON."""
    file = tmp_path / "server.toml"
    file.write_text("a = " + "[" * DEEP)
    command = [*SERVER, "--config", str(file), "--memory", "--listen", "irc://127.0.0.1:0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, cwd=ROOT)
    assert done.returncode == 78 and "Traceback" not in done.stderr
    assert "nested too deeply" in done.stderr


def test_O12_a_strange_cursor_is_a_text(siege: Siege):
    """What a program keeps of its place, and gives back."""
    with RawClient(siege.server.port).registers("ann", "message-tags batch ipc-chat/catch-up") as ann:
        for cursor in ("[" * 300, '{"cursor":1}', "9" * 300):
            assert ann.answers_to(f"CATCHUP {cursor}")[0].params[1] == "UNKNOWN_CURSOR"
