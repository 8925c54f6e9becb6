"""What the terminal client and the web client must agree upon, as examples that both read: tests/vectors/*.json.

Rules:
1. tests/web/js/vectors.test.mjs reads the same files and asks the same of the web client.
2. A file says what is expected; where Python changes its mind the file is changed by hand, and so is the web client.
3. Names of fields are those of JavaScript (`replyTo`), for most of them are written in it.
"""

from __future__ import annotations

import json
import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ipcchat.client import events
from ipcchat.client.events import Event, ModeChange, ModeKind
from ipcchat.dialogue.happenings import HAPPENINGS
from ipcchat.dialogue.nicks import colour_number, naming
from ipcchat.tui.model.entries import Coming
from ipcchat.tui.model.fuzzy import Candidate, comparable, quality, ranked
from ipcchat.tui.text.comings import sentence
from ipcchat.tui.text.formatting import PLAIN, Line, Marks, lines_of
from ipcchat.tui.text.links import links_in
from ipcchat.wire.casemap import fold
from ipcchat.wire.printable import printable

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
TIME = datetime(2026, 11, 23, 12, tzinfo=UTC)


def examples(name: str) -> list[Any]:
    """The examples of one file as parameters. Fails when it has none."""
    found = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["tests"]
    assert found, f"{name}.json has no examples"
    return [pytest.param(example, id=f"{number}") for number, example in enumerate(found, 1)]


@pytest.mark.parametrize("example", examples("nick-colours"))
def test_nick_colours(example: dict[str, Any]) -> None:
    assert colour_number(example["nick"], example["colours"]) == example["number"]


@pytest.mark.parametrize("example", examples("mentions"))
def test_mentions(example: dict[str, Any]) -> None:
    assert (naming(example["words"]).search(example["text"]) is not None) is example["mentions"]


@pytest.mark.parametrize("example", examples("casemapping"))
def test_casemapping(example: dict[str, Any]) -> None:
    assert fold(example["name"], example["mapping"]) == example["folded"]


@pytest.mark.parametrize("example", examples("printable"))
def test_printable(example: dict[str, Any]) -> None:
    assert printable(example["text"]) == example["printable"]


@pytest.mark.parametrize("example", examples("links"))
def test_links(example: dict[str, Any]) -> None:
    assert links_in(example["text"]) == example["links"]


@pytest.mark.parametrize("example", examples("formatting"))
def test_formatting(example: dict[str, Any]) -> None:
    found = lines_of(example["text"], set(example["nicks"]).__contains__)
    assert [line_words(line) for line in found] == example["lines"]


@pytest.mark.parametrize("example", examples("fuzzy"))
def test_fuzzy(example: dict[str, Any]) -> None:
    found = [Candidate(comparable(name), network, weight, name) for name, network, weight in example["names"]]
    assert ranked(example["typed"], found, example["limit"]) == example["ranked"]


@pytest.mark.parametrize("example", examples("fuzzy-quality"))
def test_fuzzy_quality(example: dict[str, Any]) -> None:
    assert quality(example["typed"])(comparable(example["name"])) == example["quality"]


@pytest.mark.parametrize("example", examples("comings"))
def test_comings(example: dict[str, Any]) -> None:
    people = [Coming(TIME, nick, verb, reason) for nick, verb, reason in example["people"]]
    assert sentence(people) == example["sentence"]


@pytest.mark.parametrize("example", examples("happenings"))
def test_happenings(example: dict[str, Any]) -> None:
    event = event_of(example["event"])
    assert HAPPENINGS[type(event)](Lobby(), event) == example["sentence"]


class Lobby:
    """Somebody who looks at #lobby, where ann is, and knows one message."""

    def where(self, channel: str | None) -> str:
        return "" if channel in (None, "#lobby") else f" {channel}"

    def when(self, time: datetime) -> str:
        return ""

    def quotation(self, msgid: str) -> str:
        return "<ann> hello" if msgid == "m1" else ""

    def is_news(self, nick: str, away: str) -> bool:
        return away != "told"

    def is_near(self, nick: str) -> bool:
        return nick == "ann"


def line_words(line: Line) -> dict[str, Any]:
    """A line as the web client has it: pieces that are marked alike."""
    ends = [*(place for place, _ in line.turns[1:]), len(line.text)]
    pieces = [(line.text[place:end], marks) for (place, marks), end in zip(line.turns, ends, strict=True)]
    spans = [{"text": text, "marks": marks_words(marks)} for text, marks in pieces if text]
    return {"spans": spans, "block": line.block}


def marks_words(marks: Marks) -> dict[str, Any]:
    """The marks that are set."""
    names = [field.name for field in fields(Marks)]
    return {name: getattr(marks, name) for name in names if getattr(marks, name) != getattr(PLAIN, name)}


def event_of(words: dict[str, Any]) -> Event:
    """An event of the client library from its words."""
    kind: type[Event] = getattr(events, words["type"])
    known = {field.name for field in fields(kind)}
    given = {re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name): value for name, value in words.items()}
    if "changes" in given:
        given["changes"] = tuple(ModeChange(**(row | {"kind": ModeKind[row["kind"]]})) for row in given["changes"])
    if given.get("reply_to"):
        given["tags"] = {"+reply": given["reply_to"]}
    return kind(time=TIME, **{name: value for name, value in given.items() if name in known})
