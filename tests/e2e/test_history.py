"""What people get of the past from a real server, before and after it was killed: private conversations, events, what
was said while one was away (IRCv3 draft/chathistory, draft/event-playback)."""

from __future__ import annotations

import signal

import pytest

from tests.e2e.raw_client import OUR_CAPABILITIES, RawClient
from tests.e2e.server_process import ServerProcess

PASSWORD = "canary-horse-battery"
CAPABILITIES = f"{OUR_CAPABILITIES} draft/event-playback"
EVER = "timestamp=2020-01-01T00:00:00.000Z timestamp=2040-01-01T00:00:00.000Z"


@pytest.fixture
def threads() -> int:
    """The way from the journal to core is the same with threads."""
    return 0


def enters(server: ServerProcess, nick: str, account: bool = False, capabilities: str = CAPABILITIES) -> RawClient:
    """Somebody, with the account of his nick if he is to have one."""
    client = RawClient(server.port)
    if account:
        client.says(f"PASS {nick}:{PASSWORD}")
    return client.registers(nick, capabilities)


def registered(server: ServerProcess, nick: str) -> RawClient:
    """Somebody who registers an account."""
    client = enters(server, nick)
    client.says(f"NS REGISTER {PASSWORD}")
    client.hears("NOTICE", where=lambda line: "registered" in line.params[-1])
    return client


def told(client: RawClient, asked: str) -> list[str]:
    """An answer without tags and the edges of its batch."""
    lines = [line for line in client.answers_to(f"CHATHISTORY {asked}") if line.command != "BATCH"]
    return [line.text.partition(" ")[2] for line in lines]


def test_what_people_read_is_the_same_after_the_server_was_killed(server: ServerProcess):
    with registered(server, "ann") as ann, registered(server, "bob") as bob:
        ann.joins("#tea")
        bob.joins("#tea")
        ann.answers_to("PRIVMSG #tea :one", "TOPIC #tea :Green", "PRIVMSG bob :between us")
        bob.answers_to("PRIVMSG ann :only us", "PART #tea :bye", "JOIN #tea", "NICK bobby")
        asked = ("LATEST #tea * 50", "LATEST bobby * 50")
        before = [told(ann, each) for each in asked]
        assert [line.split(" ", 1)[1] for line in before[0]] == [
            "JOIN #tea",
            "JOIN #tea",
            "PRIVMSG #tea :one",
            "TOPIC #tea :Green",
            "PART #tea :bye",
            "JOIN #tea",
            "NICK bobby",
        ]
        assert [line.split(" ", 1)[1] for line in before[1]] == ["PRIVMSG bobby :between us", "PRIVMSG ann :only us"]
        targets = told(ann, f"TARGETS {EVER} 10")
        assert [line.split(" ")[3] for line in targets] == ["#tea", "bobby"]
        server.end(signal.SIGKILL)
    server.start()
    with enters(server, "ann", account=True) as ann, enters(server, "bobby") as guest:
        ann.joins("#tea")
        after = told(ann, asked[0])
        assert after[: len(before[0])] == before[0]
        assert [line.split(" ", 1)[1] for line in told(ann, "LATEST bob * 50")] == [
            "PRIVMSG bob :between us",
            "PRIVMSG ann :only us",
        ]
        assert told(ann, f"TARGETS {EVER} 10")[1].split(" ")[3] == "bob"
        assert guest.answers_to("CHATHISTORY LATEST ann * 50")[0].params[:2] == ["CHATHISTORY", "INVALID_TARGET"]


def test_an_old_client_hears_what_it_missed_and_what_was_said_before_it_came(server: ServerProcess):
    with registered(server, "ann") as ann:
        ann.joins("#tea")
        ann.says("NS SET ALWAYSON on")
        ann.hears("NOTICE")
    with enters(server, "bob") as bob:
        bob.joins("#tea")
        bob.answers_to("PRIVMSG #tea :in the room", "PRIVMSG ann :to you")
        with enters(server, "ann", account=True, capabilities="server-time") as ann:
            heard = [line.params[-1] for line in ann.hears_up_to_pong("x") if line.command in ("PRIVMSG", "NOTICE")]
            assert heard == [
                "1 message in #tea came while you were not connected",
                "in the room",
                "1 message with bob came while you were not connected",
                "to you",
                "That is what came while you were not connected",
            ]
        with enters(server, "eve", capabilities="server-time") as eve:
            lines = eve.answers_to("JOIN #tea")
            assert [line.params[-1] for line in lines if line.command == "PRIVMSG"] == ["in the room"]
