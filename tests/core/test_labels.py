"""Every command has exactly one logical response when it has a label, and hears of no label when it has none (IRCv3
labeled-response).

The table has typical lines, those that succeed and those that fail. Each is said before and after registration, to a
journal that works and to one that fails. Every command of the registry, in the table or not, is said with none to four
parameters.
"""

from __future__ import annotations

import pytest

from ipcchat.core import caps
from ipcchat.core.registry import COMMANDS
from ipcchat.core.settings import Operator, Settings
from ipcchat.wire.message import Message, parse
from tests.core.net import Net, Talker

SETTINGS = Settings(
    network="TestNet",
    server_name="test.net",
    motd=("Welcome.",),
    admin=("Ann", "In the tea house"),
    operators={"root": Operator(password_hash="hash of secret")},
)
CAPS = " ".join(name for name in caps.offered(SETTINGS) if name not in ("sts", "sasl"))
LABEL = "L"
OPERATORS_FAMILIES = {
    f"ipcchat.core.handlers.{family}" for family in ("operators", "moderation", "forced", "filters", "audit")
}
KEY = "+ipc-chat/key=01JD3V5X4QZ8WQ2N6T0YB9K7HM"
MULTILINE = ("BATCH +1 draft/multiline #tea", "@batch=1 PRIVMSG #tea :one", "@batch=1 PRIVMSG #tea :two", "BATCH -1")

# Several lines are one command whose first line has the label. ann is an operator of #tea, bob a member, eve neither.
SAID: dict[str, list[str | tuple[str, ...]]] = {
    "ACCEPT": ["", "*", "bob", "bob,-eve,*", "nobody", ",", "bob,bob2,*"],
    "ADMIN": ["", "test.net", "other.net"],
    "AUTHENTICATE": ["", "PLAIN", "*", "+", "x" * 400],
    "AWAY": ["", ":lunch", "*"],
    "BATCH": [
        MULTILINE,
        (MULTILINE[0], *MULTILINE[1:3], f"{MULTILINE[3]} x"),
        (f"@{KEY} {MULTILINE[0]}", *MULTILINE[1:]),
        (MULTILINE[0], "@batch=1 PRIVMSG #ops :elsewhere", *MULTILINE[1:]),
        (MULTILINE[0], "BATCH -1"),
        ("BATCH +1 draft/multiline nobody", "@batch=1 PRIVMSG nobody :one", "BATCH -1"),
        ("BATCH +1 draft/multiline bob", "@batch=1 NOTICE bob :one", "@batch=1 NOTICE bob :two", "BATCH -1"),
        ("BATCH +1 draft/multiline #none", "@batch=1 NOTICE #none :one", "@batch=1 NOTICE #none :two", "BATCH -1"),
        "+1",
        "+1 what #tea",
        "+é draft/multiline #tea",
        "-1",
        "1",
        "",
    ],
    "CAP": ["LS", "LS 302", "LIST", "REQ :setname", "REQ :-setname setname", "REQ :what", "END", "WHAT", "", "REQ"],
    "CHANSERV": ["", "HELP", "OP #tea bob", "WHAT"],
    "CHATHISTORY": [
        "",
        "LATEST #tea * 5",
        "LATEST #none * 5",
        "BEFORE #tea msgid=x 5",
        "AFTER #tea timestamp=2023-11-14T22:13:20.000Z 5",
        "BETWEEN #tea timestamp=2024-11-14T22:13:20.000Z timestamp=2023-11-14T22:13:20.000Z 5",
        "AROUND #tea timestamp=2023-11-14T22:13:20.000Z 5",
        "TARGETS timestamp=2023-11-14T22:13:20.000Z timestamp=2024-11-14T22:13:20.000Z 5",
        "WHAT",
    ],
    "CS": ["", "HELP REGISTER"],
    "CYCLE": ["#tea", "#none", ""],
    "HELP": ["", "TOPIC", "CHANNELS", "nonsense"],
    "HELPOP": ["", "MODES"],
    "INFO": ["", "other.net"],
    "INVITE": ["eve #tea", "bob #tea", "eve #none", "", "nobody #tea", "eve"],
    "ISON": ["ann bob", "nobody", ""],
    "ISUPPORT": [""],
    "JOIN": ["#new", "#new,#other", "#tea", "tea", "#new,tea,#", "0", "", "#locked", "#locked key", "#" + "x" * 99],
    "KICK": ["#tea bob", "#tea bob,ann :out", "#tea nobody", "#none bob", "#tea", "", "#tea,#tea bob,eve"],
    "KNOCK": ["#locked", "#locked :please", "#tea", "#none", ""],
    "LINKS": ["", "*"],
    "LIST": ["", "#tea", "*t*", ">1", "#none", "U>1,C<5"],
    "LUSERS": ["", "* other.net"],
    "MAP": [""],
    "METADATA": [
        "* LIST",
        "* SET avatar :x",
        "* SET avatar",
        "* GET avatar what",
        "#tea SET url :x",
        "#tea LIST",
        "#none LIST",
        "* SUB avatar url",
        "* SUBS",
        "* UNSUB avatar",
        "* SYNC",
        "#tea SYNC",
        "* CLEAR",
        "* WHAT",
        "",
        "*",
    ],
    "MODE": [
        "#tea",
        "#tea b",
        "#tea +m",
        "#tea +t",
        "#tea +vo bob bob",
        "#tea +b *!*@10.0.0.1",
        "#tea +y",
        "#tea +k",
        "#tea +l x",
        "#tea +o nobody",
        "#none",
        "#none +m",
        "ann",
        "ann +i",
        "ann -i",
        "ann +y",
        "ann +x",
        "ann +s c",
        "bob +i",
        "nobody",
        "",
    ],
    "MONITOR": ["+ bob,nobody", "- bob", "C", "L", "S", "+", "WHAT", "", "+ bob,bob,!"],
    "MOTD": ["", "test.net", "other.net"],
    "NAMES": ["", "#tea", "#none", "#tea,#none"],
    "NICK": ["anna", "ann", "ANN", "bob", "1", "", "NickServ"],
    "NICKSERV": ["", "HELP", "IDENTIFY hunter2", "nonsense"],
    "NOTICE": ["#tea :x", "bob :x", "ann :x", "nobody :x", "#none :x", "#tea,bob :x", "#none,nobody :x", "", "#tea"],
    "NS": ["", "REGISTER hunter2 ann@example.org", "REGISTER correct-horse", "IDENTIFY bob wrong-horse", "INFO"],
    "OPER": ["root secret", "root wrong", "nobody secret", "root", ""],
    "PART": ["#tea", "#tea :bye", "#none", "#tea,#none", ""],
    "PASS": ["secret", ""],
    "PIN": ["#tea x", "#none x", "#locked x", "#tea", ""],
    "PING": ["x", ""],
    "PINS": ["#tea", "#none", "#locked", ""],
    "PONG": ["x", "", "x y"],
    "PRIVMSG": [
        "#tea :x",
        "bob :x",
        "ann :x",
        "away :x",
        "nobody :x",
        "#none :x",
        "#tea,bob :x",
        "#tea,nobody,#none :x",
        "a,b,c,d,e,f :x",
        "%#tea :x",
        "$* :x",
        "NickServ :HELP",
        "NickServ :IDENTIFY hunter2",
        "picky :x",
        "",
        "#tea",
        "#tea :",
        f"@{KEY} PRIVMSG #tea :x",
        "@batch=9 PRIVMSG #tea :x",
        "@+draft/edit=x PRIVMSG #tea :x",
        "@+draft/edit=x PRIVMSG #tea,bob :x",
        "#tea :" + "x" * 480,
    ],
    "QUIT": ["", ":bye"],
    "REDACT": ["#tea x", "#none x", "bob x :why", "nobody x", "#tea", ""],
    "REHASH": [""],
    "RENAME": ["#tea #coffee", "#tea #locked", "#none #x", "#tea", "", "#tea tea", "#tea #TEA :case"],
    "SEARCH": ["text=tea", "in=#none", "in=bob;text=tea", "what", ""],
    "SETNAME": [":Ann Smith", ":ann", ":", ""],
    "SILENCE": ["", "+eve!*@*", "-eve!*@*", "+eve!*@*,+~x:y,+", ","],
    "STATS": ["", "u", "m", "o", "?", "u other.net"],
    "SUMMON": ["", "ann"],
    "TAGMSG": [
        "@+typing=active TAGMSG #tea",
        "@+x=1 TAGMSG bob",
        "@+x=1 TAGMSG nobody",
        "#tea",
        "@+x=1 TAGMSG ann",
        "",
    ],
    "REGISTER": ["* * correct-horse", "new * correct-horse", "* * short", "1x * correct-horse", "bob * a-password", ""],
    "TIME": ["", "other.net"],
    "TOPIC": ["#tea", "#tea :Green", "#tea :", "#none", "#none :x", ""],
    "TRACE": ["", "ann"],
    "UNINVITE": ["eve #tea", "nobody #tea", "eve", ""],
    "USER": ["ann 0 * :Ann", "", "ann"],
    "USERHOST": ["ann bob", "nobody", ""],
    "USERIP": ["ann", "nobody", ""],
    "USERS": [""],
    "VERIFY": ["ann code", "nobody code", ""],
    "VERSION": ["", "other.net"],
    "WALLOPS": [":hello", ""],
    "WEBIRC": ["secret gateway host 10.0.0.1", ""],
    "WHO": ["", "#tea", "ann", "*", "#none", "#tea %tcuhnfar,42", "* o"],
    "AUDIT": ["", "5", "5 kill", "x"],
    "DEFCON": ["", "3", "9", "x"],
    "DLINE": ["192.0.2.9 1h spam", "x", ""],
    "GLINE": ["*@192.0.2.9 1h spam", ""],
    "KILL": ["bob bye", "nobody bye", ""],
    "KLINE": ["*@192.0.2.9 spam", ""],
    "SAJOIN": ["bob #tea", "bob #new", "nobody #tea", ""],
    "SAMODE": ["#tea +v bob", "#locked -k key", "#none +m", ""],
    "SANICK": ["bob rob", "bob ann", "nobody x", ""],
    "SAPART": ["bob #tea bye", "bob #locked", ""],
    "SPAMFILTER": ["LIST", "ADD block *buy* spam", "DEL nothing", "TEST hello", "WHAT", ""],
    "UBAN": ["LIST", "ADD 192.0.2.9 1h spam", "ADD bob", "DEL 192.0.2.9", "INFO 192.0.2.9", "WHAT", ""],
    "UNPIN": ["#tea x", "#tea journal-9", "#locked x", "#tea", ""],
    "UNDLINE": ["192.0.2.9", ""],
    "UNKLINE": ["*@192.0.2.9", ""],
    "ZLINE": ["192.0.2.9 spam", ""],
    "WHOIS": ["ann", "bob", "nobody", "", "bob,ann", "test.net bob", "NickServ"],
    "WHOWAS": ["gone", "nobody", "", "gone 1"],
    "WHAT": ["", "x y z"],
}
LINES = [
    (name, said if isinstance(said, tuple) else (said if said.startswith("@") else f"{name} {said}".strip(),))
    for name, lines in SAID.items()
    for said in lines
    if name in COMMANDS or name == "WHAT"
]
NAMES = ["; ".join(said)[:60] for _, said in LINES]


MAKES_OTHERS = {"KILL", "SAJOIN", "SANICK", "SAPART"}
"""What bob does because of it is his own doing, and no response."""

OPERATORS_ONLY = {name for name in SAID if name in COMMANDS and COMMANDS[name].handler.__module__ in OPERATORS_FAMILIES}


def test_the_table_is_of_commands():
    assert set(SAID) - {"WHAT", "REDACT"} <= set(COMMANDS)
    assert len(SAID) > len(COMMANDS) * 0.9
    assert {"KILL", "UBAN", "SAJOIN", "SPAMFILTER", "AUDIT", "REHASH"} <= OPERATORS_ONLY


def tea_house(name: str = "") -> tuple[Net, Talker]:
    """A network with a channel, and ann, who has all capabilities and runs #tea; for commands of operators she is
    one."""
    net = Net(settings=SETTINGS)
    ann, bob, eve = net.join("ann", "#tea", CAPS), net.join("bob", "#tea"), net.connect("eve")
    eve.says("JOIN #locked", "MODE #locked +k key")
    for nick, does in (("away", "AWAY :at lunch"), ("picky", "MODE picky +g"), ("gone", "QUIT")):
        net.connect(nick).says(does)
    ann.says("PRIVMSG #tea :first", *MULTILINE, "PRIVMSG #tea :third")
    bob.says("PRIVMSG #tea :fourth")
    if name in OPERATORS_ONLY - {"OPER"}:
        ann.says("OPER root secret")
    net.forget()
    return net, ann


def with_label(said: tuple[str, ...]) -> list[str]:
    """The lines of a command, the first of them with a label."""
    first, *others = said
    return [f"@label={LABEL};{first[1:]}" if first.startswith("@") else f"@label={LABEL} {first}", *others]


def assert_one_response(lines: list[str]) -> None:
    """What was heard is one labelled line, or one labelled batch with all that is in it; each batch is closed, and a
    nested one names the other at both ends."""
    first, *others = map(parse, lines)
    assert first.tags.get("label") == LABEL, lines
    assert not [line for line in others if "label" in line.tags], lines
    opened: list[tuple[str, str]] = []
    for number, line in enumerate([first, *others]):
        assert number == 0 or opened, f"outside of the response: {lines[number]}"
        follow(opened, line)
    assert opened == [], lines


def follow(opened: list[tuple[str, str]], line: Message) -> None:
    """Keep account of the open batches: (its reference, the one it is in)."""
    batch = line.tags.get("batch", "")
    if line.command == "BATCH" and line.params[0][0] == "-":
        assert opened.pop() == (line.params[0][1:], batch), line
        return
    assert batch == (opened[-1][0] if opened else ""), line
    if line.command == "BATCH":
        opened.append((line.params[0][1:], batch))


def without_delivery(name: str, said: tuple[str, ...], lines: list[str]) -> list[str]:
    """What was heard without the message to oneself that comes like any other, beside the labelled receipt."""
    if name in ("PRIVMSG", "NOTICE", "TAGMSG") and " ann" in said[0]:
        return [line for line in lines if parse(line).command != name or "label=" in line]
    if name in MAKES_OTHERS:
        return [line for line in lines if not (parse(line).source or "").startswith("bob!")]
    return lines


@pytest.mark.parametrize(("name", "said"), LINES, ids=NAMES)
def test_with_a_label_exactly_one_response(name, said):
    _, ann = tea_house(name)
    lines = ann.says(*with_label(said))
    assert_one_response(without_delivery(name, said, lines))


@pytest.mark.parametrize(("name", "said"), LINES, ids=NAMES)
def test_with_a_label_exactly_one_response_when_nothing_can_be_journaled(name, said):
    net, ann = tea_house(name)
    net.journal.failing = "the disk is full"
    lines = ann.says(*with_label(said))
    assert_one_response(without_delivery(name, said, lines))


@pytest.mark.parametrize(("name", "said"), LINES, ids=NAMES)
def test_with_a_label_exactly_one_response_before_registration(name, said):
    net, _ = tea_house()
    stranger = net.dial()
    stranger.says(f"CAP REQ :{CAPS}")
    stranger.forget()
    assert_one_response(stranger.says(with_label(said)[0]))


@pytest.mark.parametrize(("name", "said"), LINES, ids=NAMES)
def test_without_a_label_no_line_bears_one(name, said):
    net, ann = tea_house()
    stranger = net.dial()
    stranger.says(f"CAP REQ :{CAPS}")
    assert not [line for line in ann.says(*said) + stranger.says(*said) if "label=" in line or " ACK" in line[-4:]]


@pytest.mark.parametrize("count", range(5))
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_whatever_the_parameters_are(name, count):
    net, ann = tea_house()
    assert_one_response(ann.says(f"@label={LABEL} {name} {'x ' * count}".rstrip()))
    stranger = net.dial()
    stranger.says(f"CAP REQ :{CAPS}")
    stranger.forget()
    assert_one_response(stranger.says(f"@label={LABEL} {name} {'x ' * count}".rstrip()))


@pytest.mark.parametrize("last", ["NICK zoe", "USER zoe 0 * :Zoe", "CAP END"])
def test_the_welcome_is_the_response_of_the_command_that_registers(last):
    net = Net(settings=SETTINGS)
    zoe = net.dial()
    zoe.says(f"CAP REQ :{CAPS}", *[line for line in ("CAP END", "NICK zoe", "USER zoe 0 * :Zoe") if line != last])
    zoe.forget()
    lines = zoe.says(f"@label={LABEL} {last}")
    assert_one_response(lines)
    assert " 001 " in lines[1]


@pytest.mark.covers("labeled-response")
def test_labels_need_the_capability_and_batch():
    net = Net(settings=SETTINGS)
    for number, wanted in enumerate(("labeled-response", "batch message-tags", "message-tags")):
        talker = net.connect(f"p{number}", wanted)
        assert talker.says(f"@label={LABEL} PING x") == [":test.net PONG test.net :x"]
    talker = net.connect("p", "labeled-response batch")
    assert talker.says(f"@label={LABEL} PING x") == [f"@label={LABEL} :test.net PONG test.net :x"]


def test_labels_of_commands_in_flight_are_kept_apart():
    net, ann = tea_house()
    net.journal.holding = True
    said = ["PRIVMSG #tea :x", "PONG", "NAMES #tea", *MULTILINE, "TOPIC #tea :x"]
    ann.says(*[f"@label=L{number} {line}" for number, line in enumerate(said) if not line.startswith("@")])
    net.journal.holding = False
    net.settle()
    assert sorted(parse(line).tags["label"] for line in ann.lines if "label=" in line) == [
        "L0",
        "L1",
        "L2",
        "L3",
        "L6",
        "L7",
    ]
