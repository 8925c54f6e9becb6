"""What core asks the shell to do: values, nothing more."""

from __future__ import annotations

from typing import get_args

import pytest

from ipcchat.core import effects
from ipcchat.core.effects import Ask, Effect, Fan, History, HistoryAnswer, Moment, Reference


def test_the_effects_are_these():
    names = [kind.__name__ for kind in get_args(Effect)]
    assert names[:7] == ["Send", "Fan", "Propose", "Ask", "Close", "Pause", "Resume"]
    assert names[7:] == [
        "Void",
        "Hide",
        "Recall",
        "Erase",
        "DropContent",
        "Audit",
        "Deliver",
        "Push",
        "Settled",
        "Fault",
    ]


@pytest.mark.parametrize("kind", [*get_args(Effect), Moment, Reference, History, HistoryAnswer])
def test_effects_and_queries_cannot_be_changed(kind):
    assert kind.__struct_config__.frozen
    assert kind.__doc__


def test_a_fan_skips_nobody_by_itself():
    links = [object()]
    fan = Fan(0, links, b"PING x\r\n")
    assert fan.skip is None
    assert fan.links is links


def test_a_query_takes_the_newest_and_everything_by_itself():
    query = History("#tea", 10, ((0, 99),))
    assert (query.after, query.before, query.around, query.newest, query.events) == (None, None, None, True, False)
    assert (Reference(), HistoryAnswer([])) == (Reference(seq=None, at=None), HistoryAnswer([], False, ""))


def test_what_core_asks_for_names_its_session(net):
    ann = net.join("ann", "#tea")
    net.journal.holding = True
    ann.says("CHATHISTORY LATEST #tea * 5")
    ((node, session, query),) = net.queries
    assert (node, session) == (net.nodes[0], ann.session)
    assert query == History("#tea", 5, ((0, net.engine.state.seq),))
    assert effects.Ask(session, query) == Ask(session, query)
