"""A login during the registration, as a play: IRCv3 sasl-3.1 and sasl-3.2."""

from __future__ import annotations

import base64

import pytest

from ipcchat.client import events
from ipcchat.client.errors import LoginFailed
from ipcchat.client.protection import IN_THE_CLEAR, Protection
from ipcchat.client.registration import Identity, Turned, Welcome
from ipcchat.client.sasl import Credentials
from ipcchat.client.session import Heard, Session
from tests.client.play import START, ConversationPlay, as_bytes

TLS = Protection(tls="TLSv1.3")
UNIX = Protection(unix=True)
ANN = Credentials("ann", "hush", lambda: "n0nce")
LOGGED_IN = (":irc.test 900 ann ann!~a@home.test ann :You are now logged in as ann", ":irc.test 903 ann :Success")
WELCOME = (":irc.test 001 ann :Welcome", ":irc.test 422 ann :No MOTD")


class LoginPlay:
    """One connection of somebody who wants to be logged in."""

    def __init__(self, credentials: Credentials | None = ANN, protection: Protection = TLS) -> None:
        self.session = Session(Identity("ann", credentials=credentials), protection)
        self.session.begin()
        self.session.data_to_send()

    def server(self, *lines: str) -> list[Heard]:
        heard = self.session.receive(as_bytes(*lines), START)
        while (work := self.session.work) is not None:
            heard += self.session.worked(work())
        return heard

    def sent(self) -> list[str]:
        return self.session.data_to_send().decode().splitlines()

    def offered(self, mechanisms: str) -> LoginPlay:
        """The server offers these and agrees."""
        self.server(f":irc.test CAP * LS :sasl{'=' if mechanisms else ''}{mechanisms}")
        assert self.sent() == ["CAP REQ sasl"]
        self.heard = self.server(":irc.test CAP * ACK :sasl")
        return self


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_plain_by_tls() -> None:
    """sasl-3.1, the example: CAP END only when the login is over."""
    play = LoginPlay().offered("PLAIN")
    assert play.sent() == ["AUTHENTICATE PLAIN"]
    play.server("AUTHENTICATE +")
    assert play.sent() == [f"AUTHENTICATE {b64(bytes(1) + b'ann' + bytes(1) + b'hush')}"]
    assert play.server(*LOGGED_IN) == [] and play.sent() == ["CAP END"]
    assert play.server(*WELCOME) == [Welcome("ann")]
    assert play.session.view.account == "ann" and play.session.view.people["ann"].account == "ann"


def test_scram_wherever_it_is_offered() -> None:
    play = LoginPlay(protection=IN_THE_CLEAR).offered("PLAIN,SCRAM-SHA-256")
    assert play.sent() == ["AUTHENTICATE SCRAM-SHA-256"]
    play.server(":irc.test AUTHENTICATE +")
    assert play.sent() == [f"AUTHENTICATE {b64(b'n,,n=ann,r=n0nce')}"]


def test_a_success_without_proof_is_not_believed() -> None:
    """RFC 5802 5: a server that skips its last message does not know the password, whoever it is."""
    for claim in ("903 ann :Success", "907 ann :You have already authenticated"):
        play = LoginPlay().offered("SCRAM-SHA-256")
        play.server("AUTHENTICATE +")
        (turned,) = play.server(f":irc.test {claim}")
        assert isinstance(turned, Turned) and turned.ours and "prove" in turned.reason


def test_a_mechanism_that_is_not_there_after_all_is_followed_by_the_next() -> None:
    """sasl-3.2: "Clients MUST handle the case when a mechanism they picked from the list turns out to be not
    available"."""
    play = LoginPlay(protection=Protection(tls="TLSv1.3", certificate=True)).offered("")
    assert play.sent() == ["AUTHENTICATE EXTERNAL"]
    play.server(":irc.test 908 ann PLAIN,DIGEST-MD5 :are available SASL mechanisms", ":irc.test 904 ann :failed")
    assert play.sent() == ["AUTHENTICATE PLAIN"]
    (turned,) = play.server(":irc.test 904 ann :SASL authentication failed")
    assert turned == Turned("SASL authentication failed", login=True)


def test_there_is_no_way_down_to_plain_in_the_clear() -> None:
    """A server, or who sits between, says that it has no SCRAM after all."""
    play = LoginPlay(protection=IN_THE_CLEAR).offered("SCRAM-SHA-256,PLAIN")
    assert play.sent() == ["AUTHENTICATE SCRAM-SHA-256"]
    (turned,) = play.server(":irc.test 908 ann PLAIN :are available", ":irc.test 904 ann :no such mechanism")
    assert isinstance(turned, Turned) and turned.login and play.sent() == []
    play = LoginPlay(protection=IN_THE_CLEAR).offered("PLAIN")
    (turned,) = play.heard
    assert isinstance(turned, Turned) and "ircs://" in turned.reason and play.sent() == []


@pytest.mark.parametrize(
    "line",
    [
        "902 ann :You must use a nick assigned to you",
        "904 ann :SASL authentication failed",
        "905 ann :SASL message too long",
        "906 ann :SASL authentication aborted",
        "FAIL AUTHENTICATE TEMPORARILY_UNAVAILABLE :Too many log in just now",
    ],
)
def test_a_refusal_is_the_end_and_has_the_servers_words(line: str) -> None:
    play = LoginPlay().offered("PLAIN,SCRAM-SHA-256")
    play.server("AUTHENTICATE +")
    play.sent()
    (turned,) = play.server(f":irc.test {line}")
    assert turned == Turned(line.rpartition(" :")[2], login=True)
    assert play.sent() == []


def test_a_server_without_accounts_is_left() -> None:
    """sasl-3.2: who requires the login and cannot have it "MUST disconnect"."""
    play = LoginPlay()
    (turned,) = play.server(":irc.test CAP * LS :batch", ":irc.test CAP * ACK :batch")
    assert isinstance(turned, Turned) and "no accounts" in turned.reason
    play = LoginPlay()
    play.server(":irc.test CAP * LS :sasl=PLAIN")
    (turned,) = play.server(":irc.test CAP * NAK :sasl")
    assert isinstance(turned, Turned) and "no accounts" in turned.reason
    (turned,) = LoginPlay().server(":irc.test 001 ann :Welcome")
    assert isinstance(turned, Turned) and "no accounts" in turned.reason


@pytest.mark.parametrize("piece", ["%%%", b64(b"r=other,s=AAAA,i=4096"), "A" * 400])
def test_nonsense_of_the_server_ends_it_and_the_server_is_told(piece: str) -> None:
    play = LoginPlay().offered("SCRAM-SHA-256")
    play.server("AUTHENTICATE +")
    play.sent()
    heard: list[Heard] = []
    for _ in range(100):
        heard += play.server(f"AUTHENTICATE {piece}")
        if heard:
            break
    assert isinstance(heard[0], Turned) and heard[0].ours and play.sent() == ["AUTHENTICATE *"]


def test_an_authenticate_that_nobody_asked_for_is_nothing() -> None:
    play = LoginPlay(credentials=None)
    assert play.server("AUTHENTICATE +", ":irc.test 904 ann :failed", *WELCOME) == [Welcome("ann")]


def test_on_a_unix_socket_the_kernel_says_who_we_are() -> None:
    """EXTERNAL where the server offers it; without an account there we are here all the same."""
    play = LoginPlay(credentials=None, protection=UNIX).offered("EXTERNAL,PLAIN")
    assert play.sent() == ["AUTHENTICATE EXTERNAL"]
    play.server("AUTHENTICATE +")
    assert play.sent() == ["AUTHENTICATE +"]
    assert play.server(":irc.test 904 ann :no account is yours") == []
    assert play.sent() == ["CAP END"] and play.server(*WELCOME) == [Welcome("ann")]
    play = LoginPlay(credentials=None, protection=UNIX).offered("PLAIN")
    assert play.sent() == ["CAP END"]


def test_who_has_no_account_on_a_server_for_accounts_is_told() -> None:
    """draft/account-registration: FAIL * ACCOUNT_REQUIRED."""
    (turned,) = LoginPlay(credentials=None).server(":irc.test FAIL * ACCOUNT_REQUIRED :Log in first")
    assert isinstance(turned, Turned) and "Log in first" in turned.reason


class ReturningPlay(ConversationPlay):
    """A Chat that logs in on each connection."""

    def __init__(self) -> None:
        super().__init__(capabilities="sasl")
        self.conversation.log_in(ANN)
        self.conversation._logged_in = False

    def arrive(self, *answer: str) -> None:
        self.conversation.opened(self.moment, TLS)
        self.server(":irc.test CAP * LS :sasl=PLAIN", ":irc.test CAP * ACK :sasl", "AUTHENTICATE +")
        work = self.conversation.work
        assert work is not None
        self.conversation.worked(work(), self.moment)
        self.sent()
        self.server(*answer)


FAILURE = ":irc.test 904 ann :too many log in, try again"


def test_a_wrong_password_is_tried_once() -> None:
    play = ReturningPlay()
    play.arrive(FAILURE)
    assert isinstance(play.conversation.fatal, LoginFailed)
    assert "too many log in" in str(play.conversation.fatal) and "hush" not in str(play.conversation.fatal)


def test_a_password_that_was_right_is_tried_a_few_times() -> None:
    """After a restart of the server everybody logs in at once."""
    play = ReturningPlay()
    play.arrive(*LOGGED_IN, *WELCOME)
    assert any(isinstance(event, events.Connected) for event in play.happened)
    for _ in range(4):
        play.lose()
        play.arrive(FAILURE)
        assert play.conversation.fatal is None and "the login failed" in play.conversation.problem
    play.lose()
    play.arrive(*LOGGED_IN, *WELCOME)
    assert play.conversation.problem == ""
    for _ in range(5):
        play.lose()
        play.arrive(FAILURE)
    assert isinstance(play.conversation.fatal, LoginFailed)
