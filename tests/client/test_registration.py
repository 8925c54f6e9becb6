"""Becoming known to a server: Modern IRC "Connection Registration", RFC 2812 3.1.1 (PASS)."""

from __future__ import annotations

from ipcchat.client.registration import Identity, Registration, nick_candidates
from ipcchat.client.session import Session
from ipcchat.wire.message import parse


def test_a_password_goes_first() -> None:
    """RFC 2812 3.1.1: PASS before NICK and USER; it is not shown when somebody prints who we are."""
    session = Session(Identity("ann", password="hush"))
    session.begin()
    assert session.data_to_send().decode().splitlines() == [
        "CAP LS 302",
        "PASS hush",
        "NICK ann",
        "USER user 0 * user",
    ]
    assert "hush" not in repr(session.identity)


def test_a_negotiation_ends_once() -> None:
    registration = Registration(Identity("ann"))
    assert [line.params for line in registration.end_negotiation()] == [["END"]]
    assert registration.end_negotiation() == []


def test_the_names_to_try_end_one_day() -> None:
    registration = Registration(Identity("ann"))
    tried = []
    while True:
        replies, turned = registration.hear("433", parse(":x 433 * ann :in use"))
        if turned is not None:
            break
        tried.append(replies[0].params[0])
    assert tried == list(nick_candidates("ann")) and "ann" in turned.reason
