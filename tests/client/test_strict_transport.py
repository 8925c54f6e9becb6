"""IRCv3 sts: the two parts of a policy, each where it counts."""

from __future__ import annotations

import pytest

from ipcchat.client.protection import Protection
from ipcchat.client.registration import Identity
from ipcchat.client.session import Session, Upgrade
from ipcchat.client.strict_transport import SECONDS_MAX, strict_seconds, upgrade_port
from tests.client.play import START, as_bytes

BY_TLS = Protection(tls="TLSv1.3")


@pytest.mark.parametrize(
    ("value", "port", "seconds"),
    [
        ("port=6697", 6697, None),
        ("duration=15552000", None, 15_552_000),
        ("unknown,duration=31536000,foo=bar", None, 31_536_000),
        ("port=6697,duration=0,preload", 6697, 0),
        ("", None, None),
        ("port", None, None),
        ("port=0", None, None),
        ("port=65536", None, None),
        ("port=-1,duration=-1", None, None),
        ("port=6697,port=6698", None, None),
        ("duration=1e9", None, None),
        ("duration=999999999999999999", None, SECONDS_MAX),
        (f"duration={'9' * 400},port={'9' * 400}", None, None),
        ("port=\u0661", None, None),
    ],
)
def test_a_policy_is_read(value: str, port: int | None, seconds: int | None) -> None:
    """ "The port key", "The duration key"; numbers of a hostile server are bounded."""
    assert (upgrade_port(value), strict_seconds(value)) == (port, seconds)


def hear(session: Session, *lines: str) -> list[object]:
    return list(session.receive(as_bytes(*lines), START))


def test_without_tls_the_port_is_followed_and_nothing_more_is_said() -> None:
    session = Session(Identity("ann"))
    session.begin()
    session.data_to_send()
    assert hear(session, ":s CAP * LS :batch sts=port=6697,duration=60") == [Upgrade(6697)]
    assert session.data_to_send() == b"" and session.strict_seconds is None


def test_without_tls_a_duration_alone_is_ignored() -> None:
    """ "The client ignores this because it has received an STS persistence policy over an insecure connection"."""
    session = Session(Identity("ann"))
    assert hear(session, ":s CAP * LS :sts=duration=15552000") == [] and session.strict_seconds is None
    assert session.data_to_send() == b"CAP END\r\n"


def test_by_tls_the_duration_counts_and_the_port_does_not() -> None:
    session = Session(Identity("ann"), BY_TLS)
    assert hear(session, ":s CAP * LS * :sts=port=1,duration=60", ":s CAP * LS :batch") == []
    assert session.strict_seconds == 60
    assert session.data_to_send() == b"CAP REQ batch\r\n"


def test_it_is_changed_by_new_and_never_by_del() -> None:
    """ "Updating an STS policy with CAP NEW", "Receiving CAP DEL"."""
    session = Session(Identity("ann"), BY_TLS)
    hear(session, ":s CAP * LS :sts=duration=60", ":s CAP * NEW :sts=duration=90", ":s CAP * DEL :sts")
    assert session.strict_seconds == 90
    hear(session, ":s CAP * NEW :sts=nonsense")
    assert session.strict_seconds == 90
    hear(session, ":s CAP * NEW :sts=duration=0")
    assert session.strict_seconds == 0


def test_a_unix_socket_has_no_way_that_could_be_read() -> None:
    session = Session(Identity("ann"), Protection(unix=True))
    assert hear(session, ":s CAP * LS :sts=port=6697") == []
