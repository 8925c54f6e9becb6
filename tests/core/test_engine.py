"""The engine: what the journal's answers do, and what no input may ever do (ipcchat/core/engine.py;
the framing and oversize rows of the hostile inputs; IRCv3 standard-replies)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipcchat.core import facts
from ipcchat.core.apply.meaning import MEANINGS, Meaning
from ipcchat.core.effects import Close, Propose, Send, Void
from ipcchat.core.facts import Entry, NodeDown
from ipcchat.core.limits import Limits
from ipcchat.core.outcomes import Boot, Repeated
from ipcchat.core.registry import COMMANDS
from ipcchat.core.state import State
from ipcchat.wire.framing import LineBuffer
from ipcchat.wire.message import WireError, parse
from tests.core.net import ALL_CAPS, Net, Talker

ANN, BOB = ":ann!~ann@127.0.0.1", ":bob!~bob@127.0.0.1"


# The journal says no.


@pytest.mark.covers("FAIL * TEMPORARILY_UNAVAILABLE")
@pytest.mark.parametrize(
    ("said", "target"),
    [("PRIVMSG #tea :x", "#tea"), ("JOIN #ops", "#ops"), ("TOPIC #tea :x", "#tea"), ("MODE #tea +i", "#tea")],
)
def test_a_failing_journal_is_told_to_the_sender_only(net, said, target):  # backend/base.py, promise 5
    ann, bob = net.join("ann", "#tea", "standard-replies echo-message"), net.join("bob", "#tea")
    eve = net.join("eve", "#tea")
    net.nodes[0].links[0].says("MODE #tea +oo bob eve")
    net.forget()
    net.journal.failing = "the disk is full"
    verb = said.split()[0]
    text = "Nothing was sent or changed: the disk is full. Try again later."
    assert ann.says(said, "PING next") == [
        f":test.net FAIL {verb} TEMPORARILY_UNAVAILABLE {target} :{text}",
        ":test.net PONG test.net :next",
    ]
    assert bob.says(said) == [f":test.net 400 bob {verb} {target} :{text}"]
    assert eve.lines == []
    net.journal.failing = ""
    ann.says("PRIVMSG #tea :back again")
    assert eve.lines == [f"{ANN} PRIVMSG #tea :back again"]


def test_passing_facts_go_on_while_the_journal_fails(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", "message-tags")
    net.forget()
    net.journal.failing = "the disk is full"
    ann.says("NICK anna")
    assert bob.bare == [f"{ANN} NICK anna"]
    eve = net.dial()
    assert " 001 eve " in eve.says("NICK eve", "USER eve 0 * :Eve")[0]
    eve.hangs_up()
    assert "eve" not in net.engine.state.nicks


def test_outcomes_of_facts_that_no_command_waits_for(net):
    fact = facts.UserLeft(b"x" * 16, 0, "node0000.9")
    assert net.engine.failed(fact, "why not", net.now) == []
    assert net.engine.repeated(Repeated(fact, 1, 0, fact), net.now) == []
    assert net.engine.apply(Entry(1, 0, fact), net.now) == []


def test_a_registration_that_could_not_be_journaled_can_be_tried_again(net):
    ann = net.dial()
    net.journal.holding = True
    ann.says("NICK ann", "USER ann 0 * :Ann")
    _, fact = net.journal.queue.popleft()
    node = net.nodes[0]
    node.perform(net.engine.failed(fact, "the disk is full", net.now))
    assert ann.lines == [":test.net 400 * USER * :Nothing was sent or changed: the disk is full. Try again later."]
    net.journal.holding = False
    ann.says("NICK ann")
    assert "001" in ann.numerics


def test_a_repetition_of_what_was_no_post_is_settled_quietly(net):
    ann = net.join("ann", "#tea")
    net.journal.holding = True
    ann.says("TOPIC #tea :x", "PING next")
    node, fact = net.journal.queue.popleft()
    net.journal._place(node, fact)
    node.inbox.clear()
    net.journal._place(node, fact)
    net.journal.holding = False
    net.settle()
    assert ann.lines == [":test.net PONG test.net :next"]


def test_refused_posts_are_remembered_up_to_a_limit():  # hostile input R12
    net = Net(limits=Limits(voided_facts_max=2))
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.journal.holding = True
    ann.says("KICK #tea bob")
    bob.says(*["PRIVMSG #tea :x"] * 3)
    net.journal.holding = False
    net.settle()
    last = len(net.journal.entries)
    assert list(net.engine.voided) == [last - 1, last]


# The life of the node.


def test_farewell_leaves_the_places_in_channels_to_the_next_start(net):  # what is in channels survives a restart
    ann = net.join("ann", "#tea")
    ann.says("MODE #tea +ik secret", "TOPIC #tea :Green")
    stranger = net.dial()
    effects = net.engine.farewell("Server is stopping")
    assert not [effect for effect in effects if isinstance(effect, Propose)]
    assert sorted(effect.reason for effect in effects if isinstance(effect, Close)) == ["Server is stopping"] * 2
    assert {effect.line for effect in effects if isinstance(effect, Send)} == {
        b"ERROR :Closing link: Server is stopping\r\n"
    }
    assert net.engine.disconnect(ann.session, "gone", net.now) == []
    assert stranger.session.closed
    net.restart()
    again = net.connect("ann")
    again.says("JOIN #tea")
    assert again.hears(":test.net 353 ann = #tea :@ann")
    assert again.hears(":test.net 332 ann #tea :Green")


def test_a_start_takes_the_users_of_earlier_runs_away(net):
    net.join("ann", "#tea")
    net.restart()
    assert isinstance(net.journal.entries[-1].fact, NodeDown)
    assert not net.engine.state.users
    assert net.engine.start(net.now) == []


def test_what_was_refused_is_taken_out_of_history_again_at_the_next_start(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.journal.holding = True
    ann.says("KICK #tea bob")
    bob.says("PRIVMSG #tea :hello")
    net.journal.holding = False
    net.settle()
    seq = len(net.journal.entries)
    engine = Net().engine
    effects = engine.restore(Boot("journal", None, net.journal.entries))
    assert [effect.seq for effect in effects if isinstance(effect, Void)] == [seq]
    assert list(engine.voided) == [seq]


def test_ids_rise_and_begin_with_the_incarnation(net):
    ids = [net.engine.next_id() for _ in range(300)]
    assert sorted(set(ids)) == ids
    assert all(len(id) == 16 and id.startswith(b"node0000") for id in ids)


# What no input may do.


def heard_by_witness(net: Net) -> Talker:
    """Somebody in a channel whom nobody else's mistakes may reach."""
    eve = net.join("eve", "#quiet", ALL_CAPS)
    net.forget()
    return eve


SERVER_WORDS = ("SERVER", "CAPAB", "UID", "ENCAP", "EUID", "SJOIN", "001", "433", "ERROR", "FAIL", "WHAT")


@pytest.mark.parametrize("word", ["word", "#room", ":", "::x y"])
@pytest.mark.parametrize("name", [*sorted(COMMANDS), *SERVER_WORDS])
def test_the_arity_sweep(name, word):  # hostile inputs F12, F15
    row = COMMANDS.get(name)
    for count in range(7):
        net = Net()
        eve = heard_by_witness(net)
        for talker, registered in ((net.connect("ann"), True), (net.dial(), False)):
            params = ["x"] * max(0, count - 1) + [word] * min(count, 1)
            talker.says(" ".join([name, *params]))
            assert expected(row, count, registered) in ("", *talker.numerics), (talker.lines, params)
            assert eve.lines == []
            eve.says("PING alive")
            assert eve.lines.pop() == ":test.net PONG test.net :alive"


def expected(row, count: int, registered: bool) -> str:
    """The numeric that so many parameters must bring; "" where it depends on what they are."""
    if row is None:
        return "421" if registered else "451"
    if not registered and not row.before:
        return "451"
    if registered and not row.after:
        return "462"
    return "461" if count < row.required else ""


@pytest.mark.parametrize(
    "line",
    [
        "",
        " ",
        ":",
        ":x",
        "@",
        "@ ",
        "@a",
        "@a=\\",
        "@;;;",
        "@=;+=",
        "@a :b",
        ": PING x",
        "\ufeffPING x",
        "ＰＩＮＧ x",
        "PRI\u200bVMSG #tea :x",
        "PRIVMSG #quiet :a\r:srv 001 x",
        "PRIVMSG #quiet :a\x00b",
        "NICK a\x00b",
        "P1NG",
        "0001",
    ],
)
def test_lines_that_say_nothing_do_nothing(line):  # hostile inputs F05, F06, F11, F19
    net = Net()
    eve = heard_by_witness(net)
    ann = net.join("ann", "#quiet")
    net.forget()
    for talker, display in ((ann, "ann"), (net.dial(), "*")):
        buffer = LineBuffer()
        buffer.feed(line.encode() + b"\n")
        for raw in buffer.take(10):
            talker.says(understood(raw))
        assert all(
            reply.startswith((f":test.net 400 {display} ", f":test.net 421 {display} ")) for reply in talker.lines
        )
        assert not talker.closed
    assert eve.lines == []


def understood(raw: bytes | WireError) -> str | WireError:
    """What the shell hands to core for a line of bytes."""
    if isinstance(raw, WireError):
        return raw
    try:
        parse(raw)
    except WireError as error:
        return error
    return raw.decode()


NAMES = st.sampled_from(["ann", "ANN", "bob", "eve", "nobody", "#tea", "#TEA", "#ops", "#none", "*", "0", "+o", "-o+v"])
MORE_NAMES = st.lists(NAMES, min_size=1, max_size=5).map(",".join)
WORDS = st.one_of(
    NAMES,
    MORE_NAMES,
    st.sampled_from(["+b", "+ik", "+l", "5", "-nt", "LATEST", "BETWEEN", "*", "timestamp=2023-11-14T22:13:20.000Z"]),
    st.sampled_from(["msgid=journal-5", "LS", "302", "REQ", "END", "batch", "echo-message", "10"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0 "), min_size=1, max_size=90),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=400)
TAGS = st.sampled_from(
    ["", "", "@label=x ", "@label=" + "y" * 64 + ";+x=1 ", "@+ipc-chat/key=0123456789abcdef ", "@+typing=a "]
)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A line as a client may say it, of at most 510 bytes without its tags."""
    words = [draw(st.sampled_from([*COMMANDS, "WHAT"])), *draw(st.lists(WORDS, max_size=5))]
    body = " ".join(words) + draw(st.one_of(st.just(""), TEXTS.map(" :{}".format)))
    return draw(TAGS) + body.encode()[:510].decode(errors="ignore")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 3), lines()), max_size=40), st.booleans())
def test_no_line_breaks_anything(script: list[tuple[int, str]], throttled: bool) -> None:
    """Nothing that several sessions say raises, and every line written can be read again and fits (hostile inputs
    F10, F12, F13, I02): 512 bytes with CR LF, and 8,191 for the tags (IRCv3 message-tags)."""
    net = Net(throttled=throttled)
    talkers = [
        net.dial(),
        net.connect("ann", ALL_CAPS),
        net.join("bob", "#tea"),
        net.join("eve", "#tea,#ops", ALL_CAPS),
    ]
    net.forget()
    for who, line in script:
        talkers[who].says(understood(line.encode()))
        net.pass_time(0.1)
    for line in [line for talker in talkers for line in talker.lines]:
        tags, body = line.split(" ", 1) if line.startswith("@") else ("", line)
        assert parse(line).command
        assert len(body.encode()) <= 510, line
        assert len(tags.encode()) <= 8190
    for node in net.nodes:
        assert not node.engine.inflight
        assert all(not talker.session.pending for talker in talkers)


@pytest.mark.covers("FAIL * INTERNAL_ERROR")
def test_an_announcement_that_fails_costs_one_answer(net, monkeypatch):  # IRCv3 standard replies; hostile input X05
    ann, bob = net.join("ann", "#tea", ALL_CAPS), net.join("bob", "#tea")
    row = MEANINGS[facts.TopicChanged]

    def broken(*anything: object) -> None:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setitem(MEANINGS, facts.TopicChanged, msgspec.structs.replace(row, announce=broken))
    with pytest.raises(ZeroDivisionError):
        ann.says("TOPIC #tea :green")
    assert not ann.session.pending and not net.engine.inflight
    assert bob.says("TOPIC #tea")[0] == ":test.net 332 bob #tea :green"
    text = "This happened, but others were perhaps not told of it; the server's log says more"
    assert ann.hears(f":test.net FAIL TOPIC INTERNAL_ERROR :{text}")


@pytest.mark.covers("FAIL * INTERNAL_ERROR")
def test_a_change_that_fails_costs_one_answer_and_is_out_of_history(net, monkeypatch):  # hostile input R10
    ann, bob = net.join("ann", "#tea", ALL_CAPS), net.join("bob", "#tea")
    for kind in (facts.Posted, facts.TopicChanged):
        monkeypatch.setitem(MEANINGS, kind, poisoned(MEANINGS[kind]))
    for line in ("PRIVMSG #tea :poison", "TOPIC #tea :poison"):
        with pytest.raises(ZeroDivisionError):
            ann.says(line)
        assert not ann.session.pending and not net.engine.inflight
    bad = len(net.journal.entries)
    ann.says("PRIVMSG #tea :fine")
    assert [line for line in bob.bare if "PRIVMSG" in line] == [f"{ANN} PRIVMSG #tea :fine"]
    text = "This met a mistake in the server and was not done, or not wholly; the server's log says more"
    assert ann.hears(f":test.net FAIL PRIVMSG INTERNAL_ERROR :{text}")
    assert ann.hears(f":test.net FAIL TOPIC INTERNAL_ERROR :{text}")

    met: list[tuple[int, str]] = []
    again = Net().engine
    boot = Boot("journal", None, net.journal.entries)
    again.restore(boot, lambda entry, error: met.append((entry.seq, type(error).__name__)))
    assert met == [(bad - 1, "ZeroDivisionError"), (bad, "ZeroDivisionError")]
    assert list(again.voided) == [bad - 1]
    assert again.state.digest() == net.engine.state.digest()
    with pytest.raises(ZeroDivisionError):
        Net().engine.restore(boot)


def poisoned(meaning: Meaning) -> Meaning:
    """The same, with a mistake that one text meets."""

    def change(state: State, fact: Any, entry: Entry) -> object:
        if fact.text == "poison":
            raise ZeroDivisionError("a mistake of ours")
        return meaning.change(state, fact, entry)

    return msgspec.structs.replace(meaning, change=change)
