"""A no with its reason, and how it is told (IRCv3 standard replies)."""

from __future__ import annotations

import pytest

from ipcchat.core.context import Context
from ipcchat.core.effects import Send
from ipcchat.core.errors import Failure, Ignored, NotYet, Refusal
from ipcchat.wire.numerics import ERR_NOSUCHNICK, ERR_UNKNOWNERROR


def test_a_refusal_has_the_numerics_text_or_its_own():
    assert (Refusal(ERR_NOSUCHNICK, "bob").params, Refusal(ERR_NOSUCHNICK).text) == (("bob",), ERR_NOSUCHNICK.text)
    assert Refusal(ERR_NOSUCHNICK, text="Nobody").text == "Nobody"
    assert Refusal(ERR_NOSUCHNICK, text="").text == ""
    assert str(Refusal(ERR_NOSUCHNICK, "bob")) == "('ERR_NOSUCHNICK', 'bob')"


def test_a_failure_is_a_refusal_for_old_clients():
    failure = Failure(ERR_UNKNOWNERROR, "TEST", "CODE", "a", "b", text="why")
    assert isinstance(failure, Refusal)
    assert (failure.params, failure.context, failure.text) == (("TEST", "a", "b"), ("a", "b"), "why")


def test_what_is_no_answer_is_no_refusal():
    assert not issubclass(Ignored, Refusal)
    assert not issubclass(NotYet, Refusal)


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ("", ":test.net 400 ann TEST #tea :Not now"),
        ("standard-replies", ":test.net FAIL TEST CODE #tea :Not now"),
        ("draft/chathistory", ":test.net FAIL TEST CODE #tea :Not now"),
    ],
)
def test_a_failure_is_told_as_the_client_knows_it(net, names, line):  # IRCv3 standard replies
    ann = net.connect("ann", names)
    ctx = Context(net.engine, ann.session, "TEST", {})
    ctx.refused(Failure(ERR_UNKNOWNERROR, "TEST", "CODE", "#tea", text="Not now"))
    ctx.refused(Refusal(ERR_NOSUCHNICK, "bob"))
    assert [effect.line.decode()[:-2] for effect in net.engine._take() if isinstance(effect, Send)] == [
        line,
        ":test.net 401 ann bob :No such nick or channel",
    ]
