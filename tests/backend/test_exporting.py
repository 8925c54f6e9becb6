"""ipcchat/backend/exporting.py and importing.py: what was said goes out whole and comes in again as it was."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ipcchat.backend import exporting
from ipcchat.backend.base import BackendError
from ipcchat.backend.exporting import (
    CHANGE,
    EDIT_TAG,
    EVENT,
    MESSAGE,
    QUOTED_CHARACTERS,
    REACTION_BACK_TAG,
    REACTION_TAG,
    Record,
    Text,
    Wanted,
    as_json,
    export,
)
from ipcchat.backend.importing import Imported, ImportFault, import_lines
from ipcchat.backend.sqlite_schema import lock
from ipcchat.backend.sqlite_verify import verify
from ipcchat.core.effects import Erase, Happening, Recall, Void
from ipcchat.core.facts import Posted
from tests.backend.desk import START, Desk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with all that can be exported, and what cannot."""
    path = tmp_path / "old" / "chat.db"
    path.parent.mkdir()
    desk = Desk(path)
    first = desk.say("one")
    desk.say("ünï\x1b[31m\nsecond line\rjoined", "#tea")
    ids = (desk.seq + 1).to_bytes(16, "big"), START + 1_000 * (desk.seq + 1), "u"
    desk.keep(Posted(*ids, "bob!b@h", "TAGMSG", "#tea", "", {"+draft/react": "+1"}, about=first))
    desk.say("edited", about=first)
    desk.say("elsewhere", "#Gin")
    ids = (desk.seq + 1).to_bytes(16, "big"), START + 1_000 * (desk.seq + 1), "u"
    desk.keep(Posted(*ids, "ann!a@h", "PRIVMSG", "bob", "psst", recipient="u9", account="ann", recipient_account="bob"))
    desk.change(Recall(2, START + 2_000, ("#tea",), Happening("cy!c@h", "JOIN", ("#tea",), "cy", "Cy")))
    desk.change(Void(desk.say("refused")))
    redacted = desk.say("redacted")
    desk.say("edited, then redacted", about=redacted)
    desk.redact(redacted)
    erased = desk.say("erased", nick="eve", account="eve")
    desk.change(Erase("eve", erased))
    desk.settle()
    desk.close()
    return path


ALL = Wanted(private=True)


def exported(path: Path, wanted: Wanted = ALL) -> list[Record]:
    return list(export(path, wanted))


def lines(path: Path) -> list[bytes]:
    return [as_json(record).encode() + b"\n" for record in exported(path)]


def test_an_export_has_what_history_gives(path: Path) -> None:
    records = exported(path)
    assert [(record.kind, record.history, record.text) for record in records] == [
        (MESSAGE, "#tea", "one"),
        (MESSAGE, "#tea", "ünï\x1b[31m\nsecond line\rjoined"),
        (EVENT, "#tea", ""),
        (CHANGE, "#tea", ""),
        (CHANGE, "#tea", "edited"),
        (MESSAGE, "#gin", "elsewhere"),
        (MESSAGE, "@ann bob", "psst"),
    ]
    assert json.loads(as_json(records[0])) == {
        "kind": "message",
        "time": "2023-11-14T22:13:21.000Z",
        "history": "#tea",
        "source": "ann!ann@host",
        "place": 1,
        "key": "00000000000000000000000000000001",
        "verb": "PRIVMSG",
        "target": "#tea",
        "text": "one",
        "account": "ann",
    }
    assert all(line.isascii() and line.count(b"\n") == 1 for line in lines(path))


def test_an_export_can_be_narrowed(path: Path) -> None:
    assert {record.history for record in exported(path, Wanted())} == {"#tea", "#gin"}
    assert {record.history for record in exported(path, Wanted(frozenset({"#gin"})))} == {"#gin"}
    some = exported(path, Wanted(private=True, since=START + 4_000, until=START + 6_000))
    assert [record.text for record in some] == ["edited", "elsewhere"]


def test_text_is_for_people_and_harmless_to_terminals(path: Path) -> None:
    shown = [*map(Text().write, exported(path))]
    assert shown == [
        "2023-11-14 22:13:21 #tea <ann> one",
        "2023-11-14 22:13:22 #tea <ann> ünï␛[31m\n2023-11-14 22:13:22 #tea <ann> second linejoined",
        "2023-11-14 22:13:22 #tea * cy JOIN",
        "2023-11-14 22:13:23 #tea <bob> (reacts +1 to <ann> one)",
        "2023-11-14 22:13:24 #tea <ann> (about <ann> one) edited",
        "2023-11-14 22:13:25 #gin <ann> elsewhere",
        "2023-11-14 22:13:26 @ann bob <ann> psst",
    ]


def test_an_action_reads_as_one() -> None:
    record = Record(MESSAGE, "2023-11-14T22:13:21.000Z", "#tea", "ann!a@h", text="\x01ACTION waves\x01")
    assert Text().write(record) == "2023-11-14 22:13:21 #tea * ann waves"


def written(*records: Record) -> list[str]:
    """The records for people, without their time and place."""
    text = Text()
    return [text.write(record).removeprefix("2023-11-14 22:13:21 #tea ") for record in records]


def a_record(kind: str, nick: str, text: str = "", place: int = 0, about: int = 0, **tags: str) -> Record:
    names = {"react": REACTION_TAG, "unreact": REACTION_BACK_TAG, "edit": EDIT_TAG}
    known = {names[name]: value for name, value in tags.items()}
    return Record(kind, "2023-11-14T22:13:21.000Z", "#tea", f"{nick}!u@h", place, text=text, about=about, tags=known)


def test_what_is_about_a_message_quotes_it() -> None:
    assert written(
        a_record(MESSAGE, "ann", "\x01ACTION waves\x01", place=1),
        a_record(MESSAGE, "ann", "tea?\nor coffee?", place=2),
        a_record(MESSAGE, "ann", "x" * QUOTED_CHARACTERS, place=3),
        a_record(CHANGE, "bob", about=1, react="lol"),
        a_record(CHANGE, "bob", about=2, unreact="lol"),
        a_record(CHANGE, "ann", "y", about=3, edit="abc-3"),
    )[3:] == [
        "<bob> (reacts lol to * ann waves)",
        "<bob> (takes back lol from <ann> tea?)",
        f"<ann> (edits <ann> {'x' * (QUOTED_CHARACTERS - 7)}…) y",
    ]


def test_what_is_about_a_message_that_is_not_there_has_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """One from before --since, one that is too long ago to be remembered, and one that was redacted."""
    monkeypatch.setattr(exporting, "QUOTED_MAX", 1)
    redacted = a_record(EVENT, "ann")
    redacted.verb, redacted.params = "REDACT", ["#tea", "abc-3", "oops"]
    assert written(
        a_record(MESSAGE, "ann", "one", place=1),
        a_record(MESSAGE, "ann", "two", place=2),
        a_record(CHANGE, "bob", "three", about=7, edit="abc-7"),
        a_record(CHANGE, "bob", about=1, react="lol"),
        redacted,
    )[2:] == [
        "<bob> (edits an earlier message) three",
        "<bob> (reacts lol to an earlier message)",
        "* ann REDACT an earlier message oops",
    ]


def test_an_altered_entry_ends_the_export_with_its_name(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE journal SET fact = CAST(replace(fact, 'one', 'two') AS BLOB) WHERE seq = 1")
        connection.commit()
    with pytest.raises(BackendError, match="entry 1 of the journal cannot be read"):
        exported(path)
    with pytest.raises(BackendError, match="there is no journal"):
        exported(path.with_name("missing.db"))


def test_what_was_exported_comes_in_as_it_was_and_only_once(path: Path, tmp_path: Path) -> None:
    new = tmp_path / "new" / "chat.db"
    assert import_lines(new, lines(path)) == Imported(messages=6, events=1)
    before = [record for record in exported(path) if record.kind != EVENT]
    after = exported(new)
    known = {record.place: place for place, record in enumerate(before, 1)}
    for record in before:
        record.place, record.about = known[record.place], known.get(record.about, 0)
    assert after == before
    assert verify(new).damages == []
    assert import_lines(new, lines(path)) == Imported(known=6, events=1)
    assert exported(new) == before


def test_a_start_after_an_import_takes_nothing_for_new(path: Path, tmp_path: Path) -> None:
    new = tmp_path / "new" / "chat.db"
    import_lines(new, lines(path))
    desk = Desk(new)
    assert desk.seq >= 6
    assert desk.store.boot()[0].tail == []
    desk.say("later")
    desk.settle()
    assert desk.texts()[0] == "one"
    desk.close()


def record_of(**fields: object) -> bytes:
    """A record from elsewhere, as little as there must be in it."""
    whole = {"kind": "message", "time": "2026-01-01T00:00:00Z", "history": "#tea", "source": "ann", "target": "#tea"}
    return json.dumps({**whole, "text": "hello", **fields}).encode()


def test_history_from_elsewhere_needs_no_keys(tmp_path: Path) -> None:
    new = tmp_path / "chat.db"
    some = [record_of(), record_of(text="again"), b"\n", record_of(time="2026-01-02T00:00:00Z")]
    assert import_lines(new, some) == Imported(messages=3)
    assert import_lines(new, some) == Imported(known=3)


REFUSED = {
    "no JSON": (b"hello", "it is no record of an export"),
    "no UTF-8": (b'{"kind":"\xff"}', "it is no record of an export"),
    "an unknown field": (record_of(evil=1), "it is no record of an export"),
    "no time": (record_of(time="yesterday"), "A time is written like"),
    "a kind": (record_of(kind="other"), "there are the kinds"),
    "a verb": (record_of(verb="KICK"), "and the verbs"),
    "a source": (record_of(source="ann\r\nQUIT"), "are names of at most"),
    "a source of two": (record_of(source="ann bob"), "are names of at most"),
    "no source": (record_of(source=""), "are names of at most"),
    "a colon": (record_of(target=":x"), "are names of at most"),
    "a long name": (record_of(account="x" * 300), "are names of at most"),
    "half a character": (record_of(account="\ud800"), "are names of at most|no record"),
    "NUL": (record_of(text="a\0b"), "neither NUL nor"),
    "a long text": (record_of(text="x" * 70_000), "a text has at most"),
    "a long line": (record_of(text="x" * 300_000), "it is longer than"),
    "no text": (record_of(text=""), "a message has a text"),
    "marks": (record_of(marks="B o"), "its marks are letters"),
    "a tag of ours": (record_of(tags={"time": "x"}), "the name of a client's tag"),
    "a tag's value": (record_of(tags={"+x": "\0"}), "the values of tags"),
    "many tags": (record_of(tags={f"+{number}": "" for number in range(70)}), "at most 64 tags"),
    "a history": (record_of(history="tea"), "a history is a channel or"),
    "another history": (record_of(history="@ann bob"), "it is a message of"),
    "a key": (record_of(key="12"), "a key is 16 bytes"),
    "a key's digits": (record_of(key="x" * 32), "a key is 16 bytes"),
    "about nothing": (record_of(kind="change", about=7), "about the message at place 7"),
    "a change about none": (record_of(kind="change"), "what is about a message"),
    "too old": (record_of(time="2025-01-01T00:00:00Z"), "it is older than what is before it"),
}


@pytest.mark.parametrize(("line", "why"), REFUSED.values(), ids=REFUSED)
def test_what_could_not_have_been_said_is_refused_with_all_the_rest(tmp_path: Path, line: bytes, why: str) -> None:
    new = tmp_path / "chat.db"
    with pytest.raises(ImportFault, match=f"line 2: .*({why}).*; nothing was imported"):
        import_lines(new, [record_of(text="first"), line])
    assert exported(new) == []
    assert import_lines(new, [record_of(text="first")]) == Imported(messages=1)


def test_it_goes_into_no_journal_that_is_in_use_or_unfinished(tmp_path: Path) -> None:
    new = tmp_path / "chat.db"
    guard = lock(new)
    with pytest.raises(BackendError, match="in use"):
        import_lines(new, [record_of()])
    guard.release()
    desk = Desk(new)
    desk.say("without a checkpoint")
    desk.close()
    with pytest.raises(ImportFault, match="start and stop it once"):
        import_lines(new, [record_of()])


def test_an_export_in_pieces_is_the_same_and_ends_where_the_journal_did(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the journal is held between two pieces: its log can be emptied."""
    whole = exported(path)
    for name in ("SAID", "HAPPENED"):
        monkeypatch.setattr(exporting, name, getattr(exporting, name).rpartition("LIMIT")[0] + "LIMIT 1")
    records = export(path, ALL)
    told = [next(records)]
    desk = Desk(path)
    desk.say("later")
    assert desk.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
    assert told + list(records) == whole
    desk.close()
    assert len(exported(path)) == len(whole) + 1
