"""What a disk may hold when the power fails: the log of `disk.c`, played up to some point, and what may be lost of it.

A `Disk` is told records one after the other. For each file it has the content that is certain (all that was synced)
and the changes since; `image` makes one of the many states that may be found afterwards.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path, PurePosixPath
from random import Random
from typing import NamedTuple

SECTOR_BYTES = 512
_RECORD = struct.Struct("<IIQQ")


class Operation(IntEnum):
    """What a record is about; the numbers are those of `disk.c`."""

    CREATE = 1
    WRITE = 2
    TRUNCATE = 3
    SYNC = 4
    SYNC_FOLDER = 5
    RENAME = 6
    UNLINK = 7
    MAKE_FOLDER = 8
    MAP = 9
    NOTE = 10


class Record(NamedTuple):
    """One call that changed something. `file` is a number that names a file whatever it is called."""

    operation: Operation
    file: int
    offset: int
    content: bytes

    @property
    def path(self) -> PurePosixPath:
        """The name in a record that has one."""
        return PurePosixPath(self.content.decode())


class Loss(IntEnum):
    """What becomes of the changes that were not synced."""

    ALL = 0
    NOTHING = 1
    LATEST = 2
    SOME_WRITES = 3
    SECTORS = 4


class Image(NamedTuple):
    """One state of the disk: the folders that are there and the files with their contents."""

    folders: list[PurePosixPath]
    files: dict[PurePosixPath, bytes]


def records(log: bytes) -> Iterator[Record]:
    """The log's records. A last one that is not whole is left out: its process was killed."""
    place = 0
    while place + _RECORD.size <= len(log):
        operation, file, offset, length = _RECORD.unpack_from(log, place)
        place += _RECORD.size
        if place + length > len(log):
            return
        yield Record(Operation(operation), file, offset, log[place : place + length])
        place += length


@dataclass
class _File:
    """A file's certain content, and the writes and truncations since its last sync (those without content)."""

    certain: bytes = b""
    since: list[Record] = field(default_factory=list)

    def sync(self) -> None:
        self.certain = _applied(self.certain, self.since)
        self.since = []

    def content(self, loss: Loss, random: Random) -> bytes:
        """One content that may be found."""
        match loss:
            case Loss.ALL:
                return self.certain
            case Loss.NOTHING:
                return _applied(self.certain, self.since)
            case Loss.LATEST:
                return _applied(self.certain, self.since[: random.randint(0, len(self.since))])
            case Loss.SOME_WRITES:
                share = random.random()
                return _applied(self.certain, [record for record in self.since if random.random() < share])
            case Loss.SECTORS:
                return self._torn(random)

    def _torn(self, random: Random) -> bytes:
        """Each sector in one of the versions that it had."""
        versions = [self.certain]
        for record in self.since:
            versions.append(_applied(versions[-1], [record]))
        size = len(random.choice(versions))
        newest = random.random()
        torn = bytearray()
        for start in range(0, size, SECTOR_BYTES):
            version = versions[-1] if random.random() < newest else random.choice(versions)
            torn += version[start : start + SECTOR_BYTES].ljust(SECTOR_BYTES, b"\0")
        return bytes(torn[:size])


def _applied(content: bytes, changes: list[Record]) -> bytes:
    """The content after these writes and truncations."""
    changed = bytearray(content)
    for record in changes:
        if record.operation is Operation.TRUNCATE:
            del changed[record.offset :]
            changed += bytes(record.offset - len(changed))
        else:
            changed += bytes(max(0, record.offset - len(changed)))
            changed[record.offset : record.offset + len(record.content)] = record.content
    return bytes(changed)


class Disk:
    """The watched folder as its disk has it. `root` is taken for certain to be there."""

    def __init__(self, root: PurePosixPath) -> None:
        self._root = root
        self._files: dict[int, _File] = {}
        self._names: dict[PurePosixPath, int] = {}
        self._name_changes: dict[PurePosixPath, list[Record]] = {}
        self._present: dict[PurePosixPath, int] = {}

    @classmethod
    def found(cls, root: PurePosixPath, image: Image) -> Disk:
        """A disk on which that was before the log began."""
        disk = cls(root)
        disk._names = dict.fromkeys(image.folders, 0)
        for number, (path, content) in enumerate(image.files.items(), -len(image.files)):
            disk._files[number] = _File(content)
            disk._names[path] = number
        disk._present = dict(disk._names)
        return disk

    def play(self, record: Record) -> None:
        """This happened."""
        match record.operation:
            case Operation.WRITE | Operation.TRUNCATE:
                self._files[record.file].since.append(record)
            case Operation.SYNC:
                self._files[record.file].sync()
            case Operation.SYNC_FOLDER:
                self._names = _renamed(self._names, self._name_changes.pop(record.path, []))
            case Operation.CREATE if record.offset:
                self._files[record.file] = self._files[self._present[record.path]]
                self._rename_number(self._present[record.path], record.file)
            case Operation.CREATE | Operation.MAKE_FOLDER | Operation.UNLINK | Operation.RENAME:
                if record.operation is Operation.CREATE:
                    self._files[record.file] = _File()
                self._name_changes.setdefault(_folder_of(record), []).append(record)
                self._present = _renamed(self._present, [record])

    def _rename_number(self, old: int, new: int) -> None:
        """A file that was there before the log began has been opened, and has its number now."""
        for names in (self._names, self._present):
            for path in [path for path, number in names.items() if number == old]:
                names[path] = new

    def image(self, random: Random) -> Image:
        """What may be found when the power failed here."""
        names = dict(self._names)
        for changes in self._name_changes.values():
            names = _renamed(names, changes[: random.randint(0, len(changes))])
        folders = {self._root, *(path for path, number in names.items() if not number)}
        reachable = {path for path in names if all(parent in folders for parent in _parents(path, self._root))}
        loss = random.choice(list(Loss))
        return Image(
            sorted(path for path in reachable if not names[path]),
            {path: self._found(path, names[path], loss, random) for path in sorted(reachable) if names[path]},
        )

    def _found(self, path: PurePosixPath, number: int, loss: Loss, random: Random) -> bytes:
        if path.name.endswith("-shm"):
            return random.randbytes(32_768) if random.random() < 0.5 else b""
        return self._files[number].content(loss, random)


def _folder_of(record: Record) -> PurePosixPath:
    old, _, _ = record.content.partition(b"\0")
    return PurePosixPath(old.decode()).parent


def _parents(path: PurePosixPath, root: PurePosixPath) -> list[PurePosixPath]:
    """The folders in which it is, as far as the watched one."""
    return [parent for parent in path.parents if parent.is_relative_to(root)]


def _renamed(names: dict[PurePosixPath, int], changes: list[Record]) -> dict[PurePosixPath, int]:
    """The names after these changes. A folder has the number 0. Raises KeyError when one cannot have been."""
    names = dict(names)
    for record in changes:
        match record.operation:
            case Operation.CREATE:
                names[record.path] = record.file
            case Operation.MAKE_FOLDER:
                names[record.path] = 0
            case Operation.UNLINK:
                names.pop(record.path)
            case Operation.RENAME:
                old, new = (PurePosixPath(part.decode()) for part in record.content.split(b"\0"))
                if old.parent != new.parent:
                    raise ValueError(f"{old} went to another folder, which this model does not know")
                names[new] = names.pop(old)
    return names


def write(image: Image, root: PurePosixPath, folder: Path) -> None:
    """Make the image's files under `folder`, which stands for the watched one."""
    for path in image.folders:
        (folder / path.relative_to(root)).mkdir(mode=0o700, exist_ok=True)
    for path, content in image.files.items():
        (folder / path.relative_to(root)).write_bytes(content)


def read(folder: Path) -> Image:
    """What is in a folder now."""
    inside = sorted(folder.rglob("*"))
    files = {PurePosixPath(path): path.read_bytes() for path in inside if path.is_file()}
    return Image([PurePosixPath(path) for path in inside if path.is_dir()], files)
