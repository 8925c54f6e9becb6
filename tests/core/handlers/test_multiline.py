"""Messages of several lines (IRCv3 draft/multiline, https://ircv3.net/specs/extensions/multiline)."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.limits import Limits
from ipcchat.wire.message import parse
from tests.core.net import ALL_CAPS, Net, Talker

CAPS = f"{ALL_CAPS} draft/multiline"
ANN = ":ann!~ann@127.0.0.1"
KEY = "+ipc-chat/key=01JD3V5X4QZ8WQ2N6T0YB9K7HM"
TIME = "time=2023-11-14T22:13:20.000Z"
EXAMPLE = ("hello", "", "how is ", "+everyone?")


def batch(target: str, *lines: str, verb: str = "PRIVMSG", begin: str = "") -> list[str]:
    """The lines of a message; one that begins with + goes on the one before."""
    said = [f"{begin}BATCH +1 draft/multiline {target}"]
    for line in lines:
        tag = "batch=1;draft/multiline-concat" if line.startswith("+") else "batch=1"
        said.append(f"@{tag} {verb} {target} :{line.removeprefix('+')}")
    return [*said, "BATCH -1"]


def msgid(net: Net) -> str:
    """The tag of the newest entry."""
    return f"msgid={net.engine.tagger.msgid(len(net.journal.entries))}"


# As the draft's examples.


@pytest.mark.covers("draft/multiline", "BATCH")
@pytest.mark.parametrize("verb", ["PRIVMSG", "NOTICE"])
def test_lines_that_belong_together_stay_together(verb):
    net = Net()
    ann, bob = net.dial(), net.join("bob", "#tea", CAPS)
    ann.says(f"CAP REQ :{CAPS}", "NICK ann", "USER ann 0 * :Ann", "CAP END", "JOIN #tea")
    old, joe = net.join("old", "#tea", "message-tags server-time"), net.join("joe", "#tea")
    net.forget()
    ann.says(*batch("#TEA", *EXAMPLE, verb=verb))
    tags = f"{TIME};{msgid(net)}"
    for talker, reference in ((ann, "b5"), (bob, "b4")):
        reference = parse(talker.lines[0]).params[0][1:]
        assert talker.lines == [
            f"@{tags} {ANN} BATCH +{reference} draft/multiline #tea",
            f"@batch={reference} {ANN} {verb} #tea :hello",
            f"@batch={reference} {ANN} {verb} #tea :",
            f"@batch={reference} {ANN} {verb} #tea :how is ",
            f"@batch={reference};draft/multiline-concat {ANN} {verb} #tea :everyone?",
            f"{ANN} BATCH -{reference}",
        ]
    assert old.lines == [
        f"@{tags} {ANN} {verb} #tea :hello",
        f"@{TIME} {ANN} {verb} #tea :how is ",
        f"@{TIME} {ANN} {verb} #tea :everyone?",
    ]
    assert joe.lines == [f"{ANN} {verb} #tea :{text}" for text in ("hello", "how is ", "everyone?")]


def test_it_is_one_fact_with_one_place_in_history(net):
    ann = net.join("ann", "#tea", CAPS)
    before = len(net.journal.entries)
    ann.says(*batch("#tea", *EXAMPLE))
    (entry,) = net.journal.entries[before:]
    assert isinstance(entry.fact, facts.Posted)
    assert entry.fact.text == f"hello{facts.LINE_BREAK}{facts.LINE_BREAK}how is {facts.SEAM}everyone?"


def test_one_line_is_an_ordinary_message(net):
    ann, bob = net.join("ann", "#tea", CAPS), net.join("bob", "#tea", CAPS)
    net.forget()
    ann.says(*batch("#tea", "hello"))
    assert bob.bare == [f"{ANN} PRIVMSG #tea :hello"]


def test_client_tags_stand_where_the_message_begins(net):  # IRCv3 multiline, "Message tags"
    ann, bob = net.join("ann", "#tea", CAPS), net.join("bob", "#tea", CAPS)
    old = net.join("old", "#tea", "message-tags")
    net.forget()
    ann.says(*batch("#tea", "one", "two", begin="@+reply=x;account=root "))
    assert bob.lines[0].partition(" ")[0] == f"@{TIME};{msgid(net)};+reply=x"
    assert not [line for line in bob.lines[1:] if "+reply" in line]
    assert old.lines == [f"@{msgid(net)};+reply=x {ANN} PRIVMSG #tea :one", f"{ANN} PRIVMSG #tea :two"]


def test_the_label_comes_back_on_the_line_that_begins(net):  # IRCv3 multiline, "Labeled response"
    ann = net.join("ann", "#tea", CAPS)
    ann.forget()
    ann.says(*batch("#tea", "one", "two", begin="@label=a "))
    assert ann.lines[0].startswith("@label=a;time=")
    assert ann.bare[0].startswith(f"{ANN} BATCH +")
    assert not [line for line in ann.lines[1:] if "label=" in line]
    joe = net.join("joe", "#tea", "batch labeled-response draft/multiline message-tags")
    joe.forget()
    assert joe.says(*batch("#tea", "one", "two", begin="@label=a ")) == ["@label=a :test.net ACK"]


def test_word_that_somebody_is_away_is_in_the_response(net):  # IRCv3 labeled-response, batch: nested
    ann, bob = net.connect("ann", CAPS), net.connect("bob")
    bob.says("AWAY :at lunch")
    outer, inner, *middle, closing, away, end = ann.says(*batch("bob", "one", "two", begin="@label=a "))
    reference = parse(outer).params[0][1:]
    assert outer.startswith("@label=a :test.net BATCH +")
    assert parse(inner).tags["batch"] == parse(closing).tags["batch"] == parse(away).tags["batch"] == reference
    assert [parse(line).tags["batch"] for line in middle] == [parse(inner).params[0][1:]] * 2
    assert end == f":test.net BATCH -{reference}"


def test_it_may_be_longer_than_a_line_but_none_of_its_lines(net):  # RFC 1459 2.3: 512 bytes with CR LF
    ann, bob = net.join("ann", "#tea", CAPS), net.join("bob", "#tea")
    net.forget()
    longest = "x" * (510 - len(f"{ANN} PRIVMSG #tea :"))
    ann.says(*batch("#tea", *[longest] * 10))
    assert bob.lines == [f"{ANN} PRIVMSG #tea :{longest}"] * 10


# Where it goes.


def test_to_a_person_and_to_oneself(net):
    ann, bob = net.connect("ann", CAPS), net.connect("bob")
    ann.says(*batch("BOB", "one", "two"))
    assert bob.lines == [f"{ANN} PRIVMSG bob :one", f"{ANN} PRIVMSG bob :two"]
    ann.forget()
    ann.says(*batch("ann", "one", "two"))
    assert len(ann.lines) == 8


def test_to_operators(net):  # ISUPPORT STATUSMSG
    ann, bob, eve = net.join("ann", "#tea", CAPS), net.join("bob", "#tea"), net.join("eve", "#tea")
    net.forget()
    bob.says("CAP REQ :batch draft/multiline")
    bob.forget()
    bob.says(*batch("@#tea", "one", "two"))
    assert [line.partition(" ")[2] for line in ann.bare[1:3]] == ["PRIVMSG @#tea :one", "PRIVMSG @#tea :two"]
    assert eve.lines == []


def test_an_idempotency_key_counts_for_the_whole(net):  # the client tag +ipc-chat/key
    ann, bob = net.join("ann", "#tea", CAPS), net.join("bob", "#tea")
    net.forget()
    for _ in range(2):
        ann.says(*batch("#tea", "one", "two", begin=f"@{KEY} "))
    assert len(bob.lines) == 2
    assert ann.lines[0] == ann.lines[4].replace(parse(ann.lines[4]).params[0], parse(ann.lines[0]).params[0])
    ann.says(*batch("#tea", "one", "three", begin=f"@{KEY} "))
    assert len(bob.lines) == 4


def test_nothing_is_shown_before_it_is_in_the_journal(net):  # the promise of ipcchat/backend/base.py
    ann, bob = net.join("ann", "#tea", CAPS), net.join("bob", "#tea")
    net.forget()
    net.journal.holding = True
    ann.says(*batch("#tea", "one", "two", begin="@label=a "))
    assert ann.lines == bob.lines == []
    net.journal.holding = False
    net.settle()
    assert len(bob.lines) == 2
    assert ann.lines[0].startswith("@label=a;")


def test_two_nodes_see_the_same():
    net = Net(2)
    ann = net.join("ann", "#tea", CAPS)
    bob, eve = net.join("bob", "#tea", "message-tags"), net.join("eve", "#tea", "message-tags", node=1)
    net.forget()
    ann.says(*batch("#tea", *EXAMPLE))
    assert bob.lines == eve.lines
    assert len(bob.lines) == 3


# History.


@pytest.mark.covers("draft/chathistory")
def test_history_tells_it_again_as_a_batch_in_the_batch(net):  # IRCv3 chathistory, batch: nested
    ann = net.join("ann", "#tea", CAPS)
    ann.says("PRIVMSG #tea :before", *batch("#tea", "one", "+more", "", "two"), "PRIVMSG #tea :after")
    net.restart()
    ann = net.join("ann", "#tea", CAPS)
    for wanted in ("LATEST #tea * 3", "LATEST #tea * 2"):
        opening, *rows, closing = ann.says(f"@label=h CHATHISTORY {wanted}")
        outer = parse(opening).params[0][1:]
        assert opening == f"@label=h :test.net BATCH +{outer} chathistory #tea"
        assert closing == f":test.net BATCH -{outer}"
        begin = next(row for row in map(parse, rows) if row.command == "BATCH")
        inner = begin.params[0][1:]
        assert (begin.tags["batch"], begin.params[1:]) == (outer, ["draft/multiline", "#tea"])
        assert "msgid" in begin.tags
        lines = [row for row in map(parse, rows) if row.tags["batch"] == inner]
        assert [row.params[-1] for row in lines] == ["one", "more", "", "two"]
        assert "draft/multiline-concat" in lines[1].tags
        assert f"@batch={outer} {ANN} BATCH -{inner}" in rows
        assert rows[-1].endswith(":after")
        assert len(rows) == (8 if wanted.endswith("3") else 7)


def test_history_for_clients_that_do_not_know_it(net):
    ann, joe = net.join("ann", "#tea", CAPS), net.join("joe", "#tea", ALL_CAPS)
    ann.says(*batch("#tea", "one", "", "two"))
    joe.forget()
    opening, first, second, _ = joe.says("CHATHISTORY LATEST #tea * 1")
    outer = parse(opening).params[0][1:]
    assert [parse(line).tags["batch"] for line in (first, second)] == [outer, outer]
    assert ["msgid" in parse(line).tags for line in (first, second)] == [True, False]
    old = net.join("old", "#tea")
    assert old.says("CHATHISTORY LATEST #tea * 1") == [f"{ANN} PRIVMSG #tea :one", f"{ANN} PRIVMSG #tea :two"]


# Mistakes: FAIL BATCH, IRCv3 multiline "Errors".


@pytest.mark.parametrize(
    ("said", "failure"),
    [
        pytest.param(
            ["BATCH +1 draft/multiline"],
            "MULTILINE_INVALID :One recipient is needed",
            marks=pytest.mark.covers("FAIL BATCH MULTILINE_INVALID"),
        ),
        (["BATCH +1 draft/multiline #tea,bob"], "MULTILINE_INVALID :One recipient is needed"),
        (batch("#tea"), "MULTILINE_INVALID :A message needs at least one line that is not blank"),
        (batch("#tea", "", ""), "MULTILINE_INVALID :A message needs at least one line that is not blank"),
        (batch("#tea", "one ", "+", "two"), "MULTILINE_INVALID :A line that goes on the one before needs a text"),
        (batch("#tea", "+one"), "MULTILINE_INVALID :A line that goes on the one before needs a text"),
        (["BATCH +1 draft/multiline #tea", "@batch=1 PRIVMSG #tea"], "MULTILINE_INVALID :A line has the recipient"),
        (
            ["BATCH +1 draft/multiline #tea", "@batch=1 PRIVMSG #tea :a", "@batch=1 NOTICE #tea :b", "BATCH -1"],
            "MULTILINE_INVALID :The lines of a message are all PRIVMSG or all NOTICE",
        ),
        (
            ["BATCH +1 draft/multiline #tea", "@batch=1 TOPIC #tea :a", "@batch=1 PRIVMSG #tea :a", "BATCH -1"],
            "MULTILINE_INVALID :The lines of a message are all PRIVMSG or all NOTICE",
        ),
        (
            ["BATCH +1 draft/multiline #tea", "@batch=1;+x=1 PRIVMSG #tea :a", "BATCH -1"],
            "MULTILINE_INVALID :Client tags of the message belong to the line that begins the batch",
        ),
        pytest.param(
            ["BATCH +1 draft/multiline #tea", "@batch=1 PRIVMSG #bar :a", "BATCH -1"],
            "MULTILINE_INVALID_TARGET #tea #bar :",
            marks=pytest.mark.covers("FAIL BATCH MULTILINE_INVALID_TARGET"),
        ),
        (
            ["BATCH +1 draft/multiline #tea", "@batch=1 PRIVMSG : a", "BATCH -1"],
            "MULTILINE_INVALID :A line has the recipient",
        ),
        (batch("#tea", "ok", "x" * 480), "MULTILINE_INVALID :Line 2 of the message is 4 bytes too long"),
        (batch("#tea", "ok", "fine", "+" + "é" * 240), "MULTILINE_INVALID :Line 3 of the message is 4 bytes too long"),
    ],
)
def test_mistakes_are_told_once_and_nothing_is_said(net, said, failure):
    ann, bob = net.join("ann", "#tea", CAPS), net.join("bob", "#tea")
    net.forget()
    (line,) = ann.says(*said)
    assert line.startswith(f":test.net FAIL BATCH {failure}"), line
    assert bob.lines == []
    assert ann.says("PRIVMSG #tea :still here")
    assert len(bob.lines) == 1


@pytest.mark.parametrize(
    ("lines", "failure"),
    [
        (["x" * 40, "x" * 39], ""),
        pytest.param(
            ["x" * 40, "x" * 40],
            "MULTILINE_MAX_BYTES 80",
            marks=pytest.mark.covers("FAIL BATCH MULTILINE_MAX_BYTES"),
        ),
        (["x" * 40, "+" + "x" * 40], ""),
        (["x" * 40, "+" + "é" * 20, "+y"], "MULTILINE_MAX_BYTES 80"),
        (["x"] * 5, ""),
        pytest.param(["x"] * 6, "MULTILINE_MAX_LINES 5", marks=pytest.mark.covers("FAIL BATCH MULTILINE_MAX_LINES")),
        (["x", *["+x"] * 5], "MULTILINE_MAX_LINES 5"),
        (["", "", "", "", "x"], ""),
    ],
)
def test_limits_count_line_breaks_and_joined_lines(lines, failure):
    net = Net(limits=Limits(multiline_bytes_max=80, multiline_lines_max=5))
    ann, bob = net.join("ann", "#tea", "batch draft/multiline"), net.join("bob", "#tea")
    net.forget()
    heard = ann.says(*batch("#tea", *lines))
    assert [line.rpartition(" :")[0] for line in heard] == ([f":test.net FAIL BATCH {failure}"] if failure else [])
    assert bool(bob.lines) is not bool(failure)


def test_the_capability_tells_the_limits(net):
    stranger = net.dial()
    heard = " ".join(stranger.says("CAP LS 302"))
    assert "draft/multiline=max-bytes=8192,max-lines=100" in heard


def test_ten_thousand_lines(net):  # hostile input O05
    ann, bob = net.join("ann", "#tea", CAPS), net.join("bob", "#tea")
    net.forget()
    heard = ann.says(*batch("#tea", *["x"] * 10_000))
    assert [line.rpartition(" :")[0] for line in heard] == [":test.net FAIL BATCH MULTILINE_MAX_LINES 100"]
    assert bob.lines == []


@pytest.mark.parametrize(
    ("target", "verb", "refusal"),
    [
        ("#none", "PRIVMSG", "403 ann #none :No such channel"),
        ("nobody", "PRIVMSG", "401 ann nobody :No such nick or channel"),
        ("#ops", "PRIVMSG", "404 ann #ops :Cannot send to channel (+n: only members may speak)"),
        ("#none", "NOTICE", ""),
    ],
)
def test_recipients_refuse_as_they_do_for_one_line(net, target, verb, refusal):  # Modern IRC, PRIVMSG and NOTICE
    net.join("eve", "#ops")
    ann = net.connect("ann", CAPS)
    said = batch(target, "one", "two", verb=verb)
    assert ann.says(*said) == ([f":test.net {refusal}"] if refusal else [])
    (labelled,) = ann.says(f"@label=a {said[0]}", *said[1:])
    assert labelled.startswith("@label=a :test.net 40")


def test_a_notice_that_does_not_fit_is_told_nevertheless(net):  # IRCv3 multiline: servers MUST use FAIL
    ann = net.join("ann", "#tea", CAPS)
    ann.forget()
    (line,) = ann.says(*batch("#tea", "x" * 490, verb="NOTICE"))
    assert line.startswith(":test.net FAIL BATCH MULTILINE_INVALID :The message is ")


def test_a_race_that_is_lost_is_told_with_the_label(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", CAPS)
    net.forget()
    net.journal.holding = True
    ann.says("KICK #tea bob")
    bob.says(*batch("#tea", "one", "two", begin="@label=a "))
    net.journal.holding = False
    net.settle()
    assert [line for line in bob.lines if "label" in line] == [
        "@label=a :test.net 404 bob #tea :Cannot send to channel (+n: only members may speak)"
    ]


# What channels do to texts.


def says_to(net: Net, modes: str, *lines: str) -> tuple[list[str], Talker]:
    """What ann, who is no operator, hears when she says these lines in a channel with these modes, and a witness."""
    eve = net.join("eve", "#tea", CAPS)
    ann = net.join("ann", "#tea", "batch draft/multiline")
    eve.says(f"MODE #tea {modes}")
    net.forget()
    return ann.says(*batch("#tea", *lines)), eve


def test_formatting_is_taken_out_of_each_line(net):  # mode +S
    heard, eve = says_to(net, "+S", "\x02bold", "+\x0304", "+red", "\x0f", "plain")
    assert heard == []
    assert [parse(line).params[-1] for line in eve.lines[1:-1]] == ["bold", "red", "", "plain"]
    assert sum("draft/multiline-concat" in line for line in eve.lines) == 1


@pytest.mark.parametrize(
    ("modes", "lines", "numeric"),
    [
        ("+S", ("\x02", "\x0304"), "412"),
        ("+c", ("plain", "\x02bold"), "404"),
        ("+C", ("plain", "\x01VERSION\x01"), "404"),
        ("+C", ("plain", "\x01ACTION waves\x01"), ""),
        ("+C", ("a", "+\x01PING 1\x01"), "404"),
    ],
)
def test_what_one_line_may_not_have_none_of_several_may(net, modes, lines, numeric):  # modes +S, +c and +C
    heard, eve = says_to(net, modes, *lines)
    assert [line.split()[1] for line in heard] == ([numeric] if numeric else [])
    assert bool(eve.lines) is not bool(numeric)
