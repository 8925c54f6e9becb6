"""Files as the state knows them: addresses in texts, when one ends, and indexes that agree (docs/files.md)."""

from __future__ import annotations

from typing import Any

import pytest

from ipcchat.core.facts import SEAM
from ipcchat.core.files import MENTIONS_MAX, Carrier, File, Files, may_mention, mentioned

ID = "AbCdEfGhIjKlMnOpQrSt_-"


def file(id: str = "a", *carriers: Carrier, **fields: Any) -> File:
    return File(id, "d", "tea.png", "image/png", 5, 1_000, 1, "ann", carriers=carriers, **fields)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"https://chat.example/files/{ID}/tea.png", [ID]),
        (f"/files/{ID}", [ID]),
        (f"/files/{ID[:9]}{SEAM}{ID[9:]}", [ID]),
        (f"/fil{SEAM}es/{ID}", [ID]),
        (f"/files/{ID} /files/{ID}", [ID]),
        (f"/files/{ID}x", []),
        (f"/files/{ID[:-1]}", []),
        (f"/files/{ID[:-1]}é", []),
        ("/files/", []),
        ("fil" + SEAM + "es", []),
    ],
)
def test_addresses_in_a_text(text, found):
    assert mentioned(text) == found
    assert may_mention(text) == ("/files/" in text.replace(SEAM, ""))


def test_a_message_has_so_many_at_most():
    ids = [f"{number:022d}" for number in range(MENTIONS_MAX + 5)]
    assert mentioned(" ".join(f"/files/{id}" for id in ids)) == ids[:MENTIONS_MAX]


def test_when_it_ends():
    kept, passing = Carrier("#tea", 2, 0, "ann"), Carrier("#tea", 3, 0, "ann", until=9_000)
    assert file().ends == 1_000 + 3_600_000
    assert file("a", kept).ends == 0
    assert file("a", kept, passing).ends == 0
    assert file("a", passing).ends == 9_000
    assert file("a", passing, until=8_000).ends == 8_000
    assert file("a", kept, until=8_000).ends == 8_000


def test_those_that_are_due():
    one, other = file("a", until=5), file("b")
    assert Files([one, other]).due(5) == [one]
    assert Files([one, other]).due(4) == []


def test_who_has_no_account_any_more_owns_nothing():
    files = Files([file("a", Carrier("#tea", 2, 0, "ann")), file("b")])
    files.disown("bob")
    files.disown("Ann")
    assert [each.id for each in files] == ["a"]
    assert (files.find("a").owner, files.used("ann")) == ("", 0)  # type: ignore[union-attr]
    files.erase("ann", 5)
    assert (len(files), files.gone) == (0, ["d"])


def test_what_carries_it_is_taken_one_after_the_other():
    first, edit, other = Carrier("#tea", 2, 0, "ann"), Carrier("#tea", 4, 2, "ann"), Carrier("#ops", 5, 0, "bob")
    one = file("a", first, edit, other)
    files = Files([one])
    files.redact(99)
    files.uncarry(one, [edit])
    assert list(one.carriers) == [first, other]
    files.redact(2)
    assert list(one.carriers) == [other]
    files.redact(5)
    assert (len(files), files.gone) == (0, ["d"])
    files.redact(5)


def test_contents_are_counted_once():
    files = Files([file("a"), file("b")])
    assert (files.bytes, files.used("ann"), files.has_content("d")) == (5, 10, True)
    files.remove(files.find("a"))  # type: ignore[arg-type]
    assert (files.bytes, files.used("ann"), files.gone) == (5, 5, [])
