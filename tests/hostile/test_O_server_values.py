"""O10: a server says anything it likes; the client clamps, ignores, and lives.

Others that did not: Halloy #2149, WeeChat CVE-2020-8955, CVE-2020-9759 and CVE-2020-9760, HexChat CVE-2016-2233.
Each row is a registered client that must afterwards still do what it is for: hear a message and answer a PING.
"""

from __future__ import annotations

import time
import tracemalloc

import pytest

from ipcchat.client import events
from ipcchat.client.session import Upgrade
from tests.client.play import ConversationPlay, SessionPlay, label_of

HUGE = str(2**64)


def still_lives(play: SessionPlay) -> None:
    """The common post-condition on the client's side."""
    play.sent()
    (heard,) = play.server(":bob!b@b.test PRIVMSG ann :are you there")
    assert isinstance(heard, events.Message) and heard.text == "are you there"
    play.server("PING :token")
    assert play.sent()[-1] == "PONG token"
    assert play.session.broken == ""


@pytest.fixture
def play() -> SessionPlay:
    return SessionPlay().registered().in_channel()


def test_O10_a_hundred_thousand_tokens(play: SessionPlay) -> None:
    """005 without end: kept are 1,000 tokens and no more, and it takes no longer than reading does."""
    begun = time.process_time()
    tracemalloc.start()
    for line in range(1_000):
        tokens = " ".join(f"T{line}X{number}=v" for number in range(100))
        play.server(f":irc.test 005 ann {tokens} :are supported")
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(play.session.view.support.tokens) <= 1_100
    assert kept < 2_000_000 and time.process_time() - begun < 10
    still_lives(play)


@pytest.mark.parametrize(
    "token",
    [
        f"PREFIX=({'o' * 2_000}){'@' * 2_000}",
        "PREFIX=(ov@+",
        "PREFIX=)(",
        "PREFIX=(ov)@",
        "CHANMODES=" + "," * 2_000,
        "CHANMODES=b",
        f"CHANTYPES={'#' * 3_000}",
        "CASEMAPPING=klingon",
        f"MODES={HUGE}",
        "MODES=-1",
        f"CHATHISTORY={HUGE}",
        "CHATHISTORY=-5",
        "STATUSMSG=" + "@" * 3_000,
        "CLIENTTAGDENY=*,*,-*",
        f"NICKLEN={HUGE}",
        "MONITOR=x",
        "=x",
        "-",
    ],
)
def test_O10_tokens_that_make_no_sense(play: SessionPlay, token: str) -> None:
    play.server(f":irc.test 005 ann {token} :are supported")
    support = play.session.view.support
    assert 1 <= support.modes_per_line <= 20 and 1 <= support.history_limit <= 1_000
    play.server(":irc.test MODE #tea +ovbk-o bob bob *!*@* key bob", ":irc.test 353 ann = #tea :@+@+bob ann")
    still_lives(play)


@pytest.mark.parametrize(
    "line",
    [
        "324",
        "324 ann",
        "324 ann #tea",
        f"324 ann #tea +{'l' * 3_000} {HUGE}",
        "324 ann #tea -+-+",
        "352 ann",
        "352 ann #tea",
        "352 ann #tea u h s bob",
        "352 ann #tea u h s bob H",
        "352 ann * * * * * * :",
        "354 ann 742",
        "353 ann",
        "353 ann = #tea",
        "353 ann = #tea :",
        f"353 ann = #tea :{'@' * 4_000}",
        "329 ann #tea notanumber",
        f"329 ann #tea {HUGE}",
        f"333 ann #tea bob {HUGE}",
        "333 ann #tea bob -1",
        f"317 ann bob {HUGE} {HUGE} :idle",
        "367 ann #tea *!*@* bob 99999999999999",
        "730 ann :,,,!@,",
        "005 ann",
        "900",
        "900 ann",
        "908",
        "001",
        "MODE #tea",
        "MODE",
        "JOIN",
        "BATCH",
        "BATCH +",
        "BATCH -nothing",
        "CAP",
        "CAP *",
        "AUTHENTICATE",
        "FAIL",
        "FAIL X",
        "REGISTER",
        "VERIFY SUCCESS",
        "ACCOUNT",
        "QUIT",
        "KICK #tea",
        "ERROR",
    ],
)
def test_O10_lines_with_parts_missing_or_huge(play: SessionPlay, line: str) -> None:
    """Each as it is and as if we or bob had sent it."""
    play.server(f":irc.test {line}", f":bob!b@b.test {line}", f":ann!a@home.test {line}", line)
    still_lives(SessionPlay().registered())
    play.server(":ann!a@home.test JOIN #tea")
    still_lives(play)


def test_O10_capabilities_named_again_and_again() -> None:
    """CAP with repeated names, values without end, and answers to what was not asked."""
    play = SessionPlay()
    play.sent()
    names = "batch " * 900
    for _ in range(50):
        play.server(f":irc.test CAP * LS * :{names}", f":irc.test CAP * LS * :sasl={'X,' * 1_500}")
    play.server(":irc.test CAP * LS :batch")
    assert play.sent() == ["CAP REQ :batch sasl"]
    play.server(*(f":irc.test CAP * LS * :{' '.join(f'x{n}y{m}' for n in range(400))}" for m in range(20)))
    assert len(play.session.capabilities.offered) <= 1_000
    play.server(
        ":irc.test CAP * ACK :batch sasl", ":irc.test CAP * ACK :-batch never-asked", ":irc.test CAP * NAK :x y"
    )
    assert play.sent() == ["CAP END"]
    play.registered()
    still_lives(play)


@pytest.mark.parametrize(
    "value", [f"port={HUGE}", "port=-1", "port=0", "port=1,port=2", "port=6697\u0661", "port=", ""]
)
def test_O10_ports_that_are_none(value: str) -> None:
    """IRCv3 sts."""
    play = SessionPlay()
    heard = play.server(f":irc.test CAP * LS :sts={value}")
    assert not any(isinstance(item, Upgrade) for item in heard)
    still_lives(play.registered())


@pytest.mark.parametrize("piece", ["+", "%%%", "=" * 400, "A" * 400, "A" * 3_000, "\x01", "é"])
def test_O10_authenticate_that_nobody_asked_for(play: SessionPlay, piece: str) -> None:
    """IRCv3 sasl-3.1; tests/client/test_authentication.py has those that somebody asked for."""
    play.server(*[f"AUTHENTICATE {piece}"] * 50)
    assert play.sent() == [] and play.session.work is None
    still_lives(play)


@pytest.mark.parametrize("seconds", [HUGE, "-1", "1e308", "nan", "never"])
def test_O10_come_again_in_a_while(seconds: str) -> None:
    """A FAIL with a time to wait, as servers put it into the context or the text: our own times count, not theirs."""
    play = ConversationPlay("#tea").connect()
    label = label_of(next(line for line in play.sent() if "JOIN" in line))
    play.server(f"@label={label} :irc.test FAIL JOIN RATE_LIMITED #tea {seconds} :Try again in {seconds} seconds")
    assert "#tea" in play.conversation.presence.refusals
    play.server(f":irc.test FAIL * RATE_LIMITED {seconds} :retry-after={seconds}")
    assert play.later(1.0) == [] and play.conversation.problem == ""


def test_O10_times_before_and_after_the_calendar(play: SessionPlay) -> None:
    """IRCv3 server-time."""
    for stamp in (
        "99999-01-01T00:00:00.000Z",
        "0000-00-00T00:00:00.000Z",
        "2026-02-30T25:61:61.000Z",
        HUGE,
        "",
        "x" * 3_000,
    ):
        (heard,) = play.server(f"@time={stamp};msgid={stamp} :bob!b@b.test PRIVMSG #tea :x")
        assert isinstance(heard, events.Message)
    still_lives(play)
