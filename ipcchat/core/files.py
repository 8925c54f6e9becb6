"""Files that people uploaded, as the state knows them: what they are, whose, and which messages carry them.

Rules:
1. A message carries a file whose address (MENTION and the file's id) stands in its text. What its author may not read
   he cannot carry to others (apply/files.py). At most `places_per_file_max` messages carry one; the first ones stay.
2. A file is there while something carries it. One that nothing has carried yet waits LOOSE_HOURS for that; one that was
   carried goes with the last message that carried it. `until` ends all.
3. A message that is kept in no history (between two who have no account, or to those of a rank) carries for
   UNKEPT_HOURS.
4. Content belongs to all files that have its digest, and is gone with the last of them: `gone` has the digests of those
   whose last one went since the engine asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from ipcchat.core.facts import SEAM
from ipcchat.wire.casemap import fold

MENTION = "/files/"
ID_CHARACTERS = 22
"""128 bits in Base64 (RFC 4648 5): who has no right to a file does not find it by trying either."""

MENTIONS_MAX = 20
"""Of one message; with more of them it is no message any more."""

LOOSE_HOURS, UNKEPT_HOURS = 1, 24
MS_PER_HOUR = 3_600_000

_MENTIONED = re.compile(rf"{MENTION}([A-Za-z0-9_-]{{{ID_CHARACTERS}}})(?![A-Za-z0-9_-])", re.ASCII)


class Carrier(msgspec.Struct, array_like=True, frozen=True):
    """A message that carries a file: the history it is in (or would be in), its place, the message that it is another
    text of (0: none), and the party that said it. `between`: who said it to whom (uids), in private. `status`: it went
    to those of at least that rank; `until`: when it carries no more (Unix ms; 0: while it is kept)."""

    history: str
    seq: int
    about: int
    party: str
    between: tuple[str, ...] = ()
    status: str = ""
    until: int = 0

    @property
    def root(self) -> int:
        """The place of the message that is redacted with it."""
        return self.about or self.seq


class File(msgspec.Struct, array_like=True):
    """One upload: see facts.FileUploaded. `at` is when it came (Unix ms), `seq` its place in the journal."""

    id: str
    digest: str
    name: str
    media_type: str
    bytes: int
    at: int
    seq: int
    account: str = ""
    uid: str = ""
    nick: str = ""
    until: int = 0
    carriers: tuple[Carrier, ...] = ()

    @property
    def owner(self) -> str:
        """Whose it is: a folded account, or the uid of who had none; "" when the account is gone."""
        return fold(self.account) if self.account else self.uid

    @property
    def ends(self) -> int:
        """When it is gone (Unix ms) if nothing else happens; 0: not by time."""
        ends = [self.until] if self.until else []
        if not self.carriers:
            ends.append(self.at + LOOSE_HOURS * MS_PER_HOUR)
        elif all(carrier.until for carrier in self.carriers):
            ends.append(max(carrier.until for carrier in self.carriers))
        return min(ends, default=0)


class Files:
    """All of them, by their ids, and the ways to find them. `bytes` is what their contents have on the disk."""

    def __init__(self, files: Iterable[File] = ()) -> None:
        self.gone: list[str] = []
        self.bytes = 0
        self._files: dict[str, File] = {}
        self._contents: Counter[str] = Counter()
        self._used: Counter[str] = Counter()
        self._carried: dict[int, dict[str, None]] = {}
        for file in files:
            self.add(file)

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[File]:
        return iter(self._files.values())

    def __getitem__(self, id: str) -> File:
        return self._files[id]

    def find(self, id: str) -> File | None:
        """The file of that id."""
        return self._files.get(id)

    def has_content(self, digest: str) -> bool:
        """Whether a file has it."""
        return digest in self._contents

    def used(self, owner: str) -> int:
        """How many bytes the files of an owner (File.owner) have."""
        return self._used[owner]

    @property
    def of_guests(self) -> int:
        """How many bytes those have whose owners have no account."""
        return self._used[""]

    def add(self, file: File) -> None:
        """One more."""
        self._files[file.id] = file
        if not self._contents[file.digest]:
            self.bytes += file.bytes
        self._contents[file.digest] += 1
        self._count(file, file.bytes)
        for carrier in file.carriers:
            self._carried.setdefault(carrier.root, {})[file.id] = None

    def remove(self, file: File) -> None:
        """One less."""
        del self._files[file.id]
        self._contents[file.digest] -= 1
        if not self._contents[file.digest]:
            del self._contents[file.digest]
            self.bytes -= file.bytes
            self.gone.append(file.digest)
        self._count(file, -file.bytes)
        for root in {carrier.root for carrier in file.carriers}:
            self._uncount(file, root)

    def carry(self, file: File, carrier: Carrier) -> None:
        """That message carries it from now on."""
        file.carriers = (*file.carriers, carrier)
        self._carried.setdefault(carrier.root, {})[file.id] = None

    def uncarry(self, file: File, lost: Iterable[Carrier]) -> None:
        """These carry it no more; it goes with the last one."""
        lost = frozenset(lost)
        kept = tuple(carrier for carrier in file.carriers if carrier not in lost)
        if not kept and file.carriers:
            self.remove(file)
            return
        for root in {carrier.root for carrier in lost} - {carrier.root for carrier in kept}:
            self._uncount(file, root)
        file.carriers = kept

    def redact(self, root: int) -> None:
        """The message of that place, and all its texts, are shown to nobody any more."""
        for id in tuple(self._carried.get(root, ())):
            file = self._files[id]
            self.uncarry(file, [carrier for carrier in file.carriers if carrier.root == root])

    def erase(self, party: str, through: int) -> None:
        """What that party said and uploaded up to this place is gone."""
        for file in list(self):
            if file.seq <= through and _party(file) == party:
                self.remove(file)
            else:
                self.uncarry(file, [each for each in file.carriers if each.party == party and each.seq <= through])

    def disown(self, account: str) -> None:
        """An account is gone: what is carried stays with its messages, the rest goes."""
        for file in list(self):
            if file.account and fold(file.account) == fold(account):
                if not file.carriers:
                    self.remove(file)
                    continue
                self._count(file, -file.bytes)
                file.account = file.uid = ""

    def due(self, at: int) -> list[File]:
        """Those whose time is over then (Unix ms)."""
        return [file for file in self if 0 < file.ends <= at]

    def _count(self, file: File, more: int) -> None:
        for owner in {file.owner, ""} if file.uid and not file.account else {file.owner} - {""}:
            self._used[owner] += more
            if not self._used[owner]:
                del self._used[owner]

    def _uncount(self, file: File, root: int) -> None:
        carried = self._carried[root]
        del carried[file.id]
        if not carried:
            del self._carried[root]


def _party(file: File) -> str:
    """The uploader as a side of a conversation (facts.party)."""
    return fold(file.account) if file.account else f"~{fold(file.nick)}" if file.uid else ""


def may_mention(text: str) -> bool:
    """Whether a text may have the address of a file; for nearly all it is one look."""
    return MENTION in text or (SEAM in text and MENTION in text.replace(SEAM, ""))


def mentioned(text: str) -> list[str]:
    """The ids whose addresses stand in a text, each once and at most MENTIONS_MAX of them."""
    found = dict.fromkeys(match[1] for match in _MENTIONED.finditer(text.replace(SEAM, "")))
    return list(found)[:MENTIONS_MAX]
