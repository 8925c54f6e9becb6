"""Hostile sizes and numbers: everything that is too long, too many or no number is refused in words, and nobody else
notices (siege.py)."""

from __future__ import annotations

import base64

import pytest

from ipcchat.core.effects import Answer, Query, Verify
from tests.core.net import ALL_CAPS, Net, Node, Talker
from tests.e2e.raw_client import Line, RawClient, commands, history
from tests.e2e.waiting import until
from tests.hostile.siege import Siege

TAGS_BYTES_MAX = 4_094
"""What a client may write between @ and the space (IRCv3 message-tags)."""


def supported(client: RawClient) -> dict[str, str]:
    """What ISUPPORT says (005)."""
    tokens = [token for line in client.answers_to("VERSION") if line.command == "005" for token in line.params[1:-1]]
    return {name: value for name, _, value in (token.partition("=") for token in tokens)}


def test_O01_client_tags(siege: Siege):  # IRCv3 message-tags
    with siege.member("mallory") as mallory:
        longest = "+a=" + "x" * (TAGS_BYTES_MAX - 3)
        assert commands(mallory.answers_to(f"@{longest}x PRIVMSG #lobby :over")) == ["417"]
        mallory.says(f"@{longest} PRIVMSG #lobby :whole")
        until(lambda: siege.bystander.heard_text("whole"), "the message with the longest tags")
        heard = siege.bystander.heard[-1]
        assert heard.tags["+a"] == "x" * (TAGS_BYTES_MAX - 3)
        assert len(heard.text.partition(" ")[0]) < 8_191
        assert siege.bystander.heard_text("over") == 0


def test_O02_labels(siege: Siege):  # IRCv3 labeled-response
    with siege.connect("mallory") as mallory:
        for label in ("x" * 64, "semi\\:space\\sback\\\\cr\\rlf\\n", "é👋"):
            mallory.says(f"@label={label} PING labelled")
            assert f"label={label}" in mallory.hears("PONG").text.partition(" ")[0][1:].split(";")
        for ignored in ("label=" + "x" * 65, "label", "label="):
            mallory.says(f"@{ignored} PING unlabelled")
            assert "label" not in mallory.hears("PONG").tags
        mallory.says("@label=first;label=last PING twice")
        assert mallory.hears("PONG").tags["label"] == "last"


def login(net: Net) -> Talker:
    """A connection that has chosen PLAIN (this machine counts as encrypted)."""
    talker = net.dial()
    talker.says("CAP REQ :sasl", "AUTHENTICATE PLAIN")
    talker.forget()
    return talker


def chunks(response: bytes) -> list[str]:
    """A response of SASL as lines (IRCv3 sasl-3.1)."""
    encoded = base64.b64encode(response).decode()
    pieces = [encoded[start : start + 400] for start in range(0, len(encoded), 400)]
    return [f"AUTHENTICATE {piece}" for piece in [*pieces, *(["+"] if len(encoded) % 400 == 0 else [])]]


def test_O03_authenticate_without_end():  # IRCv3 sasl-3.1
    net = Net(throttled=True)
    mallory = login(net)
    mallory.says(*[f"AUTHENTICATE {'A' * 400}"] * 11)
    assert mallory.numerics[0] == "905"
    mallory.says(*[f"AUTHENTICATE {'A' * 400}"] * 40)
    assert mallory.closed == "Too many bytes before registration"
    assert not net.queries


@pytest.mark.parametrize(
    ("line", "numeric"), [("A" * 401, "905"), ("!!!!", "904"), ("\u00e4", "904"), ("QQ", "904"), ("=", "904")]
)
def test_O03_what_is_no_response(line: str, numeric: str):
    mallory = login(Net())
    assert [text.split(" ")[1] for text in mallory.says(f"AUTHENTICATE {line}")] == [numeric]


@pytest.mark.parametrize("password", [292, 301, 2_500])
def test_O03_long_passwords_are_refused_before_they_are_hashed(password: int):
    net, asked = Net(), []

    def answer(node: Node, query: Query) -> Answer:
        asked.append(query)
        return Net.answer_to(net, node, query)

    net.answer_to = answer  # type: ignore[method-assign]
    mallory = login(net)
    told = mallory.says(*chunks(b"\0ann\0" + b"x" * password))
    assert told[-1].split(" ")[1] == "904"
    hashed = [query for query in asked if isinstance(query, Verify)]
    assert all(len(query.password) <= 300 for query in hashed)
    assert len(hashed) <= (password <= 300)


def test_O03_a_password_of_a_mebibyte(siege: Siege):
    with siege.stranger() as mallory:
        mallory.says("CAP REQ :sasl", "AUTHENTICATE PLAIN")
        try:
            for line in chunks(b"\0ann\0" + b"x" * 1_048_576):
                mallory.says(line)
        except ConnectionError:
            pass
        mallory.hears_bytes_to_end()


@pytest.mark.parametrize("throttled", [False])
def test_O04_long_names_and_texts(siege: Siege):
    with siege.member("mallory") as mallory:
        limits = supported(mallory)
        nick, channel = "n" * int(limits["NICKLEN"]), "#" + "c" * (int(limits["CHANNELLEN"]) - 1)
        assert commands(mallory.answers_to(f"NICK {nick}n")) == ["432"]
        assert commands(mallory.answers_to(f"JOIN {channel}c")) == ["476"]
        assert commands(mallory.answers_to(f"JOIN {channel}")) == ["JOIN", "353", "366"]
        assert commands(mallory.answers_to(f"MODE {channel} +k {'k' * (int(limits['KEYLEN']) + 1)}")) == ["696"]
        for name, command in (("TOPICLEN", f"TOPIC {channel} :"), ("KICKLEN", f"PART {channel} :")):
            told = mallory.answers_to(command + "t" * 425)[0]
            assert told.params[-1] == "t" * int(limits[name])
        mallory.answers_to(f"AWAY :{'a' * 450}")
        assert commands(mallory.answers_to(f"SETNAME :{'r' * 450}")) == ["FAIL INVALID_REALNAME"]
        whois = {line.command: line for line in mallory.answers_to("WHOIS mallory")}
        assert whois["301"].params[-1] == "a" * int(limits["AWAYLEN"])
        assert whois["311"].params[-1] == "mallory"
        siege.hears_only("JOIN")


@pytest.mark.parametrize("command", ["NICK ", "JOIN #", "TOPIC #lobby :", "AWAY :", "KICK #lobby bystander :"])
def test_O04_a_hundred_thousand_characters(siege: Siege, command: str):
    with siege.member("mallory") as mallory:
        try:
            mallory.says(command + "x" * 100_000)
        except ConnectionError:
            pass
        assert set(commands(mallory.hears_end())) <= {"417", "ERROR"}
    siege.bystander.hears("QUIT", "mallory")
    siege.hears_only("JOIN", "QUIT")


MULTILINE = ALL_CAPS + " draft/multiline"


def test_O05_batches_that_are_wrong():  # IRCv3 client-batch, draft/multiline
    net = Net()
    ann, bob = net.join("ann", "#tea", MULTILINE), net.join("bob", "#tea", MULTILINE)
    bob.forget()
    line = "@batch=a PRIVMSG #tea :x"
    wrong = {
        ("BATCH +a/b draft/multiline #tea",): "INVALID_REFTAG a/b",
        ("BATCH +a draft/multiline #tea", "BATCH +a draft/multiline #tea", "BATCH -a"): "INVALID_REFTAG a",
        ("BATCH +a draft/multiline #tea", "@batch=a BATCH +c draft/multiline #tea", "BATCH -a"): "INVALID_REFTAG c",
        ("BATCH -zz",): "INVALID_REFTAG zz",
        ("BATCH +a nosuch #tea",): "UNKNOWN_TYPE a nosuch",
        ("BATCH +a draft/multiline #tea", *[line] * 10_000, "BATCH -a"): "MULTILINE_MAX_LINES 100",
        ("BATCH +a draft/multiline #tea", *[line + "x" * 400] * 50, "BATCH -a"): "MULTILINE_MAX_BYTES 8192",
    }
    for lines, problem in wrong.items():
        told = ann.says(*lines)
        assert len(told) == 1 and told[0].startswith(f":test.net FAIL BATCH {problem} :"), lines[:3]
    assert bob.lines == []


def test_O05_batches_of_others_and_of_who_left():
    net = Net()
    ann, bob = net.join("ann", "#tea", MULTILINE), net.join("bob", "#tea", MULTILINE)
    ann.says("BATCH +x draft/multiline #tea", "@batch=x PRIVMSG #tea :half")
    for line in ("BATCH -x", "@batch=x PRIVMSG #tea :foreign"):
        assert bob.says(line)[0].startswith(":test.net FAIL BATCH INVALID_REFTAG x :")
    session = ann.session
    ann.hangs_up()
    assert session.batch is None
    assert not any("half" in line for line in bob.lines)


WRONG_POINTS = (
    "timestamp=99999-01-01T00:00:00.000Z",
    "timestamp=0000-00-00T00:00:00.000Z",
    "timestamp=2026-06-30T23:59:61.000Z",
    "timestamp=2026-13-01T00:00:00.000Z",
    "timestamp=",
    "timestamp=now",
    "msgid=",
    "msgid=" + "f" * 400,
    "msgid=-1",
    "msgid=x-99999999999999999999",
    "seq=1",
    "*",
)


@pytest.mark.parametrize("throttled", [False])
def test_O06_history_numbers(siege: Siege):  # IRCv3 draft/chathistory
    with siege.member("mallory") as mallory:
        for number in range(5):
            mallory.says(f"PRIVMSG #lobby :line {number}")
            mallory.hears_text(f"line {number}")
        for limit in ("0", "-1", "1e9", "x", "", "٣", "9" * 40, "999999999999"):
            answers = mallory.answers_to(f"CHATHISTORY LATEST #lobby * :{limit}")
            assert commands(answers) == ["FAIL INVALID_PARAMS"], limit
        assert len(history(mallory, "#lobby", 999_999_999)) == 5
        for point in WRONG_POINTS:
            for subcommand in ("BEFORE", "AFTER", "AROUND"):
                answers = mallory.answers_to(f"CHATHISTORY {subcommand} #lobby {point} 10")
                assert [line.command for line in answers] == ["FAIL"], (subcommand, point)
        for at in ("0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"):
            answers = mallory.answers_to(f"CHATHISTORY AROUND #lobby timestamp={at} 10")
            assert set(commands(answers)) <= {"BATCH", "PRIVMSG", "FAIL INVALID_PARAMS"}, at


@pytest.mark.parametrize("throttled", [False])
def test_O07_modes(siege: Siege):
    with siege.connect("mallory").joins("#mine") as mallory:
        for change in ("+l 99999999999999999999", "+l -1", "+l 0", "+l x", "+k :a b", "+k a,b", "+k :"):
            assert commands(mallory.answers_to(f"MODE #mine {change}")) == ["696"], change
        answers = mallory.answers_to(f"MODE #mine +{'imnst' * 90}")
        assert commands(answers) == ["MODE"]  # what is said ninety times is done once
        assert set(commands(mallory.answers_to(f"MODE #mine +{'Z' * 480}"))) == {"472"}
        assert set(commands(mallory.answers_to("MODE #mine +b :"))) <= {"696", "368"}
        mallory.answers_to("MODE #mine +bbbbbbbbbb " + " ".join(f"m{number}!*@*" for number in range(10)))
        banned = [line for line in mallory.answers_to("MODE #mine +b") if line.command == "367"]
        assert len(banned) <= int(supported(mallory)["MODES"])
        modes = mallory.answers_to("MODE #mine")[0]
        assert set(modes.params[2]) <= set("+imnst")


def joined(lines: list[Line]) -> list[str]:
    """The channels that were entered."""
    return [line.params[0] for line in lines if line.command == "JOIN"]


@pytest.mark.parametrize("throttled", [False])
def test_O08_many_channels(siege: Siege):
    with siege.connect("mallory") as mallory:
        many = ",".join(f"#{number}" for number in range(120))
        assert commands(mallory.answers_to(f"JOIN {many}")) == ["407"]
        assert len(mallory.answers_to(f"JOIN {many} {'k,' * 30}")) == 1
        assert joined(mallory.answers_to("JOIN " + ",".join(["#once"] * 80))) == ["#once"]
        assert commands(mallory.answers_to("JOIN 0")) == ["PART"]
        assert commands(mallory.answers_to("JOIN ,,,,")) == ["461"]
        limit = int(supported(mallory)["CHANLIMIT"].partition(":")[2])
        for number in range(limit):
            assert joined(mallory.answers_to(f"JOIN #r{number}"))
        assert commands(mallory.answers_to("JOIN #toomany")) == ["405"]


def test_O09_many_recipients(siege: Siege):
    with siege.member("mallory") as mallory:
        lobby = ",".join(["#lobby"] * 60)
        mallory.says(f"PRIVMSG {lobby} :only once")
        mallory.hears_text("only once")
        assert commands(mallory.answers_to("PRIVMSG a,b,c,d,#lobby :never")) == ["407"]
        mallory.says(f"PRIVMSG {','.join(['bystander', 'BYSTANDER'] * 20)} :you once")
        mallory.hears_text("you once")
        siege.bystander.is_served()
        assert [siege.bystander.heard_text(text) for text in ("only once", "never", "you once")] == [1, 0, 1]
