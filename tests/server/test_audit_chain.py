"""The form of the audit log: a change in it shows (server/audit_chain.py)."""

from __future__ import annotations

import hashlib
import json

import pytest

from ipcchat.core.effects import Audit
from ipcchat.server.audit_chain import NOTHING, Broken, End, end_of, read_record, verify, written

AT = 1_700_000_000_000


def lines(count: int, end: End | None = None) -> list[bytes]:
    """A chain of so many records."""
    found, end = [], end or End()
    for number in range(count):
        found.append(written(end, AT, Audit("kill", "op", "127.0.0.1", f"eve{number}", "why")))
        end = end_of(found[-1])
    return found


def test_a_line_is_json_with_the_hash_of_the_one_before():
    first, second = lines(2)
    assert json.loads(first) == {
        "seq": 1,
        "time": "2023-11-14T22:13:20.000Z",
        "kind": "kill",
        "actor": "op",
        "address": "127.0.0.1",
        "target": "eve0",
        "text": "why",
        "previous": NOTHING,
    }
    assert json.loads(second)["previous"] == hashlib.sha256(first).hexdigest()
    assert verify([first, second]) == End(2, hashlib.sha256(second).hexdigest())
    assert verify([]) == End()


def test_a_record_is_one_printable_line_for_people():
    line = written(End(), AT, Audit("kill", "op\x02", "", "eve\n", "wh\u202ey"))
    assert b"\n" not in line
    assert str(read_record(line)) == r"1 2023-11-14T22:13:20.000Z kill: op\x02 -> eve\n: wh\u202ey"
    bare = written(End(), AT, Audit("rehash", "op", "local:0"))
    assert str(read_record(bare)) == "1 2023-11-14T22:13:20.000Z rehash: op [local:0]"


def changed(chain: list[bytes]) -> list[list[bytes]]:
    """The chain with each line changed, taken away or said twice, and two in the wrong order."""
    found = []
    for number, line in enumerate(chain[:-1]):
        found.append([*chain[:number], line.replace(b"eve", b"bob"), *chain[number + 1 :]])
        found.append([*chain[:number], *chain[number + 1 :]] if number else [chain[0], *chain])
        found.append([*chain[:number], line, *chain[number:]])
    return [*found, [chain[1], chain[0], *chain[2:]]]


def test_every_change_inside_shows():
    for other in changed(lines(5)):
        with pytest.raises(Broken, match=r"line \d+: "):
            verify(other)


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b'{"seq": 1}', b"\xff"])
def test_what_is_no_record_shows(line):
    with pytest.raises(Broken, match="line 2: it is no record"):
        verify([*lines(1), line])


def test_a_second_file_goes_on_with_the_first():
    first = lines(3)
    second = lines(2, end_of(first[-1]))
    assert verify(second, verify(first)).seq == 5
    with pytest.raises(Broken, match="4 is next"):
        verify(lines(1), verify(first))
    with pytest.raises(Broken, match="another hash"):
        verify(second, End(3, NOTHING))
