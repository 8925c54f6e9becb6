"""The one door: lines, tags, labels and batches (IRCv3 labeled-response, batch, server-time, message-tags)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core import caps, replies
from ipcchat.core.registry import COMMANDS
from ipcchat.core.replies import Tagger
from ipcchat.wire.message import WireError, parse
from tests.core.net import ALL_CAPS, Net

LABELS = "labeled-response batch message-tags"


# Lines.


@pytest.mark.parametrize("bad", ["", "a b", ":a", "a\rb", "a\nb", "a\0b"])
def test_nobodys_text_becomes_a_second_line_or_parameter(bad):  # hostile inputs F05, I01
    with pytest.raises(WireError):
        replies.line("test.net", "401", bad, "text")


@given(st.text(max_size=700), st.integers(0, 600))
def test_a_text_is_cut_between_characters(text, bytes_max):  # hostile input F10
    text = text.encode(errors="ignore").decode()
    kept = replies.fitting(text, bytes_max)
    assert text.startswith(kept)
    assert len(kept.encode()) <= bytes_max
    assert kept == text or len(text[: len(kept) + 1].encode()) > bytes_max


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_every_line_fits(letter):  # RFC 1459 2.3: 512 bytes with CR LF
    line = replies.line("test.net", "332", "ann", "#tea", letter * 600)
    assert 506 < len(line.encode()) <= 510
    assert set(parse(line).params[2]) == {letter}


def test_words_are_wrapped_whole():
    assert replies.wrapped([], 10) == []
    assert replies.wrapped(["aaaa", "bbbb", "éé", "c"], 10) == ["aaaa bbbb", "éé c"]
    assert replies.wrapped(["a", "b" * 20, "c"], 10) == ["a", "b" * 20, "c"]


# Tags.


def test_tags_are_those_that_the_capabilities_allow():
    tagger = Tagger("abc")
    at = 1_700_000_000_123
    assert tagger.tags(0, at, 7, "+x") == ""
    assert tagger.tags(caps.SERVER_TIME, at, 7, "+x") == "time=2023-11-14T22:13:20.123Z"
    assert tagger.tags(caps.MESSAGE_TAGS, at, 7, "+x") == "msgid=abc-7;+x"
    assert tagger.tags(caps.MESSAGE_TAGS, at) == ""
    both = tagger.tags(caps.MESSAGE_TAGS | caps.SERVER_TIME, at + 1, 7)
    assert both == f"time=2023-11-14T22:13:20.124Z;msgid={tagger.msgid(7)}"
    assert tagger.time(at + 1000) == "2023-11-14T22:13:21.123Z"


@given(st.integers(1, 2**40))
def test_a_msgid_is_its_place_in_the_journal(seq):
    tagger = Tagger("ab-c")
    assert tagger.seq(tagger.msgid(seq)) == seq
    assert Tagger("other").seq(tagger.msgid(seq)) is None
    assert " " not in tagger.msgid(seq)


@pytest.mark.parametrize(
    "msgid", ["", "ab", "ab-", "ab-!", "ab-+1", "ab-01", "ab-1_0", "ab- 1", "ab-٣", "ab-" + "1" * 16]
)
def test_what_is_no_msgid_of_ours(msgid):  # hostile input O06
    assert Tagger("ab").seq(msgid) is None


def test_groups_of_tags_are_joined():
    assert replies.joined_tags("", "a=1", "", "b") == "a=1;b"
    assert replies.encoded("", "PING x") == b"PING x\r\n"
    assert replies.encoded("a=1", "PING é") == "@a=1 PING é\r\n".encode()
    assert replies.written_tags({}) == ""
    assert replies.written_tags({"+a": "x;", "+b": ""}) == "+a=x\\:;+b"


# Labels.


def test_no_line_one_line_several_lines_and_a_batch():  # IRCv3 labeled-response
    label, server = "a b", "test.net"
    assert replies.labelled([], label, server, "", False) == [b"@label=a\\sb :test.net ACK\r\n"]
    assert replies.labelled([("", "X")], label, server, "", False) == [b"@label=a\\sb X\r\n"]
    assert replies.labelled([("t=1", "X"), ("", "Y")], label, server, "b1", False) == [
        b"@label=a\\sb :test.net BATCH +b1 labeled-response\r\n",
        b"@batch=b1;t=1 X\r\n",
        b"@batch=b1 Y\r\n",
        b":test.net BATCH -b1\r\n",
    ]
    assert replies.labelled([("", "BATCH +1"), ("", "Y")], label, server, "", True) == [
        b"@label=a\\sb BATCH +1\r\n",
        b"Y\r\n",
    ]


def test_labels_count_with_both_capabilities(net):
    ann = net.connect("ann", "labeled-response batch")
    assert replies.may_label(ann.session)
    for number, names in enumerate(("labeled-response", "batch", "message-tags")):
        bob = net.connect(f"bob{number}", names)
        assert not replies.may_label(bob.session)
        assert bob.says("@label=x PING y") == [":test.net PONG test.net :y"]


@pytest.mark.parametrize(
    ("label", "answered"),
    [
        ("", ""),
        ("x" * 64, "x" * 64),
        ("x" * 65, ""),
        ("é" * 32, "é" * 32),
        ("é" * 33, ""),
        (r"\:\s\\\r\n", r"\:\s\\\r\n"),
    ],
)
def test_which_labels_count(net, label, answered):  # IRCv3 labeled-response: 64 bytes; hostile inputs O02, I02
    ann = net.connect("ann", LABELS)
    head = f"@label={answered} " if answered else ""
    assert ann.says(f"@label={label} PING x") == [f"{head}:test.net PONG test.net :x"]


ALIKE = {
    "ACK": ["PONG", "PONG x", "JOIN #tea", "NICK ann", "MODE #tea +t", "@+x=1 NOTICE bob :x", "SETNAME Ann"],
    "PONG": ["PING x"],
    "NICK": ["NICK anna"],
    "PART": ["PART #tea"],
    "KICK": ["KICK #tea bob"],
    "TOPIC": ["TOPIC #tea :x"],
    "MODE": ["MODE #tea +m", "MODE ann +i"],
    "SETNAME": ["SETNAME :Ann the Second"],
    "PRIVMSG": ["PRIVMSG #tea :x", "PRIVMSG bob :x", "@+x=1 PRIVMSG #tea :x"],
    "TAGMSG": ["@+typing=active TAGMSG #tea"],
    "CAP": ["CAP LIST", "CAP LS", "CAP REQ :setname"],
    "461": ["USERHOST", "JOIN ,"],
    "421": ["WHAT"],
    "462": ["USER a b c d", "PASS x"],
    "401": ["PRIVMSG nobody :x"],
    "403": ["TOPIC #none", "MODE #none"],
    "306": ["AWAY :lunch"],
    "305": ["AWAY"],
    "341": ["INVITE eve #tea"],
    "366": ["NAMES #none"],
    "302": ["USERHOST ann"],
    "303": ["ISON ann"],
    "391": ["TIME"],
    "221": ["MODE ann"],
    "368": ["MODE #tea b"],
    "FAIL": ["CHATHISTORY", "CHATHISTORY LATEST #none * 5", "SETNAME :"],
    "BATCH": [
        "JOIN #new",
        "NAMES #tea",
        "LIST",
        "WHO",
        "WHOIS ann",
        "WHOWAS bob",
        "VERSION",
        "MOTD",
        "LUSERS",
        "INFO",
        "HELP",
        "MODE #tea",
        "CHATHISTORY LATEST #tea * 5",
        "PRIVMSG #tea,bob :x",
        "KICK #tea bob,ann",
    ],
}
LABELLED = [(word, said) for word, lines in ALIKE.items() for said in lines]


def test_every_command_is_said_with_a_label():
    said = {line.removeprefix("@+x=1 ").removeprefix("@+typing=active ").split()[0] for _, line in LABELLED}
    assert set(COMMANDS) - said == {"QUIT"}


@pytest.mark.parametrize(("word", "said"), LABELLED, ids=[said for _, said in LABELLED])
def test_a_labelled_command_has_exactly_one_response(word, said):  # IRCv3 labeled-response
    net = Net()
    ann = net.join("ann", "#tea", ALL_CAPS)
    if word == "ACK" and "NOTICE" in said:
        ann.says("CAP REQ -echo-message")
    net.join("bob", "#tea")
    net.connect("eve")
    net.forget()
    said = said.replace("@", "@label=L;") if said.startswith("@") else f"@label=L {said}"
    ann.says(said)
    first, *others = ann.lines
    tags = parse(first).tags
    assert (tags.pop("label"), parse(first).command) == ("L", word)
    assert not [line for line in others if "label=" in line]
    if word == "BATCH":
        reference = parse(first).params[0].removeprefix("+")
        assert others[-1] == f":test.net BATCH -{reference}"
        assert all(parse(line).tags["batch"] == reference for line in others[:-1])
    else:
        assert others == []


def test_nobody_else_hears_a_label(net):
    ann, bob = net.join("ann", "#tea", ALL_CAPS), net.join("bob", "#tea", ALL_CAPS)
    net.forget()
    ann.says("@label=x PRIVMSG #tea :hello", "@label=x TOPIC #tea :x", "@label=x NICK anna", "@label=x PART #tea")
    assert [line.split()[2] for line in bob.lines] == ["PRIVMSG", "TOPIC", "NICK", "PART"]
    assert not [line for line in bob.lines if "label" in line]


def test_labels_of_commands_in_flight_are_kept_apart(net):
    ann = net.join("ann", "#tea", ALL_CAPS)
    net.forget()
    net.journal.holding = True
    ann.says(*[f"@label=L{number} PRIVMSG #tea :{number}" for number in range(3)], "@label=P PING x")
    net.journal.holding = False
    net.settle()
    assert [(parse(line).tags["label"], parse(line).params[-1]) for line in ann.lines] == [
        ("L0", "0"),
        ("L1", "1"),
        ("L2", "2"),
        ("P", "x"),
    ]
