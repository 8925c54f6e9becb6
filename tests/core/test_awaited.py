"""ipcchat/core/awaited.py: what waits for a slow disk has a limit, in number and in bytes (IRCv3 standard-replies)."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.awaited import FACT_BYTES, TOO_SLOW, Awaited
from ipcchat.core.limits import Limits
from tests.core.net import Net, Talker

ANN = ":ann!~ann@127.0.0.1"
TEN = [str(number) for number in range(10)]


def posted(text: str = "", **tags: str) -> facts.Posted:
    return facts.Posted(bytes(16), 0, "u", "ann!a@h", "PRIVMSG", "#tea", text, tags)


def test_facts_and_their_bytes_are_counted() -> None:
    awaited = Awaited()
    renamed = facts.RealnameChanged(bytes(16), 0, "u", "Ann")
    some: list[facts.AnyFact] = [posted("hello"), posted("", key="value"), renamed]
    for fact in some:
        awaited.add(fact)
    assert (awaited.facts, awaited.bytes) == (3, 3 * FACT_BYTES + 5 + 8)
    assert awaited.is_full(Limits(waiting_facts_max=3))
    assert awaited.is_full(Limits(waiting_bytes_max=3 * FACT_BYTES + 13))
    assert not awaited.is_full(Limits(waiting_facts_max=4, waiting_bytes_max=3 * FACT_BYTES + 14))
    for fact in some:
        awaited.remove(fact)
    assert (awaited.facts, awaited.bytes) == (0, 0)


def slow_disk(net: Net) -> Talker:
    """Ten posts of ann wait for the disk, and no more are taken."""
    net.engine.limits = Limits(waiting_facts_max=10)
    net.forget()
    net.journal.holding = True
    ann = net.nodes[0].links[0]
    ann.says(*[f"PRIVMSG #tea :{text}" for text in TEN])
    return ann


def quick_again(net: Net) -> None:
    net.journal.holding = False
    net.settle()


def texts(net: Net) -> list[str]:
    return [entry.fact.text for entry in net.journal.entries if isinstance(entry.fact, facts.Posted)]


@pytest.mark.covers("FAIL * TRY_AGAIN")
@pytest.mark.parametrize(
    ("said", "verb", "target"),
    [
        ("PRIVMSG #tea :more", "PRIVMSG", "#tea"),
        ("NOTICE ann :more", "NOTICE", "ann"),
        ("PRIVMSG @#tea :more", "PRIVMSG", "@#tea"),
        ("@+x/y=1 TAGMSG #tea", "TAGMSG", "#tea"),
    ],
)
def test_who_posts_while_too_much_waits_is_told_to_try_again(net: Net, said: str, verb: str, target: str) -> None:
    net.join("ann", "#tea")
    bob = net.join("bob", "#tea", "standard-replies message-tags")
    slow_disk(net)
    assert bob.says(said, "PING here") == [
        f":test.net FAIL {verb} TRY_AGAIN {target} :{TOO_SLOW}",
        ":test.net PONG test.net :here",
    ]
    quick_again(net)
    assert texts(net) == TEN
    assert (net.engine.awaited.facts, net.engine.awaited.bytes) == (0, 0)
    bob.forget()
    assert bob.says(said) == []
    assert len(net.journal.entries) > 10 and len(texts(net)) == 11


def test_typing_is_not_told_then_and_nobody_is_bothered_with_that(net: Net) -> None:
    net.join("ann", "#tea")
    bob = net.join("bob", "#tea", "standard-replies message-tags labeled-response batch")
    slow_disk(net)
    assert bob.says("@+typing=active TAGMSG #tea", "@label=7;+typing=active TAGMSG #tea") == ["@label=7 :test.net ACK"]
    quick_again(net)
    assert texts(net) == TEN


def test_who_has_posts_on_their_way_waits_for_them_instead(net: Net) -> None:
    """So that what somebody says in one go is refused in its turn, or is there in its order."""
    ann = net.join("ann", "#tea", "standard-replies echo-message")
    slow_disk(net)
    assert ann.says("PRIVMSG #tea :one more", "PRIVMSG #tea :and one") == []
    quick_again(net)
    assert texts(net) == [*TEN, "one more", "and one"]
    assert ann.lines == [f"{ANN} PRIVMSG #tea :{text}" for text in texts(net)]


def test_everything_else_goes_on(net: Net) -> None:
    net.join("ann", "#tea")
    bob = net.join("bob", "#tea", "standard-replies")
    slow_disk(net)
    eve = net.dial()
    eve.says("NICK eve", "USER eve 0 * :Eve")
    bob.says("AWAY :waiting")
    quick_again(net)
    assert eve.numerics[0] == "001"
    assert bob.numerics == ["306"]
