"""What was done to messages stays done on a real server, also after it was killed: edits, reactions, redactions and
pins (docs/messages.md; IRCv3 draft/message-redaction)."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.e2e.conftest import ends_well
from tests.e2e.raw_client import OUR_CAPABILITIES, RawClient
from tests.e2e.server_process import ServerProcess
from tests.hostile.doors import DoorsProcess, Typist

CAPABILITIES = f"{OUR_CAPABILITIES} draft/message-redaction draft/message-edit"


@pytest.fixture
def threads() -> int:
    """The way from the journal to core is the same with threads."""
    return 0


def msgid_of(client: RawClient, line: str) -> str:
    """Say something; the msgid of its receipt."""
    (receipt, *_) = [found for found in client.answers_to(line) if "msgid" in found.tags]
    return receipt.tags["msgid"]


def told(client: RawClient, asked: str) -> list[str]:
    """An answer without tags, sources and the edges of its batch, but with the tags that tell of other messages."""
    lines = [line for line in client.answers_to(asked) if line.command != "BATCH"]
    marked = [(line.tags.get("+draft/react", line.tags.get("+draft/edit", "")), line) for line in lines]
    return [f"{mark} {line.command} {' '.join(line.params)}".strip() for mark, line in marked]


def test_what_was_done_to_messages_is_done_after_a_crash(server: ServerProcess):
    with RawClient(server.port).registers("ann", CAPABILITIES) as ann:
        ann.joins("#tea")
        first, second, third = (msgid_of(ann, f"PRIVMSG #tea :{text}") for text in ("helo", "canary", "rules"))
        msgid_of(ann, f"@+draft/edit={first} PRIVMSG #tea :hello")
        msgid_of(ann, f"@+reply={first};+draft/react=lol TAGMSG #tea")
        assert [line.command for line in ann.answers_to(f"REDACT #tea {second} :oops")] == ["REDACT"]
        ann.answers_to(f"PIN #tea {third}")
        expected = [
            ["PRIVMSG #tea helo", f"{first} PRIVMSG #tea hello", "lol TAGMSG #tea", "PRIVMSG #tea rules"],
            ["PRIVMSG #tea rules"],
        ]
        questions = ("CHATHISTORY LATEST #tea * 50", "PINS #tea")
        assert [told(ann, asked) for asked in questions] == expected
    server.end(signal.SIGKILL)
    server.start()
    with RawClient(server.port).registers("ann", CAPABILITIES) as ann:
        ann.joins("#tea")
        assert [told(ann, asked) for asked in questions] == expected
        assert "UNKNOWN_MSGID" in ann.answers_to(f"REDACT #tea {second}")[0].text


@pytest.mark.parametrize("is_told", [True, False])
def test_who_knows_no_redact_is_told_in_words_if_the_settings_say_so(tmp_path: Path, is_told: bool):
    """No command is named at the plain door that it does not have."""
    words = r"ann took back a message from \d+ seconds? ago: oops"
    with DoorsProcess(tmp_path, f"[history]\nredactions_told = {str(is_told).lower()}\n") as server:
        with (
            RawClient(server.port).registers("ann", CAPABILITIES).joins("#lobby") as ann,
            RawClient(server.port).registers("bob").joins("#lobby") as bob,
            RawClient(server.port).registers("eve", CAPABILITIES).joins("#lobby") as eve,
            Typist(server.plain_port) as typist,
        ):
            typist.comes_in("tim")
            first, second = (msgid_of(ann, f"PRIVMSG #lobby :{text}") for text in ("canary", "rules"))
            ann.answers_to(f"REDACT #lobby {first} :oops", f"PIN #lobby {second}", "PRIVMSG #lobby :the last word")
            typist.types("/quit")
            seen = typist.sees_end().decode()
            bob.hears_text("the last word")
            assert eve.hears("REDACT").params == ["#lobby", first, "oops"]
            heard = "\n".join(line.text for line in bob.heard)
        ends_well(server)
    assert bool(re.search(rf"^:chat\.local NOTICE #lobby :{words}$", heard, re.MULTILINE)) == is_told
    assert bool(re.search(rf"^-- {words}\r$", seen, re.MULTILINE)) == is_told
    assert ("took back" in heard, "took back" in seen) == (is_told, is_told)
    assert "\n-- ann pinned a message\r\n" in seen
