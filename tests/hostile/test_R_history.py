"""Using up the journal's readers by questions about the past, and a past that cannot be applied.

That each question is answered from an index, whatever is stored, is shown in tests/backend/test_sqlite_index.py.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.raw_client import RawClient, history
from tests.e2e.server_process import ServerProcess
from tests.hostile.siege import Siege

FULL = bool(os.environ.get("HOSTILE_FULL"))
DEEP = 100_000 if FULL else 6_000
READERS = 50 if FULL else 10
QUESTIONS = 100 if FULL else 12
CPU_SECONDS_MAX = 0.05
"""For a page of 100 messages: found, read, tagged and written."""


@pytest.mark.parametrize("throttled", [False])
def test_R06_paging_through_everything(siege: Siege):
    """Everybody at once asks for pages from anywhere in a long past. Two threads read; the core only writes what they
    found, and goes on with everybody else."""
    with siege.stranger().registers("writer", "echo-message message-tags").joins("#deep") as writer:
        for first in range(0, DEEP, 100):
            writer.says(*[f"PRIVMSG #deep :{number}" for number in range(first, first + 100)])
        ids = [writer.hears("PRIVMSG").msgid for _ in range(DEEP)]
    siege.repeat(lambda name: ask_for_everything(siege, name, ids))


def ask_for_everything(siege: Siege, name: str, ids: list[str]) -> None:
    """Readers who ask for pages, forwards and backwards, and read all of them."""
    with ExitStack() as stack:
        several = [stack.enter_context(siege.connect(f"{name}{number}").joins("#deep")) for number in range(READERS)]
        before = siege.server.cpu_seconds
        for number, reader in enumerate(several):
            for each in range(QUESTIONS):
                place = ids[(number * QUESTIONS + each) * 7919 % len(ids)]
                reader.says(f"CHATHISTORY {('BEFORE', 'AFTER', 'AROUND')[each % 3]} #deep msgid={place} 100")
            siege.bystander.is_served()
        for reader in several:
            answers = reader.hears_up_to_pong("asked")
            assert [line.text for line in answers if line.command == "FAIL"] == []
            pages = [line for line in answers if line.command == "BATCH" and line.params[0].startswith("-")]
            assert len(pages) == QUESTIONS
            siege.bystander.is_served()
        assert siege.server.cpu_seconds - before < READERS * QUESTIONS * CPU_SECONDS_MAX


MISTAKEN = """
import sys, msgspec
from ipcchat.cli.main import server_main
from ipcchat.core import facts
from ipcchat.core.engine import MEANINGS

row = MEANINGS[facts.Posted]

def change(state, fact, entry):
    if fact.text == "poison":
        raise ZeroDivisionError
    return row.change(state, fact, entry)

MEANINGS[facts.Posted] = msgspec.structs.replace(row, change=change)
sys.exit(server_main(sys.argv[1:]))
"""


def test_R10_a_message_that_cannot_be_applied(tmp_path: Path, threads: int):
    """It costs its sender an answer and nobody else anything; it is logged with its place, is in nobody's history, and
    the next start meets it again and goes on."""
    with ServerProcess(tmp_path, threads=threads, command=(sys.executable, "-c", MISTAKEN)) as server:
        with RawClient(server.port).registers("ann", "standard-replies batch draft/chathistory").joins("#tea") as ann:
            ann.says("PRIVMSG #tea :before", "PRIVMSG #tea :poison", "PRIVMSG #tea :after")
            assert ann.hears("FAIL").params[:2] == ["PRIVMSG", "INTERNAL_ERROR"]
            assert [line.params[-1] for line in history(ann, "#tea")] == ["before", "after"]
        assert [json.loads(line)["error"] for line in server.failures] == ["ZeroDivisionError"]
        server.kill()
        server.start()
        with RawClient(server.port).registers("bob", "batch draft/chathistory").joins("#tea") as bob:
            assert [line.params[-1] for line in history(bob, "#tea")] == ["before", "after"]
        first, again = [json.loads(line) for line in server.failures]
        assert (again["error"], again["seq"]) == ("ZeroDivisionError", first["seq"])
        assert server.terminate() == 0
