"""The ways to log in: IRCv3 sasl-3.1, RFC 4616 (PLAIN), RFC 5802 and RFC 7677 (SCRAM), RFC 4422 (EXTERNAL)."""

from __future__ import annotations

import base64

import pytest

from ipcchat.client.protection import IN_THE_CLEAR, Protection
from ipcchat.client.sasl import Credentials, External, Gathering, Plain, SaslProblem, Scram, chunks, usable

TLS = Protection(tls="TLSv1.3")
SHOWN = Protection(tls="TLSv1.3", certificate=True)
UNIX = Protection(unix=True)
HERE = Protection(loopback=True)
WITH_PASSWORD = Credentials("ann", "pencil")
ALL = "PLAIN,EXTERNAL,SCRAM-SHA-256,ECDSA-NIST256P-CHALLENGE"


@pytest.mark.parametrize(
    ("offered", "credentials", "protection", "names"),
    [
        (ALL, WITH_PASSWORD, TLS, ["SCRAM-SHA-256", "PLAIN"]),
        (ALL, WITH_PASSWORD, SHOWN, ["EXTERNAL", "SCRAM-SHA-256", "PLAIN"]),
        (ALL, WITH_PASSWORD, IN_THE_CLEAR, ["SCRAM-SHA-256"]),
        (ALL, WITH_PASSWORD, HERE, ["SCRAM-SHA-256", "PLAIN"]),
        (ALL, WITH_PASSWORD, UNIX, ["SCRAM-SHA-256", "PLAIN"]),
        (ALL, Credentials("ann"), UNIX, ["EXTERNAL"]),
        (ALL, Credentials(), SHOWN, ["EXTERNAL"]),
        ("plain", WITH_PASSWORD, TLS, ["PLAIN"]),
        ("", WITH_PASSWORD, TLS, ["SCRAM-SHA-256", "PLAIN"]),
        ("", WITH_PASSWORD, IN_THE_CLEAR, ["SCRAM-SHA-256"]),
    ],
)
def test_the_strongest_comes_first_and_plain_only_where_nobody_reads_along(
    offered: str, credentials: Credentials, protection: Protection, names: list[str]
) -> None:
    """sasl-3.2: mechanisms that are not understood are passed over; the list may be missing."""
    assert usable(offered, credentials, protection) == names


@pytest.mark.parametrize(
    ("offered", "credentials", "protection", "reason"),
    [
        ("PLAIN", WITH_PASSWORD, IN_THE_CLEAR, "ircs://"),
        ("EXTERNAL", WITH_PASSWORD, TLS, "EXTERNAL, and we could by SCRAM-SHA-256, PLAIN"),
        ("PLAIN,SCRAM-SHA-256", Credentials(), SHOWN, "we could by EXTERNAL"),
        (ALL, Credentials("ann"), TLS, "neither a password nor a certificate"),
    ],
)
def test_where_there_is_no_way_what_to_do_is_said(
    offered: str, credentials: Credentials, protection: Protection, reason: str
) -> None:
    with pytest.raises(SaslProblem, match=reason) as problem:
        usable(offered, credentials, protection)
    assert "pencil" not in str(problem.value)


def test_plain_is_name_and_password() -> None:
    """RFC 4616 2: authzid NUL authcid NUL password; the authzid is left empty."""
    assert Plain(Credentials("tim", "tanstaaftanstaaf")).respond(b"") == b"\0tim\0tanstaaftanstaaf"
    with pytest.raises(SaslProblem):
        Plain(WITH_PASSWORD).respond(b"more?")


def test_external_says_which_account_or_leaves_it_open() -> None:
    """RFC 4422 appendix A."""
    assert External(Credentials("ann")).respond(b"") == b"ann" and External(Credentials()).respond(b"") == b""


RFC_7677 = Credentials("user", "pencil", lambda: "rOprNGfwEbeRWgbNEkqO")
SERVER_FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
SERVER_FINAL = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_scram_as_in_the_rfc() -> None:
    """RFC 7677 3, the example."""
    scram = Scram(RFC_7677)
    assert scram.respond(b"") == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert scram.respond(SERVER_FIRST) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert scram.respond(SERVER_FINAL) == b""
    assert scram.complete
    with pytest.raises(SaslProblem, match="more than SCRAM has"):
        scram.respond(b"")


def test_a_server_that_does_not_know_the_password_is_not_believed() -> None:
    """RFC 5802 5: the client verifies the ServerSignature."""
    scram = Scram(RFC_7677)
    scram.respond(b"")
    scram.respond(SERVER_FIRST)
    with pytest.raises(SaslProblem, match="is it the right server"):
        scram.respond(b"v=" + base64.b64encode(bytes(32)))
    assert not scram.complete


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (SERVER_FIRST.replace(b"i=4096", b"i=4095"), "4095 iterations"),
        (SERVER_FIRST.replace(b"i=4096", b"i=1"), "1 iterations"),
        (SERVER_FIRST.replace(b"i=4096", b"i=0"), "0 iterations"),
        (SERVER_FIRST.replace(b"i=4096", b"i=10000001"), "10000001 iterations"),
        (SERVER_FIRST.replace(b"i=4096", b"i=" + b"9" * 5000), "9999 iterations"),
        (SERVER_FIRST.replace(b"i=4096", b"i=x"), "is it the right server"),
        (SERVER_FIRST.replace(b"r=rOpr", b"r=xxxx"), "nonce"),
        (b"r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "nonce"),
        (b"e=unknown-user", "is it the right server"),
        (b"", "is it the right server"),
        (b"\xff\xfe", "makes no sense"),
        (b"a,b,c", "is it the right server"),
    ],
)
def test_a_server_cannot_have_anything_it_wants(first: bytes, reason: str) -> None:
    """RFC 7677 4: at least 4096 iterations; RFC 5802 5.1: the nonce begins with ours and is longer."""
    scram = Scram(RFC_7677)
    scram.respond(b"")
    with pytest.raises(SaslProblem, match=reason) as problem:
        scram.respond(first)
    assert "pencil" not in str(problem.value) and len(str(problem.value)) < 300


def test_a_nonce_is_used_once() -> None:
    credentials = Credentials("ann", "pencil")
    assert Scram(credentials).respond(b"") != Scram(credentials).respond(b"")


def test_a_password_that_scram_cannot_use_is_said() -> None:
    """RFC 4013 2.3: control characters are prohibited."""
    with pytest.raises(SaslProblem, match="cannot be used"):
        Scram(Credentials("ann", "a\x07b"))


def test_a_password_is_not_shown_by_accident() -> None:
    assert "pencil" not in repr(WITH_PASSWORD)


@pytest.mark.parametrize("size", [0, 1, 299, 300, 301, 599, 600, 601])
def test_responses_are_cut_into_pieces_and_put_together_again(size: int) -> None:
    """sasl-3.1: 400 characters each, "+" for nothing and behind a full last piece."""
    pieces = chunks((bytes(range(256)) * 3)[:size])
    assert all(len(piece) == 400 for piece in pieces[:-1]) and len(pieces[-1]) < 400
    gathering = Gathering()
    answers = [gathering.add(piece) for piece in pieces]
    assert answers[:-1] == [None] * (len(pieces) - 1)
    assert answers[-1] == (bytes(range(256)) * 3)[:size]


def test_a_server_that_sends_for_ever_is_stopped() -> None:
    gathering = Gathering()
    with pytest.raises(SaslProblem, match="too long"):
        for _ in range(1_000):
            gathering.add("A" * 400)


@pytest.mark.parametrize("piece", ["%%%", "AAA", "A", "é", "AA==AA"])
def test_what_is_not_base64_is_said(piece: str) -> None:
    with pytest.raises(SaslProblem, match="Base64"):
        Gathering().add(piece)
