"""What a restart keeps, whether the server was stopped or killed, and what a server in memory forgets."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import ends_well
from tests.e2e.raw_client import OUR_CAPABILITIES, Line, RawClient, history
from tests.e2e.server_process import ServerProcess

Restart = Callable[[], None]


@pytest.fixture(params=[signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
def restart(server: ServerProcess, request: pytest.FixtureRequest) -> Restart:
    """Ends the server in one of the two ways and starts it again on the same journal and port."""

    def restart() -> None:
        server.end(request.param)
        server.start()

    return restart


def enter(server: ServerProcess, nick: str, channel: str = "#tea", key: str = "", user: str = "") -> RawClient:
    """A client with our capabilities in a channel."""
    client = RawClient(server.port).registers(nick, OUR_CAPABILITIES, user)
    client.says(f"JOIN {channel} {key}")
    client.hears("366")
    return client


def says(client: RawClient, text: str, channel: str = "#tea") -> Line:
    """Say something and hear its echo."""
    client.says(f"PRIVMSG {channel} :{text}")
    return client.hears_text(text)


def names(client: RawClient, channel: str = "#tea") -> set[str]:
    """Who is in a channel, with prefixes."""
    rows = [line for line in client.answers_to(f"NAMES {channel}") if line.command == "353"]
    return {name for line in rows for name in line.params[-1].split()}


def refusal(client: RawClient, line: str) -> str:
    """The command of the answer to one line."""
    return client.answers_to(line)[0].command


def test_topic_modes_bans_and_key(server: ServerProcess, restart: Restart):
    with enter(server, "ann") as ann:
        ann.answers_to("TOPIC #tea :Earl Grey, hot", "MODE #tea +mk-n sesame", "MODE #tea +bl evil*!*@* 7")
        before = ann.answers_to("MODE #tea", "MODE #tea +b", "TOPIC #tea")
        restart()
    with enter(server, "ann") as ann:
        after = ann.answers_to("MODE #tea", "MODE #tea +b", "TOPIC #tea")
        assert [line.text for line in after] == [line.text for line in before]
        assert {"324", "329", "367", "368", "332", "333"} <= {line.command for line in after}
        others_meet_the_rules(server)


def others_meet_the_rules(server: ServerProcess) -> None:
    """The key, the ban and the moderation of the room hold."""
    with RawClient(server.port).registers("bob") as bob, RawClient(server.port).registers("evil1") as evil:
        assert refusal(bob, "JOIN #tea") == "475"
        assert refusal(bob, "JOIN #tea sesame") == "JOIN"
        assert refusal(bob, "PRIVMSG #tea :I have no voice") == "404"
        assert refusal(evil, "JOIN #tea sesame") == "474"


def test_an_invitation_only_channel_stays_closed(server: ServerProcess, restart: Restart):
    with enter(server, "ann") as ann:
        ann.answers_to("MODE #tea +i")
        restart()
    with RawClient(server.port).registers("bob") as bob:
        assert refusal(bob, "JOIN #tea") == "473"


def test_the_operator_gets_his_place_back_and_a_stranger_does_not(server: ServerProcess, restart: Restart):
    with enter(server, "ann") as ann, enter(server, "bob") as bob:
        assert names(ann) == {"@ann", "bob"}
        restart()
        ann.hears_end()
        bob.hears_end()
    with enter(server, "eve") as eve:
        assert names(eve) == {"eve"}
        assert refusal(eve, "TOPIC #tea :mine") == "482"
        with enter(server, "ann", user="someone") as pretender:
            assert names(pretender) == {"eve", "ann"}
            pretender.says("QUIT")
            pretender.hears_end()
        with enter(server, "ann"), enter(server, "bob"):
            assert names(eve) == {"eve", "@ann", "bob"}


def test_history_has_the_msgids_that_were_echoed(server: ServerProcess, restart: Restart):
    with enter(server, "ann") as ann:
        echoed = [says(ann, f"line {number}") for number in range(10)]
    restart()
    with enter(server, "ann") as ann:
        echoed += [says(ann, f"later {number}") for number in range(3)]
        kept = history(ann, "#tea")
    assert [(line.msgid, line.tags["time"], line.params) for line in kept] == [
        (line.msgid, line.tags["time"], line.params) for line in echoed
    ]
    assert len({line.msgid for line in kept}) == 13


def test_a_message_that_is_sent_again_after_the_restart_is_one(server: ServerProcess, restart: Restart):
    said = "@+ipc-chat/key=0123456789abcdef PRIVMSG #tea :once"
    with enter(server, "ann") as ann:
        ann.says(said)
        first = ann.hears_text("once")
    restart()
    with enter(server, "ann") as ann, enter(server, "bob") as bob:
        ann.says(said)
        assert ann.hears_text("once").msgid == first.msgid
        assert bob.hears_up_to_pong("nothing") == []
        assert [line.msgid for line in history(bob, "#tea")] == [first.msgid]


def test_many_restarts(server: ServerProcess, restart: Restart):
    echoed = []
    for number in range(4):
        with enter(server, "ann") as ann:
            echoed.append(says(ann, f"life {number}").msgid)
            assert names(ann) == {"@ann"}
        restart()
    with enter(server, "ann") as ann:
        assert [line.msgid for line in history(ann, "#tea")] == echoed


def test_a_server_in_memory_forgets(tmp_path: Path, threads: int):
    with ServerProcess(tmp_path, threads=threads, memory=True) as server:
        with enter(server, "ann") as ann:
            ann.answers_to("TOPIC #tea :gone soon", "MODE #tea +k sesame")
            says(ann, "gone soon")
        server.end(signal.SIGTERM)
        server.start()
        with enter(server, "bob") as bob:
            assert names(bob) == {"@bob"}
            assert history(bob, "#tea") == []
            assert refusal(bob, "TOPIC #tea") == "331"
        ends_well(server)
