"""A bot made with the framework Limnoria, as its own process. The other side is a bare socket.

Specification: Modern IRC Client Protocol; for the bot also IRCv3 labeled-response, batch, echo-message, message-tags
and the like, which Limnoria asks for when it is offered them.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.bot_process import BotProcess
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ServerProcess

PORTER = "porter!~porter@localhost"
WENDY = "wendy!~wendy@localhost"


@pytest.fixture
def changes() -> dict[str, str]:
    """Settings that differ from the documented ones; tests parametrise it."""
    return {}


@pytest.fixture
def porter(server: ServerProcess, wendy: RawClient, tmp_path: Path, changes: dict[str, str]) -> Iterator[BotProcess]:
    """The bot, in #lobby and #log, where wendy is too."""
    wendy.joins("#log")
    with BotProcess(tmp_path, server.port, changes) as porter:
        greets(wendy)
        yield porter
        assert porter.is_alive, porter.output
        assert not porter.failures, porter.output


def greets(wendy: RawClient) -> None:
    """The bot comes into both rooms and notes that it did."""
    came = {wendy.hears("JOIN").text for _ in range(2)}
    assert came == {f":{PORTER} JOIN #lobby", f":{PORTER} JOIN #log"}
    assert {noted(wendy) for _ in range(2)} == {f"{PORTER} came to #lobby", f"{PORTER} came to #log"}


def noted(wendy: RawClient) -> str:
    """The next thing that the bot writes in #log."""
    line = wendy.hears("PRIVMSG", where=lambda line: line.params[0] == "#log")
    assert line.source == PORTER
    return line.params[1]


def test_it_answers_a_command(porter: BotProcess, wendy: RawClient):
    wendy.says("PRIVMSG #lobby :!tea")
    assert wendy.hears("PRIVMSG").text == f":{PORTER} PRIVMSG #lobby :wendy: tea is at four"
    wendy.says("PRIVMSG #lobby :porter: tea")
    assert wendy.hears("PRIVMSG").text == f":{PORTER} PRIVMSG #lobby :wendy: tea is at four"
    wendy.says("PRIVMSG porter :tea")
    assert wendy.hears("NOTICE").text == f":{PORTER} NOTICE wendy :tea is at four"


def test_it_sees_who_comes_and_goes(porter: BotProcess, wendy: RawClient, server: ServerProcess):
    with RawClient(server.port).registers("bob") as bob:
        bob.joins("#lobby")
        assert noted(wendy) == "bob!~bob@localhost came to #lobby"
        bob.says("NICK robert")
        assert noted(wendy) == "bob is now robert"
        bob.says("PART #lobby :tea time")
        assert noted(wendy) == "robert left #lobby: tea time"
        bob.joins("#lobby")
        assert noted(wendy) == "robert!~bob@localhost came to #lobby"
        wendy.says("TOPIC #lobby :Tea: at four", "KICK #lobby robert :enough, zażółć")
        assert noted(wendy) == "wendy set the topic of #lobby: Tea: at four"
        assert noted(wendy) == "wendy put robert out of #lobby: enough, zażółć"
        bob.joins("#lobby")
        assert noted(wendy) == "robert!~bob@localhost came to #lobby"
        bob.says("QUIT :see you")
        assert noted(wendy) == "robert is gone: Quit: see you"


def test_it_comes_back_after_a_kick(porter: BotProcess, wendy: RawClient):
    wendy.says("KICK #lobby porter :out")
    assert wendy.hears("JOIN").text == f":{PORTER} JOIN #lobby"
    assert noted(wendy) == "wendy put porter out of #lobby: out"
    assert noted(wendy) == f"{PORTER} came to #lobby"
    wendy.says("PRIVMSG #lobby :!tea")
    assert wendy.hears("PRIVMSG").text == f":{PORTER} PRIVMSG #lobby :wendy: tea is at four"


@pytest.mark.parametrize("changes", [{"supybot.plugins.Channel.alwaysRejoin": "False"}], ids=["told-not-to"])
def test_it_stays_out_when_told_to(porter: BotProcess, wendy: RawClient):
    wendy.says("KICK #lobby porter :out")
    assert noted(wendy) == "wendy put porter out of #lobby: out"
    wendy.says("PRIVMSG porter :tea")
    assert wendy.hears_text("tea is at four").params[0] == "wendy"
    assert wendy.answers_to("NAMES #lobby")[0].params[-1] == "@wendy"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_it_lives_through_a_restart_of_the_server(
    porter: BotProcess, wendy: RawClient, server: ServerProcess, number: signal.Signals
):
    wendy.says("MODE #lobby +o porter")
    wendy.hears("MODE")
    server.end(number)
    server.start()
    with RawClient(server.port).registers("wendy").joins("#log", "#lobby") as wendy:
        arrives(wendy)
        names = next(line for line in wendy.answers_to("NAMES #lobby") if line.command == "353")
        assert set(names.params[-1].split()) == {"@wendy", "@porter"}
        wendy.says("PRIVMSG #lobby :!tea")
        wendy.hears("PRIVMSG", where=lambda line: line.text == f":{PORTER} PRIVMSG #lobby :wendy: tea is at four")


def arrives(wendy: RawClient) -> None:
    """The bot comes back into both rooms, before her, while she comes in, or after her."""
    here = {line.params[2] for line in wendy.heard if line.command == "353" and "porter" in line.params[-1]}
    here |= {line.params[0] for line in wendy.heard if line.command == "JOIN" and line.source == PORTER}
    while here != {"#lobby", "#log"}:
        here.add(wendy.hears("JOIN", where=lambda line: line.source == PORTER).params[0])


def test_it_says_goodbye(server: ServerProcess, wendy: RawClient, tmp_path: Path):
    wendy.joins("#log")
    with BotProcess(tmp_path, server.port, {}) as porter:
        greets(wendy)
        assert porter.interrupt() == 0
        assert wendy.hears("QUIT").text == f":{PORTER} QUIT :Quit: closing time"
