"""IRCv3 capability negotiation, version 302, as seen by the client."""

from __future__ import annotations

import pytest

from ipcchat.client import events
from ipcchat.client.capabilities import PLAYBACK, REQUEST_BYTES_MAX, WANTED, Capabilities
from ipcchat.client.multiline import MultilineLimits
from ipcchat.client.registration import Identity
from ipcchat.client.session import Session
from ipcchat.wire.message import parse
from tests.client.play import START, SessionPlay, as_bytes


def test_everything_wanted_is_asked_for_in_requests_that_can_be_answered_in_a_line() -> None:
    play = SessionPlay()
    play.sent()
    play.server(f":irc.test CAP * LS :{' '.join(WANTED)} sasl=PLAIN unknown/cap")
    requests = play.sent()
    assert len(requests) > 1 and all(len(line) <= REQUEST_BYTES_MAX + len("CAP REQ :") for line in requests)
    names = [name for line in requests for name in line.partition(":")[2].split()]
    assert sorted(names) == sorted(WANTED)
    for line in requests[:-1]:
        play.server(f":irc.test CAP * ACK :{line.partition(':')[2]}")
        assert play.sent() == []
    play.server(f":irc.test CAP * ACK :{requests[-1].partition(':')[2]}")
    assert play.sent() == ["CAP END"] and play.session.enabled == set(WANTED)


def test_history_of_everything_is_asked_for_on_request_only() -> None:
    """IRCv3 draft/event-playback."""
    for playback in (False, True):
        session = Session(Identity("ann", playback=playback))
        session.receive(as_bytes(f":irc.test CAP * LS :{PLAYBACK}"), START)
        assert (f"CAP REQ {PLAYBACK}".encode() in session.data_to_send()) is playback


def echoes(play: SessionPlay) -> bool:
    return play.session.echoes


def limits(play: SessionPlay) -> MultilineLimits | None:
    return play.session.multiline


def test_capabilities_come_and_go_and_that_is_news() -> None:
    """IRCv3 cap-notify: NEW is asked for when it is wanted, DEL needs no answer; a value may change."""
    play = SessionPlay().registered("batch message-tags")
    play.server(":irc.test CAP ann NEW :echo-message unknown/cap tls")
    assert play.sent() == ["CAP REQ echo-message"]
    assert play.server(":irc.test CAP ann ACK :echo-message") == [
        events.CapabilitiesChanged(time=START, added=("echo-message",))
    ]
    assert echoes(play) and play.sent() == []
    assert play.server(":irc.test CAP ann DEL :echo-message tls") == [
        events.CapabilitiesChanged(time=START, removed=("echo-message",))
    ]
    assert not echoes(play) and play.sent() == []
    play.server(":irc.test CAP ann NEW :setname")
    assert play.sent() == ["CAP REQ setname"]
    play.server(":irc.test CAP ann NEW :echo-message")
    assert play.sent() == ["CAP REQ echo-message"]
    assert play.server(":irc.test CAP ann NAK :echo-message", ":irc.test CAP ann LIST :batch", ":x CAP ann") == []


def test_a_value_may_change() -> None:
    """IRCv3 capability negotiation: NEW can update the value of an existing capability."""
    play = SessionPlay().registered("batch message-tags draft/multiline")
    assert limits(play) is None
    play.server(":irc.test CAP ann NEW :draft/multiline=max-bytes=100,max-lines=3")
    assert limits(play) == MultilineLimits(100, 3) and play.sent() == []
    play.server(":irc.test CAP ann DEL :draft/multiline")
    assert limits(play) is None


def test_a_server_may_disable_what_it_agreed_to() -> None:
    capabilities = Capabilities()
    capabilities.negotiate(parse("CAP ann LS :batch"))
    assert capabilities.negotiate(parse("CAP ann ACK :batch")).added == ("batch",)
    assert capabilities.negotiate(parse("CAP ann ACK :-batch")).removed == ("batch",)
    assert capabilities.enabled == set()


@pytest.mark.parametrize("count", [10, 5_000])
def test_a_server_that_offers_without_end_is_limited(count: int) -> None:
    capabilities = Capabilities()
    for number in range(count):
        capabilities.negotiate(parse(f"CAP ann NEW :x{number} y{number}"))
    assert len(capabilities.offered) <= 1_000 and not capabilities.requests
