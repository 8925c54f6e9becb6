"""The door to services: one table of commands, and nothing that is said to them goes anywhere else (RFC 2812 1.2.2;
https://modern.ircdocs.horse/#services)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ipcchat.core import names, services
from ipcchat.core.services import SERVICE_COMMANDS, Asked, service_command
from tests.core.net import ALL_CAPS, Net, Talker

ANN = ":ann!~ann@127.0.0.1"
TIME = "@time=2023-11-14T22:13:20.000Z"


@pytest.fixture(autouse=True)
def _tea() -> Iterator[None]:
    """A command of BotServ, for these tests."""

    @service_command("BotServ", "TEA", "CHAI")
    def tea(asked: Asked, sort: str, *milk: str) -> None:
        """Have tea: TEA green."""
        asked.say(f"{sort} tea" + " with milk" * len(milk))

    yield
    for name in ("TEA", "CHAI"):
        del SERVICE_COMMANDS["BotServ"][name]


def answers(talker: Talker, said: str) -> list[str]:
    """What BotServ answers."""
    head = f":BotServ!BotServ@test.net NOTICE {talker.session.display} :"
    heard = talker.asks(said)
    assert all(line.startswith(head) for line in heard), heard
    return [line.removeprefix(head) for line in heard]


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="BotServ has a command TEA already"):
        service_command("BotServ", "TEA")(lambda asked: None)


def test_all_reserved_names_are_services():  # names that nobody may have as a nick
    assert {name.lower() for name in services.SERVICES} == set(names.RESERVED)
    assert services.find("NICKSERV") is services.SERVICES["NickServ"]
    assert services.find("ann") is None


def test_a_command_with_its_parameters(net):
    ann = net.connect("ann")
    assert answers(ann, "PRIVMSG botserv :tea green") == ["green tea"]
    assert answers(ann, "PRIVMSG BotServ@test.net :  CHAI  black  a b ") == ["black tea with milk with milk"]
    assert answers(ann, "PRIVMSG BotServ :TEA") == ["That needs more: TEA <sort> [<milk>...]"]
    assert answers(ann, "PRIVMSG BotServ :help tea") == ["TEA <sort> [<milk>...]", "Have tea: TEA green."]


def test_what_is_no_command(net):
    ann = net.connect("ann")
    assert answers(ann, "PRIVMSG BotServ :TAE green") == [
        "BotServ has no such command. Did you mean TEA? /msg BotServ HELP lists what there is."
    ]
    assert answers(ann, "PRIVMSG BotServ :hunter2") == [
        "BotServ has no such command. /msg BotServ HELP lists what there is."
    ]


def test_long_answers_take_several_lines(net):
    (first, second) = answers(net.connect("ann"), "PRIVMSG BotServ :TEA green" + " x" * 60)
    assert len(first) <= 400
    assert (first + second).count("milk") == 60


@pytest.mark.parametrize(
    "said", ["NOTICE BotServ :TEA green", "PRIVMSG BotServ :\x01VERSION\x01", "@+typing=active TAGMSG BotServ"]
)
def test_what_is_not_answered(net, said):  # RFC 2812 3.3.2
    assert net.connect("ann", "message-tags").says(said) == []


def test_only_spaces_ask_for_help(net):
    assert answers(net.connect("ann"), "PRIVMSG BotServ : ")[0].startswith("This is BotServ of TestNet.")


# Nothing that is said goes anywhere else.


def test_nothing_is_journaled(net):
    ann = net.connect("ann", ALL_CAPS)
    before = len(net.journal.entries)
    ann.says("PRIVMSG NickServ :IDENTIFY hunter2", "NOTICE NickServ :x", "NS REGISTER hunter2", "PRIVMSG ChanServ :x")
    assert len(net.journal.entries) == before


@pytest.mark.parametrize(
    ("said", "echoed"),
    [
        ("IDENTIFY hunter2", "IDENTIFY ***"),
        ("identify", "identify"),
        ("hunter2", "***"),
        ("hunter2 hunter2", "***"),
        ("HELP identify", "HELP identify"),
        (" ", "***"),
    ],
)
@pytest.mark.parametrize("verb", ["PRIVMSG", "NOTICE"])
def test_an_echo_shows_no_secrets(net, verb, said, echoed):  # IRCv3 echo-message: what was done with it
    ann = net.connect("ann", ALL_CAPS)
    heard = ann.says(f"@label=a {verb} NickServ :{said}")
    echo = heard[0] if verb == "NOTICE" else heard[1]
    assert echo.endswith(f" {ANN} {verb} NickServ :{echoed}")
    assert f"{TIME[1:]}" in echo


@pytest.mark.parametrize("caps", ["", ALL_CAPS, f"{ALL_CAPS} draft/multiline"])
@pytest.mark.parametrize(
    "said",
    [
        "PRIVMSG NickServ :IDENTIFY hunter2",
        "PRIVMSG NickServ :hunter2",
        "PRIVMSG NickServ,bob :IDENTIFY",
        "PRIVMSG NickServ :HELP REGISTER hunter2",
        "NS IDENTIFY hunter2",
        "NS hunter2",
        "NICKSERV :IDENTIFY hunter2",
        "CS hunter2 hunter2",
        "PRIVMSG ChanServ :IDENTIFY #tea hunter2",
        "PRIVMSG NickServ@elsewhere :IDENTIFY hunter2",
    ],
)
def test_no_password_comes_back_or_goes_to_others(net, caps, said):
    ann, bob = net.connect("ann", caps), net.connect("bob", caps)
    heard = ann.says(said)
    assert heard
    if "HELP" not in said:
        assert "hunter2" not in " ".join(heard + bob.lines)
    assert "hunter2" not in repr(net.journal.entries)


def test_a_message_of_several_lines_is_one_command(net):  # IRCv3 draft/multiline
    ann = net.connect("ann", f"{ALL_CAPS} draft/multiline")
    heard = ann.says(
        "@label=a BATCH +1 draft/multiline BotServ",
        "@batch=1 PRIVMSG BotServ :TEA",
        "@batch=1 PRIVMSG BotServ :green",
        "BATCH -1",
    )
    assert [line.partition(" :")[2].rpartition(" :")[2] for line in heard[1:-1]] == ["TEA ***", "green tea"]
    assert heard[0].startswith("@label=a :test.net BATCH +")


# In its turn.


def test_services_answer_behind_the_posts_before(net):  # core/session.py rule 1
    ann = net.join("ann", "#tea", "echo-message")
    ann.forget()
    net.journal.holding = True
    ann.says("PRIVMSG #tea :1", "PRIVMSG BotServ :TEA green", "PRIVMSG #tea :2")
    assert ann.lines == []
    net.journal.holding = False
    net.settle()
    assert [line.rpartition(":")[2] for line in ann.lines] == ["1", "TEA ***", "green tea", "2"]


def test_nobody_takes_the_name_of_a_service(net):
    stranger = net.dial()
    for name in services.SERVICES:
        (line,) = stranger.says(f"NICK {name}")
        assert line.startswith(":test.net 432 * ")


def test_services_on_every_node_answer():
    net = Net(2)
    for node in (0, 1):
        assert net.connect(f"p{node}", node=node).says("PRIVMSG NickServ :HELP")
