"""What we told the server is told again after a reconnect: AWAY, IRCv3 monitor, draft/metadata-2."""

from __future__ import annotations

from ipcchat.client.standing import LIST_BYTES_MAX, Standing, in_lines
from ipcchat.wire.message import format_message
from tests.client.play import CAPABILITIES, SessionPlay


def test_it_is_told_again_as_far_as_the_server_knows_it() -> None:
    standing = Standing()
    standing.away = "lunch"
    standing.monitored["bob"] = None
    standing.subscribed["display-name"] = None
    play = SessionPlay().registered("")
    assert [format_message(line) for line in standing.restore(play.session.view)] == ["AWAY :lunch"]
    play = SessionPlay().registered(f"{CAPABILITIES} draft/metadata-2")
    play.server(":irc.test 005 ann MONITOR=100 CASEMAPPING=rfc1459 :are supported")
    assert [format_message(line) for line in standing.restore(play.session.view)] == [
        "AWAY :lunch",
        "MONITOR + bob",
        "METADATA * SUB display-name",
    ]
    assert play.session.view.people["BOB"].monitored
    assert Standing().restore(play.session.view) == []


def test_long_lists_go_in_lines_that_fit() -> None:
    """RFC 2812 2.3: 512 bytes."""
    names = [f"nick{number}é" for number in range(500)]
    lines = in_lines(names)
    assert [name for line in lines for name in line] == names
    assert len(lines) > 1 and all(len(",".join(line).encode()) <= LIST_BYTES_MAX for line in lines)
    assert in_lines(["x" * 600]) == [["x" * 600]] and in_lines([]) == []
