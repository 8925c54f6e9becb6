"""What goes out by a hook, and what does not (docs/webhooks.md)."""

from __future__ import annotations

import pytest

from ipcchat.core.deliveries import MESSAGES_AT_ONCE, Message, Progress
from ipcchat.core.effects import HistoryAnswer
from tests.core.hooking import SETTINGS, comes_in, founder, goes_out, says
from tests.core.net import ALL_CAPS, Net, Talker
from tests.core.tea import last

CAPS = f"{ALL_CAPS} draft/message-redaction draft/message-edit draft/multiline"


@pytest.fixture
def net() -> Net:
    """A network that browsers find."""
    return Net(settings=SETTINGS)


@pytest.fixture
def ann(net: Net) -> Talker:
    """The founder of #tea."""
    return founder(net)


def waiting(net: Net, digest: str, after: int = 0) -> list[Message]:
    """What has not gone out yet."""
    outgoing = net.engine.next_deliveries(digest, after)
    assert outgoing is not None
    found = net.engine.deliveries(digest, net.nodes[0].past.history(outgoing.query))
    return [delivery.message for delivery in found if delivery.message is not None]


def texts(net: Net, digest: str, after: int = 0) -> list[str]:
    return [message.text for message in waiting(net, digest, after)]


def test_a_message_with_all_that_is_known_of_it(net, ann):
    ann.says("PRIVMSG #tea :before")
    digest = goes_out(ann)
    bob = net.join("bob", "#tea", CAPS)
    bob.says("@+reply=journal-3 PRIVMSG #tea :hello")
    assert waiting(net, digest) == [
        Message(last(net), "#tea", "bob", "", "hello", "2023-11-14T22:13:20.000Z", "journal-3", False, False)
    ]
    ann.says("PRIVMSG #tea :\x01ACTION waves\x01")
    action = waiting(net, digest)[-1]
    assert (action.nick, action.account, action.text, action.action) == ("ann", "ann", "waves", True)


def test_lines_are_one_text_and_edits_the_latest(net, ann):
    digest = goes_out(ann)
    bob = net.join("bob", "#tea", CAPS)
    bob.says(
        "BATCH +1 draft/multiline #tea",
        "@batch=1 PRIVMSG #tea :one",
        "@batch=1;draft/multiline-concat PRIVMSG #tea : and more",
        "@batch=1 PRIVMSG #tea :two",
        "BATCH -1",
    )
    assert texts(net, digest) == ["one and more\ntwo"]
    bob.says(f"@+draft/edit={last(net)} PRIVMSG #tea :three", "@+reply=x;+draft/react=y TAGMSG #tea")
    assert texts(net, digest) == ["three"]


def test_what_was_taken_back_does_not_go_out(net, ann):
    digest = goes_out(ann)
    bob = net.join("bob", "#tea", CAPS)
    bob.says("PRIVMSG #tea :oops")
    bob.says(f"REDACT #tea {last(net)}", "PRIVMSG @#tea :operators only", "PRIVMSG ann :private")
    assert texts(net, digest) == []


def test_what_was_refused_at_its_place_does_not_go_out(net, ann):
    digest = goes_out(ann)
    ann.says("PRIVMSG #tea :hello")
    past = net.nodes[0].past
    net.engine.voided[len(net.journal.entries)] = None
    outgoing = net.engine.next_deliveries(digest, 0)
    assert outgoing is not None
    assert [each.message for each in net.engine.deliveries(digest, past.history(outgoing.query))] == [None]


def test_programs_are_heard_only_where_everything_is_wanted(net, ann):
    people, everything, inside = goes_out(ann), goes_out(ann, "all", "ALL"), comes_in(ann)
    bot = net.join("bot", "#tea")
    bot.says("MODE bot +B", "PRIVMSG #tea :from a bot")
    ann.says("NOTICE #tea :a notice", "PRIVMSG #tea :from ann")
    says(net, inside, "from a program")
    says(net, everything, "an answer", answers="journal-1")
    says(net, people, "another answer", answers="journal-1")
    assert texts(net, people) == ["from ann"]
    assert texts(net, everything) == ["from a bot", "a notice", "from ann", "from a program"]
    assert [message.bot for message in waiting(net, everything)] == [True, False, False, True]


def test_it_goes_on_behind_what_went_out(net, ann):
    digest = goes_out(ann)
    for number in range(3):
        ann.says(f"PRIVMSG #tea :{number}")
    seq = len(net.journal.entries)
    assert texts(net, digest, seq - 1) == ["2"]
    node = net.nodes[0]
    node.perform(node.engine.delivered(Progress(digest, seq - 2), net.now))
    net.settle()
    assert texts(net, digest) == ["1", "2"]
    assert texts(net, digest, seq + 1_000) == []


def test_much_is_taken_in_portions(net, ann):
    digest = goes_out(ann)
    for number in range(MESSAGES_AT_ONCE + 1):
        ann.says(f"PRIVMSG #tea :{number}")
    assert texts(net, digest) == [str(number) for number in range(MESSAGES_AT_ONCE)]


def test_those_that_are_on(net, ann):
    digest = goes_out(ann)
    comes_in(ann)
    assert net.engine.outgoing() == [digest]
    node = net.nodes[0]
    node.perform(node.engine.delivered(Progress(digest, 0, 7, "gone", off=True), net.now))
    net.settle()
    assert net.engine.outgoing() == []
    ann.says("CS HOOK #tea DEL ci")
    assert net.engine.next_deliveries(digest, 0) is None
    assert net.engine.deliveries(digest, HistoryAnswer([])) == []
