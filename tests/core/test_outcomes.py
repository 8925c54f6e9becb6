"""What the journal answers: one outcome for each proposed fact, and what it knows when it is opened."""

from __future__ import annotations

from typing import get_args

import pytest

from ipcchat.core.facts import Entry, Joined
from ipcchat.core.outcomes import Boot, Failed, Outcome, Repeated

FACT = Joined(b"0123456789abcdef", 5, "u", "#tea")


def test_the_outcomes_are_these():
    assert get_args(Outcome) == (Entry, Repeated, Failed)


@pytest.mark.parametrize("value", [Repeated(FACT, 7, 99, FACT), Failed(FACT, "why not"), Boot("journal", None, [])])
def test_outcomes_cannot_be_changed(value):
    for name in value.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(value, name, None)
    assert type(value).__doc__


def test_a_repeated_post_that_is_out_of_history_is_no_receipt(net):  # rule 3 of the journal's interface
    ann = net.join("ann", "#tea", "echo-message standard-replies")
    net.journal.holding = True
    ann.forget()
    ann.says("PRIVMSG #tea :hello")
    _, fact = net.journal.queue.popleft()
    assert not net.engine.voided
    net.nodes[0].perform(net.engine.repeated(Repeated(fact, 5, 5, fact, void=True), net.now))
    (line,) = ann.lines
    assert line.startswith(":test.net FAIL PRIVMSG REFUSED_BEFORE :")
    assert not net.engine.inflight


def test_each_outcome_settles_the_command_that_waits_for_it(net):
    ann = net.join("ann", "#tea")
    net.journal.holding = True
    for number, outcome in enumerate(("entry", "failed", "repeated")):
        ann.forget()
        ann.says("TOPIC #tea :x", f"PING {number}")
        _, fact = net.journal.queue.popleft()
        entry = Entry(1000 + number, net.now.wall, fact)
        effects = {
            "entry": lambda entry=entry: net.engine.apply(entry, net.now),
            "failed": lambda fact=fact: net.engine.failed(fact, "why not", net.now),
            "repeated": lambda fact=fact: net.engine.repeated(Repeated(fact, 5, 5, fact), net.now),
        }[outcome]()
        net.nodes[0].perform(effects)
        assert ann.lines[-1] == f":test.net PONG test.net :{number}"
        assert not net.engine.inflight
