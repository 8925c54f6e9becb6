"""Batches that clients send (IRCv3 client-batch; hostile inputs O05)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from ipcchat.core import client_batches
from ipcchat.core.client_batches import CLIENT_BATCHES, client_batch
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure, Ignored
from ipcchat.core.limits import Limits
from ipcchat.wire import numerics
from tests.core.net import Net, Talker

CAPS = "batch labeled-response message-tags standard-replies"
ANN = ":ann!~ann@127.0.0.1"


@pytest.fixture(autouse=True)
def _poems() -> Iterator[None]:
    """A type of batch whose lines become a NOTICE to the one who sent them."""

    @client_batch("test/poem", spec="https://example.org/", needs=0, line_cost=0.5)
    class Poem:
        def __init__(self, ctx: Context, title: str = "", *surplus: str) -> None:
            if not title:
                raise _failure("NO_TITLE")
            self.title, self.lines = title, [""]

        def take(self, verb: str, params: Sequence[str], tags: dict[str, str]) -> None:
            if verb != "PRIVMSG" or "bad" in params:
                raise _failure("NO_RHYME")
            self.lines.append(params[-1])

        def finish(self, ctx: Context) -> None:
            if self.title == "nothing":
                raise Ignored
            if "worse" in self.lines:
                raise _failure("NO_POEM")
            ctx.line(f"NOTICE {ctx.user.nick} :{self.title}:{' '.join(self.lines)}")

    yield
    del CLIENT_BATCHES["test/poem"]


def _failure(code: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "BATCH", code, text="Not like that")


@pytest.fixture
def ann(net: Net) -> Talker:
    """Somebody who may send batches."""
    return net.connect("ann", CAPS)


POEM = ("BATCH +1 test/poem tea", "@batch=1 PRIVMSG x :green", "@batch=1 privmsg x :leaves")


def test_a_type_is_registered_once():
    with pytest.raises(ValueError, match="the batch type draft/multiline is registered twice"):
        client_batch("draft/multiline", spec="", needs=0)(CLIENT_BATCHES["test/poem"].make)


# Begin, take, end.


@pytest.mark.covers("BATCH")
def test_nothing_happens_before_the_end(ann):
    assert ann.says(*POEM) == []
    assert ann.says("BATCH -1") == ["NOTICE ann :tea: green leaves"]
    assert ann.session.batch is None


def test_it_answers_as_the_line_that_began_it(ann):  # IRCv3 multiline, "Labeled response"
    first, *others = POEM
    assert ann.says(f"@label=a {first}", *others) == []
    assert ann.says("BATCH -1") == ["@label=a NOTICE ann :tea: green leaves"]


def test_labels_of_its_other_lines_are_acknowledged(ann):  # IRCv3 labeled-response
    assert ann.says(POEM[0], "@label=b;batch=1 PRIVMSG x :green") == ["@label=b :test.net ACK"]
    assert ann.says("@label=c BATCH -1") == ["NOTICE ann :tea: green", "@label=c :test.net ACK"]


def test_a_batch_that_has_nothing_to_say_is_acknowledged(ann):
    assert ann.says("@label=a BATCH +1 test/poem nothing", "BATCH -1") == ["@label=a :test.net ACK"]


def test_other_lines_are_done_meanwhile(ann):  # COMPAT: core/client_batches.py rule 4
    assert ann.says(POEM[0], "PING x", POEM[1], "TIME", "BATCH -1")[0] == ":test.net PONG test.net :x"
    assert ann.lines[-1] == "NOTICE ann :tea: green"


def test_a_reference_can_be_used_again(ann):
    assert ann.says(*POEM, "BATCH -1", *POEM, "BATCH -1") == ["NOTICE ann :tea: green leaves"] * 2


# What goes wrong.


@pytest.mark.covers("FAIL BATCH INVALID_REFTAG")
@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("BATCH +a/b test/poem x", "a/b"),
        ("BATCH +é test/poem x", "é"),
        ("BATCH + test/poem x", "*"),
        ("BATCH +" + "!" * 99 + " test/poem x", "!" * 64 + "..."),
        ("BATCH 1 test/poem x", "1"),
        ("BATCH ::x", ",x"),
        ("BATCH -1", "1"),
        ("BATCH -", "*"),
        ("@batch=7 PRIVMSG x :green", "7"),
        ("@batch= PRIVMSG x :green", "*"),
        ("@batch=7 WHAT", "7"),
        ("@batch=7 BATCH", "7"),
        ("@batch=7 BATCH +8 test/poem x", "7"),
    ],
)
def test_references_that_are_none(ann, said, shown):
    (line,) = ann.asks(f"@label=a;{said[1:]}" if said.startswith("@") else f"@label=a {said}")
    assert line.startswith(f":test.net FAIL BATCH INVALID_REFTAG {shown} :")


@pytest.mark.covers("FAIL BATCH UNKNOWN_TYPE")
def test_types_that_are_none(net, ann):
    joe = net.connect("joe", "standard-replies")
    for talker, said, kind in (
        (ann, "BATCH +1 what x", "what"),
        (ann, "BATCH +2", "*"),
        (ann, "BATCH +3 :a b", "a,b"),
        (joe, "BATCH +1 draft/multiline #tea", "draft/multiline"),
    ):
        (line,) = talker.says(said)
        assert line.startswith(f":test.net FAIL BATCH UNKNOWN_TYPE {said[7]} {kind} :")


def test_a_failure_is_a_numeric_for_old_clients(net):  # IRCv3 standard replies
    (line,) = net.connect("joe").says("BATCH +1 what x")
    assert line.startswith(":test.net 400 joe BATCH 1 what :No such type of batch here; there is draft/multiline")


@pytest.mark.parametrize(
    "mistake", ["BATCH +1 what x", "BATCH +1 test/poem", "BATCH +1 test/poem x\n@batch=1 PRIVMSG x :bad"]
)
def test_after_a_mistake_all_that_comes_of_the_batch_is_ignored(ann, mistake):
    first, *more = mistake.split("\n")
    (failure,) = ann.says(f"@label=a {first}", *more)
    assert failure.startswith("@label=a :test.net FAIL BATCH ")
    assert ann.says("@batch=1 PRIVMSG x :green", "@batch=1 WHAT", "BATCH -1") == []
    assert ann.says("@batch=1 PRIVMSG x :green")[0].startswith(":test.net FAIL BATCH INVALID_REFTAG 1 :")


def test_what_is_ignored_is_acknowledged_to_a_label(ann):
    ann.says("BATCH +1 what x")
    assert ann.says("@label=a;batch=1 PRIVMSG x :green", "@label=b BATCH -1") == [
        "@label=a :test.net ACK",
        "@label=b :test.net ACK",
    ]


def test_a_batch_that_is_refused_at_its_end(ann):
    assert ann.says(f"@label=a {POEM[0]}", "@batch=1 PRIVMSG x :worse", "BATCH -1") == [
        "@label=a :test.net FAIL BATCH NO_POEM :Not like that"
    ]
    assert ann.says(*POEM, "BATCH -1") == ["NOTICE ann :tea: green leaves"]


def test_no_batch_within_another(ann):  # IRCv3 client-batch: "Clients MUST NOT send nested batches"
    ann.says(f"@label=a {POEM[0]}")
    (failure,) = ann.says("@batch=1 BATCH +2 test/poem inner")
    assert failure.startswith("@label=a :test.net FAIL BATCH INVALID_REFTAG 2 :")
    rest = ("@batch=2 PRIVMSG x :in", "@batch=1 BATCH -2", "@batch=1 PRIVMSG x :out", "BATCH -1")
    assert ann.says(*rest) == []


def test_a_batch_within_an_ignored_one_is_ignored(ann):
    ann.says("BATCH +1 what x")
    assert (
        ann.says("@batch=1 BATCH +2 test/poem inner", "@batch=2 PRIVMSG x :in", "@batch=1 BATCH -2", "BATCH -1") == []
    )


def test_a_batch_ends_without_its_own_tag(ann):  # IRCv3 batch: start and end do not refer to the batch
    ann.says(*POEM)
    assert ann.says("@batch=1 BATCH -1")[0].startswith(":test.net FAIL BATCH INVALID_REFTAG 1 :")
    assert ann.session.batch is None


def test_one_batch_at_a_time(ann):
    ann.says(*POEM)
    (failure,) = ann.says("BATCH +2 test/poem other", "@batch=2 PRIVMSG x :in", "BATCH -2")
    assert failure == ":test.net FAIL BATCH INVALID_REFTAG 2 :End the batch 1 before you begin another"
    assert ann.says("BATCH -1") == ["NOTICE ann :tea: green leaves"]


def test_the_same_reference_twice_ends_both(ann):
    ann.says(f"@label=a {POEM[0]}", POEM[1])
    assert ann.says(f"@label=b {POEM[0]}", POEM[1], "BATCH -1") == [
        "@label=a :test.net FAIL BATCH INVALID_REFTAG 1 :End the batch 1 before you begin another",
        "@label=b :test.net ACK",
    ]


def test_a_batch_belongs_to_its_connection(net, ann):
    eve = net.connect("eve", CAPS)
    ann.says(*POEM)
    assert eve.says("BATCH -1")[0].startswith(":test.net FAIL BATCH INVALID_REFTAG 1 :")
    assert eve.says("@batch=1 PRIVMSG x :mine")[0].startswith(":test.net FAIL BATCH INVALID_REFTAG 1 :")
    assert ann.says("BATCH -1") == ["NOTICE ann :tea: green leaves"]


def test_batches_are_for_the_registered(net):
    stranger = net.dial()
    assert stranger.says(POEM[0], POEM[1]) == [":test.net 451 * :You have not registered"] * 2


def test_the_state_ends_with_the_session(ann):
    ann.says(*POEM)
    ann.hangs_up()
    assert ann.session.batch is None


# In their turn.


@pytest.mark.parametrize(
    "refused",
    [
        ("BATCH +1 what x",),
        ("BATCH +1 test/poem x", "@batch=1 PRIVMSG x :bad"),
        ("BATCH +1 test/poem x", "@batch=1 PRIVMSG x :worse", "BATCH -1"),
        ("@batch=7 PRIVMSG x :stray",),
        ("BATCH -7",),
    ],
)
def test_refusals_wait_for_the_posts_before_them(net, refused):  # core/session.py rule 1
    ann = net.join("ann", "#tea", f"{CAPS} echo-message")
    ann.forget()
    net.journal.holding = True
    ann.says("PRIVMSG #tea :1", *refused, "PING 2")
    assert ann.lines == []
    net.journal.holding = False
    net.settle()
    post, failure, pong = ann.bare
    assert (post, pong) == (f"{ANN} PRIVMSG #tea :1", ":test.net PONG test.net :2")
    assert failure.startswith(":test.net FAIL BATCH ")


# Time.


@pytest.mark.covers("FAIL BATCH TIMEOUT")
def test_a_batch_that_is_open_for_too_long_comes_to_nothing(net, ann):
    ann.says(f"@label=a {POEM[0]}")
    net.pass_time(30)
    assert ann.lines == []
    net.pass_time(0.25)
    (failure,) = ann.lines
    assert failure.startswith("@label=a :test.net FAIL BATCH TIMEOUT 1 :")
    assert ann.says(POEM[1], "BATCH -1") == [failure][1:]


def test_a_batch_whose_lines_we_let_wait_does_not_time_out(net):
    ann = net.join("ann", "#tea", CAPS)
    ann.forget()
    net.journal.holding = True
    ann.says(POEM[0], "TOPIC #tea :x", *POEM[1:], "BATCH -1")
    net.pass_time(60)
    net.journal.holding = False
    net.settle()
    assert ann.bare == [f"{ANN} TOPIC #tea :x", "NOTICE ann :tea: green leaves"]


# The flood bucket.


def throttled(burst: float) -> Talker:
    """Somebody with a bucket of so many lines, full, and one more each second."""
    net = Net(limits=Limits(flood_lines_burst=burst, flood_lines_per_second=1.0), throttled=True)
    ann = net.connect("ann", CAPS)
    net.pass_time(100)
    ann.forget()
    return ann


def test_a_batch_is_never_stopped_in_the_middle_and_paid_for_afterwards():
    ann = throttled(2.0)
    ann.says(POEM[0], *[POEM[1]] * 8, "BATCH -1", "PING after")
    assert ann.lines == [f"NOTICE ann :tea: {' '.join(['green'] * 8)}"]
    net = ann.node.net
    net.pass_time(4.75)
    assert len(ann.lines) == 1
    net.pass_time(0.25)
    assert ann.lines[1:] == [":test.net PONG test.net :after"]


def test_a_pong_waits_for_no_debt():
    ann = throttled(1.0)
    ann.says(POEM[0], *[POEM[1]] * 8, "@label=a PONG x", "BATCH -1")
    assert ann.lines == ["@label=a :test.net ACK", f"NOTICE ann :tea: {' '.join(['green'] * 8)}"]


def test_the_beginning_of_a_batch_waits_as_any_command():
    ann = throttled(1.0)
    assert ann.says("PING x", *POEM, "BATCH -1") == [":test.net PONG test.net :x"]
    ann.node.net.pass_time(1)
    assert ann.lines[1:] == ["NOTICE ann :tea: green leaves"]


def test_what_is_ignored_is_charged_as_any_line():
    ann = throttled(3.0)
    ann.says("BATCH +1 what x", *["@batch=1 PRIVMSG x :green"] * 4, "PING x")
    ann.forget()
    ann.node.net.pass_time(2)
    assert ann.lines == []
    ann.node.net.pass_time(1)
    assert ann.lines == [":test.net PONG test.net :x"]


def test_a_line_that_waits_for_its_turn_is_charged_once():
    net = Net(limits=Limits(flood_lines_burst=4.0, flood_lines_per_second=1.0), throttled=True)
    ann = net.join("ann", "#tea", CAPS)
    net.pass_time(100)
    ann.forget()
    net.journal.holding = True
    ann.says("PRIVMSG #tea :1", POEM[0], "@batch=1 PRIVMSG x :bad", "PING 2")
    net.journal.holding = False
    net.settle()
    assert ann.lines[-1] == ":test.net PONG test.net :2"


def test_who_is_not_throttled_owes_nothing(ann):
    ann.says(*POEM[:1], *[POEM[1]] * 200, "BATCH -1")
    assert ann.says("PING x") == [":test.net PONG test.net :x"]


def test_only_two_batches_are_remembered_as_ignored(ann):
    for number in range(5):
        ann.says(f"BATCH +{number} what x")
    assert ann.session.ignored_batches == ("3", "4")
    assert len(ann.session.ignored_batches) == client_batches.IGNORED_MAX
