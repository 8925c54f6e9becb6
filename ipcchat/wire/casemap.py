"""Which names are the same name: CASEMAPPING and a dict keyed by names.

Rules:
1. Folding is idempotent and keeps the length in characters.
2. Only ASCII is folded, in every mapping; other characters are left as they are.
3. A name that folds is looked up in a FoldedDict, never by `.lower()`.

Specification: Modern IRC "CASEMAPPING" (https://modern.ircdocs.horse/#casemapping-parameter).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, ValuesView
from string import ascii_lowercase, ascii_uppercase
from typing import Generic, TypeVar

V = TypeVar("V")

_TABLES = {
    "ascii": str.maketrans(ascii_uppercase, ascii_lowercase),
    "rfc1459": str.maketrans(ascii_uppercase + "[]\\~", ascii_lowercase + "{}|^"),
    "rfc1459-strict": str.maketrans(ascii_uppercase + "[]\\", ascii_lowercase + "{}|"),
}
MAPPINGS = tuple(_TABLES)


def fold(name: str, mapping: str = "ascii") -> str:
    """The form in which equal names are equal strings. Raises ValueError for a mapping not in MAPPINGS."""
    if mapping == "ascii" and name.isascii():
        return name.lower()
    table = _TABLES.get(mapping)
    if table is None:
        raise ValueError(f"unknown casemapping {mapping!r}; known are {', '.join(MAPPINGS)}")
    return name.translate(table)


class FoldedDict(MutableMapping[str, V], Generic[V]):
    """A dict keyed by names. Iteration gives each name as it was last set; order is the order of first insertion."""

    __slots__ = ("_entries", "mapping")

    def __init__(self, entries: Mapping[str, V] | Iterable[tuple[str, V]] = (), *, mapping: str = "ascii") -> None:
        self.mapping = mapping
        self._entries: dict[str, tuple[str, V]] = {}
        self.update(entries)

    def __getitem__(self, name: str) -> V:
        return self._entries[fold(name, self.mapping)][1]

    def find(self, name: str) -> V | None:
        """The value under a name, or None; the fast way for the hot path, where most names are written as they
        fold."""
        entry = self._entries.get(name)
        if entry is None:
            entry = self._entries.get(fold(name, self.mapping))
        return entry[1] if entry is not None else None

    def __setitem__(self, name: str, value: V) -> None:
        self._entries[fold(name, self.mapping)] = (name, value)

    def __delitem__(self, name: str) -> None:
        del self._entries[fold(name, self.mapping)]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and fold(name, self.mapping) in self._entries

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._entries.values())

    def values(self) -> ValuesView[V]:
        """The values, in the order of first insertion."""
        return _Values(self)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"FoldedDict({dict(self.items())!r}, mapping={self.mapping!r})"

    def refold(self, mapping: str) -> None:
        """Use another mapping from now on, as 005 may ask; where two names become one, the later one stays."""
        entries = list(self.items())
        self.mapping = mapping
        self._entries.clear()
        self.update(entries)


class _Values(ValuesView[V]):
    """The values of a FoldedDict, without folding every name once more."""

    _mapping: FoldedDict[V]

    def __iter__(self) -> Iterator[V]:
        return (value for _, value in self._mapping._entries.values())
