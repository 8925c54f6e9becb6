"""What was done to messages stays done on a real server, also after it was killed: edits, reactions, redactions and
pins (docs/messages.md; IRCv3 draft/message-redaction)."""

from __future__ import annotations

import signal

import pytest

from tests.e2e.raw_client import OUR_CAPABILITIES, RawClient
from tests.e2e.server_process import ServerProcess

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
