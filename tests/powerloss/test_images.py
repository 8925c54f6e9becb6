"""What a disk may hold (images.py): what was synced is certain, and of the rest anything may be, but nothing else."""

from __future__ import annotations

import errno
import struct
import subprocess
import sys
from pathlib import Path, PurePosixPath
from random import Random

import pytest

from tests.powerloss import images, library
from tests.powerloss.images import Disk, Image, Operation, Record
from tests.powerloss.library import Calls
from tests.powerloss.marks import needs_compiler

ROOT = PurePosixPath("/watched")
NAME = ROOT / "file"
IMAGES = 400
CREATE = Record(Operation.CREATE, 1, 0, str(NAME).encode())
SYNC = Record(Operation.SYNC, 1, 0, b"")
SYNC_FOLDER = Record(Operation.SYNC_FOLDER, 0, 0, str(ROOT).encode())


def wrote(content: bytes, offset: int = 0) -> Record:
    return Record(Operation.WRITE, 1, offset, content)


def found(*log: Record, disk: Disk | None = None) -> list[Image]:
    """Very many states that the disk may be in after this."""
    disk = disk or Disk(ROOT)
    for record in log:
        disk.play(record)
    random = Random(1)
    return [disk.image(random) for _ in range(IMAGES)]


def contents(*log: Record) -> set[bytes | None]:
    """All contents that the file may have; None: it is not there."""
    return {image.files.get(NAME) for image in found(*log)}


def test_what_was_synced_is_there_and_nothing_else():
    assert contents(CREATE, wrote(b"one"), SYNC, SYNC_FOLDER) == {b"one"}


def test_a_file_whose_folder_was_not_synced_may_not_be_there():
    assert contents(CREATE, wrote(b"one"), SYNC) == {b"one", None}


def test_what_was_not_synced_may_be_there_or_not():
    assert contents(CREATE, SYNC_FOLDER, wrote(b"one"), SYNC, wrote(b"two")) == {b"one", b"two"}


def test_a_later_write_may_be_there_without_an_earlier_one():
    first, second = wrote(b"A" * 512), wrote(b"B" * 512, 512)
    assert contents(CREATE, SYNC_FOLDER, first, second) >= {
        b"",
        b"A" * 512,
        b"A" * 512 + b"B" * 512,
        bytes(512) + b"B" * 512,
    }


def test_a_write_may_be_torn_between_sectors_and_not_inside_one():
    old, new = b"a" * 1_024, b"b" * 1_024
    states = contents(CREATE, SYNC_FOLDER, wrote(old), SYNC, wrote(new))
    assert states == {old, new, old[:512] + new[512:], new[:512] + old[512:]}


def test_a_truncation_may_be_there_or_not_or_in_part():
    cut = Record(Operation.TRUNCATE, 1, 2, b"")
    assert contents(CREATE, SYNC_FOLDER, wrote(b"four"), SYNC, cut) == {b"four", b"fo", b"fo\0\0"}
    assert contents(CREATE, SYNC_FOLDER, wrote(b"four"), SYNC, cut, SYNC) == {b"fo"}


def test_names_come_and_go_in_their_order():
    other = ROOT / "other"
    moved = Record(Operation.RENAME, 0, 0, f"{NAME}\0{other}".encode())
    gone = Record(Operation.UNLINK, 0, 0, str(other).encode())
    states = {tuple(image.files) for image in found(CREATE, SYNC, SYNC_FOLDER, moved, gone)}
    assert states == {(NAME,), (other,), ()}


def test_what_is_in_a_folder_that_is_not_there_is_not_there():
    inner = ROOT / "folder"
    log = [
        Record(Operation.MAKE_FOLDER, 0, 0, str(inner).encode()),
        Record(Operation.CREATE, 1, 0, str(inner / "file").encode()),
        SYNC,
        Record(Operation.SYNC_FOLDER, 0, 0, str(inner).encode()),
    ]
    assert {tuple(image.files) for image in found(*log)} == {(inner / "file",), ()}
    assert {tuple(image.files) for image in found(*log, SYNC_FOLDER)} == {(inner / "file",)}


def test_a_new_file_of_an_old_name_is_another_one():
    gone = Record(Operation.UNLINK, 0, 0, str(NAME).encode())
    again = Record(Operation.CREATE, 2, 0, str(NAME).encode())
    states = contents(CREATE, wrote(b"one"), SYNC, SYNC_FOLDER, gone, again, Record(Operation.WRITE, 2, 0, b"two"))
    assert states == {b"one", None, b"", b"two", bytes(3)}


def test_what_was_there_before_the_log_is_certain():
    disk = Disk.found(ROOT, Image([], {NAME: b"old"}))
    opened = Record(Operation.CREATE, 1, 1, str(NAME).encode())
    assert {image.files[NAME] for image in found(opened, wrote(b"new"), disk=disk)} == {b"old", b"new"}


def test_shared_memory_comes_back_as_noise():
    shared = Record(Operation.CREATE, 1, 0, str(ROOT / "chat.db-shm").encode())
    states = {image.files[ROOT / "chat.db-shm"] for image in found(shared, wrote(b"index"), SYNC, SYNC_FOLDER)}
    assert b"index" not in states and len(states) > 2


def test_a_record_that_is_not_whole_ends_the_log():
    whole = struct.pack("<IIQQ", Operation.NOTE, 0, 0, 2) + b"hi"
    assert list(images.records(whole + whole[:-1])) == [Record(Operation.NOTE, 0, 0, b"hi")]


def test_an_image_becomes_files(tmp_path: Path):
    image = Image([ROOT / "folder"], {ROOT / "folder" / "file": b"x"})
    images.write(image, ROOT, tmp_path)
    assert (tmp_path / "folder" / "file").read_bytes() == b"x"


PROGRAM = """
import ctypes, errno, os, sys
folder = sys.argv[1]
descriptor = os.open(folder + "/file", os.O_RDWR | os.O_CREAT)
os.pwrite(descriptor, b"one", 0)
os.fsync(descriptor)
outside = os.open(folder + ".else", os.O_RDWR | os.O_CREAT)
os.write(outside, b"not watched")
os.ftruncate(descriptor, 1)
os.rename(folder + "/file", folder + "/name")
ctypes.CDLL(None).disk_note(b"hello", ctypes.c_size_t(5))
for call in (lambda: os.pwrite(descriptor, b"four", 0), lambda: os.fsync(descriptor)):
    try:
        print(call())
    except OSError as error:
        print(errno.errorcode[error.errno])
"""


@needs_compiler
@pytest.mark.parametrize(
    ("kinds", "error", "after", "printed"),
    [
        (Calls.SYNCS | Calls.WRITES, errno.ENOSPC, 3, "4\nENOSPC\n"),
        (Calls.SYNCS | Calls.WRITES, errno.EIO, 2, "EIO\nEIO\n"),
        (Calls.WRITES, 0, 1, "2\nNone\n"),
    ],
)
def test_the_library_makes_calls_fail(tmp_path: Path, kinds: Calls, error: int, after: int, printed: str):
    with library.Control(tmp_path / "control") as control:
        control.arm(kinds, error, after=after)
        assert run(tmp_path, control=control.path)[0] == printed
        assert control.failed == control.calls - after


@needs_compiler
def test_the_library_writes_down_what_happens(tmp_path: Path):
    printed, log = run(tmp_path)
    assert printed == "4\nNone\n"
    seen = [(record.operation.name, record.content.partition(b"\0")[0]) for record in images.records(log)]
    name = str(tmp_path / "watched" / "file").encode()
    assert seen == [
        ("CREATE", name),
        ("WRITE", b"one"),
        ("SYNC", b""),
        ("TRUNCATE", b""),
        ("RENAME", name),
        ("NOTE", b"hello"),
        ("WRITE", b"four"),
        ("SYNC", b""),
    ]


def run(folder: Path, control: Path | None = None) -> tuple[str, bytes]:
    """Run PROGRAM in a watched folder; what it prints, and the log."""
    (folder / "watched").mkdir()
    command = [sys.executable, "-c", PROGRAM, str(folder / "watched")]
    environment = library.environment(folder / "watched", log=folder / "log", control=control)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout, (folder / "log").read_bytes()
