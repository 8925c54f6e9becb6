"""Which rows a conversation claims, and whether they really occurred in it.

    @pytest.mark.covers("TOPIC", "RPL_TOPIC", "RPL_TOPICWHOTIME")
    def test_topic_is_shown(net):  # RFC 2812 3.2.4
        ...

A claim is kept, or its test fails: a command's handler has run, a numeric, standard reply or token was heard by
somebody, a capability was acknowledged, a mode or extban was set by a MODE line that somebody heard. What there is to
claim is in rows.py; tests/test_coverage_of_rows.py fails for rows that nobody claims.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from docs.answers import VARIES
from ipcchat.core import extbans
from ipcchat.core.modes import CHANNEL_CLASSES, USER_MODES
from ipcchat.core.registry import COMMANDS, Command
from ipcchat.wire import modes, numerics
from ipcchat.wire.message import Message, parse
from tests.core.net import Talker
from tests.core.rows import rows

MARK = "covers"


class Evidence:
    """What happened in one test: the commands whose handlers ran, and every line that a talker heard."""

    def __init__(self) -> None:
        self.ran: set[str] = set()
        self.heard: list[str] = []

    @property
    def messages(self) -> list[Message]:
        """What was heard, each different line once."""
        return [parse(line) for line in dict.fromkeys(self.heard)]

    def lines(self, command: str) -> Iterator[list[str]]:
        """The parameters of every different line heard with this command or numeric."""
        return (message.params for message in self.messages if message.command == command)


@contextmanager
def witnessed() -> Iterator[Evidence]:
    """Gather the evidence of what happens within."""
    evidence = Evidence()
    before = dict(COMMANDS)
    COMMANDS.update({name: _observed(row, evidence) for name, row in before.items()})
    Talker.transcript = evidence.heard
    try:
        yield evidence
    finally:
        Talker.transcript = None
        COMMANDS.update(before)


def _observed(row: Command, evidence: Evidence) -> Command:
    """The command, whose handler leaves a trace when it runs."""

    def handler(*given: Any) -> None:
        evidence.ran.add(row.name)
        row.handler(*given)

    return msgspec.structs.replace(row, handler=handler)


def missing(claims: Iterable[str], evidence: Evidence) -> list[str]:
    """What is wrong with the claims, a sentence each; nothing when all of them occurred."""
    known = rows()
    problems = []
    for claim in claims:
        if claim not in known:
            near = difflib.get_close_matches(claim, known, 1)
            problems.append(f"there is no row {claim!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        elif problem := OCCURRENCE[known[claim]](claim, evidence):
            problems.append(f"{claim}: {problem}")
    return problems


def _command(name: str, evidence: Evidence) -> str:
    return "" if name in evidence.ran else "its handler did not run"


def _numeric(name: str, evidence: Evidence) -> str:
    code = numerics.BY_NAME[name].code
    return "" if any(evidence.lines(code)) else f"nobody heard {code}"


def _capability(name: str, evidence: Evidence) -> str:
    """Acknowledged; one that nobody can ask for (sts) is heard of in the list."""
    wanted = "LS" if name == "sts" else "ACK"
    named = (
        word.partition("=")[0] for params in evidence.lines("CAP") if params[1] == wanted for word in params[-1].split()
    )
    return "" if name in named else f"nobody heard of it in CAP {wanted}"


def _token(claim: str, evidence: Evidence) -> str:
    token = claim.removeprefix("ISUPPORT ")
    heard = (word.partition("=")[0] for params in evidence.lines("005") for word in params[1:-1])
    return "" if token in heard else "nobody heard it in 005"


def _standard_reply(claim: str, evidence: Evidence) -> str:
    kind, command, code = claim.split(" ")
    heard = (params for params in evidence.lines(kind) if params[1] == code)
    return "" if any(command in (VARIES, params[0]) for params in heard) else "nobody heard it"


def _channel_mode(claim: str, evidence: Evidence) -> str:
    letter = claim.removeprefix("mode +")
    return (
        "" if any(change.letter == letter for change in _set_in_channels(evidence)) else "nobody heard that it was set"
    )


def _extban(claim: str, evidence: Evidence) -> str:
    """Also within an acting one: ~m:~a:bob."""
    masks = [change.argument or "" for change in _set_in_channels(evidence) if change.letter in CHANNEL_CLASSES.lists]
    within = (f":{mask}" for mask in masks)
    wanted = f":{extbans.MARK}{claim.removeprefix('extban ')}:"
    return "" if any(wanted in mask for mask in within) else "nobody heard that such a mask was set"


def _set_in_channels(evidence: Evidence) -> list[modes.Change]:
    heard = [params for params in evidence.lines("MODE") if params[0].startswith("#")]
    changes = [modes.parse_modes(CHANNEL_CLASSES, params[1], params[2:]).changes for params in heard]
    return [change for some in changes for change in some if change.added]


def _user_mode(claim: str, evidence: Evidence) -> str:
    """Modes that a user has from the beginning are heard of in 221."""
    heard = [params for params in evidence.lines("MODE") if not params[0].startswith("#")]
    heard += evidence.lines("221")
    letters_only = modes.ModeClasses(flags="".join(USER_MODES))
    changes = [modes.parse_modes(letters_only, params[1]).changes for params in heard]
    letters = {change.letter for some in changes for change in some if change.added}
    return "" if claim.removeprefix("user mode +") in letters else "nobody heard that it was set"


OCCURRENCE: dict[str, Callable[[str, Evidence], str]] = {
    "command": _command,
    "numeric": _numeric,
    "capability": _capability,
    "ISUPPORT token": _token,
    "channel mode": _channel_mode,
    "user mode": _user_mode,
    "extban": _extban,
    "standard reply": _standard_reply,
}


def claims_of(item: pytest.Item) -> list[str]:
    """The rows that a test claims, its own and those of its parameters."""
    return [row for mark in item.iter_markers(MARK) for row in mark.args]


def claims_in(path: Path) -> Iterator[tuple[int, str]]:
    """(line, row) of every claim in a test file, read and not run."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == MARK:
            for argument in node.args:
                row = argument.value if isinstance(argument, ast.Constant) else None
                assert isinstance(row, str), f"{path}, line {argument.lineno}: write rows as strings"
                yield argument.lineno, row
